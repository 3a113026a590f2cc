//! What is asked of the API server beside watches: each write by a leader alone, and none for long.

use crate::bindings::k8s::in_cluster::objects::{
    self, PatchKind, Representation, Target, WriteOptions,
};
use crate::bindings::k8s::in_cluster::types::{ApiResource, Error, Limits, Scope};
use crate::election::Election;
use crate::reconcile::{MANAGED_BY, MANAGER};
use crate::resource::{API_VERSION, ConfigMap, GROUP, KIND, Key, Status, Website};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt;

/// A call waits for its answer. In the meantime the lease is not renewed, which it has to be within
/// ten seconds.
const DEADLINE: u64 = 4_000_000_000;

/// Why something was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another may be the leader by now.
    NotLeading,
    /// The call failed.
    Call(Error),
    /// The answer is no such object.
    Answer(serde_json::Error),
}

impl Failure {
    /// The reason of the API server's `Status`, if that is what it is.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Call(Error::Api(status)) => Some(&status.reason),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLeading => write!(f, "this replica is not the leader"),
            Self::Call(error) => f.write_str(&describe(error)),
            Self::Answer(error) => write!(f, "the answer can't be read: {error}"),
        }
    }
}

/// For a person to read.
pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::NotInCluster(text)
        | Error::Credentials(text)
        | Error::InvalidRequest(text)
        | Error::Denied(text)
        | Error::DeadlineExceeded(text)
        | Error::Protocol(text)
        | Error::Other(text) => text.clone(),
        Error::Connection(error) => error.message.clone(),
        Error::Api(status) => format!("{} ({} {})", status.message, status.code, status.reason),
    }
}

pub(crate) fn websites() -> ApiResource {
    resource(GROUP, "v1", "websites")
}

pub(crate) fn config_maps() -> ApiResource {
    resource("", "v1", "configmaps")
}

pub(crate) fn resource(group: &str, version: &str, resource: &str) -> ApiResource {
    ApiResource { group: group.into(), version: version.into(), resource: resource.into() }
}

/// The API server, to one who takes part in an election.
pub(crate) struct Cluster<'a> {
    pub(crate) election: &'a Election,
}

impl Cluster<'_> {
    /// Reads a ConfigMap, if there is one.
    pub(crate) fn config_map(&self, key: &Key) -> Result<Option<ConfigMap>, Failure> {
        let options = objects::GetOptions {
            representation: Representation::Full,
            resource_version: None,
            limits: Some(limits()),
        };
        let answer = objects::get(&target(config_maps(), key, None), Some(&options));
        found(answer.map_err(Failure::Call))?.map(|answer| parsed(&answer.object)).transpose()
    }

    /// Applies a ConfigMap: it is this controller's, so that fields which others have changed are
    /// taken back from them.
    pub(crate) fn apply(&self, key: &Key, config_map: &Value) -> Result<ConfigMap, Failure> {
        let target = target(config_maps(), key, None);
        parsed(&self.patch(&target, PatchKind::Apply, config_map)?)
    }

    /// Writes the finalizers of a Website, if it is still as it was read. Returns false if it is gone:
    /// a patch that merges makes no new one.
    pub(crate) fn finalizers(&self, website: &Website, to: &[String]) -> Result<bool, Failure> {
        let version = &website.metadata.resource_version;
        let patch = json!({"metadata": {"finalizers": to, "resourceVersion": version}});
        let target = target(websites(), &website.metadata.key(), None);
        Ok(found(self.patch(&target, PatchKind::Merge, &patch))?.is_some())
    }

    /// Writes the status of a Website, if it is still the same one.
    pub(crate) fn status(&self, website: &Website, status: &Status) -> Result<(), Failure> {
        let metadata = &website.metadata;
        let applied = json!({
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": metadata.name, "uid": metadata.uid},
            "status": status,
        });
        let target = target(websites(), &metadata.key(), Some("status"));
        found(self.patch(&target, PatchKind::Apply, &applied)).map(drop)
    }

    /// Puts an entry into the directory, which is created if it is not there; or takes one out.
    pub(crate) fn list(
        &self,
        directory: &Key,
        entry: &str,
        title: Option<&str>,
    ) -> Result<Option<ConfigMap>, Failure> {
        let content = json!({
            "metadata": {"name": directory.name, "labels": {MANAGED_BY: MANAGER}},
            "data": {entry: title},
        });
        let target = target(config_maps(), directory, None);
        match found(self.patch(&target, PatchKind::Merge, &content))? {
            Some(object) => parsed(&object).map(Some),
            None if title.is_none() => Ok(None),
            None => {
                self.may_write()?;
                let scope = &target.scope;
                let options = write_options();
                let answer =
                    objects::create(&config_maps(), scope, &content.to_string(), Some(&options));
                parsed(&answer.map_err(Failure::Call)?.object).map(Some)
            }
        }
    }

    /// Creates an Event.
    pub(crate) fn tell(&self, namespace: &str, event: &Value) -> Result<(), Failure> {
        self.may_write()?;
        let events = resource("events.k8s.io", "v1", "events");
        let scope = Scope::Namespace(namespace.to_owned());
        objects::create(&events, &scope, &event.to_string(), Some(&write_options()))
            .map(drop)
            .map_err(Failure::Call)
    }

    fn patch(&self, target: &Target, kind: PatchKind, patch: &Value) -> Result<String, Failure> {
        self.may_write()?;
        let mut options = write_options();
        options.force = kind == PatchKind::Apply;
        let answer = objects::patch(target, kind, &patch.to_string(), Some(&options));
        answer.map(|it| it.object).map_err(Failure::Call)
    }

    /// Looks after the Lease, before each write: the one before may have taken its time.
    fn may_write(&self) -> Result<(), Failure> {
        match self.election.look_after() {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Failure::NotLeading),
        }
    }
}

fn target(resource: ApiResource, key: &Key, subresource: Option<&str>) -> Target {
    Target {
        resource,
        scope: Scope::Namespace(key.namespace.clone()),
        name: key.name.clone(),
        subresource: subresource.map(str::to_owned),
    }
}

fn limits() -> Limits {
    Limits {
        deadline: Some(DEADLINE),
        connect_timeout: None,
        first_byte_timeout: None,
        between_bytes_timeout: None,
        max_buffered: None,
        retries: None,
    }
}

fn write_options() -> WriteOptions {
    WriteOptions {
        dry_run: false,
        field_manager: Some(MANAGER.to_owned()),
        field_validation: Some(objects::FieldValidation::Strict),
        force: false,
        representation: Representation::Full,
        limits: Some(limits()),
    }
}

/// That it is not there is no failure.
fn found<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.reason() == Some("NotFound") => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn parsed<T: DeserializeOwned>(object: &str) -> Result<T, Failure> {
    serde_json::from_str(object).map_err(Failure::Answer)
}
