//! One request and its answer over a connection, a kept one if there is one.

mod drive;
mod start;

use super::connect::Connecting;
use super::link::Link;
use super::pool::{Pool, Purpose};
use crate::http1::{RequestBody, RequestBytes, Response};
use crate::transport::{ConnectionError, Exchange, Interest, ResponseHead, Timeouts};
use crate::wasi::timer;
use alloc::{string::String, sync::Arc, vec, vec::Vec};
use core::cell::Cell;
use core::time::Duration;
use rustls::client::ClientConfig;
use rustls::pki_types::ServerName;
use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{Pollable, poll};
use zeroize::Zeroize;

/// The most bytes of an answer that are read to keep a connection that nobody reads from.
const DRAIN: usize = 64 << 10;

/// One request and its answer.
pub struct SocketExchange {
    pool: Arc<Pool>,
    purpose: Purpose,
    host: super::address::Host,
    /// What a session begins with. None for a plain connection.
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    peer: String,
    method: String,
    connection: Connection,
    /// Connections that were given up, kept since a caller may hold pollables of them.
    given_up: Vec<Connection>,
    /// The head, for as long as the request may have to be sent again.
    head: Option<RequestBytes>,
    body: RequestBody,
    /// What is to be sent, in plaintext: the head, then the body as it is written.
    outbound: Vec<u8>,
    response: Response,
    answered: bool,
    timeouts: Timeouts,
    /// When the phase began that is waited for.
    since: Duration,
    failed: Option<ConnectionError>,
    /// Whether a caller may hold a pollable of the connection.
    handed_out: Cell<bool>,
}

enum Connection {
    Connecting(Connecting),
    Open(Link),
    None,
}

impl Exchange for SocketExchange {
    type Pollable = Pollable;

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ConnectionError> {
        self.check()?;
        let mut count = self.body.encode(bytes, &mut self.outbound)?;
        self.drive()?;
        if self.takes_no_more() {
            return Err(super::error::terminated(
                &self.peer,
                "the server takes no more of the request's body",
            ));
        }
        let rest = bytes.get(count..).unwrap_or_default();
        if !rest.is_empty() && self.outbound.is_empty() {
            count += self.body.encode(rest, &mut self.outbound)?;
            self.drive()?;
        }
        if count > 0 {
            // The answer is not due before the request is complete.
            self.since = now();
        }
        Ok(count)
    }

    fn finish(&mut self) -> Result<(), ConnectionError> {
        self.check()?;
        let was_complete = self.body.is_complete();
        self.body.finish(&mut self.outbound)?;
        // Where nothing is added, there is nothing to be sent that was not begun with.
        if was_complete && self.outbound.is_empty() {
            return Ok(());
        }
        self.since = now();
        self.push(self.since)
    }

    fn head(&mut self) -> Result<Option<ResponseHead>, ConnectionError> {
        self.check()?;
        if let Some(head) = self.take_head()? {
            return Ok(Some(head));
        }
        self.drive()?;
        self.take_head()
    }

    fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, ConnectionError> {
        let mut bytes = self.response.read(max)?;
        if max > 0 && bytes.as_ref().is_some_and(Vec::is_empty) {
            self.check()?;
            self.drive()?;
            bytes = self.response.read(max)?;
        }
        match &bytes {
            None => self.give_back(),
            // Each look at the clock is a call into the host.
            Some(bytes) if !bytes.is_empty() && !self.response.is_ended() => self.since = now(),
            Some(_) => {}
        }
        Ok(bytes)
    }

    fn abort_body(&mut self) {
        self.outbound.zeroize();
        if self.body.is_complete() {
            return;
        }
        match &mut self.connection {
            Connection::Open(link) if link.is_established() => link.end_sending(),
            // Of a request that was not begun with, no server would say that it is incomplete.
            _ => self.cancel(),
        }
    }

    fn cancel(&mut self) {
        self.outbound.zeroize();
        self.head = None;
        match &mut self.connection {
            Connection::Open(link) => link.shut_down(),
            // Left where it is: what is not connected has sent nothing.
            Connection::Connecting(_) | Connection::None => {}
        }
        self.fail(super::error::terminated(&self.peer, "the request was cancelled"));
    }

    fn close(&mut self) {
        // A short rest of an answer is cheaper to read than a connection is to make.
        let mut left = DRAIN;
        while left > 0
            && let Ok(Some(bytes)) = self.read(left)
            && !bytes.is_empty()
        {
            left -= bytes.len();
        }
        if !self.response.is_ended() && self.body.is_complete() {
            self.cancel();
        }
    }

    fn subscribe(&self, interest: Interest) -> Pollable {
        match self.pollables(interest).into_iter().next() {
            Some(pollable) => {
                self.handed_out.set(true);
                pollable
            }
            None => timer(Duration::ZERO),
        }
    }

    fn wait(&self, interests: &[Interest], now: Duration, at_most: Duration) {
        let at_most = at_most.min(self.time_left(now));
        if let ([Interest::Head | Interest::Read], Some(link)) = (interests, self.receiving()) {
            return link.wait(now, now.saturating_add(at_most));
        }
        let mut pollables = vec![timer(at_most)];
        for &interest in interests {
            let of_interest = self.pollables(interest);
            if of_interest.is_empty() {
                return;
            }
            pollables.extend(of_interest);
        }
        poll(&pollables.iter().collect::<Vec<_>>());
    }
}

impl SocketExchange {
    fn take_head(&mut self) -> Result<Option<ResponseHead>, ConnectionError> {
        let head = self.response.head()?;
        if head.is_some() {
            self.answered = true;
        }
        Ok(head)
    }

    fn check(&self) -> Result<(), ConnectionError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn takes_no_more(&self) -> bool {
        matches!(&self.connection, Connection::Open(link) if link.is_deaf())
    }

    /// What to wait for, the most telling first. Nothing if there is no need to wait.
    fn pollables(&self, interest: Interest) -> Vec<Pollable> {
        if self.failed.is_some() {
            return Vec::new();
        }
        let has_room = self.outbound.len() < RequestBody::MAX_BUFFERED / 2;
        match (&self.connection, interest) {
            (_, Interest::Write) if has_room => Vec::new(),
            (_, Interest::Head | Interest::Read) if !self.response.wants_bytes() => Vec::new(),
            (Connection::None, _) => Vec::new(),
            (Connection::Connecting(connecting), _) => connecting.pollable().into_iter().collect(),
            (Connection::Open(link), Interest::Write) if link.is_established() => {
                vec![link.writable()]
            }
            (Connection::Open(link), _)
                if link.has_unsent() || (link.is_established() && !self.outbound.is_empty()) =>
            {
                vec![link.writable(), link.readable()]
            }
            (Connection::Open(link), _) => vec![link.readable()],
        }
    }

    /// The connection, if there is nothing to be done but to wait for what comes of it.
    fn receiving(&self) -> Option<&Link> {
        match &self.connection {
            Connection::Open(link)
                if self.failed.is_none()
                    && self.response.wants_bytes()
                    && !link.has_unsent()
                    && (self.outbound.is_empty() || !link.is_established()) =>
            {
                Some(link)
            }
            _ => None,
        }
    }

    /// Once the answer is read, keeps the connection for another request. Not while a
    /// caller may hold pollables of it: then when all of the exchange is dropped.
    fn give_back(&mut self) {
        if self.handed_out.get()
            || !self.outbound.is_empty()
            || !self.response.is_reusable(&self.body)
        {
            return;
        }
        if let Connection::Open(link) = core::mem::replace(&mut self.connection, Connection::None) {
            self.pool.keep(link, self.purpose.clone(), self.since);
        }
    }
}

impl Drop for SocketExchange {
    fn drop(&mut self) {
        // A session has wiped what it encrypted.
        if self.tls.is_none() || !self.outbound.is_empty() {
            self.outbound.zeroize();
        }
        // By now nobody has pollables of the connections: they have to be dropped before.
        self.handed_out.set(false);
        self.give_back();
        let last = core::mem::replace(&mut self.connection, Connection::None);
        for connection in self.given_up.drain(..).chain([last]) {
            if let Connection::Open(link) = connection {
                self.pool.close(link);
            }
        }
    }
}

/// Time since a fixed but arbitrary moment.
fn now() -> Duration {
    Duration::from_nanos(monotonic_clock::now())
}
