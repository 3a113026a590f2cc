use alloc::string::String;
/// A connection to the API server that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConnectionError {
    /// What to decide by.
    pub failure: ConnectionFailure,
    /// Name of the `wasi:http/types.error-code` case that the transport reported.
    /// Empty where there was none.
    pub code: &'static str,
    /// What failed, and what to do next.
    pub message: String,
}

/// Failures of a connection, grouped by what they ask of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The name did not resolve.
    Dns,
    /// The host's policy forbids the destination.
    Denied,
    /// No route.
    Unreachable,
    /// Nothing listens there.
    Refused,
    /// No connection or TLS session in time.
    ConnectTimeout,
    /// No answer in time, or a silence in it.
    ReadTimeout,
    /// The request was not taken in time.
    WriteTimeout,
    /// The connection ended before the answer was complete.
    Terminated,
    /// The host has no connection to spare, or the operator allows no more requests at a time.
    LimitReached,
    /// The server's certificate did not verify.
    Certificate,
    /// TLS failed in another way.
    Tls,
    /// Not HTTP, or against its rules or the host's limits.
    Http,
    /// Anything else.
    Other,
}
