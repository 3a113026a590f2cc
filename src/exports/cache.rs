use super::bindings::exports::k8s::in_cluster::cache as wit;
use super::{Component, Exchange, PodClient, client};
use crate::cache::{Cache, Change, Key, Options, Query};
use crate::watch;
use alloc::{borrow::ToOwned, string::String};
use core::cell::RefCell;
use core::time::Duration;
use wasip2::io::poll::Pollable;
use wit::Error;

impl wit::Guest for Component {
    type Store = Store;

    fn start(
        resource: wit::ApiResource,
        scope: wit::Scope,
        options: Option<wit::CacheOptions>,
    ) -> Result<wit::Store, Error> {
        let client = client()?;
        let options = options.map(Into::into).unwrap_or_default();
        let cache = Cache::start(client, &resource.into(), &scope.into(), options)?;
        Ok(wit::Store::new(Store { client, cache: RefCell::new(cache) }))
    }
}

pub(super) struct Store {
    client: &'static PodClient,
    cache: RefCell<Cache<Exchange>>,
}

impl wit::GuestStore for Store {
    fn subscribe(&self) -> Pollable {
        self.cache.borrow().subscribe(self.client)
    }

    fn update(&self, at_most: u64) -> Result<bool, Error> {
        let at_most = Duration::from_nanos(at_most);
        Ok(self.cache.borrow_mut().update(self.client, at_most)?)
    }

    fn state(&self) -> wit::State {
        let cache = self.cache.borrow();
        wit::State {
            synced: cache.is_synced(),
            resource_version: cache.resource_version().map(ToOwned::to_owned),
            size: cache.len() as u32,
            cursor: cache.cursor(),
        }
    }

    fn get(&self, key: wit::Key) -> Option<String> {
        let key = Key { namespace: key.namespace, name: key.name };
        self.cache.borrow().get(&key).map(ToOwned::to_owned)
    }

    fn list(&self, query: wit::Query, from: u32, max: u32) -> Result<wit::Page, Error> {
        let wit::Query { namespace, labels, fields } = query;
        let query = Query { namespace, labels, fields };
        let (objects, next) = self.cache.borrow().list(&query, from as usize, max as usize)?;
        Ok(wit::Page { objects, next: next.map(|next| next as u32) })
    }

    fn changes(&self, since: u64, max: u32) -> Option<wit::Changes> {
        let (changes, cursor) = self.cache.borrow().changes(since, max as usize)?;
        let changes = changes.into_iter().map(Into::into).collect();
        Some(wit::Changes { changes, cursor })
    }
}

impl From<wit::CacheOptions> for Options {
    fn from(options: wit::CacheOptions) -> Self {
        let watch = watch::Options {
            label_selector: options.label_selector,
            field_selector: options.field_selector,
            metadata_only: options.metadata_only,
            after_resource_version: None,
            idle_limit: options.idle_limit.map(Duration::from_nanos),
            patience: options.patience.map(Duration::from_nanos),
        };
        Self {
            watch,
            managed_fields: options.managed_fields,
            fields: options.fields,
            indexes: options.indexes,
        }
    }
}

impl From<Change> for wit::Change {
    fn from(change: Change) -> Self {
        let Key { namespace, name } = change.key;
        Self { key: wit::Key { namespace, name }, object: change.object }
    }
}
