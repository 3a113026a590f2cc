//! A connection's bytes, and how they ended.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

use super::SendError;

/// How a connection ended, if it did.
///
/// HTTP/2 reports the end of a connection as that of a stream, without its cause, and a TLS 1.3
/// server refuses a client's certificate only after the handshake: the cause is taken down here.
#[derive(Clone, Default)]
pub(super) struct Ended(Arc<Ends>);

#[derive(Default)]
struct Ends {
    reading: OnceLock<SendError>,
    writing: OnceLock<SendError>,
}

impl Ended {
    pub(super) fn get(&self) -> Option<&SendError> {
        // A server that refuses says why on the way back, also where writing fails first.
        self.0.reading.get().or_else(|| self.0.writing.get())
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// TCP, with or without TLS.
pub(super) struct Transport {
    stream: Box<dyn Stream>,
    ended: Ended,
}

impl Transport {
    pub(super) fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self { stream: Box::new(stream), ended: Ended::default() }
    }

    pub(super) fn ended(&self) -> Ended {
        self.ended.clone()
    }
}

fn note<T>(end: &OnceLock<SendError>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    if let Poll::Ready(Err(error)) = &result {
        end.get_or_init(|| SendError::transport(error));
    }
    result
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        if matches!(result, Poll::Ready(Ok(())))
            && buf.filled().len() == before
            && buf.remaining() > 0
        {
            self.ended.0.reading.get_or_init(|| {
                SendError::new(
                    ErrorCode::ConnectionTerminated,
                    "the server closed the connection before the answer was complete",
                )
            });
        }
        note(&self.ended.0.reading, result)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        note(&self.ended.0.writing, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        note(&self.ended.0.writing, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        note(&self.ended.0.writing, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
