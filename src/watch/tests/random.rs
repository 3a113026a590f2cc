//! Thousands of schedules by chance: in each, whoever follows the events has the server's state.

use super::model::{Answer, Chance, Read, Server, State, Stream};
use super::{PATH, SECOND, failure, head};
use crate::Error;
use crate::transport::ConnectionFailure;
use crate::watch::protocol::{Protocol, Step, Wait};
use crate::watch::{Event, Options};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Whoever follows the events, as the WIT tells to.
struct Follower {
    state: State,
    /// The version up to which the state is known. None before it is complete.
    version: Option<u64>,
    restarts: u32,
}

impl Follower {
    fn apply(&mut self, event: Event, server: &mut Server) {
        let (kind, text) = match event {
            Event::Restarted => {
                // What can go on from a version does.
                let has_to = server.is_too_old || server.errors >= 3;
                assert!(self.version.is_none() || has_to, "it begins anew without need");
                (server.is_too_old, server.errors) = (false, 0);
                self.state.clear();
                self.version = None;
                self.restarts += 1;
                return;
            }
            Event::Synced(version) => {
                assert_eq!(self.version, None, "synced twice");
                let version = version.parse().unwrap();
                assert_eq!(self.state, server.state_at(version), "at {version}");
                self.version = Some(version);
                return;
            }
            Event::Bookmark(version) => {
                let known = self.version.expect("a bookmark before the state is complete");
                let version = version.parse().unwrap();
                let skipped = server.next_after(known).filter(|next| next.version <= version);
                assert_eq!(skipped, None);
                // Where it is of the version that is known, it tells that an error is over.
                if version > known {
                    server.went_on();
                }
                self.version = Some(version);
                return;
            }
            Event::Added(text) => ("ADDED", text),
            Event::Modified(text) => ("MODIFIED", text),
            Event::Deleted(text) => ("DELETED", text),
        };
        let object: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(object["kind"], "Thing");
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let version = object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        if let Some(known) = &mut self.version {
            // Neither twice nor skipped, and in the server's order.
            let next = server.next_after(*known).expect("an event of nothing");
            assert_eq!((next.kind, &next.name, next.version), (kind, &name, version));
            *known = version;
            server.went_on();
        }
        let before = match kind {
            "DELETED" => self.state.remove(&name),
            _ => self.state.insert(name, version),
        };
        assert_eq!(before.is_some(), kind != "ADDED");
    }
}

struct Run {
    server: Server,
    protocol: Protocol,
    follower: Follower,
    now: Duration,
    stream: Option<Stream>,
    errors: u32,
    told: Vec<Event>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut server = Server::new(seed);
        let mut options = Options::default();
        let mut follower = Follower { state: State::new(), version: None, restarts: 0 };
        if server.chance.once_in(4) {
            // One that knows the state already, or what once was the state.
            options.after_resource_version = Some(server.version.to_string());
            follower.state.clone_from(&server.state);
            follower.version = Some(server.version);
            if server.chance.once_in(2) {
                server.change();
                server.compact();
            }
        }
        let now = SECOND * 1000 + Duration::from_nanos(seed);
        let protocol = Protocol::new(PATH.to_owned(), options);
        Self { server, protocol, follower, now, stream: None, errors: 0, told: Vec::new() }
    }

    /// Does one thing. Whether it waits for the server.
    fn step(&mut self) -> bool {
        self.follow();
        if let Some(error) = self.protocol.take_error() {
            // What the server sent can be understood, wherever it was cut.
            assert!(matches!(error, Error::Api(_)), "{error}");
            self.errors += 1;
        }
        match self.protocol.step(self.now) {
            Step::Pause => {
                let Wait::Pause(left) = self.protocol.wait(self.now) else { panic!("no pause") };
                assert!(left <= SECOND * 60, "{left:?}");
                self.now += left;
            }
            Step::Send(ask) => match self.server.answer(&ask) {
                Answer::Refused => {
                    self.protocol.failed(failure(ConnectionFailure::Refused), self.now);
                }
                Answer::Silent => self.stream = None,
                Answer::Whole(status, body) => self.whole(status, &body, None),
                Answer::Half(body) => {
                    self.whole(200, &body, Some(failure(ConnectionFailure::Terminated)));
                }
                Answer::Events(stream) => {
                    self.protocol.answered(head(200, &[]), self.now);
                    self.stream = Some(stream);
                }
            },
            Step::Receive => {
                let Some(stream) = &mut self.stream else {
                    self.wait();
                    return false;
                };
                match self.server.read(stream) {
                    Read::Bytes(bytes) => self.protocol.received(&bytes, self.now),
                    Read::End => self.protocol.ended(None, self.now),
                    Read::Cut => {
                        self.protocol.ended(Some(failure(ConnectionFailure::Terminated)), self.now)
                    }
                    Read::Nothing => {
                        self.wait();
                        return true;
                    }
                }
            }
        }
        false
    }

    fn whole(&mut self, status: u16, body: &str, error: Option<Error>) {
        self.protocol.answered(head(status, &[]), self.now);
        for piece in body.as_bytes().chunks(37) {
            self.protocol.received(piece, self.now);
            self.follow();
        }
        self.protocol.ended(error, self.now);
    }

    fn follow(&mut self) {
        while let Some(event) = self.protocol.take(self.now) {
            self.told.push(event.clone());
            self.follower.apply(event, &mut self.server);
        }
    }

    /// Nothing comes: for a moment, or for as long as it is waited for.
    fn wait(&mut self) {
        let Wait::Receive(at_most) = self.protocol.wait(self.now) else { panic!("no answer") };
        self.now += at_most.min(SECOND * 20);
        self.protocol.silent(self.now);
    }

    fn is_up_to_date(&self) -> bool {
        self.follower.version.is_some_and(|known| self.server.next_after(known).is_none())
    }
}

/// What was met in all of them, so that none of it is left out.
#[derive(Default)]
struct Met {
    restarts: u32,
    errors: u32,
}

fn run(seed: u64, met: &mut Met) -> Run {
    let mut run = Run::new(seed);
    let mut chance = Chance(!seed);
    for _ in 0..300 {
        if chance.once_in(6) {
            run.server.change();
        }
        if chance.once_in(60) {
            run.server.compact();
        }
        run.now += Duration::from_millis(chance.below(500));
        run.step();
    }
    // From here on the server behaves.
    run.server.misbehaves = false;
    let mut steps = 0;
    while !(run.step() && run.is_up_to_date()) {
        steps += 1;
        assert!(steps < 2000, "it never catches up");
    }
    assert_eq!(run.follower.state, run.server.state);
    for _ in 0..20 {
        run.server.change();
        run.step();
    }
    while !(run.step() && run.is_up_to_date()) {}
    assert_eq!(run.follower.state, run.server.state);
    met.restarts += run.follower.restarts;
    met.errors += run.errors;
    run
}

/// All that is told in one of these schedules, and what the server has in the end.
pub(crate) fn trace(seed: u64) -> (Vec<Event>, BTreeMap<String, u64>) {
    let run = run(seed, &mut Met::default());
    (run.told, run.server.state)
}

#[test]
fn whoever_follows_the_events_has_the_servers_state() {
    let mut met = Met::default();
    for seed in 0..1000 {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(seed, &mut met);
        }));
        assert!(result.is_ok(), "with the seed {seed}");
    }
    assert!(met.restarts > 1000 && met.errors > 300, "{} {}", met.restarts, met.errors);
}
