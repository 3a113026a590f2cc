//! The election as a state machine: no I/O, and no clock but what it is told.

use super::event::{Event, Loss};
use super::micro_time;
use super::record::{Lease, LeaseRecord, new_lease};
use super::timings::{InvalidElection, Timings};
use crate::Error;
use crate::client::Status;
use crate::spread::spread;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::time::Duration;

/// One who takes part in an election.
///
/// It says which request to send next, or until when to wait, and is told what came of each.
/// Time is that of one clock that never goes back; the time of day is only written down, for
/// people and other clients to read.
pub struct Elector {
    lease_name: String,
    identity: String,
    timings: Timings,
    /// The Lease as it was seen last. None if there was none.
    observed: Option<Observed>,
    /// What this one wrote, or tried to write, when it took the Lease.
    claim: Option<Claim>,
    leading_until: Option<Duration>,
    next: Verb,
    at: Duration,
    /// Whether `next` follows from what was read just before.
    looked: bool,
    in_flight: Option<Flight>,
    /// The last time of day that was written, in microseconds.
    written: u64,
    reported: String,
    releasing: bool,
    over: bool,
    events: Vec<Event>,
}

struct Observed {
    lease: Lease,
    /// When the record was first seen as it is now.
    since: Duration,
    /// Whether this one wrote it.
    own: bool,
}

/// The mark by which this one knows what it wrote, though the answer was lost. The identity alone
/// won't do: who had it before may be another.
struct Claim {
    /// The version of the Lease that was to be replaced. Empty if there was none.
    base: String,
    acquire_time: String,
}

struct Flight {
    verb: Verb,
    started: Duration,
    deadline: Duration,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send this, and tell [`Elector::answered`].
    Send(Request),
    /// Nothing, before this time or an answer.
    Wait(Duration),
    /// Nothing any more: it is released.
    Over,
}

/// A request about the Lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub verb: Verb,
    /// The Lease to be stored. Empty for [`Verb::Get`].
    pub body: String,
    /// How long to wait for the answer.
    pub timeout: Duration,
}

/// A verb of the Kubernetes API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET of the Lease.
    Get,
    /// POST to the collection.
    Create,
    /// PUT of the Lease.
    Update,
}

impl Elector {
    /// One that takes part under an identity that no other may have. Its first request is due now.
    ///
    /// # Errors
    ///
    /// If the timings do not fit each other, or the identity is empty.
    pub fn new(
        lease_name: &str,
        identity: String,
        timings: Timings,
        now: Duration,
    ) -> Result<Self, InvalidElection> {
        timings.validate()?;
        if identity.is_empty() {
            return Err(InvalidElection::Identity);
        }
        Ok(Self {
            lease_name: lease_name.to_owned(),
            identity,
            timings,
            observed: None,
            claim: None,
            leading_until: None,
            next: Verb::Get,
            at: now,
            looked: false,
            in_flight: None,
            written: 0,
            reported: String::new(),
            releasing: false,
            over: false,
            events: Vec::new(),
        })
    }

    /// Under which name it takes part.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The timings of the election.
    pub fn timings(&self) -> &Timings {
        &self.timings
    }

    /// Whether it leads: until a time that it knows, whether the server can be reached or not.
    pub fn is_leader(&self, now: Duration) -> bool {
        self.leading_until.is_some_and(|until| now < until)
    }

    /// Until when it leads if no renewal succeeds. None if it does not lead.
    pub fn leader_until(&self, now: Duration) -> Option<Duration> {
        self.leading_until.filter(|&until| now < until)
    }

    /// Who held the Lease when it was read last. None if nobody did.
    pub fn leader(&self) -> Option<&str> {
        let holder = &self.observed.as_ref()?.lease.record.holder_identity;
        Some(holder.as_str()).filter(|holder| !holder.is_empty())
    }

    /// What happened since this was asked last, in order.
    pub fn take_events(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    /// Whether there is something to be taken.
    pub fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// Takes the last failure out of what happened.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        let last = self.events.iter().rposition(|event| matches!(event, Event::RequestFailed(_)));
        match last.map(|last| self.events.remove(last)) {
            Some(Event::RequestFailed(error)) => Some(error),
            _ => None,
        }
    }

    /// Gives the Lease back, if it holds it, and ends its part. It does not lead from now on;
    /// whether the others have to wait is told by what comes of the requests that follow.
    pub fn release(&mut self, now: Duration) {
        self.expire(now);
        self.stop(Loss::Released);
        if !self.releasing {
            self.releasing = true;
            let own = self.observed.as_ref().is_some_and(|observed| observed.own);
            if self.next != Verb::Update || !own {
                self.next = Verb::Get;
            }
            self.at = now;
        }
        self.over |= self.has_nothing_to_release();
    }

    /// Without a claim nothing of it stands in the Lease, nor can any more.
    fn has_nothing_to_release(&self) -> bool {
        self.claim.is_none() && self.in_flight.is_none()
    }

    /// What to do now. `wall_clock` is the time since the Unix epoch.
    pub fn step(&mut self, now: Duration, wall_clock: Duration) -> Step {
        self.expire(now);
        if let Some(flight) = &self.in_flight {
            return Step::Wait(self.wake(flight.deadline));
        }
        if self.over {
            return Step::Over;
        }
        if now < self.at {
            return Step::Wait(self.wake(self.at));
        }
        let verb = self.next;
        let body = match verb {
            Verb::Get => String::new(),
            Verb::Create => {
                let record = self.own_record(wall_clock);
                new_lease(&self.lease_name, &record)
            }
            Verb::Update if self.releasing => self.changed(|this| this.free_record(wall_clock)),
            Verb::Update => self.changed(|this| this.own_record(wall_clock)),
        };
        // One that hangs leaves time for another before the deadline.
        let timeout = self.timings.renew_deadline / 2;
        // Everything is counted from here: the server may take it at any time after.
        self.in_flight = Some(Flight { verb, started: now, deadline: now + timeout });
        Step::Send(Request { verb, body, timeout })
    }

    /// What came of the last request: the body of an answer, or why there is none. Of one that has
    /// no answer in time, [`Error::DeadlineExceeded`].
    pub fn answered(&mut self, now: Duration, result: Result<Vec<u8>, Error>) {
        self.expire(now);
        let Some(Flight { verb, started, .. }) = self.in_flight.take() else { return };
        let result = result.and_then(|body| {
            Lease::parse(&body).ok_or_else(|| {
                Error::Protocol("the answer to a request for a Lease is no Lease".to_owned())
            })
        });
        match result {
            Ok(lease) => {
                self.observe(now, lease);
                match self.observed.as_ref().is_some_and(|observed| observed.own) {
                    true if verb == Verb::Get => self.do_next(Verb::Update, now),
                    true => self.renewed(now, started),
                    false => self.is_of_another(now),
                }
            }
            Err(Error::Api(status)) if verb == Verb::Get && is_missing(&status) => {
                self.stop(Loss::Taken);
                self.observed = None;
                self.over |= self.releasing;
                self.do_next(Verb::Create, now);
            }
            Err(error) => self.failed(now, verb, error),
        }
    }

    /// The Lease holds what this one wrote by a request that began then.
    fn renewed(&mut self, now: Duration, started: Duration) {
        let until = started.saturating_add(self.timings.renew_deadline);
        if now < until && !self.releasing && self.leading_until.replace(until).is_none() {
            self.events.push(Event::StartedLeading);
        }
        self.looked = false;
        self.next = Verb::Update;
        self.at = match self.releasing {
            true => now,
            false => now.max(started.saturating_add(self.timings.retry_period)),
        };
    }

    /// The Lease holds what another wrote, or what this one wrote to give it back.
    fn is_of_another(&mut self, now: Duration) {
        self.stop(Loss::Taken);
        if self.releasing {
            self.over = true;
        } else if self.is_free(now) {
            self.do_next(Verb::Update, now);
        } else {
            self.look_later(now, None);
        }
    }

    /// Whether the Lease that was seen last may be taken.
    fn is_free(&self, now: Duration) -> bool {
        let Some(Observed { lease, since, .. }) = &self.observed else { return false };
        let lasts = match lease.record.lease_duration_seconds {
            0 => self.timings.lease_duration,
            seconds => Duration::from_secs(u64::from(seconds)),
        };
        lease.record.holder_identity.is_empty() || now >= since.saturating_add(lasts)
    }

    fn failed(&mut self, now: Duration, verb: Verb, error: Error) {
        let (conflict, asked) = match &error {
            Error::Api(status) => (status.code == 409, status.retry_after),
            _ => (false, None),
        };
        // That another was faster is no failure.
        if !conflict {
            self.events.push(Event::RequestFailed(error));
        }
        // What was written on what was known may have been stale, or stored though the answer is
        // lost: the Lease tells.
        let again = !self.looked || (self.releasing && conflict);
        if verb == Verb::Update && asked.is_none() && again {
            self.do_next(Verb::Get, now);
            self.looked = false;
        } else {
            self.look_later(now, asked);
        }
        self.over |= self.releasing && self.has_nothing_to_release();
    }

    fn do_next(&mut self, verb: Verb, now: Duration) {
        self.next = verb;
        self.at = now;
        self.looked = true;
    }

    /// Reads the Lease after a pause, as long as the server asked for, within reason.
    fn look_later(&mut self, now: Duration, asked: Option<u32>) {
        let Timings { lease_duration, renew_deadline, retry_period } = self.timings;
        let (pause, longest) = match self.leading_until {
            Some(_) => (retry_period, renew_deadline / 2),
            None => (retry_period + spread(self.timings.jitter(), now), lease_duration),
        };
        let asked = Duration::from_secs(u64::from(asked.unwrap_or_default())).min(longest);
        self.looked = false;
        self.next = Verb::Get;
        self.at = now.saturating_add(pause.max(asked));
    }

    fn observe(&mut self, now: Duration, lease: Lease) {
        let record = &lease.record;
        let own = record.holder_identity == self.identity
            && self.claim.as_ref().is_some_and(|claim| claim.acquire_time == record.acquire_time);
        // What was to replace another version than this can't any more.
        if !own && self.claim.as_ref().is_some_and(|claim| claim.base != lease.resource_version) {
            self.claim = None;
        }
        if record.holder_identity != self.reported {
            self.reported = record.holder_identity.clone();
            if !self.reported.is_empty() {
                self.events.push(Event::NewLeader(self.reported.clone()));
            }
        }
        let same = self.observed.as_ref().filter(|observed| observed.lease.record == lease.record);
        let since = same.map_or(now, |observed| observed.since);
        self.observed = Some(Observed { lease, since, own });
    }

    /// Stops to believe when the time is over.
    fn expire(&mut self, now: Duration) {
        if self.leading_until.is_some_and(|until| now >= until) {
            self.stop(Loss::Deadline);
        }
    }

    fn stop(&mut self, loss: Loss) {
        if self.leading_until.take().is_some() {
            self.events.push(Event::StoppedLeading(loss));
        }
    }

    /// No later than it stops to lead.
    fn wake(&self, at: Duration) -> Duration {
        self.leading_until.map_or(at, |until| until.min(at))
    }

    /// The observed Lease with another record.
    fn changed(&mut self, record: impl FnOnce(&mut Self) -> LeaseRecord) -> String {
        let record = record(self);
        self.observed.as_ref().map(|observed| observed.lease.with(&record)).unwrap_or_default()
    }

    /// What makes the Lease this one's, or keeps it so.
    fn own_record(&mut self, wall_clock: Duration) -> LeaseRecord {
        let now = self.time_of_day(wall_clock);
        let (version, transitions, own) = match &self.observed {
            Some(Observed { lease, own, .. }) => {
                (lease.resource_version.clone(), lease.record.lease_transitions, *own)
            }
            None => (String::new(), 0, false),
        };
        let transitions = match self.observed {
            Some(_) if !own => transitions.saturating_add(1).min(i32::MAX as u32),
            _ => transitions,
        };
        let claim = match self.claim.take() {
            Some(claim) if own || claim.base == version => claim,
            _ => Claim { base: version, acquire_time: now.clone() },
        };
        let acquire_time = claim.acquire_time.clone();
        self.claim = Some(claim);
        LeaseRecord {
            holder_identity: self.identity.clone(),
            lease_duration_seconds: self.timings.lease_duration.as_secs() as u32,
            acquire_time,
            renew_time: now,
            lease_transitions: transitions,
        }
    }

    /// What gives the Lease back: the others need not wait.
    fn free_record(&mut self, wall_clock: Duration) -> LeaseRecord {
        let now = self.time_of_day(wall_clock);
        let observed = self.observed.as_ref();
        LeaseRecord {
            holder_identity: String::new(),
            lease_duration_seconds: 1,
            acquire_time: now.clone(),
            renew_time: now,
            lease_transitions: observed
                .map_or(0, |observed| observed.lease.record.lease_transitions),
        }
    }

    /// The time of day. Each is later than the one before, so that each renewal is a change.
    fn time_of_day(&mut self, wall_clock: Duration) -> String {
        let microseconds = u64::try_from(wall_clock.as_micros()).unwrap_or(u64::MAX);
        self.written = microseconds.max(self.written.saturating_add(1));
        micro_time::text(self.written)
    }
}

fn is_missing(status: &Status) -> bool {
    status.code == 404
}
