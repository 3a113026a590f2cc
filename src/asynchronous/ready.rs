//! Waiting for what a transport hands out.

use crate::client::Client;
use crate::pod::Pod;
use crate::transport::{Exchange, Transport};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

/// Something that a future can wait for.
pub trait Ready {
    /// Ends once that is ready.
    type Future: Future<Output = ()> + Unpin;

    /// Waits for it.
    fn ready(self) -> Self::Future;
}

/// Waits for something, and for so long at most.
pub(super) struct Wait<F>(F, F);

/// What a transport hands out, waited for.
pub(super) type WaitOf<T> =
    Wait<<<<T as Transport>::Exchange as Exchange>::Pollable as Ready>::Future>;

pub(super) fn wait<P: Pod, T: Transport>(
    client: &Client<P, T>,
    pollable: <T::Exchange as Exchange>::Pollable,
    at_most: Duration,
) -> WaitOf<T>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    // Those who hand them out say when a timeout is over only once they are asked again.
    Wait(pollable.ready(), client.timer(at_most).ready())
}

impl<F: Future<Output = ()> + Unpin> Future for Wait<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Both are asked: either may be what wakes next.
        let ready = Pin::new(&mut self.0).poll(context).is_ready();
        match ready || Pin::new(&mut self.1).poll(context).is_ready() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
