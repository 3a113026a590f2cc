//! What moves an election on.

use super::elector::{Elector, Request as Asked, Step, Verb};
use super::{Event, Timings, identity};
use crate::Error;
use crate::client::{Call, Client, Head, InvalidRequest, Limits, Request};
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::{Exchange, Interest, Transport};
use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};
use core::time::Duration;

/// The most bytes of an answer: far more than a Lease has.
const MAX_LEASE: usize = 1 << 20;

/// While a request is under way, how soon to look for its answer at the earliest and the latest.
const SOONEST: Duration = Duration::from_millis(1);
const LATEST: Duration = Duration::from_millis(100);

/// An election to take part in.
#[derive(Debug, Clone, Default)]
pub struct Election {
    /// Name of the Lease.
    pub name: String,
    /// Namespace of the Lease: the pod's own if none.
    pub namespace: Option<String>,
    /// Under which name to take part: no other may have it. Made of the pod's name if none.
    pub identity: Option<String>,
    /// The timings, which all that take part should share.
    pub timings: Timings,
}

/// One who takes part in an election, and the request that it has under way.
///
/// Nothing happens on its own: it is moved on by [`LeaderElector::poll`], which a leader has to
/// call at least each retry period. Before it is dropped, [`LeaderElector::release`] leaves the
/// Lease to the next.
pub struct LeaderElector<E> {
    elector: Elector,
    collection: String,
    object: String,
    pending: Option<Pending<E>>,
    /// When there is something to do, whether an answer comes or not. None once it is over.
    due: Option<Duration>,
}

struct Pending<E> {
    call: Call<E>,
    since: Duration,
    timeout: Duration,
    head: Option<Head>,
    body: Vec<u8>,
}

impl<E: Exchange> LeaderElector<E> {
    /// Begins to take part. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// If a name or the timings can't be used.
    pub fn new<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        election: Election,
    ) -> Result<Self, Error> {
        let Election { name, namespace, identity, timings } = election;
        let leases = ApiResource::new("coordination.k8s.io", "v1", "leases");
        let scope = namespace.map_or(Scope::OwnNamespace, Scope::Namespace);
        let own = &client.cluster().namespace;
        let object = leases.object_path(&scope, own, &name, None);
        let object = object.map_err(InvalidRequest::from)?;
        let collection = leases.collection_path(&scope, own).map_err(InvalidRequest::from)?;
        let identity = identity.unwrap_or_else(|| identity::of_pod(client.pod()));
        let now = client.pod().now();
        let elector = Elector::new(&name, identity, timings, now).map_err(InvalidRequest::from)?;
        Ok(Self { elector, collection, object, pending: None, due: Some(now) })
    }

    /// Under which name it takes part.
    pub fn identity(&self) -> &str {
        self.elector.identity()
    }

    /// The timings of the election.
    pub fn timings(&self) -> &Timings {
        self.elector.timings()
    }

    /// Who held the Lease when it was read last. None if nobody did.
    pub fn leader(&self) -> Option<&str> {
        self.elector.leader()
    }

    /// Whether it leads now: by the clock, without asking anybody.
    pub fn is_leader<P: Pod, T: Transport<Exchange = E>>(&self, client: &Client<P, T>) -> bool {
        self.leader_until(client).is_some()
    }

    /// Until when it leads if no renewal succeeds, by the pod's clock. None if it does not lead.
    pub fn leader_until<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Option<Duration> {
        self.elector.leader_until(client.pod().now())
    }

    /// Does what is due, and returns what has happened. Waits until something has, but for no
    /// longer than this, and not once it is released.
    pub fn poll<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        at_most: Duration,
    ) -> Vec<Event> {
        let end = client.pod().now().saturating_add(at_most);
        loop {
            self.advance(client);
            let events = self.elector.take_events();
            let now = client.pod().now();
            let Some(due) = self.due.filter(|_| events.is_empty() && now < end) else {
                return events;
            };
            self.wait_until(client, due.min(end));
        }
    }

    /// How long until [`LeaderElector::poll`] is to be called again. None if there is no need to.
    pub fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Option<Duration> {
        if self.elector.has_events() {
            return Some(Duration::ZERO);
        }
        let now = client.pod().now();
        let left = self.due?.saturating_sub(now);
        // The answer is looked for by the clock, so that no caller holds a pollable of the request:
        // one who did when it ends would be trapped. The longer it took, the longer it may take.
        Some(match &self.pending {
            Some(pending) => left.min(now.saturating_sub(pending.since).clamp(SOONEST, LATEST)),
            None => left,
        })
    }

    /// Stops to lead, and leaves the Lease to the next. Waits for the answer for so long.
    ///
    /// # Errors
    ///
    /// Why the Lease may still hold it, so that the others have to wait until it has lasted. Asked
    /// again, it tries again.
    pub fn release<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        at_most: Duration,
    ) -> Result<(), Error> {
        let end = client.pod().now().saturating_add(at_most);
        self.elector.release(client.pod().now());
        loop {
            self.advance(client);
            let Some(due) = self.due else { return Ok(()) };
            if client.pod().now() >= end {
                return Err(self.elector.take_failure().unwrap_or_else(|| {
                    Error::DeadlineExceeded("no answer came to the release of the Lease".to_owned())
                }));
            }
            self.wait_until(client, due.min(end));
        }
    }

    /// Does all that can be done without waiting.
    fn advance<P: Pod, T: Transport<Exchange = E>>(&mut self, client: &Client<P, T>) {
        loop {
            let now = client.pod().now();
            let result = match self.elector.step(now, client.pod().wall_clock()) {
                Step::Over => {
                    self.due = None;
                    return;
                }
                Step::Send(asked) => {
                    let (request, timeout) = (self.request(&asked), asked.timeout);
                    match client.open(request, body(asked)) {
                        Ok(call) => {
                            let (head, body) = (None, Vec::new());
                            self.pending = Some(Pending { call, since: now, timeout, head, body });
                            continue;
                        }
                        Err(error) => Err(error),
                    }
                }
                Step::Wait(until) => {
                    self.due = Some(until);
                    match self.pending.as_mut().and_then(|pending| pending.receive(client, now)) {
                        Some(result) => result,
                        None => return,
                    }
                }
            };
            self.pending = None;
            self.elector.answered(client.pod().now(), result);
        }
    }

    fn request(&self, asked: &Asked) -> Request {
        let (method, path) = match asked.verb {
            Verb::Get => ("GET", &self.object),
            Verb::Create => ("POST", &self.collection),
            Verb::Update => ("PUT", &self.object),
        };
        let mut request = Request::new(method, path);
        if asked.verb != Verb::Get {
            request.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        }
        // No deadline: an answer that is here counts, however late it is looked for.
        request.limits = Limits {
            // What is done after a failure, and when, is decided by the elector.
            retries: Some(0),
            ..Limits::default()
        };
        request
    }

    fn wait_until<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        until: Duration,
    ) {
        let now = client.pod().now();
        let left = until.saturating_sub(now);
        match &self.pending {
            Some(Pending { call, head, .. }) => {
                let interest = if head.is_none() { Interest::Head } else { Interest::Read };
                call.wait_at_most(client, interest, now, left);
            }
            None => client.pod().sleep(left),
        }
    }
}

fn body(asked: Asked) -> Option<Vec<u8>> {
    (asked.verb != Verb::Get).then(|| asked.body.into_bytes())
}

impl<E: Exchange> Pending<E> {
    /// The body of a success, or an error. None if it is not complete yet.
    fn receive<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        now: Duration,
    ) -> Option<Result<Vec<u8>, Error>> {
        match self.try_receive(client, now).transpose() {
            None if now.saturating_sub(self.since) >= self.timeout => {
                let message = "the API server gave no answer about the Lease within half of the \
                               renew deadline";
                Some(Err(Error::DeadlineExceeded(message.to_owned())))
            }
            result => result,
        }
    }

    fn try_receive<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        now: Duration,
    ) -> Result<Option<Vec<u8>>, Error> {
        if self.head.is_none() {
            // Some hosts take an answer in for those who wait for it, and for nobody else.
            self.call.wait_at_most(client, Interest::Head, now, Duration::ZERO);
            self.head = self.call.head(client)?;
        }
        let Some(head) = &self.head else { return Ok(None) };
        while let Some(bytes) = self.call.read(client, MAX_LEASE)? {
            if bytes.is_empty() {
                return Ok(None);
            }
            self.body.extend_from_slice(&bytes);
            if self.body.len() > MAX_LEASE {
                return Err(Error::Protocol("the answer is far too long for a Lease".to_owned()));
            }
        }
        if head.is_success() {
            return Ok(Some(core::mem::take(&mut self.body)));
        }
        Err(Error::Api(self.call.status(head, &self.body)))
    }
}
