//! The request's body: whole, or as the caller writes it.

use super::Call;
use crate::Error;
use crate::client::{Client, InvalidRequest};
use crate::pod::Pod;
use crate::transport::{Exchange, Interest, Transport};

/// What is waited for, in messages.
const WHAT: &str = "the server to take the request's body";

/// The writing end of a request whose body the caller writes. Counts what goes
/// through it; the bytes go by the [`Call`].
#[derive(Debug)]
pub struct Upload {
    announced: Option<u64>,
    written: u64,
    ended: bool,
}

impl Upload {
    pub(super) fn new(announced: Option<u64>) -> Self {
        Self { announced, written: 0, ended: false }
    }
}

impl<E: Exchange> Call<E> {
    /// Writes as much of a caller's body as the connection takes now.
    ///
    /// # Errors
    ///
    /// If it is longer than announced or was ended, or the server takes no more.
    pub fn write<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        upload: &mut Upload,
        bytes: &[u8],
    ) -> Result<usize, Error> {
        if upload.ended {
            return Err(InvalidRequest::BodyEnded.into());
        }
        let after = upload.written.saturating_add(bytes.len() as u64);
        if let Some(announced) = upload.announced.filter(|&announced| after > announced) {
            return Err(InvalidRequest::BodyLength { announced, written: after }.into());
        }
        self.is_in_time(client, WHAT)?;
        let count = match self.under_way()?.write(bytes) {
            Ok(count) => count,
            Err(error) => return Err(self.failed(client.pod.now(), error, WHAT)),
        };
        if count > 0 {
            upload.written += count as u64;
            // The answer is not due before the request is complete.
            self.progressed.set(true);
        }
        Ok(count)
    }

    /// Writes all of it, waiting as needed.
    ///
    /// # Errors
    ///
    /// As [`Call::write`], and if the server takes nothing for too long.
    pub fn write_all<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        upload: &mut Upload,
        mut bytes: &[u8],
    ) -> Result<(), Error> {
        while !bytes.is_empty() {
            let count = self.write(client, upload, bytes)?;
            bytes = bytes.get(count..).unwrap_or_default();
            if count == 0 {
                self.wait_to_write(client, &[Interest::Write])?;
            }
        }
        Ok(())
    }

    /// Ends a caller's body.
    ///
    /// # Errors
    ///
    /// If it was ended already, or is not as long as announced: the request is
    /// given up then.
    pub fn finish(&mut self, upload: &mut Upload) -> Result<(), Error> {
        if upload.ended {
            return Err(InvalidRequest::BodyEnded.into());
        }
        upload.ended = true;
        if let Some(announced) = upload.announced.filter(|&announced| announced != upload.written) {
            self.under_way()?.abort_body();
            return Err(InvalidRequest::BodyLength { announced, written: upload.written }.into());
        }
        Ok(self.under_way()?.finish()?)
    }

    /// Gives up a caller's body that was not ended, and so the request.
    pub fn abort(&mut self, upload: &Upload) {
        if let Some(exchange) = self.exchange.as_mut().filter(|_| !upload.ended) {
            exchange.abort_body();
        }
    }

    pub(super) fn write_whole<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        mut body: &[u8],
    ) -> Result<(), Error> {
        while !body.is_empty() {
            match self.under_way()?.write(body) {
                // A server may answer without having read it all: its answer says
                // why, or there is none, and that is the error to report.
                Err(_) => return Ok(()),
                Ok(0) => {
                    self.wait_to_write(client, &[Interest::Write, Interest::Head])?;
                    self.early = match self.under_way()?.head() {
                        Ok(head) => head,
                        Err(error) => return Err(self.failed(client.pod.now(), error, WHAT)),
                    };
                    if self.early.is_some() {
                        return Ok(());
                    }
                }
                Ok(count) => {
                    body = body.get(count..).unwrap_or_default();
                    self.progressed.set(true);
                }
            }
        }
        let _ = self.under_way()?.finish();
        Ok(())
    }

    fn wait_to_write<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        interests: &[Interest],
    ) -> Result<(), Error> {
        let phase = self.timeouts.connect.saturating_add(self.timeouts.between_bytes);
        self.wait(client, interests, phase, WHAT)
    }
}
