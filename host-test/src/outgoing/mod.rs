//! How the harness sends a guest's HTTP requests.
//!
//! A guest reaches the servers that it was given and no other. TLS trusts the pod's mounted
//! certificate authority and nothing else. Connections are kept, and HTTP/2 is spoken where the
//! server offers it.

mod body;
mod builder;
mod client_certificate;
mod connect;
mod destination;
mod error;
mod hooks;
mod http1;
mod observer;
mod pool;
mod request;
#[cfg(test)]
mod tests;
mod transport;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, header};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use rustls_pki_types::ServerName;
use tokio::time::{Instant, timeout_at};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{RequestOptions, WasiBody};

pub use builder::{Builder, ConfigError, Limits};
pub use client_certificate::ClientCertificate;
pub use destination::Destination;
pub use error::{SendError, error_code};
pub use hooks::OutgoingHooks;
pub use observer::{Event, Observer};

use body::{PutBack, RequestBody, ResponseBody};
use connect::{Connection, Sender, Tls};
use observer::{Exchange, Observing};
use pool::Pool;
use request::Target;
use trust::{Anchors, Trust};

/// Sends requests for guests. Clones share their connections.
#[derive(Clone)]
pub struct Outgoing(Arc<Inner>);

struct Inner {
    destinations: Vec<Destination>,
    /// One for each destination.
    pools: Vec<Arc<Pool>>,
    trust: Trust,
    server_name: Option<ServerName<'static>>,
    without_authorization: bool,
    limits: Limits,
    observing: Observing,
}

impl Outgoing {
    /// Starts with no destination.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// The URI is an absolute one. Dropped before it is done, the request is cancelled; so it is
    /// if the answer's body is dropped before its end. Redirects are answers like any other.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::HttpRequestDenied`] if the request is for another server than those given.
    /// Otherwise why no answer came; the body's errors are told apart in the same way.
    pub async fn send(
        &self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<Response<WasiBody>, SendError> {
        if self.0.without_authorization {
            request.headers_mut().remove(header::AUTHORIZATION);
        }
        let mut exchange = self.0.observing.begin(&request);
        let phases = Phases::new(options, &self.0.limits);
        match self.0.exchange(request, &phases, &exchange).await {
            Err(error) => {
                exchange.failed(&error);
                Err(error)
            }
            Ok((response, ended, kept)) => Ok(response.map(|incoming| {
                let mut body = ResponseBody {
                    incoming,
                    held: None,
                    between_bytes: phases.between_bytes,
                    silence: None,
                    kept,
                    ended,
                    exchange,
                };
                if body.is_end_stream() {
                    body.finish();
                }
                body.boxed_unsync()
            })),
        }
    }
}

/// How long each phase of a request may take.
struct Phases {
    connect: Duration,
    first_byte: Duration,
    between_bytes: Duration,
}

impl Phases {
    fn new(options: Option<RequestOptions>, limits: &Limits) -> Self {
        let options = options.unwrap_or_default();
        Self {
            connect: options.connect_timeout.unwrap_or(limits.connect),
            first_byte: options.first_byte_timeout.unwrap_or(limits.first_byte),
            between_bytes: options.between_bytes_timeout.unwrap_or(limits.between_bytes),
        }
    }
}

type Answer = (Response<hyper::body::Incoming>, transport::Ended, Option<PutBack>);

impl Inner {
    async fn exchange(
        &self,
        request: Request<WasiBody>,
        phases: &Phases,
        exchange: &Exchange,
    ) -> Result<Answer, SendError> {
        let place = destination::find(&self.destinations, request.uri())?;
        let target = Target::of(request.uri()).ok_or_else(|| {
            SendError::new(ErrorCode::HttpRequestUriInvalid, "the URI is not absolute")
        })?;
        let (destination, pool) = (&self.destinations[place], &self.pools[place]);
        let mut request = request.map(RequestBody::new);
        let done = request.body().done();
        let connected_by = Instant::now().checked_add(phases.connect);
        loop {
            let opening = self.connection(destination, pool, exchange);
            let opened = match connected_by {
                Some(deadline) => timeout_at(deadline, opening).await,
                None => Ok(opening.await),
            };
            let (mut connection, reused) = opened.map_err(|_| {
                SendError::new(
                    ErrorCode::ConnectionTimeout,
                    format!(
                        "no connection to {destination} at {} within {:?}",
                        destination.connect_to(),
                        phases.connect
                    ),
                )
            })??;
            target.prepare(&mut request, connection.version());
            let mut error = match connection.send(request, phases.first_byte).await {
                None => {
                    return Err(SendError::new(
                        ErrorCode::ConnectionReadTimeout,
                        format!("no answer from {destination} within {:?}", phases.first_byte),
                    ));
                }
                Some(Ok(response)) => {
                    exchange.response(&response, reused);
                    if !done.is_set() {
                        connection.let_go();
                    }
                    let ended = connection.ended.clone();
                    let kept = matches!(connection.sender, Sender::Http1(_)).then(|| PutBack {
                        connection,
                        pool: pool.clone(),
                        request: done,
                    });
                    return Ok((response, ended, kept));
                }
                Some(Err(error)) => error,
            };
            // A kept connection may have been closed in the meantime. Nothing was sent on it if
            // the request comes back, so it goes out on the next.
            match error.take_message() {
                Some(unsent) if reused => request = unsent,
                _ => return Err(SendError::head(&error.into_error(), connection.ended.get())),
            }
        }
    }

    /// A kept connection (and true), or a new one.
    async fn connection(
        &self,
        destination: &Destination,
        pool: &Pool,
        exchange: &Exchange,
    ) -> Result<(Connection, bool), SendError> {
        let anchors = if destination.is_tls() {
            let (anchors, kept) = self.trust.current()?;
            if let Some(reason) = kept {
                exchange.trust_anchors_kept(&reason);
            }
            Some(anchors)
        } else {
            None
        };
        let trust = anchors.as_ref().map_or(0, |anchors| anchors.generation);
        if let Some(kept) = ready(pool, trust).await {
            return Ok((kept, true));
        }
        // In a box, since what is rarely needed would make each request's future larger, and that is moved about.
        Box::pin(self.open(destination, pool, anchors)).await
    }

    /// A new connection, or one that another request has opened meanwhile (and true).
    async fn open(
        &self,
        destination: &Destination,
        pool: &Pool,
        anchors: Option<Arc<Anchors>>,
    ) -> Result<(Connection, bool), SendError> {
        let trust = anchors.as_ref().map_or(0, |anchors| anchors.generation);
        let tls = match anchors {
            Some(anchors) => Some(Tls {
                config: anchors.config.clone(),
                server_name: connect::server_name(self.server_name.as_ref(), destination)?,
                trust,
            }),
            None => None,
        };
        // Requests at the same time are to share one HTTP/2 connection, rather than to open one each.
        let _opening = if tls.is_some() && pool.may_share() {
            let opening = pool.opening.lock().await;
            if let Some(kept) = ready(pool, trust).await {
                return Ok((kept, true));
            }
            pool.may_share().then_some(opening)
        } else {
            None
        };
        let connection = Connection::open(destination, tls, &self.limits).await?;
        pool.opened(&connection);
        Ok((connection, false))
    }
}

/// A kept connection that takes a request.
async fn ready(pool: &Pool, trust: u64) -> Option<Connection> {
    loop {
        let mut connection = pool.take(trust)?;
        if connection.ready().await {
            return Some(connection);
        }
    }
}
