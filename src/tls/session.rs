//! One TLS session, without I/O: bytes of the connection on one side, plaintext on the
//! other.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use rustls::client::{ClientConfig, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};
use zeroize::Zeroize;

/// The most plaintext of a record (RFC 8446, 5.1).
const RECORD: usize = 1 << 14;

/// What a record adds to its plaintext: header, content type and tag, with room to spare.
const OVERHEAD: usize = 64;

/// The most bytes that are held of what has arrived and is no whole message yet. TLS itself
/// keeps records under 17 KiB and rustls keeps messages under 64 KiB.
const MAX_INCOMING: usize = 256 << 10;

/// A client's side of a TLS session.
pub(crate) struct Session {
    connection: Box<UnbufferedClientConnection>,
    incoming: Vec<u8>,
    /// How much of `incoming` was processed. Moving the rest forward for each record would
    /// cost more than decrypting it.
    processed: usize,
    outgoing: Vec<u8>,
    established: bool,
    ended: bool,
    over: bool,
}

impl Session {
    /// Begins a session. The first bytes to send are in [`Session::outgoing`] after
    /// [`Session::advance`].
    pub(crate) fn new(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<Self, rustls::Error> {
        Ok(Self {
            connection: Box::new(UnbufferedClientConnection::new(config, name)?),
            incoming: Vec::new(),
            processed: 0,
            outgoing: Vec::new(),
            established: false,
            ended: false,
            over: false,
        })
    }

    /// Whether the server was verified, and may be sent to.
    pub(crate) fn is_established(&self) -> bool {
        self.established
    }

    /// Whether the server said that it sends no more.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Takes bytes that arrived.
    pub(crate) fn feed(&mut self, bytes: Vec<u8>) {
        if self.processed == self.incoming.len() {
            self.incoming = bytes;
        } else {
            self.incoming.drain(..self.processed);
            self.incoming.extend_from_slice(&bytes);
        }
        self.processed = 0;
    }

    /// Bytes to be sent, in order. What was sent of them is to be drained.
    pub(crate) fn outgoing(&mut self) -> &mut Vec<u8> {
        &mut self.outgoing
    }

    /// How many bytes are kept of what has arrived and of what is to be sent.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.incoming.len() - self.processed + self.outgoing.len()
    }

    /// Whether there is something to be sent.
    pub(crate) fn has_outgoing(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Goes on as far as the bytes that arrived reach: decrypts into `received`, and, once
    /// the server is verified, encrypts `to_send` and wipes it.
    ///
    /// After an error the session is over, and nothing moves it. An alert that tells the server why is in
    /// [`Session::outgoing`].
    pub(crate) fn advance(
        &mut self,
        to_send: &mut Vec<u8>,
        mut received: impl FnMut(&[u8]),
    ) -> Result<(), rustls::Error> {
        if self.over {
            return Ok(());
        }
        let result = self.run(to_send, &mut received);
        if result.is_err() {
            self.over = true;
            self.ended = true;
            self.encode_alert();
        }
        result
    }

    fn run(
        &mut self,
        to_send: &mut Vec<u8>,
        received: &mut impl FnMut(&[u8]),
    ) -> Result<(), rustls::Error> {
        loop {
            let waiting = self.incoming.get_mut(self.processed..).unwrap_or_default();
            let UnbufferedStatus { mut discard, state, .. } =
                self.connection.process_tls_records(waiting);
            let mut more = true;
            let state = match state {
                Ok(state) => state,
                Err(error) => {
                    self.processed += discard;
                    return Err(error);
                }
            };
            match state {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        received(record.payload);
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    append(&mut self.outgoing, RECORD, |room| match data.encode(room) {
                        Ok(length) => Ok(length),
                        Err(EncodeError::InsufficientSize(error)) => Err(error.required_size),
                        Err(EncodeError::AlreadyEncoded) => Ok(0),
                    });
                }
                // What was encoded is queued, and the queue keeps its order.
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::WriteTraffic(mut traffic) => {
                    self.established = true;
                    for record in to_send.chunks(RECORD) {
                        let mut failed = None;
                        append(&mut self.outgoing, record.len() + OVERHEAD, |room| {
                            match traffic.encrypt(record, room) {
                                Ok(length) => Ok(length),
                                Err(EncryptError::InsufficientSize(error)) => {
                                    Err(error.required_size)
                                }
                                Err(error @ EncryptError::EncryptExhausted) => {
                                    failed = Some(error);
                                    Ok(0)
                                }
                            }
                        });
                        if failed.is_some() {
                            return Err(rustls::Error::EncryptError);
                        }
                    }
                    to_send.zeroize();
                    more = false;
                }
                ConnectionState::PeerClosed => self.ended = true,
                ConnectionState::Closed => more = false,
                // Waits for more of the handshake. Early data is never asked for.
                _ => more = false,
            }
            self.processed += discard;
            if !more {
                break;
            }
        }
        if self.incoming.len() - self.processed > MAX_INCOMING {
            return Err(rustls::Error::PeerSentOversizedRecord);
        }
        Ok(())
    }

    /// Says to the server that nothing more will come.
    pub(crate) fn close(&mut self) {
        if self.over {
            return;
        }
        let waiting = self.incoming.get_mut(self.processed..).unwrap_or_default();
        let UnbufferedStatus { state, .. } = self.connection.process_tls_records(waiting);
        if let Ok(ConnectionState::WriteTraffic(mut traffic)) = state {
            append(&mut self.outgoing, OVERHEAD, |room| match traffic.queue_close_notify(room) {
                Ok(length) => Ok(length),
                Err(EncryptError::InsufficientSize(error)) => Err(error.required_size),
                Err(EncryptError::EncryptExhausted) => Ok(0),
            });
        }
        self.ended = true;
        self.over = true;
    }

    /// After an error: what rustls has to say to the server about it. It must not be asked
    /// for anything else then, and is not: it would look again at the bytes that it failed at.
    fn encode_alert(&mut self) {
        while self.connection.wants_write() {
            let waiting = self.incoming.get_mut(self.processed..).unwrap_or_default();
            let state = self.connection.process_tls_records(waiting).state;
            let Ok(ConnectionState::EncodeTlsData(mut data)) = state else { return };
            append(&mut self.outgoing, RECORD, |room| match data.encode(room) {
                Ok(length) => Ok(length),
                Err(EncodeError::InsufficientSize(error)) => Err(error.required_size),
                Err(EncodeError::AlreadyEncoded) => Ok(0),
            });
        }
    }
}

static ZEROS: [u8; 1024] = [0; 1024];

/// Appends what `write` puts into the room that it gets. It is asked a second time, with
/// the room that it asked for, where the first was too little.
fn append(
    buffer: &mut Vec<u8>,
    room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, usize>,
) {
    let start = buffer.len();
    let mut room = room;
    for _ in 0..2 {
        // Compiled for size, `resize` is a loop over bytes.
        while let Some(lacking) = (start + room).checked_sub(buffer.len()).filter(|&n| n > 0) {
            buffer.extend_from_slice(ZEROS.get(..lacking).unwrap_or(&ZEROS));
        }
        match write(buffer.get_mut(start..).unwrap_or_default()) {
            Ok(length) => {
                buffer.truncate(start + length);
                return;
            }
            Err(needed) => room = needed,
        }
    }
    buffer.truncate(start);
}
