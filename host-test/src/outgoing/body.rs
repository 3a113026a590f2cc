//! The bodies of a request and of its answer, on their way.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, WasiBody};

use super::SendError;
use super::connect::Connection;
use super::observer::Exchange;
use super::pool::Pool;
use super::transport::Ended;

/// A guest's body. Knows when the connection is done with it.
pub(super) struct RequestBody {
    body: WasiBody,
    done: Done,
}

/// Whether a request's body has been sent.
#[derive(Clone, Default)]
pub(super) struct Done(Arc<AtomicBool>);

impl Done {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl RequestBody {
    pub(super) fn new(body: WasiBody) -> Self {
        Self { body, done: Done::default() }
    }

    pub(super) fn done(&self) -> Done {
        self.done.clone()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.done.0.store(true, Ordering::Release);
    }
}

/// An answer's body. Keeps the time between bytes, and gives the connection back at the end.
pub(super) struct ResponseBody {
    pub(super) incoming: Incoming,
    pub(super) between_bytes: Duration,
    /// Runs while the body is waited for.
    pub(super) silence: Option<Pin<Box<Sleep>>>,
    pub(super) kept: Option<PutBack>,
    pub(super) ended: Ended,
    pub(super) exchange: Exchange,
}

/// What becomes of an HTTP/1.1 connection when the answer was read.
pub(super) struct PutBack {
    pub(super) connection: Connection,
    pub(super) pool: Arc<Pool>,
    pub(super) request: Done,
}

impl ResponseBody {
    /// To be called as soon as the answer is known to be complete: a guest may not ask again.
    pub(super) fn finish(&mut self) {
        self.exchange.ended();
        // A server may answer before it has the whole request: that connection is not reused.
        if let Some(kept) = self.kept.take().filter(|kept| kept.request.is_set()) {
            kept.pool.put_back(kept.connection);
        }
    }

    fn fail(&mut self, error: SendError) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.kept = None;
        self.exchange.failed(&error);
        Poll::Ready(Some(Err(error.into())))
    }

    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let between_bytes = self.between_bytes;
        self.silence
            .get_or_insert_with(|| {
                let now = Instant::now();
                Box::pin(match now.checked_add(between_bytes) {
                    Some(deadline) => tokio::time::sleep_until(deadline),
                    None => tokio::time::sleep(between_bytes),
                })
            })
            .as_mut()
            .poll(cx)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        let mut polled = Pin::new(&mut this.incoming).poll_frame(cx);
        if polled.is_pending()
            && let Some(PutBack { connection, .. }) = &mut this.kept
        {
            connection.move_on(cx);
            polled = Pin::new(&mut this.incoming).poll_frame(cx);
            if polled.is_pending() {
                // Whoever looked may not come back soon, and what follows is to be here by then.
                connection.let_go();
            }
        }
        match polled {
            Poll::Pending => match this.poll_silence(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(()) => this.fail(SendError::new(
                    ErrorCode::ConnectionReadTimeout,
                    format!("the answer fell silent for {:?}", this.between_bytes),
                )),
            },
            Poll::Ready(Some(Ok(frame))) => {
                this.silence = None;
                if let Some(data) = frame.data_ref() {
                    this.exchange.received(data.len());
                }
                if frame.is_trailers() || this.incoming.is_end_stream() {
                    this.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                let error = SendError::body(&error, this.ended.get());
                this.fail(error)
            }
            Poll::Ready(None) => {
                this.finish();
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
