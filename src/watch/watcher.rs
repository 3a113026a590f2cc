//! What moves a watch on.

use super::protocol::{Ask, Protocol, Step, Wait};
use super::{Event, Options};
use crate::Error;
use crate::client::{Call, Client, InvalidRequest, Limits, Request};
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::{Exchange, Interest, Transport};
use alloc::{borrow::ToOwned, vec, vec::Vec};
use core::cell::Cell;
use core::time::Duration;

/// The most bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// A batch that holds more bytes of text is handed over.
const BATCH: usize = 1 << 20;

/// How long a call is kept after its end, for what a caller may still wait on.
const KEPT: Duration = Duration::from_secs(60);

const EVENTS_OF_METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const LIST_OF_METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// A watch, and the request that it has under way.
///
/// It resumes by itself. An error that it returns does not end it: asked again, it goes on,
/// after a pause.
pub struct Watcher<E> {
    metadata_only: bool,
    protocol: Protocol,
    call: Option<Call<E>>,
    answered: bool,
    /// Whether there may be more events than were asked for.
    full: bool,
    /// Whether there is nothing more to be done than to wait for the answer, or was when last asked.
    drained: bool,
    /// Whether a caller may hold a pollable of the call.
    handed_out: Cell<bool>,
    /// Calls that are over, and since when.
    kept: Vec<(Duration, Call<E>)>,
}

impl<E: Exchange> Watcher<E> {
    /// Begins a watch. Waits for nothing.
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
        options.check()?;
        let namespace = &client.cluster().namespace;
        let path = resource.collection_path(scope, namespace).map_err(InvalidRequest::from)?;
        let mut watcher = Self {
            metadata_only: options.metadata_only,
            protocol: Protocol::new(path, options),
            call: None,
            answered: false,
            full: false,
            drained: false,
            handed_out: Cell::new(false),
            kept: Vec::new(),
        };
        watcher.advance(client, client.pod().now());
        Ok(watcher)
    }

    /// The events that are here, up to `max`, and not many more than 1 MiB of them. None if none
    /// are here: does not wait.
    ///
    /// # Errors
    ///
    /// What keeps the watch from going on, once all events before it were returned.
    pub fn next<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        let mut bytes = 0;
        // Each look at the clock is a call into the host. Nothing here waits.
        let now = client.pod().now();
        self.drained = false;
        self.kept.retain(|(since, _)| now.saturating_sub(*since) < KEPT);
        loop {
            self.full = events.len() >= max || bytes >= BATCH;
            if self.full {
                return Ok(events);
            }
            if let Some(event) = self.protocol.take(now) {
                bytes += event.len();
                events.push(event);
            } else if events.is_empty()
                && let Some(error) = self.protocol.take_error()
            {
                return Err(error);
            } else if self.protocol.has_pending() {
                return Ok(events);
            } else if !self.advance(client, now) {
                self.drained = self.call.is_some();
                return Ok(events);
            }
        }
    }

    /// The same, waiting until there is an event or an error.
    ///
    /// # Errors
    ///
    /// As [`Watcher::next`].
    pub fn wait_for_next<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Vec<Event>, Error> {
        loop {
            // A look at an answer that was read to where it is would be in vain most often.
            if self.drained && max > 0 {
                self.wait(client, Duration::MAX);
            }
            let events = self.next(client, max)?;
            if max == 0 || !events.is_empty() {
                return Ok(events);
            }
            if !self.drained {
                self.wait(client, Duration::MAX);
            }
        }
    }

    /// Waits until something can be done, for so long at most.
    pub(crate) fn wait<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        at_most: Duration,
    ) {
        let now = client.pod().now();
        match (self.protocol.wait(now), &self.call) {
            (Wait::Receive(left), Some(call)) => {
                call.wait_at_most(client, self.interest(), now, left.min(at_most));
            }
            (Wait::Receive(left) | Wait::Pause(left), _) => client.pod().sleep(left.min(at_most)),
        }
    }

    /// The version up to which everything was returned. None before the state is complete.
    pub(crate) fn resource_version(&self) -> Option<&str> {
        self.protocol.version()
    }

    /// Something to wait for from outside: take a new one for each wait.
    pub fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> E::Pollable {
        if self.full || self.protocol.has_pending() {
            return client.timer(Duration::ZERO);
        }
        match (self.protocol.wait(client.pod().now()), &self.call) {
            (Wait::Receive(_), Some(call)) => {
                self.handed_out.set(true);
                call.subscribe(client, self.interest())
            }
            (Wait::Receive(left) | Wait::Pause(left), _) => client.timer(left),
        }
    }

    /// For how long to wait for that at most.
    #[cfg(feature = "async")]
    pub(crate) fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Duration {
        let (Wait::Receive(left) | Wait::Pause(left)) = self.protocol.wait(client.pod().now());
        left
    }

    fn interest(&self) -> Interest {
        if self.answered { Interest::Read } else { Interest::Head }
    }

    /// Does what is next. False if that is to wait.
    fn advance<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        now: Duration,
    ) -> bool {
        match self.protocol.step(now) {
            Step::Receive => return self.receive(client, now),
            Step::Pause => {
                self.retire(now);
                return false;
            }
            Step::Send(ask) => {
                self.retire(now);
                self.answered = false;
                match client.open(self.request(ask), None) {
                    Ok(call) => self.call = Some(call),
                    Err(error) => self.protocol.failed(error, client.pod().now()),
                }
            }
        }
        true
    }

    /// Takes what has come of the answer. False if that is nothing.
    fn receive<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        now: Duration,
    ) -> bool {
        let Some(call) = &mut self.call else {
            self.protocol.ended(None, now);
            return true;
        };
        if self.answered {
            match call.read(client, CHUNK) {
                Ok(Some(bytes)) if bytes.is_empty() => return self.protocol.silent(now),
                Ok(Some(bytes)) => self.protocol.received(&bytes, now),
                Ok(None) => self.protocol.ended(None, now),
                Err(error) => self.protocol.ended(Some(error), now),
            }
        } else {
            match call.head(client) {
                Ok(None) => return self.protocol.silent(now),
                Ok(Some(head)) => {
                    self.answered = true;
                    self.protocol.answered(head, now);
                }
                Err(error) => self.protocol.failed(error, now),
            }
        }
        true
    }

    fn request(&self, ask: Ask) -> Request {
        let mut request = Request::new("GET", self.protocol.path());
        request.query = ask.query;
        if self.metadata_only {
            let accept = if ask.list { LIST_OF_METADATA } else { EVENTS_OF_METADATA };
            request.headers = vec![("accept".to_owned(), accept.to_owned())];
        }
        // Events are asked for as they are, and decoded if they are compressed all the same.
        request.compress = !ask.list;
        request.limits = Limits {
            between_bytes: Some(self.protocol.idle_limit()),
            // What is done after a failure, and when, is decided here.
            retries: Some(0),
            ..Limits::default()
        };
        request
    }

    /// Lets go of a call that is over.
    fn retire(&mut self, now: Duration) {
        if let Some(mut call) = self.call.take()
            && self.handed_out.take()
        {
            call.leave();
            self.kept.push((now, call));
        }
    }
}
