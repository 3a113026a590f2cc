//! Counting what a request deleted of a collection.

use super::page::{Page, Read};
use crate::Error;
use crate::client::{Client, InvalidRequest};
use crate::objects::Deleted;
use crate::objects::verbs::Prepared;
use crate::pod::Pod;
use crate::transport::{Exchange, Transport};
use alloc::vec::Vec;
use core::time::Duration;

/// What becomes of a collection that is being deleted, in memory for one object. Dropped, the call
/// is cancelled: what is deleted by then stays so.
pub struct PendingDeletion<E> {
    page: Page<E>,
    deleted: Deleted,
    over: bool,
}

impl<E: Exchange> PendingDeletion<E> {
    pub(crate) fn begin<P: Pod, T: Transport<Exchange = E>>(
        client: &Client<P, T>,
        (request, body): Prepared,
    ) -> Result<Self, Error> {
        let deleted = Deleted { count: Some(0), warnings: Vec::new() };
        Ok(Self { page: Page::open(client, request, body)?, deleted, over: false })
    }

    /// What was deleted, once: none if the answer is not here yet. The call goes on by this alone.
    ///
    /// # Errors
    ///
    /// As the function that waits for it. After an answer or an error,
    /// [`InvalidRequest::AnswerTaken`].
    pub fn deleted<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Option<Deleted>, Error> {
        self.take(client, false)
    }

    /// The same, waited for.
    ///
    /// # Errors
    ///
    /// As [`PendingDeletion::deleted`].
    pub fn wait_for_deleted<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
    ) -> Result<Deleted, Error> {
        loop {
            if let Some(deleted) = self.take(client, true)? {
                return Ok(deleted);
            }
        }
    }

    /// Something to wait for from outside, until the call can go on: take a new one for each wait.
    pub fn subscribe<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> E::Pollable {
        match self.over {
            true => client.timer(Duration::ZERO),
            false => self.page.subscribe(client),
        }
    }

    /// For how long to wait for that at most.
    ///
    /// # Errors
    ///
    /// If that time is over.
    #[cfg(feature = "async")]
    pub(crate) fn time_left<P: Pod, T: Transport<Exchange = E>>(
        &self,
        client: &Client<P, T>,
    ) -> Result<Duration, Error> {
        self.page.time_left(client)
    }

    fn take<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        wait: bool,
    ) -> Result<Option<Deleted>, Error> {
        if self.over {
            return Err(InvalidRequest::AnswerTaken.into());
        }
        let deleted = self.count(client, wait).transpose();
        self.over = deleted.is_some();
        if self.over {
            self.page.leave();
        }
        deleted.transpose()
    }

    fn count<P: Pod, T: Transport<Exchange = E>>(
        &mut self,
        client: &Client<P, T>,
        wait: bool,
    ) -> Result<Option<Deleted>, Error> {
        let Self { page, deleted, .. } = self;
        loop {
            match page.read(client, wait)? {
                Read::Nothing => return Ok(None),
                Read::Head(warnings) => deleted.warnings = warnings,
                Read::Refused(refusal) => return Err(Error::Api(refusal.status)),
                Read::End => return Ok(Some(deleted.clone())),
                Read::Done => {
                    deleted.count = None;
                    return Ok(Some(deleted.clone()));
                }
                Read::Bytes => {}
            }
            while page.item()?.is_some() {
                deleted.count = deleted.count.map(|count| count + 1);
            }
        }
    }
}
