//! The only code that opens a connection: one trait, one module per way of
//! connecting.

mod error;
#[cfg(all(target_family = "wasm", feature = "tls"))]
pub mod sockets;
#[cfg(target_family = "wasm")]
pub mod wasi_http;

pub use error::{ConnectionError, ConnectionFailure};

use crate::credentials::{AnchorCheck, TrustAnchors};
use alloc::{string::String, sync::Arc, vec::Vec};
use core::time::Duration;

/// A way to send HTTP requests to the API server.
pub trait Transport {
    /// One request and its answer.
    type Exchange: Exchange;

    /// Whether this side verifies the API server, and if so, which trust anchors will do.
    /// None where the host verifies.
    const VERIFIES: Option<AnchorCheck> = None;

    /// Starts a request. Sends the head, and leaves the body to be written.
    ///
    /// # Errors
    ///
    /// If the connection can't even be begun; most failures come later.
    fn start(&self, head: &RequestHead<'_>) -> Result<Self::Exchange, ConnectionError>;

    /// What is ready after a while, for a caller who waits while no exchange is under way.
    fn timer(&self, after: Duration) -> <Self::Exchange as Exchange>::Pollable;
}

/// A request, but for its body. Everything in it was checked.
pub struct RequestHead<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// By what the server is verified: for transports that do so themselves, and TLS.
    pub trust: Option<Trust<'a>>,
    /// Host and port of the server.
    pub authority: &'a str,
    /// Path and query, encoded.
    pub path_with_query: &'a str,
    /// Names and values, in order, but for the credentials.
    pub headers: &'a [(String, String)],
    /// The value of the `Authorization` header.
    pub authorization: Option<Authorization>,
    /// How much of a body is to follow.
    pub body: BodySize,
    /// How long each phase may take.
    pub timeouts: Timeouts,
    /// Whether these are the usual ones, and the server answered a moment ago. The caller keeps
    /// them by its own clock, too.
    pub answered_lately: bool,
}

/// By what a server is verified.
#[derive(Clone, Copy)]
pub struct Trust<'a> {
    /// The name or address that its certificate has to carry.
    pub server_name: &'a str,
    /// Who may have signed it.
    pub anchors: &'a dyn Anchors,
}

/// The trust anchors, which change while a program runs. Equal ones are the same [`Arc`].
pub trait Anchors {
    /// As of the last minute, without reading the file for each request.
    fn known(&self) -> Arc<TrustAnchors>;

    /// As they are now, for a new connection.
    fn latest(&self) -> Arc<TrustAnchors>;
}

/// The value of an `Authorization` header. Its `Debug` is redacted.
#[derive(Clone)]
pub struct Authorization(pub(crate) String);

impl Authorization {
    /// The value, for the header alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Authorization([redacted])")
    }
}

/// What is known of a request's body before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodySize {
    /// There is none.
    Empty,
    /// So many bytes.
    Known(u64),
    /// It ends when it is finished.
    Unknown,
}

/// How long the phases of an exchange may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To a connection, TLS included.
    pub connect: Duration,
    /// From there to the answer's first byte.
    pub first_byte: Duration,
    /// From one byte of the answer to the next.
    pub between_bytes: Duration,
}

/// How an answer begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// HTTP status code.
    pub status: u16,
    /// Names in lower case, and values, in order.
    pub headers: Vec<(String, String)>,
}

/// One request and its answer. Nothing in it blocks but [`Exchange::wait`].
///
/// Dropped, it is cancelled.
pub trait Exchange {
    /// Something that a caller outside can wait for.
    type Pollable;

    /// Writes what the connection takes now of the request's body, and returns
    /// how much: 0 if nothing.
    ///
    /// # Errors
    ///
    /// If the server takes no more. It may still have answered why.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ConnectionError>;

    /// Ends the request's body.
    ///
    /// # Errors
    ///
    /// If it is not as long as announced, or can't be ended.
    fn finish(&mut self) -> Result<(), ConnectionError>;

    /// Head of the answer, once. None if it is not here yet.
    ///
    /// # Errors
    ///
    /// If there will be none.
    fn head(&mut self) -> Result<Option<ResponseHead>, ConnectionError>;

    /// At most `max` bytes of the answer's body: an empty list if none are here
    /// yet, none at its end.
    ///
    /// # Errors
    ///
    /// If the body broke off.
    fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, ConnectionError>;

    /// Gives up a request's body that was not finished: the request is incomplete,
    /// and no server obeys it.
    fn abort_body(&mut self);

    /// Gives up an exchange whose answer is not here yet. A request's body that is being
    /// written keeps what its pollables depend on, and takes no more.
    fn cancel(&mut self);

    /// Gives up the answer's body, and nothing else.
    fn close(&mut self);

    /// Something to wait for from outside.
    fn subscribe(&self, interest: Interest) -> Self::Pollable;

    /// Waits until one of the interests can make progress, or the time is up. `now` is the time by the monotonic clock:
    /// to look again is a call into the host.
    fn wait(&self, interests: &[Interest], now: Duration, at_most: Duration);
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Room for the request's body.
    Write,
    /// The head of the answer.
    Head,
    /// Bytes of the answer's body.
    Read,
}
