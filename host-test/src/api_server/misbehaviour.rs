//! The ways in which the server can be told to misbehave.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderValue, StatusCode, header::LOCATION};
use tokio::sync::Semaphore;

use super::answer::Answer;

/// Something that a server, or what stands between, does wrong.
///
/// A server that refuses connections is one that was stopped; a wrong name, an expired certificate and one of another
/// authority are certificates, set with [`set_certificate`](super::ApiServer::set_certificate).
#[derive(Clone, Debug)]
pub enum Misbehaviour {
    /// Of a connection: accepts it and never says anything.
    StallTlsHandshake,
    /// Of a connection: answers the TLS handshake in plain HTTP.
    NotTls,
    /// Of a connection: completes the TLS handshake, and answers the first request with bytes that are not HTTP.
    Garbage,
    /// Of a request: reads it and never answers.
    StallBeforeHead,
    /// Of a request: reads it and closes the connection without an answer, over HTTP/2 as well.
    CutBeforeHead,
    /// Of a request: sends the head and this many bytes of the body, then nothing more.
    StallMidBody {
        /// How many bytes of the body are sent; all of them if it has fewer, and then more are promised.
        after: usize,
    },
    /// Of a request: sends the head and this many bytes of the body, then closes the connection; resets the stream over HTTP/2.
    CutMidBody {
        /// How many bytes of the body are sent; all of them if it has fewer, and then more are promised.
        after: usize,
        /// How the end that never comes was promised.
        framing: Framing,
    },
    /// Of a request: sends the head, and then the body bit by bit.
    SlowBytes {
        /// How many bytes are sent at a time; at least one.
        chunk: usize,
        /// When the next ones are sent.
        pace: Pace,
    },
    /// Of a request: adds this many bytes of headers to the answer, spread over fifty of them.
    HugeHeaders {
        /// How many bytes.
        bytes: usize,
    },
    /// Of a request: answers properly, does not say that it will close, and closes the connection. Over HTTP/2, sends GOAWAY.
    CloseAfterResponse,
    /// Of a request: answers 413 before it reads the body, which it then never does. The connection stays, but over HTTP/1.1
    /// the answer says that it is of no more use.
    EarlyResponse,
    /// Of a request: sends the client elsewhere.
    Redirect {
        /// A status such as 302 or 307.
        status: StatusCode,
        /// The `Location`.
        location: HeaderValue,
    },
    /// Of a request: this answer instead of the server's own, whatever the credentials.
    Status(Answer),
}

/// How an HTTP/1.1 answer says where its body ends. HTTP/2 has its own framing, with or without the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By a `Content-Length`.
    Length,
    /// By a last chunk.
    Chunked,
}

/// When the next bytes of a slow body are sent.
#[derive(Clone, Debug)]
pub enum Pace {
    /// After each pause.
    Every(Duration),
    /// When the test says so.
    Stepped(Steps),
}

/// Lets a test release a slow body step by step. Clones are the same.
#[derive(Clone, Debug)]
pub struct Steps(Arc<Semaphore>);

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}

impl Steps {
    /// None released yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Releases as many chunks more.
    pub fn release(&self, chunks: usize) {
        self.0.add_permits(chunks);
    }

    /// How many chunks are released, and not sent yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.0.available_permits()
    }
}

impl Pace {
    /// Waits until the next chunk may be sent.
    pub(super) async fn next(self) {
        match self {
            Self::Every(pause) => tokio::time::sleep(pause).await,
            Self::Stepped(Steps(steps)) => {
                if let Ok(step) = steps.acquire().await {
                    step.forget();
                }
            }
        }
    }
}

impl Misbehaviour {
    /// Whether it is of a connection as a whole rather than of a request.
    fn is_of_connection(&self) -> bool {
        matches!(self, Self::StallTlsHandshake | Self::NotTls | Self::Garbage)
    }

    /// The answer that it gives in the server's stead, if that is all there is to it.
    pub(super) fn answer(&self) -> Option<Answer> {
        match self {
            Self::Redirect { status, location } => {
                Some(Answer::new(*status).with_header(LOCATION, location.clone()))
            }
            Self::Status(answer) => Some(answer.clone()),
            _ => None,
        }
    }
}

/// The misbehaviours that are due.
#[derive(Default)]
pub(super) struct Misbehaviours {
    connections: Mutex<Due>,
    requests: Mutex<Due>,
}

#[derive(Default)]
struct Due {
    once: VecDeque<Misbehaviour>,
    always: Option<Misbehaviour>,
}

impl Misbehaviours {
    pub(super) fn add_once(&self, misbehaviour: Misbehaviour) {
        self.change(&misbehaviour.clone(), |due| due.once.push_back(misbehaviour));
    }

    pub(super) fn set_always(&self, misbehaviour: Misbehaviour) {
        self.change(&misbehaviour.clone(), |due| due.always = Some(misbehaviour));
    }

    pub(super) fn clear(&self) {
        for due in [&self.connections, &self.requests] {
            *due.lock().unwrap_or_else(PoisonError::into_inner) = Due::default();
        }
    }

    pub(super) fn next_for_connection(&self) -> Option<Misbehaviour> {
        next(&self.connections)
    }

    pub(super) fn next_for_request(&self) -> Option<Misbehaviour> {
        next(&self.requests)
    }

    fn change(&self, misbehaviour: &Misbehaviour, change: impl FnOnce(&mut Due)) {
        let due = if misbehaviour.is_of_connection() { &self.connections } else { &self.requests };
        change(&mut due.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn next(due: &Mutex<Due>) -> Option<Misbehaviour> {
    let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
    due.once.pop_front().or_else(|| due.always.clone())
}
