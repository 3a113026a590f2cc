//! Waiting, and for how long.

use super::Call;
use crate::Error;
use crate::client::Client;
use crate::pod::Pod;
use crate::transport::{ConnectionError, ConnectionFailure, Exchange, Interest, Transport};
use alloc::{format, string::String};
use core::time::Duration;

/// How much longer than the transport's own timeout is waited before this side
/// gives up: hosts that keep the timeouts can then say what they met.
const GRACE: Duration = Duration::from_secs(2);

impl<E: Exchange> Call<E> {
    /// Waits for progress, and fails once the deadline or the phase is over.
    pub(super) fn wait<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        interests: &[Interest],
        phase: Duration,
        what: &str,
    ) -> Result<(), Error> {
        let now = client.pod.now();
        let left = self.left(now, interests, phase, what)?;
        if let Some(exchange) = &self.exchange {
            exchange.wait(interests, now, left);
        }
        Ok(())
    }

    /// How long a phase may still be waited for. Fails once it or the deadline is over.
    fn left(
        &self,
        now: Duration,
        interests: &[Interest],
        phase: Duration,
        what: &str,
    ) -> Result<Duration, Error> {
        self.check_deadline(now, what)?;
        if self.progressed.take() {
            self.since.set(now);
        }
        let phase_end = self.since.get().saturating_add(phase).saturating_add(GRACE);
        if now >= phase_end {
            let failure = match interests {
                [Interest::Write, ..] => ConnectionFailure::WriteTimeout,
                _ => ConnectionFailure::ReadTimeout,
            };
            let message = format!(
                "{}: nothing came for {} while waiting for {what}",
                self.request.outline(),
                seconds(now.saturating_sub(self.since.get()))
            );
            return Err(ConnectionError { failure, code: "", message }.into());
        }
        let end = self.deadline.map_or(phase_end, |deadline| deadline.min(phase_end));
        Ok(end.saturating_sub(now))
    }

    /// As [`Call::time_left_at`], now.
    #[cfg(feature = "async")]
    pub(crate) fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Result<Duration, Error> {
        self.time_left_at(client.pod.now())
    }

    /// How long the head of the answer, or more of its body, may still be waited for: then, there is
    /// something to be done, or an error to be told.
    ///
    /// # Errors
    ///
    /// If that time is over, or the deadline has passed.
    pub(super) fn time_left_at(&self, now: Duration) -> Result<Duration, Error> {
        match (&self.head, self.due) {
            (_, Some(_)) => Ok(self.time_to_next(now)),
            (None, None) => self.left(now, &[Interest::Head], self.head_phase(), "the answer"),
            (Some(_), None) => {
                self.left(now, &[Interest::Read], self.timeouts.between_bytes, "the answer's body")
            }
        }
    }

    /// Waits until there may be something of the answer that was not here before.
    ///
    /// # Errors
    ///
    /// As [`Call::time_left_at`].
    pub(crate) fn wait_for<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        interest: Interest,
    ) -> Result<(), Error> {
        let now = client.pod.now();
        let left = self.time_left_at(now)?;
        self.wait_at_most(client, interest, now, left);
        Ok(())
    }

    /// How long the head of the answer may take.
    pub(super) fn head_phase(&self) -> Duration {
        self.timeouts.connect.saturating_add(self.timeouts.first_byte)
    }

    /// The error of an exchange. A timeout of the transport that ran out while it was asked, and
    /// the deadline with it, is the deadline's too.
    pub(super) fn failed(&self, now: Duration, error: ConnectionError, what: &str) -> Error {
        use ConnectionFailure::{ConnectTimeout, ReadTimeout, WriteTimeout};
        match self.check_deadline(now, what) {
            Err(passed) if matches!(error.failure, ConnectTimeout | ReadTimeout | WriteTimeout) => {
                passed
            }
            _ => error.into(),
        }
    }

    /// Waits for progress, for so long at most.
    pub(crate) fn wait_at_most<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        interest: Interest,
        now: Duration,
        at_most: Duration,
    ) {
        match &self.exchange {
            Some(exchange) if self.due.is_none() => exchange.wait(&[interest], now, at_most),
            _ => client.pod.sleep(self.time_to_next(now).min(at_most)),
        }
    }

    /// Whether the deadline has not passed. Looks at the clock only where there is one: each look is a call into
    /// the host.
    pub(super) fn is_in_time<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        what: &str,
    ) -> Result<(), Error> {
        match self.deadline {
            Some(_) => self.check_deadline(client.pod.now(), what),
            None => Ok(()),
        }
    }

    /// Asked before the transport is: its timeouts are no longer than the time that is
    /// left, and one that ran out together with the deadline is the deadline's.
    pub(super) fn check_deadline(&self, now: Duration, what: &str) -> Result<(), Error> {
        match (self.deadline, self.request.limits.deadline) {
            (Some(end), Some(deadline)) if now >= end => {
                let deadline = seconds(deadline);
                Err(self.too_late(&format!(
                    "the deadline of {deadline} passed while waiting for {what}"
                )))
            }
            _ => Ok(()),
        }
    }

    /// The error of a deadline that is over: with what the attempt before met, since that is why.
    pub(super) fn too_late(&self, why: &str) -> Error {
        let mut text = format!("{}: {why}", self.request.outline());
        if !self.met.is_empty() {
            text.push_str("; the attempt before met: ");
            text.push_str(&self.met);
        }
        Error::DeadlineExceeded(text)
    }
}

fn seconds(duration: Duration) -> String {
    // No floating point: its formatting alone is a tenth of the component.
    match duration.subsec_millis() {
        0 => format!("{} s", duration.as_secs()),
        millis => format!("{}.{millis:03} s", duration.as_secs()),
    }
}
