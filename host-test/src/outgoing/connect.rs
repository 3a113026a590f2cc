//! Opening a connection: TCP, TLS, and the choice between HTTP/1.1 and HTTP/2.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Response, Version};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

use super::body::RequestBody;
use super::destination::Destination;
use super::http1::Http1;
use super::transport::{Ended, Transport};
use super::{Limits, SendError};

/// A time that can be reckoned with, and that nobody waits for.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// A connection that requests can be sent on.
pub(super) struct Connection {
    pub(super) sender: Sender,
    pub(super) ended: Ended,
    /// The generation of trust anchors that the server was verified by; 0 without TLS.
    pub(super) trust: u64,
    /// Runs while an answer is waited for. Set anew for the next request, since to take it down and to set up another takes
    /// longer, and wakes the runtime.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The sending side of a connection: of its own for HTTP/1.1, shared for HTTP/2.
pub(super) enum Sender {
    Http1(Http1),
    Http2(http2::SendRequest<RequestBody>),
}

/// What TLS is to verify by, and how the server is to be called.
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) server_name: ServerName<'static>,
    pub(super) trust: u64,
}

impl Connection {
    pub(super) fn new(sender: Sender, ended: Ended, trust: u64) -> Self {
        Self { sender, ended, trust, timer: None }
    }

    /// Opens a connection; with TLS if `tls` is given. Takes as long as it takes.
    pub(super) async fn open(
        destination: &Destination,
        tls: Option<Tls>,
        limits: &Limits,
    ) -> Result<Self, SendError> {
        let address = destination.connect_to();
        let tcp = TcpStream::connect(address)
            .await
            .map_err(|error| SendError::connect(&error, address))?;
        tcp.set_nodelay(true).map_err(|error| SendError::connect(&error, address))?;
        let Some(tls) = tls else {
            return Self::http1(Transport::new(tcp), 0, limits).await;
        };
        let stream = TlsConnector::from(tls.config)
            .connect(tls.server_name, tcp)
            .await
            .map_err(|error| SendError::transport(&error))?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let transport = Transport::new(stream);
        if http2 {
            Self::http2(transport, tls.trust, limits).await
        } else {
            Self::http1(transport, tls.trust, limits).await
        }
    }

    pub(super) async fn http1(
        transport: Transport,
        trust: u64,
        limits: &Limits,
    ) -> Result<Self, SendError> {
        let ended = transport.ended();
        let (sender, connection) = http1::Builder::new()
            .max_header_size(limits.response_head)
            .handshake(TokioIo::new(transport))
            .await
            .map_err(|error| SendError::head(&error, ended.get()))?;
        Ok(Self::new(Sender::Http1(Http1::new(sender, connection)), ended, trust))
    }

    async fn http2(transport: Transport, trust: u64, limits: &Limits) -> Result<Self, SendError> {
        let ended = transport.ended();
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            // To notice a connection that died without a word.
            .keep_alive_interval(limits.ping)
            .keep_alive_timeout(limits.ping / 2)
            .keep_alive_while_idle(true)
            .max_header_list_size(u32::try_from(limits.response_head).unwrap_or(u32::MAX))
            .handshake(TokioIo::new(transport))
            .await
            .map_err(|error| SendError::head(&error, ended.get()))?;
        // Its outcome reaches whoever waits for an answer on it.
        tokio::spawn(connection);
        Ok(Self::new(Sender::Http2(sender), ended, trust))
    }

    pub(super) fn version(&self) -> Version {
        match self.sender {
            Sender::Http1(_) => Version::HTTP_11,
            Sender::Http2(_) => Version::HTTP_2,
        }
    }

    /// Waits until a request can be sent. False if that will never be.
    pub(super) async fn ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::Http1(http1) => http1.ready().await,
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request, and waits for the head of its answer, for so long at most. If not a byte of it went out, the
    /// error holds it. None if the time is up.
    pub(super) async fn send(
        &mut self,
        request: http::Request<RequestBody>,
        at_most: Duration,
    ) -> Option<Result<Response<Incoming>, TrySendError<http::Request<RequestBody>>>> {
        let deadline = Instant::now() + at_most.min(FOR_EVER);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        timer.as_mut().reset(deadline);
        match &mut self.sender {
            Sender::Http1(http1) => until(timer.as_mut(), pin!(http1.send(request))).await,
            Sender::Http2(sender) => {
                until(timer.as_mut(), pin!(sender.try_send_request(request))).await
            }
        }
    }

    /// To be called where nobody is sure to wait on it next.
    pub(super) fn let_go(&mut self) {
        if let Sender::Http1(http1) = &mut self.sender {
            http1.let_go();
        }
    }

    /// Sends and receives what there is, unless it does so by itself.
    pub(super) fn move_on(&self, cx: &mut Context<'_>) {
        if let Sender::Http1(http1) = &self.sender {
            http1.move_on(cx);
        }
    }
}

/// What comes of it until the time is up.
async fn until<F: Future>(
    mut timer: Pin<&mut Sleep>,
    mut future: Pin<&mut F>,
) -> Option<F::Output> {
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// What a server is called in its certificate.
pub(super) fn server_name(
    given: Option<&ServerName<'static>>,
    destination: &Destination,
) -> Result<ServerName<'static>, SendError> {
    given.cloned().or_else(|| destination.server_name()).ok_or_else(|| {
        SendError::new(
            ErrorCode::TlsCertificateError,
            format!("no certificate can carry the name {:?}", destination.host()),
        )
    })
}
