//! Watching the requests go by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};

use super::SendError;

/// Is told what becomes of each request, the credentials masked.
///
/// Called where the request is being sent: it should return soon.
pub trait Observer: Send + Sync {
    /// `request` counts the requests of one [`Outgoing`](super::Outgoing), from 1.
    fn observe(&self, request: u64, event: Event<'_>);
}

impl<F: Fn(u64, Event<'_>) + Send + Sync> Observer for F {
    fn observe(&self, request: u64, event: Event<'_>) {
        self(request, event);
    }
}

/// What became of a request. The first is [`Request`](Self::Request); the last is one of
/// [`Ended`](Self::Ended), [`Abandoned`](Self::Abandoned) and [`Failed`](Self::Failed).
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A guest asked for it to be sent.
    Request {
        /// The method.
        method: &'a Method,
        /// Scheme, authority, path and query.
        uri: &'a Uri,
        /// The headers; credentials are replaced by `[redacted]`.
        headers: &'a HeaderMap,
    },
    /// The certificate authority's file changed to something that can't be used.
    TrustAnchorsKept {
        /// What is wrong with the file.
        reason: &'a str,
    },
    /// The answer began.
    Response {
        /// The status.
        status: StatusCode,
        /// HTTP/1.1 or HTTP/2.
        version: Version,
        /// Whether it came over a connection that an earlier request had opened.
        reused: bool,
    },
    /// The answer is complete.
    Ended {
        /// The length of its body.
        bytes: u64,
    },
    /// The guest did not want the rest.
    Abandoned {
        /// How much of the body it read.
        bytes: u64,
    },
    /// No answer came, or it broke off.
    Failed {
        /// Why.
        error: &'a SendError,
    },
}

/// Numbers the requests of one `Outgoing` and knows who wants to hear of them.
pub(super) struct Observing {
    observer: Option<Arc<dyn Observer>>,
    requests: AtomicU64,
}

impl Observing {
    pub(super) fn new(observer: Option<Arc<dyn Observer>>) -> Self {
        Self { observer, requests: AtomicU64::new(0) }
    }

    /// Tells of a request, and of its end if nothing else does.
    pub(super) fn begin<B>(&self, request: &Request<B>) -> Exchange {
        let exchange = Exchange {
            observer: self.observer.clone(),
            number: self.requests.fetch_add(1, Ordering::Relaxed) + 1,
            bytes: 0,
            over: false,
        };
        if exchange.observer.is_some() {
            exchange.tell(Event::Request {
                method: request.method(),
                uri: request.uri(),
                headers: &masked(request.headers()),
            });
        }
        exchange
    }
}

/// One request and its answer, as the observer follows them.
pub(super) struct Exchange {
    observer: Option<Arc<dyn Observer>>,
    number: u64,
    bytes: u64,
    over: bool,
}

impl Exchange {
    pub(super) fn trust_anchors_kept(&self, reason: &str) {
        self.tell(Event::TrustAnchorsKept { reason });
    }

    pub(super) fn response<B>(&self, response: &Response<B>, reused: bool) {
        self.tell(Event::Response {
            status: response.status(),
            version: response.version(),
            reused,
        });
    }

    pub(super) fn received(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    pub(super) fn ended(&mut self) {
        if !std::mem::replace(&mut self.over, true) {
            self.tell(Event::Ended { bytes: self.bytes });
        }
    }

    pub(super) fn failed(&mut self, error: &SendError) {
        if !std::mem::replace(&mut self.over, true) {
            self.tell(Event::Failed { error });
        }
    }

    fn tell(&self, event: Event<'_>) {
        if let Some(observer) = &self.observer {
            observer.observe(self.number, event);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.over {
            self.tell(Event::Abandoned { bytes: self.bytes });
        }
    }
}

/// The headers without what would let a reader of them act as the pod.
fn masked(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE] {
        if let header::Entry::Occupied(mut values) = headers.entry(name) {
            for value in values.iter_mut() {
                *value = mask(value);
            }
        }
    }
    headers
}

fn mask(value: &HeaderValue) -> HeaderValue {
    match value.as_bytes().split(|byte| *byte == b' ').next() {
        Some(b"Bearer") => HeaderValue::from_static("Bearer [redacted]"),
        Some(b"Basic") => HeaderValue::from_static("Basic [redacted]"),
        _ => HeaderValue::from_static("[redacted]"),
    }
}
