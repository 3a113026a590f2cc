//! The controller: what changes is queued, and what is queued is reconciled by the leader.

use crate::bindings::k8s::in_cluster::types::Error;
use crate::cluster::{self, Cluster, Failure};
use crate::election::Election;
use crate::events::event;
use crate::queue::Queue;
use crate::reconcile::{self, MANAGED_BY, MANAGER, Plan, Step};
use crate::resource::{ConfigMap, Key, Website};
use crate::watched::Watched;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The ConfigMap in the controller's namespace that has the titles of all Websites.
const DIRECTORY: &str = "website-directory";

/// So many failures in a row are said to the user.
const WORTH_A_WORD: u32 = 3;

pub(crate) struct Controller {
    pub(crate) websites: Watched<Website>,
    pub(crate) config_maps: Watched<ConfigMap>,
    queue: Queue<Key>,
    directory: Key,
    /// The name of this replica, for Events.
    replica: String,
}

impl Controller {
    /// Begins to watch. The directory is in this namespace.
    pub(crate) fn start(namespace: String, replica: String) -> Result<Self, Error> {
        let ours = format!("{MANAGED_BY}={MANAGER}");
        Ok(Self {
            websites: Watched::start(&cluster::websites(), None)?,
            config_maps: Watched::start(&cluster::config_maps(), Some(ours))?,
            queue: Queue::new(),
            directory: Key { namespace, name: DIRECTORY.to_owned() },
            replica,
        })
    }

    /// Takes what the watches tell, and queues the Websites that it is about.
    pub(crate) fn follow(&mut self) {
        for website in self.websites.changes() {
            self.look_at(website.metadata.key());
        }
        for config_map in self.config_maps.changes() {
            if config_map.metadata.key() == self.directory {
                self.queue_unlisted();
            } else if let Some(owner) = config_map.owner() {
                self.look_at(owner);
            }
        }
    }

    /// Queues a Website, if it is there: a replica that waits for its turn takes nothing out of the queue.
    fn look_at(&mut self, key: Key) {
        match self.websites.mirror.get(&key) {
            Some(_) => self.queue.add(key),
            // It left nothing behind: see `reconcile::FINALIZER`.
            None => self.queue.remove(&key),
        }
    }

    /// Queues the Websites that the directory does not have as it should.
    fn queue_unlisted(&mut self) {
        let directory = self.config_maps.mirror.get(&self.directory);
        for website in self.websites.mirror.objects() {
            let key = website.metadata.key();
            let listed = directory.and_then(|it| it.data.get(&entry(&key)));
            if listed != Some(&website.spec.title) {
                self.queue.add(key);
            }
        }
    }

    /// When there is something to reconcile: an instant, 0 for now.
    pub(crate) fn due(&self) -> Option<u64> {
        self.queue.due().filter(|_| self.is_synced())
    }

    /// Before all is known, what is missing may be there.
    fn is_synced(&self) -> bool {
        self.websites.mirror.is_synced() && self.config_maps.mirror.is_synced()
    }

    /// Reconciles the Website that is next, if one is due.
    pub(crate) fn work(&mut self, election: &Election, now: u64) {
        if !self.is_synced() {
            return;
        }
        let Some(key) = self.queue.next(now) else {
            return;
        };
        let Some(website) = self.websites.mirror.get(&key).cloned() else {
            return;
        };
        let cluster = Cluster { election };
        match self.reconcile(&cluster, &website) {
            Ok(None) => self.queue.forget(&key),
            Ok(Some(why)) => {
                if self.queue.retry(key.clone(), now) == 1 {
                    eprintln!("controller: {key}: {why}");
                    self.tell(&cluster, &website, "Warning", "Unsettled", &why);
                }
            }
            Err(failure) => {
                eprintln!("controller: {key}: {failure}");
                let failures = self.queue.retry(key, now);
                // It was changed meanwhile, and the watch will tell how.
                let in_passing = failure.reason() == Some("Conflict");
                if let (Failure::Call(Error::Api(_)), false) = (&failure, in_passing) {
                    self.say_failed(&cluster, &website, &failure, failures);
                }
            }
        }
    }

    /// Does what is to be done for a Website. Returns why it has to be looked at again, if it has.
    fn reconcile(
        &mut self,
        cluster: &Cluster<'_>,
        website: &Website,
    ) -> Result<Option<String>, Failure> {
        let key = website.metadata.key();
        let config_map = match self.config_maps.mirror.get(&key) {
            Some(known) => Some(known.clone()),
            None if website.metadata.deletion_timestamp.is_some() => None,
            // One without the label is not watched.
            None => cluster.config_map(&key)?,
        };
        let directory = self.config_maps.mirror.get(&self.directory);
        let listed = directory.and_then(|it| it.data.get(&entry(&key)));
        let Plan { steps, unsettled } =
            reconcile::plan(website, config_map.as_ref(), listed.map(String::as_str), &now());
        for step in steps {
            match step {
                Step::Finalizers(finalizers) => {
                    if !cluster.finalizers(website, &finalizers)? {
                        // Nothing is to be begun for one that is gone.
                        return Ok(None);
                    }
                }
                Step::List(title) => self.list(cluster, &key, Some(&title))?,
                Step::Unlist => self.list(cluster, &key, None)?,
                Step::Apply(config_map) => {
                    let applied = cluster.apply(&key, &config_map)?;
                    self.config_maps.mirror.put(applied);
                }
                Step::Status(status) => cluster.status(website, &status)?,
                Step::Tell(reason, note) => self.tell(cluster, website, "Normal", reason, &note),
            }
        }
        Ok(unsettled)
    }

    fn list(
        &mut self,
        cluster: &Cluster<'_>,
        key: &Key,
        title: Option<&str>,
    ) -> Result<(), Failure> {
        if let Some(directory) = cluster.list(&self.directory, &entry(key), title)? {
            self.config_maps.mirror.put(directory);
        }
        Ok(())
    }

    /// Writes down that the API server refuses something, unless that may be in passing.
    fn say_failed(
        &self,
        cluster: &Cluster<'_>,
        website: &Website,
        failure: &Failure,
        failures: u32,
    ) {
        if failures < WORTH_A_WORD {
            return;
        }
        let message = failure.to_string();
        let status = reconcile::status(website, Err(("Failed", &message)), &now());
        if let Some(Err(error)) = status.map(|it| cluster.status(website, &it)) {
            eprintln!("controller: {}: {error}", website.metadata.key());
        }
        if failures == WORTH_A_WORD {
            self.tell(cluster, website, "Warning", "Failed", &message);
        }
    }

    /// Tells by an Event. One that can't be told is lost.
    fn tell(
        &self,
        cluster: &Cluster<'_>,
        website: &Website,
        r#type: &str,
        reason: &str,
        note: &str,
    ) {
        let event = event(website, r#type, reason, note, &self.replica, &now());
        if let Err(failure) = cluster.tell(&website.metadata.namespace, &event) {
            eprintln!("controller: no Event {reason}: {failure}");
        }
    }
}

/// The key of a Website in the directory. No namespace has a dot in its name.
fn entry(key: &Key) -> String {
    format!("{}.{}", key.namespace, key.name)
}

/// The time of day, in whole seconds.
fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}
