//! One attempt after the other.

use super::{Call, retry};
use crate::Error;
use crate::client::Client;
use crate::pod::Pod;
use crate::transport::{
    Authorization, ConnectionError, ConnectionFailure, Exchange, RequestHead, ResponseHead,
    Transport,
};
use alloc::{format, string::String};
use core::time::Duration;

/// The most bytes of an answer that are read so that its connection can be used again.
const DRAIN: usize = 64 << 10;

impl<E: Exchange> Call<E> {
    /// Begins the attempt that is due. Whether one is under way.
    pub(super) fn advance<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<bool, Error> {
        let Some(due) = self.due else { return Ok(true) };
        let now = client.pod.now();
        if now < due || !self.is_admitted(client, now)? {
            return Ok(false);
        }
        // First, so that the next attempt can have the connection.
        self.retire();
        match self.attempt(client, now) {
            Err(Error::Connection(error)) if self.repeats_after_failure(client, &error) => {
                Ok(false)
            }
            result => result.map(|()| true),
        }
    }

    /// Whether the limit on requests in a time lets this one begin now. If not, it is due later.
    fn is_admitted<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        now: Duration,
    ) -> Result<bool, Error> {
        let Some(rate) = client.rate.as_ref().filter(|_| !self.request.is_watch) else {
            return Ok(true);
        };
        if let Some(turn) = self.turn.take() {
            turn.take();
            return Ok(true);
        }
        let Some((at, turn)) = rate.admit(now, self.deadline) else {
            return Err(self.too_late(
                "the limit on requests in a second, K8S_IN_CLUSTER_REQUESTS_PER_SECOND, holds it \
                 back beyond its deadline",
            ));
        };
        self.due = Some(at);
        if at > now {
            self.turn = Some(turn);
            return Ok(false);
        }
        turn.take();
        Ok(true)
    }

    /// Sends the request once more, or for the first time.
    fn attempt<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        now: Duration,
    ) -> Result<(), Error> {
        let request = &self.request;
        let left = self.deadline.map(|deadline| deadline.saturating_sub(now));
        if left == Some(Duration::ZERO) {
            return Err(self.too_late("the deadline passed before it was sent"));
        }
        self.timeouts = request.limits.timeouts(request.kind, left);
        self.token = match request.own_authorization {
            true => None,
            false => client.token.lock().current(&client.pod, now).cloned(),
        };
        let anchors =
            client.verifier.as_ref().map(|verifier| (verifier, verifier.anchors(&client.pod, now)));
        self.due = None;
        self.since.set(now);
        self.progressed.set(false);
        self.exchange = Some(client.transport.start(&RequestHead {
            method: &request.method,
            tls: request.tls,
            trust: anchors.as_ref().map(|(verifier, anchors)| verifier.trust(anchors)),
            authority: &request.authority,
            path_with_query: &request.path_with_query,
            headers: &request.headers,
            authorization: self.token.as_ref().map(|token| Authorization(token.authorization())),
            body: self.size,
            timeouts: self.timeouts,
            answered_lately: now < *client.there_until.lock() && request.limits.are_usual(),
        })?);
        let Some(body) = self.replay.take() else { return Ok(()) };
        self.write_whole(client, &body)?;
        self.replay = Some(body);
        Ok(())
    }

    /// Whether an answer is not the last word, and another attempt is due.
    pub(super) fn repeats_after_answer<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        head: &ResponseHead,
    ) -> bool {
        let pause = match &self.token {
            Some(refused) if head.status == 401 && self.replay.is_some() => {
                let renewed = core::mem::replace(&mut self.renewed, true);
                let renews = !renewed && client.token.lock().renewed_since(&client.pod, refused);
                renews.then_some(Duration::ZERO)
            }
            _ if head.status < 400 || !self.may_retry() => None,
            _ => retry::after_answer(head, self.retries, client.pod.now()),
        };
        self.repeats(client, pause, || format!("HTTP status {}", head.status))
    }

    /// Whether a failure is not the last word, and another attempt is due.
    pub(crate) fn repeats_after_failure<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        error: &ConnectionError,
    ) -> bool {
        // What can't be told from a lost answer is harmless to ask for again, and to ask alone.
        let is_cut = error.failure == ConnectionFailure::Terminated && self.method() == "GET";
        let pause = (is_cut && !self.was_cut && self.may_retry()).then_some(retry::AFTER_CUT);
        self.was_cut |= is_cut;
        self.repeats(client, pause, || error.message.clone())
    }

    fn may_retry(&self) -> bool {
        self.replay.is_some() && self.retries < self.request.limits.retries()
    }

    fn repeats<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        pause: Option<Duration>,
        met: impl FnOnce() -> String,
    ) -> bool {
        let Some(pause) = pause else { return false };
        let due = client.pod.now().saturating_add(pause);
        // What would come too late is not waited for: what was met says more.
        if self.deadline.is_some_and(|deadline| due >= deadline) {
            return false;
        }
        self.due = Some(due);
        // Another token is no patience.
        self.retries += u32::from(!pause.is_zero());
        self.head = None;
        self.answered = false;
        self.met = met();
        true
    }

    /// How long until the next attempt, or the deadline.
    pub(super) fn time_to_next(&self, now: Duration) -> Duration {
        let due = self.due.unwrap_or_default();
        due.min(self.deadline.unwrap_or(due)).saturating_sub(now)
    }

    /// Lets go of the exchange of the attempt before.
    fn retire(&mut self) {
        let Some(mut exchange) = self.exchange.take() else { return };
        let mut left = DRAIN;
        while left > 0
            && let Ok(Some(bytes)) = exchange.read(left)
            && !bytes.is_empty()
        {
            left = left.saturating_sub(bytes.len());
        }
        exchange.abort_body();
        // Not closed: a pollable of the answer may be held as well.
        match self.handed_out.take() {
            true => self.retired.push(exchange),
            false => exchange.close(),
        }
    }
}
