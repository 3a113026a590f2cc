//! An answer, as its bytes come.

use super::chunked::Chunked;
use super::error::Fault;
use super::head::{self, Framing};
use super::lines::{Lines, Until};
use super::request_body::RequestBody;
use crate::transport::{ConnectionError, ResponseHead};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// The longest head.
const MAX_HEAD: usize = 64 << 10;
/// The most interim answers before the one that counts.
const MAX_INTERIM: u8 = 16;
/// How each head begins.
const PREFIX: &[u8] = b"HTTP/1.";

/// The answer to one request, made of what the connection brings.
///
/// The caller feeds bytes when [`Response::wants_bytes`], says when the connection
/// ended, and asks for the head and the body at any time. Errors last: a body that
/// broke off is never read to a good end.
pub struct Response {
    peer: String,
    to_head: bool,
    /// What was fed, and how much of it was looked at.
    input: Vec<u8>,
    at: usize,
    state: State,
    interim: u8,
    head: Option<ResponseHead>,
    received: bool,
    kept: bool,
    /// How the connection ended, if it has.
    end: Option<End>,
}

enum State {
    Head(Lines),
    Length(u64),
    Chunked(Chunked),
    Close,
    Ended,
    Failed(Fault),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Clean,
    Unclean,
}

impl Response {
    /// The answer to a request of that method, by a server that messages name so.
    pub fn new(method: &str, peer: &str) -> Self {
        Self {
            peer: peer.to_owned(),
            to_head: method == "HEAD",
            input: Vec::new(),
            at: 0,
            state: State::Head(Lines::default()),
            interim: 0,
            head: None,
            received: false,
            kept: false,
            end: None,
        }
    }

    /// Whether everything fed was looked at, and more is needed. Bytes that are fed
    /// although they are not wanted are kept, so that memory is the caller's to bound.
    pub fn wants_bytes(&self) -> bool {
        self.rest().is_empty()
            && self.end.is_none()
            && !matches!(self.state, State::Ended | State::Failed(_))
    }

    /// Takes what the connection brought. Costs no copy if bytes were wanted.
    pub fn feed(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        self.received = true;
        match self.state {
            // Nothing was asked for that this could answer.
            State::Ended => self.kept = false,
            State::Failed(_) => {}
            _ if self.rest().is_empty() => {
                self.input = bytes;
                self.at = 0;
            }
            _ => {
                self.input.drain(..self.at);
                self.at = 0;
                self.input.extend_from_slice(&bytes);
            }
        }
        self.advance();
    }

    /// The connection ended: `clean` if the server said so, with close_notify where
    /// TLS is spoken, and with the end of the stream where it is not.
    pub fn end(&mut self, clean: bool) {
        self.end.get_or_insert(if clean { End::Clean } else { End::Unclean });
        self.advance();
    }

    /// The head of the answer, once. None if it is not here yet, or was taken.
    ///
    /// # Errors
    ///
    /// If there will be none, or the answer broke off.
    pub fn head(&mut self) -> Result<Option<ResponseHead>, ConnectionError> {
        match (self.head.take(), &self.state) {
            (None, State::Failed(fault)) => Err(fault.of(&self.peer)),
            (head, _) => Ok(head),
        }
    }

    /// At most `max` bytes of the body: an empty list if none are here yet, none at
    /// its end. Bytes are copied once, or not at all where all that was fed is body.
    ///
    /// # Errors
    ///
    /// If the body broke off, after what came of it was read.
    pub fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, ConnectionError> {
        let mut body = Vec::new();
        loop {
            let count = self.data().min(max - body.len());
            if count == 0 {
                break;
            }
            if body.is_empty() && count == self.input.len() {
                body = core::mem::take(&mut self.input);
                self.at = 0;
            } else {
                if body.is_empty() {
                    body.reserve_exact(max.min(self.rest().len()));
                }
                body.extend_from_slice(self.rest().get(..count).unwrap_or_default());
                self.at += count;
            }
            self.taken(count as u64);
            self.advance();
        }
        match self.state {
            _ if !body.is_empty() => Ok(Some(body)),
            State::Failed(fault) => Err(fault.of(&self.peer)),
            State::Ended => Ok(None),
            _ => Ok(Some(body)),
        }
    }

    /// Whether the body was read to its end, or there was none.
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Whether the connection ended without a byte of an answer. A request on a kept
    /// connection meets that where the server closed it just before, and can be sent
    /// again on another. Nothing says that it was not obeyed, though: only methods
    /// that may be repeated are to be (RFC 9110, section 9.2.2).
    pub fn nothing_received(&self) -> bool {
        self.end.is_some() && !self.received
    }

    /// Whether the connection can carry another request: this one was sent whole and
    /// its answer read to its end, nothing came after, and the server keeps it open.
    pub fn is_reusable(&self, request: &RequestBody) -> bool {
        self.kept && self.end.is_none() && self.is_ended() && request.is_complete()
    }

    /// How much memory it takes.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        let lines = match &self.state {
            State::Head(lines) => lines.held(),
            State::Chunked(chunked) => chunked.held(),
            _ => 0,
        };
        self.input.capacity() + lines
    }

    fn rest(&self) -> &[u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    /// How many bytes of the body come next in the input.
    fn data(&self) -> usize {
        let data = match &self.state {
            State::Length(left) => *left,
            State::Chunked(chunked) => chunked.data(),
            State::Close => u64::MAX,
            State::Head(_) | State::Ended | State::Failed(_) => 0,
        };
        self.rest().len().min(usize::try_from(data).unwrap_or(usize::MAX))
    }

    fn taken(&mut self, count: u64) {
        match &mut self.state {
            State::Length(left) => *left -= count,
            State::Chunked(chunked) => chunked.taken(count),
            _ => {}
        }
    }

    /// Goes over everything that is no data.
    fn advance(&mut self) {
        if let Err(fault) = self.try_advance() {
            self.state = State::Failed(fault);
        }
        if matches!(self.state, State::Ended | State::Failed(_)) {
            self.kept &= self.rest().is_empty() && self.is_ended();
            self.input = Vec::new();
            self.at = 0;
        }
    }

    fn try_advance(&mut self) -> Result<(), Fault> {
        while matches!(self.state, State::Head(_)) && !self.rest().is_empty() {
            self.take_head()?;
        }
        let rest = self.input.get(self.at..).unwrap_or_default();
        match &mut self.state {
            State::Length(0) => self.state = State::Ended,
            State::Chunked(chunked) => {
                self.at += chunked.skip(rest)?;
                if chunked.ended() {
                    self.state = State::Ended;
                }
            }
            _ => {}
        }
        match (&self.state, self.end) {
            (State::Ended | State::Failed(_), _) | (_, None) => {}
            _ if !self.rest().is_empty() => {}
            (State::Close, Some(End::Clean)) => self.state = State::Ended,
            _ if !self.received => return Err(Fault::NoAnswer),
            _ => return Err(Fault::Incomplete),
        }
        Ok(())
    }

    fn take_head(&mut self) -> Result<(), Fault> {
        let State::Head(lines) = &mut self.state else { return Ok(()) };
        let rest = self.input.get(self.at..).unwrap_or_default();
        let expected = PREFIX.get(lines.bytes().len()..).unwrap_or_default();
        if let Some((_, other)) = expected.iter().zip(rest).find(|(one, other)| one != other) {
            // The first byte of a handshake, or of an alert.
            let tls = lines.bytes().is_empty() && matches!(other, 0x15 | 0x16);
            return Err(if tls { Fault::SpeaksTls } else { Fault::NotHttp });
        }
        let (count, complete) = lines.take(rest, Until::EmptyLine, MAX_HEAD, Fault::HeadTooLong)?;
        self.at += count;
        if !complete {
            return Ok(());
        }
        let parsed = head::parse(lines.bytes(), self.to_head)?;
        match parsed.head.status {
            101 => return Err(Fault::SwitchedProtocols),
            100..=199 => {
                lines.clear();
                self.interim += 1;
                if self.interim > MAX_INTERIM {
                    return Err(Fault::Malformed("with interim answers without end"));
                }
            }
            _ => {
                self.head = Some(parsed.head);
                self.kept = parsed.kept;
                self.state = match parsed.body {
                    Framing::Length(length) => State::Length(length),
                    Framing::Chunked => State::Chunked(Chunked::default()),
                    Framing::Close => State::Close,
                };
            }
        }
        Ok(())
    }
}
