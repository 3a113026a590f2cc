//! The body of an answer: whole, slow, stalled or cut short.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::connection::Connection;
use super::misbehaviour::Pace;

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The server was told to break off here.
#[derive(Debug, thiserror::Error)]
#[error("the body is cut short, as asked for")]
pub(super) struct CutShort;

/// What comes after the last byte.
enum Ending {
    /// The end.
    Complete,
    /// Nothing, ever.
    Stall,
    /// The end of the connection or stream, once what was sent before has left.
    Cut(Wait),
}

/// A body on its way out.
pub(super) struct AnswerBody {
    rest: Bytes,
    /// How many bytes are still promised, where a length is.
    promised: Option<u64>,
    chunk: usize,
    pace: Option<Pace>,
    /// What the next chunk waits for.
    waiting: Option<Wait>,
    ending: Ending,
    close_after: Option<CloseAfter>,
}

/// Closes the connection when the body has been handed over.
struct CloseAfter(Arc<Connection>);

impl Drop for CloseAfter {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl AnswerBody {
    /// The whole body, with its length promised or not.
    pub(super) fn whole(bytes: Bytes, length_promised: bool) -> Self {
        Self {
            promised: length_promised.then_some(bytes.len() as u64),
            chunk: bytes.len().max(1),
            rest: bytes,
            pace: None,
            waiting: None,
            ending: Ending::Complete,
            close_after: None,
        }
    }

    /// Sends it so many bytes at a time.
    pub(super) fn slowly(mut self, chunk: usize, pace: Pace) -> Self {
        self.chunk = chunk.max(1);
        self.waiting = Some(Box::pin(pace.clone().next()));
        self.pace = Some(pace);
        self
    }

    /// Sends so many bytes and nothing more.
    pub(super) fn stalled(mut self, after: usize) -> Self {
        self.shorten(after);
        self.ending = Ending::Stall;
        self
    }

    /// Sends so many bytes, and then breaks off.
    pub(super) fn cut(mut self, after: usize, connection: &Connection) -> Self {
        self.shorten(after);
        self.ending = Ending::Cut(connection.written(self.rest.len()));
        self
    }

    /// Closes the connection afterwards.
    pub(super) fn closing(mut self, connection: Arc<Connection>) -> Self {
        self.close_after = Some(CloseAfter(connection));
        self
    }

    /// Keeps so many bytes, and sees to it that more than these are promised.
    fn shorten(&mut self, after: usize) {
        self.promised = self.promised.map(|length| length.max(after as u64 + 1));
        self.rest.truncate(after);
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        let body = self.get_mut();
        if body.rest.is_empty() {
            return match &mut body.ending {
                Ending::Complete => Poll::Ready(None),
                Ending::Stall => Poll::Pending,
                Ending::Cut(written) => written.as_mut().poll(cx).map(|()| Some(Err(CutShort))),
            };
        }
        if let Some(waiting) = &mut body.waiting {
            std::task::ready!(waiting.as_mut().poll(cx));
            body.waiting = None;
        }
        let chunk = body.rest.split_to(body.chunk.min(body.rest.len()));
        body.promised = body.promised.map(|length| length.saturating_sub(chunk.len() as u64));
        if let Some(pace) = &body.pace {
            body.waiting = Some(Box::pin(pace.clone().next()));
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && matches!(self.ending, Ending::Complete)
    }

    fn size_hint(&self) -> SizeHint {
        self.promised.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}
