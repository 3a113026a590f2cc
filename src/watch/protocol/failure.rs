//! What is done about what went wrong.

use super::stage::Stage;
use super::{Answer, Event, Protocol};
use crate::Error;
use crate::client::Status;
use crate::transport::{ConnectionError, ConnectionFailure};
use crate::watch::outcome::Failure;
use alloc::{borrow::ToOwned, boxed::Box, string::String};
use core::time::Duration;

/// Two states that are lost within that time are one loss too many.
const LOST_AGAIN: Duration = Duration::from_secs(60);

/// So many errors in place of what follows a version, and the state is read anew.
const MAX_STALLED: u32 = 3;

impl Protocol {
    /// There will be no answer.
    pub(in crate::watch) fn failed(&mut self, error: Error, now: Duration) {
        if let Error::Api(status) = error {
            return self.refused(*status, false, now);
        }
        let passes = match &error {
            Error::Connection(error) => !matches!(
                error.failure,
                ConnectionFailure::Certificate | ConnectionFailure::Tls | ConnectionFailure::Denied
            ),
            Error::DeadlineExceeded(_) => true,
            _ => false,
        };
        self.fail(error, None, !passes, now);
        self.begin_again();
    }

    /// The server said no: in place of an answer, or of an event.
    pub(super) fn refused(&mut self, status: Status, in_place_of_event: bool, now: Duration) {
        self.answer = Answer::None;
        let failure = Failure::of(&status);
        let asked = status.retry_after;
        let code = status.code;
        let error = Error::Api(Box::new(status));
        match (failure, &self.stage) {
            (Failure::Expired, Stage::Follow { .. }) => {
                let again = self.lost.is_some_and(|lost| now.saturating_sub(lost) < LOST_AGAIN);
                self.lost = Some(now);
                if again {
                    self.fail(error, asked, false, now);
                }
                self.start_over(Stage::WatchList);
            }
            (Failure::Expired, Stage::List { token, .. }) if !token.is_empty() => {
                self.start_over(Stage::list(true));
            }
            (Failure::Refused, Stage::WatchList) => self.start_over(Stage::list(false)),
            // What was taken before is taken no more: the version, it may be.
            (Failure::Refused, Stage::Follow { .. }) => {
                self.fail(error, asked, true, now);
                self.stall();
            }
            (Failure::Throttled, _) => {
                self.fail(error, asked, false, now);
                self.begin_again();
            }
            (Failure::Unauthorized | Failure::Refused | Failure::NotFound, _) => {
                self.fail(error, asked, true, now);
                self.begin_again();
            }
            (Failure::TooLarge, Stage::Follow { .. }) => {
                self.fail(error, asked, false, now);
                self.start_over(Stage::WatchList);
            }
            (_, Stage::WatchList) => {
                self.fail(error, asked, false, now);
                self.start_over(Stage::list(false));
            }
            (_, Stage::List { .. }) => {
                self.fail(error, asked, false, now);
                self.start_over(Stage::WatchList);
            }
            (_, Stage::Follow { .. }) => {
                self.fail(error, asked, false, now);
                // So a server may answer to a version that is none.
                if in_place_of_event || code == 500 {
                    self.stall();
                }
            }
        }
    }

    /// There was an error in place of what follows the version.
    fn stall(&mut self) {
        self.stalled += 1;
        if self.stalled >= MAX_STALLED {
            self.start_over(Stage::WatchList);
        }
    }

    /// What came is none of what was asked for. What it was to say is lost, so that all is
    /// read anew.
    pub(super) fn unreadable(&mut self, text: String, now: Duration) {
        self.fail(Error::Protocol(text), None, true, now);
        let next = match self.stage {
            Stage::WatchList => Stage::list(false),
            _ => Stage::WatchList,
        };
        self.start_over(next);
    }

    /// Takes a pause, and tells of the error where it is not to pass by itself, or
    /// does not.
    pub(super) fn fail(&mut self, error: Error, asked: Option<u32>, tell: bool, now: Duration) {
        self.answer = Answer::None;
        self.due = now.saturating_add(self.backoff.pause(asked, now));
        let since = *self.failing_since.get_or_insert(now);
        if tell || self.patience.is_some_and(|patience| now.saturating_sub(since) >= patience) {
            self.error = Some(error);
        }
    }

    /// After a failure that says nothing of the way in which the initial state was asked for.
    pub(super) fn begin_again(&mut self) {
        match self.stage {
            Stage::WatchList => self.start_over(Stage::WatchList),
            Stage::List { whole, .. } => self.start_over(Stage::list(whole)),
            Stage::Follow { .. } => {}
        }
    }

    pub(super) fn start_over(&mut self, stage: Stage) {
        if core::mem::take(&mut self.told) {
            self.pending = Some(Event::Restarted);
        }
        self.stalled = 0;
        self.stage = stage;
    }
}

pub(super) fn no_answer() -> Error {
    Error::Connection(ConnectionError {
        failure: ConnectionFailure::ReadTimeout,
        code: "",
        message: "the API server did not answer a watch in time".to_owned(),
    })
}

pub(super) fn cut_short() -> Error {
    Error::Connection(ConnectionError {
        failure: ConnectionFailure::Terminated,
        code: "",
        message: "the API server ended a watch before it had told anything".to_owned(),
    })
}
