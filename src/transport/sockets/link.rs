//! A connection to the server, with TLS or without, as plaintext.

use super::error::terminated;
use super::socket::Socket;
use crate::tls::error::failed;
use crate::tls::session::Session;
use crate::transport::ConnectionError;
use alloc::vec::Vec;
use core::time::Duration;
use wasip2::io::poll::Pollable;
use zeroize::Zeroize;

/// A connection that plaintext goes through.
pub(super) struct Link {
    session: Option<Session>,
    socket: Socket,
    decrypted: Vec<u8>,
    /// The server takes no more; it may still have something to say.
    deaf: bool,
}

/// What came.
pub(super) enum Received {
    /// Nothing yet.
    Nothing,
    /// At least one byte.
    Bytes(Vec<u8>),
    /// The end: clean if it was the server's own, and not a connection that broke or was
    /// cut on the way.
    End { clean: bool },
}

impl Link {
    /// Over a socket that has just connected; plain if there is no session.
    pub(super) fn new(socket: Socket, session: Option<Session>) -> Self {
        Self { session, socket, decrypted: Vec::new(), deaf: false }
    }

    /// Whether the server is verified, where it has to be, and requests may go.
    pub(super) fn is_established(&self) -> bool {
        self.session.as_ref().is_none_or(Session::is_established)
    }

    /// Sends what goes of the plaintext, and takes it out. More is encrypted only once
    /// everything that was is sent, so that little is held.
    pub(super) fn send(
        &mut self,
        plaintext: &mut Vec<u8>,
        peer: &str,
    ) -> Result<(), ConnectionError> {
        while !self.deaf {
            let Some(session) = &mut self.session else {
                self.deaf = self.socket.write(plaintext).is_err();
                break;
            };
            self.deaf = self.socket.write(session.outgoing()).is_err();
            let idle = plaintext.is_empty() && session.is_established();
            if self.deaf || session.has_outgoing() || idle {
                break;
            }
            self.advance(plaintext, peer)?;
            if !self.has_unsent() {
                break;
            }
        }
        if self.deaf {
            plaintext.zeroize();
        }
        Ok(())
    }

    /// What the server sent.
    pub(super) fn receive(&mut self, peer: &str) -> Result<Received, ConnectionError> {
        loop {
            if !self.decrypted.is_empty() {
                return Ok(Received::Bytes(core::mem::take(&mut self.decrypted)));
            }
            if self.session.as_ref().is_some_and(Session::is_ended) {
                return Ok(Received::End { clean: true });
            }
            let read = self.socket.read();
            let Some(session) = &mut self.session else {
                return Ok(match read {
                    Ok(Some(bytes)) if bytes.is_empty() => Received::Nothing,
                    Ok(Some(bytes)) => Received::Bytes(bytes),
                    Ok(None) => Received::End { clean: true },
                    Err(_) => Received::End { clean: false },
                });
            };
            match read {
                Ok(Some(bytes)) if bytes.is_empty() => return Ok(Received::Nothing),
                Ok(Some(bytes)) => {
                    self.decrypted.reserve(bytes.len());
                    session.feed(bytes);
                    self.advance(&mut Vec::new(), peer)?;
                }
                Ok(None) | Err(_) if session.is_established() => {
                    return Ok(Received::End { clean: false });
                }
                Ok(None) | Err(_) => {
                    return Err(terminated(
                        peer,
                        "the server ended the connection during the TLS handshake: check that it is \
                         an API server that listens there, and what stands between",
                    ));
                }
            }
        }
    }

    /// Lets TLS go on, and sends what it has to say.
    fn advance(&mut self, plaintext: &mut Vec<u8>, peer: &str) -> Result<(), ConnectionError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let result = session.advance(plaintext, |bytes| self.decrypted.extend_from_slice(bytes));
        self.deaf |= self.socket.write(session.outgoing()).is_err();
        result.map_err(|error| {
            plaintext.zeroize();
            failed(&error, peer)
        })
    }

    /// Whether it can be kept for another request: everything is sent, and what came is
    /// read.
    pub(super) fn is_at_rest(&self) -> bool {
        self.is_established() && !self.has_unsent() && !self.deaf && self.decrypted.is_empty()
    }

    /// Whether it is at rest still: the server has said nothing since the last answer, keys
    /// and tickets aside.
    pub(super) fn is_idle(&mut self) -> bool {
        self.socket.expect_little();
        matches!(self.receive(""), Ok(Received::Nothing)) && self.is_at_rest()
    }

    /// Whether the server takes no more.
    pub(super) fn is_deaf(&self) -> bool {
        self.deaf
    }

    /// Whether bytes wait until the host takes them. Those that it never will count for nothing: what
    /// waits for room would always be ready.
    pub(super) fn has_unsent(&self) -> bool {
        !self.deaf && self.session.as_ref().is_some_and(Session::has_outgoing)
    }

    /// Says goodbye, as TLS asks for (RFC 8446, 6.1), if that needs no waiting. Returns the
    /// socket if dropping it would wait.
    pub(super) fn close(mut self) -> Option<Socket> {
        if let Some(session) = self.session.as_mut().filter(|session| session.is_established())
            && !session.has_outgoing()
            && !self.socket.is_sending()
        {
            session.close();
            let _ = self.socket.write(session.outgoing());
        }
        self.socket.is_sending().then_some(self.socket)
    }

    /// Ends the connection in both directions.
    pub(super) fn shut_down(&mut self) {
        self.deaf = true;
        self.socket.shut_down();
    }

    /// Ends what is sent.
    pub(super) fn end_sending(&mut self) {
        self.deaf = true;
        self.socket.end_sending();
    }

    /// Ready when something arrived.
    pub(super) fn readable(&self) -> Pollable {
        self.socket.readable()
    }

    /// Waits until something arrives, or the time has come.
    pub(super) fn wait(&self, now: Duration, until: Duration) {
        self.socket.wait(now, until);
    }

    /// Ready when something can be sent, or never again.
    pub(super) fn writable(&self) -> Pollable {
        self.socket.writable()
    }
}
