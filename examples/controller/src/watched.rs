//! Watches, and what they tell.

use crate::bindings::k8s::in_cluster::types::{ApiResource, Error, Scope};
use crate::bindings::k8s::in_cluster::watch::{self, Event, WatchOptions, Watcher};
use crate::cluster::{describe, resource};
use crate::mirror::Mirror;
use crate::resource::{Metadata, Object};
use serde::Deserialize;

/// No more events at a time: between them, the lease is looked after.
const AT_A_TIME: u32 = 100;

/// Failures that pass by themselves are told of after a minute.
const PATIENCE: u64 = 60_000_000_000;

/// The objects of a resource, in all namespaces, and the watch that keeps them up to date.
pub(crate) struct Watched<T> {
    pub(crate) watcher: Watcher,
    pub(crate) mirror: Mirror<T>,
}

impl<T: Object + Clone> Watched<T> {
    /// Begins to watch those with a label.
    pub(crate) fn start(resource: &ApiResource, label: Option<String>) -> Result<Self, Error> {
        let options = WatchOptions { label_selector: label, ..options() };
        let watcher = watch::start(resource, &Scope::AllNamespaces, Some(&options))?;
        Ok(Self { watcher, mirror: Mirror::new() })
    }

    /// Takes what has come, and returns what has changed. Does not wait.
    pub(crate) fn changes(&mut self) -> Vec<T> {
        let mut changes = Vec::new();
        for event in next(&self.watcher) {
            match self.mirror.take(event) {
                Ok(changed) => changes.extend(changed),
                Err(error) => eprintln!("controller: an object can't be read: {error}"),
            }
        }
        changes
    }
}

/// The pod of this replica. A component gets no signals: that its pod is to end is to be seen by
/// the pod's own `metadata.deletionTimestamp`.
pub(crate) struct OwnPod {
    pub(crate) watcher: Watcher,
}

impl OwnPod {
    pub(crate) fn start(name: &str) -> Result<Self, Error> {
        let options = WatchOptions {
            field_selector: Some(format!("metadata.name={name}")),
            metadata_only: true,
            ..options()
        };
        let pods = resource("", "v1", "pods");
        Ok(Self { watcher: watch::start(&pods, &Scope::OwnNamespace, Some(&options))? })
    }

    /// Whether it is being deleted, or gone. Does not wait.
    pub(crate) fn is_ending(&self) -> bool {
        next(&self.watcher).iter().any(|event| match event {
            Event::Added(pod) | Event::Modified(pod) => {
                let pod: Option<Pod> = serde_json::from_str(pod).ok();
                pod.is_some_and(|it| it.metadata.deletion_timestamp.is_some())
            }
            Event::Deleted(_) => true,
            Event::Synced(_) | Event::Bookmark(_) | Event::Restarted => false,
        })
    }
}

#[derive(Deserialize)]
struct Pod {
    metadata: Metadata,
}

/// What has come. A watch goes on after an error, by itself.
fn next(watcher: &Watcher) -> Vec<Event> {
    watcher.next(AT_A_TIME).unwrap_or_else(|error| {
        eprintln!("controller: a watch: {}", describe(&error));
        Vec::new()
    })
}

fn options() -> WatchOptions {
    WatchOptions {
        label_selector: None,
        field_selector: None,
        metadata_only: false,
        after_resource_version: None,
        idle_limit: None,
        patience: Some(PATIENCE),
    }
}
