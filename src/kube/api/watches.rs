//! Watches.

use super::request::verbs;
use super::{Api, PartialObjectMeta, WatchParams};
use crate::kube::client::Coming;
use crate::kube::decode::read;
use crate::kube::{Error, EventType, Result};
use crate::watch::{Event as Received, Options};
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use futures_core::Stream;
use serde::de::DeserializeOwned;

/// What happened to the objects that are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<K> {
    /// An object that was not there before, or that is in the initial state.
    Added(K),
    /// An object changed.
    Modified(K),
    /// An object is gone, or is no longer selected. This is its last state.
    Deleted(K),
    /// The initial state is complete at this resourceVersion.
    Synced(String),
    /// Nothing that is watched has changed up to this resourceVersion. Comes after an error too, once
    /// the watch goes on.
    Bookmark(String),
    /// The initial state follows once more: what it does not add is gone.
    Restarted,
}

/// A watch, event by event. It resumes by itself, and no error ends it. Dropping it cancels it.
///
/// An object that does not fit `K` is an [`Error::Unreadable`] in the place of its event, and says
/// which that was.
#[must_use = "streams do nothing unless they are polled"]
pub struct Watch<K> {
    events: Coming<Received>,
    kind: String,
    bookmarks: bool,
    until: Option<Pin<Box<dyn Future<Output = ()>>>>,
    objects: PhantomData<fn() -> K>,
}

impl<K: DeserializeOwned> Watch<K> {
    /// The next event. None once the time that [`WatchParams::timeout`] gave is over.
    pub async fn next(&mut self) -> Option<Result<Event<K>>> {
        core::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// None for what was not asked for.
    fn event(&self, received: Received) -> Option<Result<Event<K>>> {
        let (json, event_type, event): (_, _, fn(K) -> Event<K>) = match received {
            Received::Added(json) => (json, EventType::Added, Event::Added),
            Received::Modified(json) => (json, EventType::Modified, Event::Modified),
            Received::Deleted(json) => (json, EventType::Deleted, Event::Deleted),
            Received::Synced(version) => return Some(Ok(Event::Synced(version))),
            Received::Bookmark(version) => {
                return self.bookmarks.then_some(Ok(Event::Bookmark(version)));
            }
            Received::Restarted => return Some(Ok(Event::Restarted)),
        };
        Some(read(&json, &self.kind).map(event).map_err(|error| match error {
            Error::Unreadable(mut unreadable) => {
                unreadable.event = Some(event_type);
                Error::Unreadable(unreadable)
            }
            other => other,
        }))
    }
}

impl<K: DeserializeOwned> Stream for Watch<K> {
    type Item = Result<Event<K>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            // First, or a watch that is never silent would never end.
            if let Some(until) = &mut self.until
                && until.as_mut().poll(context).is_ready()
            {
                self.until = Some(Box::pin(core::future::ready(())));
                return Poll::Ready(None);
            }
            let received = match self.events.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(received))) => received,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error.into()))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            };
            if let Some(event) = self.event(received) {
                return Poll::Ready(Some(event));
            }
        }
    }
}

impl<K> Api<K> {
    /// Follows objects: what happens to them after a resourceVersion. For the versions `""` and
    /// `"0"`, and with [`WatchParams::initial_events`], it begins with their state, up to
    /// [`Event::Synced`], and goes on with what happens from then on.
    ///
    /// With [`WatchParams::timeout`] it ends after that many seconds. How long a single request
    /// lasts is decided here.
    ///
    /// # Errors
    ///
    /// If a name or a parameter can't be used.
    pub fn watch(&self, params: &WatchParams, version: &str) -> Result<Watch<K>>
    where
        K: DeserializeOwned,
    {
        self.follow(params, version, self.metadata_only)
    }

    /// The same, but only of the objects' metadata.
    ///
    /// # Errors
    ///
    /// As [`Api::watch`].
    pub fn watch_metadata(
        &self,
        params: &WatchParams,
        version: &str,
    ) -> Result<Watch<PartialObjectMeta<K>>> {
        self.follow(params, version, true)
    }

    fn follow<T>(&self, params: &WatchParams, version: &str, metadata: bool) -> Result<Watch<T>> {
        // For what it refuses.
        verbs().watch(params, version)?;
        let state_first = params.send_initial_events || matches!(version, "" | "0");
        let options = Options {
            label_selector: params.label_selector.clone(),
            field_selector: params.field_selector.clone(),
            metadata_only: metadata,
            after_resource_version: (!state_first).then(|| version.to_owned()),
            ..Options::default()
        };
        let requests = self.client.requests();
        let events = requests.watch(&self.resource, &self.scope, options)?;
        let timer = |seconds| requests.timer(Duration::from_secs(u64::from(seconds)));
        Ok(Watch {
            events,
            kind: self.kind.clone(),
            bookmarks: params.bookmarks,
            until: params.timeout.map(timer),
            objects: PhantomData,
        })
    }
}
