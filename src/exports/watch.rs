use super::bindings::exports::k8s::in_cluster::watch as wit;
use super::{Component, Exchange, PodClient, client};
use crate::watch::{Event, Options, Watcher as Core};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::time::Duration;
use wasip2::io::poll::Pollable;
use wit::Error;

impl wit::Guest for Component {
    type Watcher = Watcher;

    fn start(
        resource: wit::ApiResource,
        scope: wit::Scope,
        options: Option<wit::WatchOptions>,
    ) -> Result<wit::Watcher, Error> {
        let client = client()?;
        let options = options.map(Into::into).unwrap_or_default();
        let watcher = Core::start(client, &resource.into(), &scope.into(), options)?;
        Ok(wit::Watcher::new(Watcher { client, watcher: RefCell::new(watcher) }))
    }
}

pub(super) struct Watcher {
    client: &'static PodClient,
    watcher: RefCell<Core<Exchange>>,
}

impl wit::GuestWatcher for Watcher {
    fn subscribe(&self) -> Pollable {
        self.watcher.borrow().subscribe(self.client)
    }

    fn next(&self, max: u32) -> Result<Vec<wit::Event>, Error> {
        let events = self.watcher.borrow_mut().next(self.client, max as usize)?;
        Ok(events.into_iter().map(Into::into).collect())
    }

    fn blocking_next(&self, max: u32) -> Result<Vec<wit::Event>, Error> {
        let events = self.watcher.borrow_mut().wait_for_next(self.client, max as usize)?;
        Ok(events.into_iter().map(Into::into).collect())
    }
}

impl From<wit::WatchOptions> for Options {
    fn from(options: wit::WatchOptions) -> Self {
        Self {
            label_selector: options.label_selector,
            field_selector: options.field_selector,
            metadata_only: options.metadata_only,
            after_resource_version: options.after_resource_version,
            idle_limit: options.idle_limit.map(Duration::from_nanos),
            patience: options.patience.map(Duration::from_nanos),
        }
    }
}

impl From<Event> for wit::Event {
    fn from(event: Event) -> Self {
        match event {
            Event::Added(object) => Self::Added(object),
            Event::Modified(object) => Self::Modified(object),
            Event::Deleted(object) => Self::Deleted(object),
            Event::Synced(version) => Self::Synced(version),
            Event::Bookmark(version) => Self::Bookmark(version),
            Event::Restarted => Self::Restarted,
        }
    }
}
