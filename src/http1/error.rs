//! What can be wrong with a message, in the words and codes that `wasi:http` has.

use crate::transport::{ConnectionError, ConnectionFailure};
use alloc::string::String;

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A request that would break its own frame.
    Request(&'static str),
    /// More or less of a request's body than announced.
    RequestBody(&'static str),
    /// Nothing came.
    NoAnswer,
    /// The connection ended too early.
    Incomplete,
    /// The answer is not HTTP/1.
    NotHttp,
    /// The answer is TLS.
    SpeaksTls,
    /// The answer breaks a rule.
    Malformed(&'static str),
    HeadTooLong,
    TrailersTooLong,
    TransferCoding,
    SwitchedProtocols,
}

impl Fault {
    /// The error, of a server that messages name so.
    pub(super) fn of(self, peer: &str) -> ConnectionError {
        let (failure, code, parts) = self.parts();
        let mut message = String::from(peer);
        message.push_str(": ");
        for part in parts {
            message.push_str(part);
        }
        ConnectionError { failure, code, message }
    }

    fn parts(self) -> (ConnectionFailure, &'static str, [&'static str; 3]) {
        use ConnectionFailure::{Http, Terminated};
        const PROTOCOL: &str = "HTTP-protocol-error";
        match self {
            Self::Request(what) => (Http, PROTOCOL, ["the request can't be sent: ", what, ""]),
            Self::RequestBody(what) => (Http, "HTTP-request-body-size", [what, "", ""]),
            Self::NoAnswer => (
                Terminated,
                "connection-terminated",
                ["the connection ended without an answer: try again if that is safe", "", ""],
            ),
            Self::Incomplete => (
                Terminated,
                "HTTP-response-incomplete",
                [
                    "the connection ended before the answer was complete: try again if that is safe",
                    "",
                    "",
                ],
            ),
            Self::NotHttp => (
                Http,
                PROTOCOL,
                [
                    "the answer is not HTTP/1: check that it is an API server that listens there",
                    "",
                    "",
                ],
            ),
            Self::SpeaksTls => (
                Http,
                PROTOCOL,
                ["the server speaks TLS: its address begins with `https://`", "", ""],
            ),
            Self::Malformed(what) => (
                Http,
                PROTOCOL,
                [
                    "the answer breaks the rules of HTTP, ",
                    what,
                    ": check that it is an API server that listens there, and the proxies on the \
                     way to it",
                ],
            ),
            Self::HeadTooLong => (
                Http,
                "HTTP-response-header-section-size",
                [
                    "the head of the answer is longer than 64 KiB, or has more than 256 headers: \
                     check the proxies on the way to the API server",
                    "",
                    "",
                ],
            ),
            Self::TrailersTooLong => (
                Http,
                "HTTP-response-trailer-section-size",
                [
                    "the answer has more than 16 KiB of trailers, or more than 256: check the \
                     proxies on the way to the API server",
                    "",
                    "",
                ],
            ),
            Self::TransferCoding => (
                Http,
                "HTTP-response-transfer-coding",
                [
                    "the answer has a transfer coding other than `chunked`, which was not asked \
                     for: check the proxies on the way to the API server",
                    "",
                    "",
                ],
            ),
            Self::SwitchedProtocols => (
                Http,
                "HTTP-upgrade-failed",
                [
                    "the server changed to another protocol, which was not asked for: check the \
                     proxies on the way to the API server",
                    "",
                    "",
                ],
            ),
        }
    }
}
