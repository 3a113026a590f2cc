//! The answer's body.

use super::Call;
use crate::Error;
use crate::client::Client;
use crate::client::gzip::{self, Gzip};
use crate::pod::Pod;
use crate::transport::{Exchange, Interest, Transport};
use alloc::{format, vec::Vec};

/// The most bytes that are read at a time.
pub(super) const CHUNK: usize = 1 << 20;

/// The most bytes that are taken at a time of what is compressed.
const COMPRESSED: usize = 64 << 10;

/// What is waited for, in messages.
const WHAT: &str = "the answer's body";

impl<E: Exchange> Call<E> {
    /// At most `max` bytes of the answer's body, and at most 1 MiB: an empty list
    /// if none are here yet, none at the end.
    ///
    /// # Errors
    ///
    /// If the body broke off or can't be decoded, or the deadline passed.
    pub fn read<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        let max = max.min(CHUNK);
        loop {
            self.is_in_time(client, WHAT)?;
            if let Some(gzip) = self.gzip.as_mut().filter(|gzip| gzip.has_more()) {
                match gzip.decode(max) {
                    Ok(bytes) if bytes.is_empty() && max > 0 => {}
                    Ok(bytes) => return Ok(Some(bytes)),
                    Err(gzip::Damaged) => return Err(self.damaged()),
                }
            }
            let wanted = if self.gzip.is_some() && max > 0 { COMPRESSED } else { max };
            let bytes = match self.under_way()?.read(wanted) {
                Ok(bytes) => bytes,
                Err(error) => return Err(self.failed(client.pod.now(), error, WHAT)),
            };
            if bytes.as_ref().is_none_or(|bytes| !bytes.is_empty()) {
                self.progressed.set(true);
            }
            match (bytes, &mut self.gzip) {
                (None, gzip) => {
                    self.place = None;
                    let is_complete = gzip.as_ref().is_none_or(Gzip::is_complete);
                    return if is_complete { Ok(None) } else { Err(self.damaged()) };
                }
                (Some(bytes), Some(gzip)) if !bytes.is_empty() => gzip.feed(bytes),
                (bytes, _) => return Ok(bytes),
            }
        }
    }

    fn damaged(&mut self) -> Error {
        self.give_up();
        Error::Protocol(format!(
            "the answer to {} is said to be compressed by gzip, and is not, or is damaged",
            self.request.outline()
        ))
    }

    /// The same, waiting for a byte, the end, or an error.
    ///
    /// # Errors
    ///
    /// As [`Call::read`], and if the answer falls silent.
    pub fn wait_for_bytes<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        max: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        loop {
            match self.read(client, max)? {
                Some(bytes) if bytes.is_empty() && max > 0 => {
                    self.wait_for(client, Interest::Read)?;
                }
                bytes => return Ok(bytes),
            }
        }
    }

    /// The rest of the answer's body, up to the limit on what is buffered.
    ///
    /// # Errors
    ///
    /// As [`Call::wait_for_bytes`], and [`Error::Protocol`] if there is more.
    pub fn read_to_end<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(bytes) = self.wait_for_bytes(client, CHUNK)? {
            self.buffer(&mut body, bytes)?;
        }
        Ok(body)
    }

    /// Adds to the answer's body, up to the limit on what is buffered.
    pub(crate) fn buffer(&mut self, body: &mut Vec<u8>, bytes: Vec<u8>) -> Result<(), Error> {
        let limit = self.request.limits.max_buffered();
        if bytes.len() > limit.saturating_sub(body.len()) {
            self.give_up();
            return Err(Error::Protocol(format!(
                "the answer to {} is longer than the limit of {limit} bytes: raise the limit \
                 `max-buffered`, ask for less, or read the answer as a stream",
                self.request.outline()
            )));
        }
        if body.is_empty() {
            *body = bytes;
        } else {
            body.extend_from_slice(&bytes);
        }
        Ok(())
    }
}
