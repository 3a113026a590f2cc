//! An answer as it goes out: status, headers and body.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::misbehaviour::Misbehaviour;

/// An answer to a request.
///
/// The server frames the body and dates the answer itself: a `Content-Length`, `Transfer-Encoding` or `Date` of yours is dropped.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The headers, sent as they are.
    pub headers: HeaderMap,
    /// The bytes of the body.
    pub body: Bytes,
    /// Over HTTP/1.1: send the body in chunks, without a `Content-Length`.
    pub chunked: bool,
    /// How the server misbehaves as it gives this answer, if nothing else is due: one that is of a request.
    pub misbehaviour: Option<Box<Misbehaviour>>,
}

impl Answer {
    /// An answer with no headers and no body.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    /// A JSON document, indented as kube-apiserver does it for people. A value that JSON cannot hold gives an empty body.
    #[must_use]
    pub fn json(status: StatusCode, value: &impl Serialize) -> Self {
        Self::new(status)
            .with_header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .with_json(value)
    }

    /// Plain text.
    #[must_use]
    pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Self {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        Self::new(status).with_header(CONTENT_TYPE, plain).with_body(text)
    }

    /// The same with one header more.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// The same with another body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with its body sent in chunks.
    #[must_use]
    pub fn in_chunks(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// The same, given in this way.
    #[must_use]
    pub fn with_misbehaviour(mut self, misbehaviour: Misbehaviour) -> Self {
        self.misbehaviour = Some(Box::new(misbehaviour));
        self
    }

    /// The same with an indented JSON document as its body.
    pub(super) fn with_json(self, value: &impl Serialize) -> Self {
        self.with_body(serde_json::to_vec_pretty(value).unwrap_or_default())
    }
}
