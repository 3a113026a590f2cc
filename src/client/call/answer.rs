//! The whole answer: as it comes, and waited for.

use super::Call;
use super::read::CHUNK;
use crate::Error;
use crate::client::{Client, Head, Response};
use crate::pod::Pod;
use crate::transport::{Exchange, Interest, Transport};
use alloc::vec::Vec;

/// What has come of an answer so far.
#[derive(Default)]
pub(crate) struct Gathered {
    head: Option<Head>,
    body: Vec<u8>,
}

impl Gathered {
    /// What is waited for.
    pub(crate) fn interest(&self) -> Interest {
        if self.head.is_some() { Interest::Read } else { Interest::Head }
    }
}

impl<E: Exchange> Call<E> {
    /// The whole answer of a success. None if it is not here yet: does not wait.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub(crate) fn answer<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        gathered: &mut Gathered,
    ) -> Result<Option<Response>, Error> {
        if gathered.head.is_none() {
            gathered.head = self.head(client)?;
        }
        let Some(head) = &gathered.head else { return Ok(None) };
        loop {
            match self.read(client, CHUNK) {
                Ok(Some(bytes)) if bytes.is_empty() => return Ok(None),
                Ok(Some(bytes)) => self.buffer(&mut gathered.body, bytes)?,
                Ok(None) if head.is_success() => {
                    let Gathered { head, body } = core::mem::take(gathered);
                    return Ok(head.map(|head| Response { head, body }));
                }
                Ok(None) => return Err(Error::Api(self.status(head, &gathered.body))),
                Err(Error::Connection(error)) if self.repeats_after_failure(client, &error) => {
                    *gathered = Gathered::default();
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The same, waited for.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub(crate) fn wait_for_answer<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Response, Error> {
        let mut gathered = Gathered::default();
        self.wait_first(client, &gathered);
        loop {
            if let Some(response) = self.answer(client, &mut gathered)? {
                return Ok(response);
            }
            self.wait_for(client, gathered.interest())?;
        }
    }

    /// Waits for an answer of which nothing can be here yet: a look at what was sent just now would be in
    /// vain. Where the time for that is over, the look decides.
    pub(crate) fn wait_first<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
        gathered: &Gathered,
    ) {
        let is_sent = self.due.is_none() && self.early.is_none() && self.head.is_none();
        let now = client.pod.now();
        if is_sent && let Ok(left) = self.time_left_at(now) {
            self.wait_at_most(client, gathered.interest(), now, left);
        }
    }
}
