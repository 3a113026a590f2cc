//! A local copy of the objects of a resource, kept in step by a watch.

mod fields;
mod key;
mod options;
mod reflection;
mod store;
mod table;

pub use key::Key;
pub use options::Options;
pub use store::{Change, Query};

use crate::Error;
use crate::client::Client;
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::{Exchange, Transport};
use crate::watch::{self, Watcher};
use alloc::{string::String, vec::Vec};
use core::time::Duration;
use reflection::Reflection;
use store::{Index, Store};

/// Events that are taken at a time.
const BATCH: usize = 1000;

/// The most bytes of objects, or not many more, that are given at a time.
const MAX_BYTES: usize = 1 << 20;

/// Objects of a resource as the API server has them, a moment ago.
pub struct Cache<E> {
    watcher: Watcher<E>,
    reflection: Reflection,
}

impl<E: Exchange> Cache<E> {
    /// Begins to fill a cache. Waits for nothing.
    ///
    /// # Errors
    ///
    /// If a name or an option can't be used.
    pub fn start<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        resource: &ApiResource,
        scope: &Scope,
        options: Options,
    ) -> Result<Self, Error> {
        // Names that are made to have the same hash have it in one pod alone.
        let seed = client.pod().now().subsec_nanos();
        let kept = options.kept()?;
        let indexes =
            options.indexes.iter().map(|path| Index::new(path)).collect::<Result<_, _>>()?;
        let watched = watch::Options { after_resource_version: None, ..options.watch };
        Ok(Self {
            watcher: Watcher::start(client, resource, scope, watched)?,
            reflection: Reflection::new(Store::new(seed, indexes), kept),
        })
    }

    /// Takes in what has come, and waits until something changed by it, for so long at most. Whether
    /// anything did.
    ///
    /// # Errors
    ///
    /// As [`Watcher::next`]. The cache stays as it was, and goes on.
    pub fn update<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        at_most: Duration,
    ) -> Result<bool, Error> {
        let end = client.pod().now().saturating_add(at_most);
        let before = (self.cursor(), self.is_synced());
        loop {
            let events = self.watcher.next(client, BATCH)?;
            events.iter().for_each(|event| self.reflection.apply(event));
            let changed = before != (self.cursor(), self.is_synced());
            let left = end.saturating_sub(client.pod().now());
            if changed || left.is_zero() {
                return Ok(changed);
            }
            if events.is_empty() {
                self.watcher.wait(client, left);
            }
        }
    }

    /// Something to wait for from outside: take a new one for each wait.
    pub fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> E::Pollable {
        self.watcher.subscribe(client)
    }

    /// Whether it has once been complete, and is a state of the server since.
    pub fn is_synced(&self) -> bool {
        self.reflection.is_synced()
    }

    /// The version of the state. None while a new one is on its way.
    pub fn resource_version(&self) -> Option<&str> {
        self.watcher.resource_version().filter(|_| !self.reflection.is_staging())
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.reflection.store().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One object.
    pub fn get(&self, key: &Key) -> Option<&str> {
        let store = self.reflection.store();
        store.text(store.find(key)?)
    }

    /// Up to `max` objects that fit, and not many more than 1 MiB of them, from a place on; and the
    /// place behind if there may be more. A place holds until the next update.
    ///
    /// # Errors
    ///
    /// If what is named can't be a field.
    pub fn list(
        &self,
        query: &Query,
        from: usize,
        max: usize,
    ) -> Result<(Vec<String>, Option<usize>), Error> {
        Ok(self.reflection.store().list(query, from, max, MAX_BYTES)?)
    }

    /// The last change.
    pub fn cursor(&self) -> u64 {
        self.reflection.store().changes()
    }

    /// Up to `max` of the objects that changed after a change, and not many more than 1 MiB of
    /// them, each once and as it is now; and what to ask from the next time: the change up to which
    /// these are all, or after 0, the place up to which they are. None if that is not known any longer.
    pub fn changes(&self, since: u64, max: usize) -> Option<(Vec<Change>, u64)> {
        self.reflection.store().since(since, max, MAX_BYTES)
    }
}

#[cfg(test)]
mod tests;
