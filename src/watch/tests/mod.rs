#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod frames;
mod model;
mod protocol;
pub(crate) mod random;
mod watcher;

use super::Event;
use super::protocol::{Ask, Protocol, Step, Wait};
use crate::Error;
use crate::client::Head;
use crate::transport::{ConnectionError, ConnectionFailure};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const PATH: &str = "/api/v1/pods";

fn head(status: u16, headers: &[(&str, &str)]) -> Head {
    let headers = headers.iter().map(|&(name, value)| (name.into(), value.into())).collect();
    Head { status, headers, warnings: Vec::new() }
}

fn failure(failure: ConnectionFailure) -> Error {
    Error::Connection(ConnectionError { failure, code: "", message: "failed".into() })
}

/// A protocol on a clock of its own.
struct Driven {
    protocol: Protocol,
    now: Duration,
}

impl Driven {
    fn new(options: super::Options) -> Self {
        Self { protocol: Protocol::new(PATH.to_owned(), options), now: SECOND * 1000 }
    }

    /// Waits as long as it has to, and returns the request that is sent then, and how
    /// long it took.
    fn ask(&mut self) -> (Ask, Duration) {
        let before = self.now;
        loop {
            match self.protocol.step(self.now) {
                Step::Send(ask) => return (ask, self.now - before),
                Step::Receive => panic!("it waits for an answer"),
                Step::Pause => match self.protocol.wait(self.now) {
                    Wait::Pause(left) => self.now += left,
                    Wait::Receive(_) => panic!("it waits for an answer"),
                },
            }
        }
    }

    /// The request that is sent at once.
    fn ask_at_once(&mut self) -> Ask {
        let (ask, pause) = self.ask();
        assert_eq!(pause, Duration::ZERO);
        ask
    }

    fn answer(&mut self, status: u16, body: &str) {
        self.protocol.answered(head(status, &[]), self.now);
        self.receive(body);
    }

    fn receive(&mut self, body: &str) {
        if !body.is_empty() {
            self.protocol.received(body.as_bytes(), self.now);
        }
    }

    /// A whole answer, and its end.
    fn whole(&mut self, status: u16, body: &str) -> Vec<Event> {
        self.answer(status, body);
        let events = self.events();
        self.protocol.ended(None, self.now);
        events
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.protocol.take(self.now)).collect()
    }

    fn error(&mut self) -> Option<Error> {
        self.protocol.take_error()
    }

    fn wait(&mut self, time: Duration) -> bool {
        self.now += time;
        self.protocol.silent(self.now)
    }
}
