//! What a watch has told: the objects as they are, by their keys.
//!
//! The interface `cache` keeps such a copy in the component, pruned and indexed. This one also has
//! what was just written, and the last state of what is gone, which says whose it was.

use crate::bindings::k8s::in_cluster::watch::Event;
use crate::resource::{Key, Object};
use std::collections::BTreeMap;

/// The objects of a watch. While a state is being told anew, the one before stays in force.
#[derive(Debug)]
pub(crate) struct Mirror<T> {
    objects: BTreeMap<Key, T>,
    /// The state that is being told, until it is complete.
    coming: Option<BTreeMap<Key, T>>,
    synced: bool,
}

impl<T: Object> Mirror<T> {
    /// Of a watch that begins.
    pub(crate) fn new() -> Self {
        Self { objects: BTreeMap::new(), coming: Some(BTreeMap::new()), synced: false }
    }

    /// Whether it has ever been complete. Before, that something is not there says nothing.
    pub(crate) fn is_synced(&self) -> bool {
        self.synced
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&T> {
        self.objects.get(key)
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &T> {
        self.objects.values()
    }

    /// Takes what a watch tells, and returns what has changed by it: objects as they are now, or
    /// as they were last.
    pub(crate) fn take(&mut self, event: Event) -> Result<Vec<T>, serde_json::Error>
    where
        T: Clone,
    {
        match event {
            Event::Added(text) | Event::Modified(text) => {
                let object: T = serde_json::from_str(&text)?;
                if let Some(coming) = &mut self.coming {
                    coming.insert(object.metadata().key(), object);
                    return Ok(Vec::new());
                }
                Ok(self.put(object.clone()).then_some(object).into_iter().collect())
            }
            Event::Deleted(text) => {
                let object: T = serde_json::from_str(&text)?;
                let key = object.metadata().key();
                if let Some(coming) = &mut self.coming {
                    coming.remove(&key);
                    return Ok(Vec::new());
                }
                if self.objects.get(&key).is_some_and(|old| newer(old, &object)) {
                    return Ok(Vec::new());
                }
                self.objects.remove(&key);
                Ok(vec![object])
            }
            Event::Restarted => {
                self.coming = Some(BTreeMap::new());
                Ok(Vec::new())
            }
            Event::Synced(_) => Ok(self.replace()),
            Event::Bookmark(_) => Ok(Vec::new()),
        }
    }

    /// Puts in an object that the API server answered with, before the watch tells of it. Whether
    /// that is news.
    pub(crate) fn put(&mut self, object: T) -> bool {
        let key = object.metadata().key();
        let known = self.objects.get(&key);
        if known.is_some_and(|old| newer(old, &object)) {
            return false;
        }
        let news = known.is_none_or(|old| !same(old, &object));
        self.objects.insert(key, object);
        news
    }

    /// The state that was told takes the place of the one before.
    fn replace(&mut self) -> Vec<T>
    where
        T: Clone,
    {
        self.synced = true;
        let mut changed = Vec::new();
        let coming = self.coming.take().unwrap_or_default();
        let mut before = std::mem::take(&mut self.objects);
        for (key, object) in coming {
            match before.remove(&key) {
                Some(old) if same(&old, &object) => {}
                // Written meanwhile: the watch will tell.
                Some(old) if newer(&old, &object) => {
                    self.objects.insert(key, old);
                    continue;
                }
                _ => changed.push(object.clone()),
            }
            self.objects.insert(key, object);
        }
        changed.extend(before.into_values());
        changed
    }
}

fn same<T: Object>(a: &T, b: &T) -> bool {
    let [a, b] = [a, b].map(T::metadata);
    a.uid == b.uid && a.resource_version == b.resource_version
}

/// Whether the first is a later version than the second:
/// <https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>.
fn newer<T: Object>(a: &T, b: &T) -> bool {
    let [a, b] = [a, b].map(|it| it.metadata().resource_version.parse::<u64>());
    matches!((a, b), (Ok(a), Ok(b)) if a > b)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::resource::ConfigMap;

    fn text(name: &str, version: u32) -> String {
        format!(
            r#"{{"metadata":{{"namespace":"shop","name":"{name}","uid":"{name}","resourceVersion":"{version}"}}}}"#
        )
    }

    fn object(name: &str, version: u32) -> ConfigMap {
        serde_json::from_str(&text(name, version)).unwrap()
    }

    /// Takes an event, and returns names and versions of what changed.
    fn take(mirror: &mut Mirror<ConfigMap>, event: Event) -> Vec<String> {
        mirror.take(event).unwrap().iter().map(said).collect()
    }

    fn said(object: &ConfigMap) -> String {
        format!("{}@{}", object.metadata.name, object.metadata.resource_version)
    }

    fn all(mirror: &Mirror<ConfigMap>) -> Vec<String> {
        mirror.objects().map(said).collect()
    }

    #[test]
    fn it_is_complete_from_synced_on_and_follows() {
        let mut mirror = Mirror::new();
        assert_eq!(take(&mut mirror, Event::Added(text("a", 1))), [""; 0]);
        assert_eq!(take(&mut mirror, Event::Added(text("b", 2))), [""; 0]);
        assert!(!mirror.is_synced() && all(&mirror).is_empty());
        assert_eq!(take(&mut mirror, Event::Synced("2".into())), ["a@1", "b@2"]);
        assert!(mirror.is_synced());
        assert_eq!(take(&mut mirror, Event::Modified(text("a", 3))), ["a@3"]);
        assert_eq!(take(&mut mirror, Event::Deleted(text("b", 4))), ["b@4"]);
        assert_eq!(take(&mut mirror, Event::Bookmark("9".into())), [""; 0]);
        assert_eq!(all(&mirror), ["a@3"]);
    }

    #[test]
    fn a_state_that_is_told_anew_takes_the_place_of_the_old_one_at_once() {
        let mut mirror = Mirror::new();
        for (name, version) in [("a", 1), ("b", 2), ("c", 3)] {
            take(&mut mirror, Event::Added(text(name, version)));
        }
        take(&mut mirror, Event::Synced("3".into()));
        take(&mut mirror, Event::Restarted);
        take(&mut mirror, Event::Added(text("a", 1)));
        assert_eq!(all(&mirror), ["a@1", "b@2", "c@3"]);
        // It broke off.
        take(&mut mirror, Event::Restarted);
        for (name, version) in [("b", 2), ("c", 5), ("d", 6)] {
            take(&mut mirror, Event::Added(text(name, version)));
        }
        assert_eq!(take(&mut mirror, Event::Synced("6".into())), ["c@5", "d@6", "a@1"]);
        assert_eq!(all(&mirror), ["b@2", "c@5", "d@6"]);
    }

    #[test]
    fn what_was_written_here_is_known_before_the_watch_tells_of_it() {
        let mut mirror = Mirror::new();
        take(&mut mirror, Event::Synced("1".into()));
        assert!(mirror.put(object("a", 5)));
        assert!(!mirror.put(object("a", 5)));
        // What was before, then itself, then what is after.
        assert_eq!(take(&mut mirror, Event::Added(text("a", 3))), [""; 0]);
        assert_eq!(take(&mut mirror, Event::Deleted(text("a", 4))), [""; 0]);
        assert_eq!(take(&mut mirror, Event::Added(text("a", 5))), [""; 0]);
        assert_eq!(all(&mirror), ["a@5"]);
        assert_eq!(take(&mut mirror, Event::Deleted(text("a", 6))), ["a@6"]);
        // And in a state that is told anew.
        take(&mut mirror, Event::Restarted);
        take(&mut mirror, Event::Added(text("b", 7)));
        assert!(mirror.put(object("b", 8)));
        assert_eq!(take(&mut mirror, Event::Synced("7".into())), [""; 0]);
        assert_eq!(all(&mirror), ["b@8"]);
    }

    #[test]
    fn what_is_no_such_object_is_an_error() {
        assert!(Mirror::<ConfigMap>::new().take(Event::Added("{}".into())).is_err());
    }
}
