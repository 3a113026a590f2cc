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

/// The body of an answer, as it comes: up to 64 KiB at a time, of what has come by then.
///
/// # Errors
///
/// [`io::ErrorKind::UnexpectedEof`] for whatever keeps the rest from coming, with the
/// [`k8s_in_cluster::Error`] inside. kube takes that for the end of a watch, which its watcher
/// resumes: connections are cut by servers that restart, by load balancers, and by hosts that
/// don't say why.
pub struct Body<P: Pod, T: Transport>(asynchronous::Body<P, T>)
where
    <T::Exchange as Exchange>::Pollable: Ready;

impl<P: Pod, T: Transport> Body<P, T>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    pub(crate) fn new(body: asynchronous::Body<P, T>) -> Self {
        Self(body)
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
        Pin::new(&mut self.0).poll_next(context).map(|chunk| {
            chunk.map(|chunk| match chunk {
                Ok(bytes) => Ok(Frame::data(bytes.into())),
                Err(error) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, error)),
            })
        })
    }
}
