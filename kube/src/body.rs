//! What is read of an answer.

use bytes::Bytes;
use futures_core::Stream as _;
use http_body::Frame;
use k8s_in_cluster::asynchronous::{self, Ready};
use k8s_in_cluster::pod::Pod;
use k8s_in_cluster::transport::{Exchange, Transport};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body of an answer, as it comes, up to 64 KiB at a time.
///
/// # Errors
///
/// [`io::ErrorKind::UnexpectedEof`] if the rest does not come, for whatever reason, with the
/// [`k8s_in_cluster::Error`] inside. kube takes that for the end of a watch, which its watcher
/// resumes: connections are cut by servers that restart, by load balancers, and by hosts that don't
/// say why.
///
/// If much has come at once, it lets other tasks run after each 256 KiB, as tokio's own I/O does.
pub struct Body<P: Pod, T: Transport>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    chunks: asynchronous::Body<P, T>,
    /// How many bytes were given since others could run.
    given: usize,
}

/// After how many bytes others may run: kube takes some milliseconds to read so many.
const TURN: usize = 256 << 10;

impl<P: Pod, T: Transport> Body<P, T>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    pub(crate) fn new(body: asynchronous::Body<P, T>) -> Self {
        Self { chunks: body, given: 0 }
    }
}

impl<P: Pod, T: Transport> http_body::Body for Body<P, T>
where
    T::Exchange: Unpin,
    <T::Exchange as Exchange>::Pollable: Ready,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.given >= TURN {
            self.given = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.chunks).poll_next(context);
        match polled {
            Poll::Ready(Some(Ok(chunk))) => {
                self.given += chunk.len();
                Poll::Ready(Some(Ok(Frame::data(chunk.into()))))
            }
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::UnexpectedEof, error))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                self.given = 0;
                Poll::Pending
            }
        }
    }
}
