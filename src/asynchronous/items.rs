//! Streams of what comes in batches.

use super::ready::{Ready, WaitOf, wait};
use crate::Error;
use crate::client::Client;
use crate::pod::Pod;
use crate::transport::{Exchange, Transport};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use futures_core::Stream;

/// The most that are taken at a time.
const BATCH: usize = 256;

/// Where batches come from.
pub trait Source<P: Pod, T: Transport> {
    /// One of a batch.
    type Item;

    /// Whether nothing follows an error.
    const ENDS_WITH_ERROR: bool = true;

    /// What has come: an empty batch if nothing has yet, none at the end.
    ///
    /// # Errors
    ///
    /// Those of the source.
    fn take(&mut self, client: &Client<P, T>, max: usize)
    -> Result<Option<Vec<Self::Item>>, Error>;

    /// What to wait for after an empty batch.
    fn subscribe(&self, client: &Client<P, T>) -> <T::Exchange as Exchange>::Pollable;

    /// For how long to wait for it.
    ///
    /// # Errors
    ///
    /// If that time is over.
    fn time_left(&self, client: &Client<P, T>) -> Result<Duration, Error>;
}

/// The items of a source, one by one. Dropping it cancels it.
pub struct Items<P: Pod, T: Transport, S: Source<P, T>>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    // Before the source: what is waited for is a part of it.
    waiting: Option<WaitOf<T>>,
    batch: vec::IntoIter<S::Item>,
    source: S,
    client: Arc<Client<P, T>>,
    ended: bool,
}

impl<P: Pod, T: Transport, S: Source<P, T>> Items<P, T, S>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    pub(super) fn new(client: Arc<Client<P, T>>, source: S) -> Self {
        Self { waiting: None, batch: Vec::new().into_iter(), source, client, ended: false }
    }

    pub(super) fn source(&self) -> &S {
        &self.source
    }

    /// The next item: none at the end.
    ///
    /// # Errors
    ///
    /// Those of the stream.
    pub async fn next(&mut self) -> Option<Result<S::Item, Error>>
    where
        Self: Unpin,
    {
        core::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<S::Item>, Error>> {
        loop {
            if let Some(item) = self.batch.next() {
                return Poll::Ready(Ok(Some(item)));
            }
            if self.ended {
                return Poll::Ready(Ok(None));
            }
            if let Some(waiting) = &mut self.waiting {
                ready!(Pin::new(waiting).poll(context));
                self.waiting = None;
            }
            match self.source.take(&self.client, BATCH)? {
                None => self.ended = true,
                Some(batch) if batch.is_empty() => {
                    let at_most = self.source.time_left(&self.client)?;
                    let pollable = self.source.subscribe(&self.client);
                    self.waiting = Some(wait(&self.client, pollable, at_most));
                }
                Some(batch) => self.batch = batch.into_iter(),
            }
        }
    }
}

impl<P: Pod, T: Transport, S: Source<P, T>> Stream for Items<P, T, S>
where
    <T::Exchange as Exchange>::Pollable: Ready,
    Self: Unpin,
{
    type Item = Result<S::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.poll(context);
        if let Poll::Ready(Err(_)) = polled {
            self.ended |= S::ENDS_WITH_ERROR;
        }
        polled.map(Result::transpose)
    }
}
