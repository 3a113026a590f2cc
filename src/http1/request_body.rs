//! The body of a request, as it goes over the wire.

use super::error::Fault;
use crate::transport::{BodySize, ConnectionError};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Puts a request's body on the wire as its head announced it: as it is, or in
/// chunks.
pub struct RequestBody {
    peer: String,
    framing: Framing,
    finished: bool,
}

enum Framing {
    /// So many bytes are to come.
    Length(u64),
    Chunked,
}

impl RequestBody {
    /// The most bytes that the buffer holds when [`RequestBody::encode`] has added to
    /// it: those of one TLS record.
    pub const MAX_BUFFERED: usize = 16 << 10;

    /// What chunks of that size carry beside data: four digits and two line breaks.
    const CHUNK_OVERHEAD: usize = 8;

    /// The body of a request, to a server that messages name so.
    pub fn new(size: BodySize, peer: &str) -> Self {
        let framing = match size {
            BodySize::Empty => Framing::Length(0),
            BodySize::Known(length) => Framing::Length(length),
            BodySize::Unknown => Framing::Chunked,
        };
        Self { peer: peer.to_owned(), framing, finished: size == BodySize::Empty }
    }

    /// Adds bytes of the body to a buffer, as many as there is room for below
    /// [`RequestBody::MAX_BUFFERED`], and returns how many.
    ///
    /// # Errors
    ///
    /// If the body is longer than announced, or was finished.
    pub fn encode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, ConnectionError> {
        let room = Self::MAX_BUFFERED.saturating_sub(out.len());
        let fault = |what| Err(Fault::RequestBody(what).of(&self.peer));
        match &mut self.framing {
            // An empty chunk would be the last.
            _ if bytes.is_empty() => Ok(0),
            _ if self.finished => fault("the request's body has ended, and takes no more bytes"),
            Framing::Length(left) if bytes.len() as u64 > *left => {
                fault("the request's body is longer than announced")
            }
            Framing::Length(left) => {
                let count = bytes.len().min(room);
                out.extend_from_slice(bytes.get(..count).unwrap_or_default());
                *left -= count as u64;
                Ok(count)
            }
            Framing::Chunked => {
                let count = bytes.len().min(room.saturating_sub(Self::CHUNK_OVERHEAD));
                if count > 0 {
                    push_hex(count, out);
                    out.extend_from_slice(b"\r\n");
                    out.extend_from_slice(bytes.get(..count).unwrap_or_default());
                    out.extend_from_slice(b"\r\n");
                }
                Ok(count)
            }
        }
    }

    /// Ends the body: adds the last chunk to the buffer, five bytes, where there are
    /// chunks. Once more does nothing.
    ///
    /// # Errors
    ///
    /// If the body is shorter than announced.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ConnectionError> {
        match self.framing {
            _ if self.finished => {}
            Framing::Length(0) => {}
            Framing::Length(_) => {
                let what = "the request's body is shorter than announced";
                return Err(Fault::RequestBody(what).of(&self.peer));
            }
            Framing::Chunked => out.extend_from_slice(b"0\r\n\r\n"),
        }
        self.finished = true;
        Ok(())
    }

    /// Whether the whole body was put into the buffer.
    pub fn is_complete(&self) -> bool {
        self.finished || matches!(self.framing, Framing::Length(0))
    }
}

/// A chunk's size in hexadecimal digits.
fn push_hex(number: usize, out: &mut Vec<u8>) {
    let digits = (usize::BITS - number.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        let value = (number >> (digit * 4)) & 0xf;
        out.push(b"0123456789abcdef".get(value).copied().unwrap_or(b'0'));
    }
}
