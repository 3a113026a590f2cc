//! The bodies of a request and of its answer, on their way.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
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

/// So much of a body is given at once, if it is here: each part takes a guest a call or two, and a turn of the runtime.
const AT_ONCE: usize = 16 << 10;

/// A part of a body, or its end.
type Part = Option<Result<Frame<Bytes>, hyper::Error>>;

/// An answer's body. Keeps the time between bytes, and gives the connection back at the end.
pub(super) struct ResponseBody {
    pub(super) incoming: Incoming,
    /// What came behind the data that was given last: no data.
    pub(super) held: Option<Part>,
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

    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Part> {
        let mut polled = Pin::new(&mut self.incoming).poll_frame(cx);
        if polled.is_pending()
            && let Some(PutBack { connection, .. }) = &mut self.kept
        {
            connection.move_on(cx);
            polled = Pin::new(&mut self.incoming).poll_frame(cx);
            if polled.is_pending() {
                // Whoever looked may not come back soon, and what follows is to be here by then.
                connection.let_go();
            }
        }
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.exchange.received(data.len());
        }
        let is_last = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers() || self.incoming.is_end_stream(),
            Poll::Ready(None) => true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => false,
        };
        if is_last {
            self.finish();
        }
        polled
    }

    /// What is here of a body, from its first part on.
    fn gather(&mut self, first: Bytes, cx: &mut Context<'_>) -> Bytes {
        let mut gathered = BytesMut::new();
        while first.len().max(gathered.len()) < AT_ONCE && !self.incoming.is_end_stream() {
            let Poll::Ready(part) = self.poll_part(cx) else { break };
            match part {
                Some(Ok(frame)) if frame.is_data() => {
                    if gathered.is_empty() {
                        gathered.extend_from_slice(&first);
                    }
                    gathered.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
                }
                other => {
                    self.held = Some(other);
                    break;
                }
            }
        }
        if gathered.is_empty() { first } else { gathered.freeze() }
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
        let polled = match this.held.take() {
            Some(part) => Poll::Ready(part),
            None => this.poll_part(cx),
        };
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
                Poll::Ready(Some(Ok(match frame.into_data() {
                    Ok(data) => Frame::data(this.gather(data, cx)),
                    Err(trailers) => trailers,
                })))
            }
            Poll::Ready(Some(Err(error))) => {
                let error = SendError::body(&error, this.ended.get());
                this.fail(error)
            }
            Poll::Ready(None) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.held, None | Some(None)) && self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
