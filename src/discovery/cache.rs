//! What was found, kept for a while.

use super::fetch::{self, Budget};
use super::find::{Found, find};
use super::{Freshness, Group, OpenApiDocument, openapi};
use crate::Error;
use crate::client::{Client, Limits};
use crate::pod::Pod;
use crate::transport::Transport;
use alloc::{string::String, sync::Arc, vec::Vec};
use core::time::Duration;
use spin::Mutex;

/// How long what was found is kept.
const KEPT: Duration = Duration::from_secs(600);

/// How long it is kept if a part of it could not be had.
const KEPT_INCOMPLETE: Duration = Duration::from_secs(30);

/// How old it has to be for a name that is not in it to be looked for again.
const LOOKED_UP_AGAIN: Duration = Duration::from_secs(10);

/// What the server serves, asked for when it is needed and kept for ten minutes; for half a
/// minute where a group is stale or could not be had.
#[derive(Default)]
pub struct Discovery {
    groups: Mutex<Option<Kept<Vec<Group>>>>,
    openapi: Mutex<Option<Kept<Vec<OpenApiDocument>>>>,
}

struct Kept<V> {
    value: Arc<V>,
    since: Duration,
    until: Duration,
}

impl Discovery {
    /// Nothing is known yet.
    pub const fn new() -> Self {
        Self { groups: Mutex::new(None), openapi: Mutex::new(None) }
    }

    /// Forgets what was found.
    pub fn invalidate(&self) {
        *self.groups.lock() = None;
        *self.openapi.lock() = None;
    }

    /// The groups, the core group first.
    ///
    /// # Errors
    ///
    /// If the list of groups can't be had. A group or version that can't be had is no error.
    pub fn groups<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        limits: &Limits,
    ) -> Result<Arc<Vec<Group>>, Error> {
        let budget = Budget::new(limits, client.now());
        self.known(client, &budget).map(|(groups, _)| groups)
    }

    /// Looks resources up, and hands them to a function: by a plural, singular or short name or a
    /// kind, within a group or version. All of them, if none is given. Not found, they are looked for
    /// again if what is known is older than 10 seconds.
    ///
    /// # Errors
    ///
    /// As [`Discovery::groups`].
    pub fn find<P: Pod, T: Transport, R>(
        &self,
        client: &Client<P, T>,
        name: Option<&str>,
        group: Option<&str>,
        version: Option<&str>,
        limits: &Limits,
        take: impl FnOnce(Vec<Found<'_>>) -> R,
    ) -> Result<R, Error> {
        let budget = Budget::new(limits, client.now());
        let (groups, age) = self.known(client, &budget)?;
        let found = find(&groups, name, group, version);
        if !found.is_empty() || age < LOOKED_UP_AGAIN {
            return Ok(take(found));
        }
        let groups = self.fetch(client, &budget)?;
        Ok(take(find(&groups, name, group, version)))
    }

    /// The schemas that there are.
    ///
    /// # Errors
    ///
    /// If their index can't be had.
    pub fn openapi<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        limits: &Limits,
    ) -> Result<Arc<Vec<OpenApiDocument>>, Error> {
        let budget = Budget::new(limits, client.now());
        self.openapi_index(client, &budget).map(|(index, _)| index)
    }

    /// One of the schemas, JSON text: None if there is none of that name. Not kept.
    ///
    /// # Errors
    ///
    /// If it can't be had.
    pub fn openapi_document<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        name: &str,
        limits: &Limits,
    ) -> Result<Option<String>, Error> {
        let budget = Budget::new(limits, client.now());
        let (index, age) = self.openapi_index(client, &budget)?;
        match openapi::document(client, &index, name, &budget) {
            // It was replaced, and is found under another address.
            Err(Error::Api(status)) if matches!(status.code, 301 | 302 | 404) => {}
            Ok(None) if age >= LOOKED_UP_AGAIN => {}
            result => return result,
        }
        *self.openapi.lock() = None;
        let (index, _) = self.openapi_index(client, &budget)?;
        openapi::document(client, &index, name, &budget)
    }

    /// The groups, and how long they have been known.
    fn known<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        budget: &Budget,
    ) -> Result<(Arc<Vec<Group>>, Duration), Error> {
        match fresh(&self.groups, client.now()) {
            Some(known) => Ok(known),
            None => Ok((self.fetch(client, budget)?, Duration::ZERO)),
        }
    }

    fn fetch<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        budget: &Budget,
    ) -> Result<Arc<Vec<Group>>, Error> {
        let groups = fetch::groups(client, budget)?;
        let mut versions = groups.iter().flat_map(|group| &group.versions);
        let complete = versions.all(|version| version.freshness == Freshness::Current);
        let time = if complete { KEPT } else { KEPT_INCOMPLETE };
        Ok(keep(&self.groups, groups, client.now(), time))
    }

    fn openapi_index<P: Pod, T: Transport>(
        &self,
        client: &Client<P, T>,
        budget: &Budget,
    ) -> Result<(Arc<Vec<OpenApiDocument>>, Duration), Error> {
        if let Some(known) = fresh(&self.openapi, client.now()) {
            return Ok(known);
        }
        let index = openapi::index(client, budget)?;
        Ok((keep(&self.openapi, index, client.now(), KEPT), Duration::ZERO))
    }
}

fn fresh<V>(kept: &Mutex<Option<Kept<V>>>, now: Duration) -> Option<(Arc<V>, Duration)> {
    let mut kept = kept.lock();
    if kept.as_ref().is_some_and(|kept| kept.until <= now) {
        *kept = None;
    }
    let kept = kept.as_ref()?;
    Some((Arc::clone(&kept.value), now.saturating_sub(kept.since)))
}

fn keep<V>(kept: &Mutex<Option<Kept<V>>>, value: V, now: Duration, time: Duration) -> Arc<V> {
    let value = Arc::new(value);
    let until = now.saturating_add(time);
    *kept.lock() = Some(Kept { value: Arc::clone(&value), since: now, until });
    value
}
