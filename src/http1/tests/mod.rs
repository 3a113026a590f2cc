//! Answers fed in pieces of every kind, and what a caller sees of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chunks;
mod connections;
mod framing;
mod heads;
mod limits;
mod random;
mod recorded;
mod requests;

use super::*;
use crate::transport::{BodySize, ConnectionFailure, ResponseHead};
use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

const PEER: &str = "https://10.96.0.1:443";

/// Everything a caller sees of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    head: Option<ResponseHead>,
    body: Vec<u8>,
    end: Finish,
    reusable: bool,
    nothing: bool,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finish {
    Ended,
    /// More is needed.
    Open,
    Failed(ConnectionFailure, &'static str),
}

/// A connection that ends well, ends badly, or stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Clean,
    Unclean,
    Open,
}

/// Reads an answer as a transport does: feeds when bytes are wanted, and reads until
/// there are none.
fn read<'a>(
    method: &str,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    then: Then,
    max: usize,
) -> Seen {
    let mut pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
    let mut response = Response::new(method, PEER);
    let mut seen =
        Seen { head: None, body: Vec::new(), end: Finish::Open, reusable: false, nothing: false };
    let mut over = false;
    seen.end = loop {
        match response.head() {
            Ok(Some(head)) => assert!(seen.head.replace(head).is_none(), "two heads"),
            Ok(None) => {}
            // The body says it too, after what came of it.
            Err(error) => assert_eq!(response.head(), Err(error)),
        }
        match response.read(max) {
            Ok(None) => {
                assert_eq!(response.read(max), Ok(None));
                break Finish::Ended;
            }
            Ok(Some(bytes)) if !bytes.is_empty() => {
                assert!(bytes.len() <= max);
                assert!(seen.head.is_some(), "a body without a head");
                seen.body.extend(bytes);
                continue;
            }
            Ok(Some(_)) => {}
            Err(error) => {
                assert_eq!(response.read(max), Err(error.clone()), "an error that does not last");
                assert!(error.message.starts_with(PEER), "{error}");
                break Finish::Failed(error.failure, error.code);
            }
        }
        assert!(!over, "neither an end nor an error after the connection's end");
        assert!(response.wants_bytes());
        match (pieces.next(), then) {
            (Some(piece), _) => response.feed(piece.to_vec()),
            (None, Then::Open) => break Finish::Open,
            (None, _) => {
                response.end(then == Then::Clean);
                over = true;
            }
        }
    };
    assert_eq!(response.is_ended(), seen.end == Finish::Ended);
    // What comes although nothing was asked for.
    pieces.for_each(|piece| response.feed(piece.to_vec()));
    seen.reusable = response.is_reusable(&RequestBody::new(BodySize::Empty, PEER));
    seen.nothing = response.nothing_received();
    seen
}

/// The same whatever the pieces: whole, in two at every byte, and byte by byte, and
/// however much is read at a time.
fn read_every_way(method: &str, bytes: &[u8], then: Then) -> Seen {
    let seen = read(method, [bytes], then, usize::MAX);
    let check = |other: Seen, how: &str| {
        assert_eq!(other, seen, "{how}: {:?}", String::from_utf8_lossy(bytes));
    };
    for max in [1, 3] {
        check(read(method, [bytes], then, max), &format!("{max} at a time"));
    }
    for at in 1..bytes.len() {
        let (one, two) = bytes.split_at(at);
        check(read(method, [one, two], then, 1000), &format!("cut at {at}"));
    }
    check(read(method, bytes.chunks(1), then, 2), "byte by byte");
    seen
}

/// An answer to GET on a connection that stays open.
fn get(bytes: &str) -> Seen {
    read_every_way("GET", bytes.as_bytes(), Then::Open)
}

/// The body of an answer that is complete without the connection's end.
fn body(bytes: &str) -> String {
    let seen = get(bytes);
    assert_eq!(seen.end, Finish::Ended, "{bytes:?}");
    String::from_utf8(seen.body).unwrap()
}

/// The code of the error that an answer to GET ends with.
fn code(bytes: &str) -> &'static str {
    match get(bytes).end {
        Finish::Failed(ConnectionFailure::Http, code) => code,
        other => panic!("{other:?}: {bytes:?}"),
    }
}

const PROTOCOL: &str = "HTTP-protocol-error";
const INCOMPLETE: Finish =
    Finish::Failed(ConnectionFailure::Terminated, "HTTP-response-incomplete");
