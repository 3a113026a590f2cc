//! What moves an exchange on. Nothing here waits.

use super::{Connection, SocketExchange, now};
use crate::tls::error::failed;
use crate::tls::session::Session;
use crate::transport::sockets::error::timed_out;
use crate::transport::sockets::link::{Link, Received};
use crate::transport::{ConnectionError, ConnectionFailure};
use core::time::Duration;
use zeroize::Zeroize;

impl SocketExchange {
    /// Connects, sends and receives, as far as that goes without waiting, and until there
    /// is something for the caller to read. An error lasts.
    pub(super) fn drive(&mut self) -> Result<(), ConnectionError> {
        self.try_drive(now(), true).inspect_err(|error| self.fail(error.clone()))
    }

    /// The same without a look at what has come: for when nothing can have.
    pub(super) fn push(&mut self, now: Duration) -> Result<(), ConnectionError> {
        self.try_drive(now, false).inspect_err(|error| self.fail(error.clone()))
    }

    /// Remembers an error. A caller may still hold pollables: the connection is kept until
    /// all is dropped.
    pub(super) fn fail(&mut self, error: ConnectionError) {
        self.outbound.zeroize();
        self.head = None;
        if let Connection::Open(link) = &mut self.connection {
            link.shut_down();
        }
        self.failed.get_or_insert(error);
    }

    fn try_drive(&mut self, now: Duration, receive: bool) -> Result<(), ConnectionError> {
        loop {
            match &mut self.connection {
                Connection::None => return Ok(()),
                Connection::Connecting(connecting) => {
                    let Some(socket) = connecting.advance(now, &self.peer)? else { return Ok(()) };
                    let session = match &self.tls {
                        None => None,
                        Some((config, name)) => Some(
                            Session::new(config.clone(), name.clone())
                                .map_err(|error| failed(&error, &self.peer))?,
                        ),
                    };
                    let link = Connection::Open(Link::new(socket, session));
                    let old = core::mem::replace(&mut self.connection, link);
                    self.given_up.push(old);
                }
                Connection::Open(link) => {
                    let was_established = link.is_established();
                    link.send(&mut self.outbound, &self.peer)?;
                    if (was_established && !receive) || !self.response.wants_bytes() {
                        return Ok(());
                    }
                    match link.receive(&self.peer)? {
                        Received::Bytes(bytes) => {
                            self.head = None;
                            self.since = now;
                            self.response.feed(bytes);
                        }
                        Received::Nothing if !was_established && link.is_established() => {
                            self.since = now;
                        }
                        Received::Nothing => return self.check_time(now),
                        Received::End { clean } => {
                            if self.start_again()? {
                                continue;
                            }
                            self.response.end(clean);
                            return Ok(());
                        }
                    }
                }
            }
        }
    }

    /// How long until the phase that is waited for is over.
    pub(super) fn time_left(&self, now: Duration) -> Duration {
        let phase = match &self.connection {
            Connection::Connecting(connecting) => return connecting.time_left(now),
            Connection::Open(link) if !link.is_established() => self.timeouts.connect,
            _ if self.answered => self.timeouts.between_bytes,
            _ => self.timeouts.first_byte,
        };
        self.since.saturating_add(phase).saturating_sub(now)
    }

    fn check_time(&self, now: Duration) -> Result<(), ConnectionError> {
        if !self.time_left(now).is_zero() {
            return Ok(());
        }
        let established =
            matches!(&self.connection, Connection::Open(link) if link.is_established());
        let failure = match established {
            true => ConnectionFailure::ReadTimeout,
            false => ConnectionFailure::ConnectTimeout,
        };
        Err(timed_out(failure, &self.peer))
    }
}
