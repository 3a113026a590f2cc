//! Opening a connection: TCP, TLS, and the choice between HTTP/1.1 and HTTP/2.

use std::sync::Arc;

use http::{Response, Version};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

use super::body::RequestBody;
use super::destination::Destination;
use super::transport::{Ended, Transport};
use super::{Limits, SendError};

/// A connection that requests can be sent on.
pub(super) struct Connection {
    pub(super) sender: Sender,
    pub(super) ended: Ended,
    /// The generation of trust anchors that the server was verified by; 0 without TLS.
    pub(super) trust: u64,
}

/// The sending side of a connection: of its own for HTTP/1.1, shared for HTTP/2.
pub(super) enum Sender {
    Http1(http1::SendRequest<RequestBody>),
    Http2(http2::SendRequest<RequestBody>),
}

/// What TLS is to verify by, and how the server is to be called.
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) server_name: ServerName<'static>,
    pub(super) trust: u64,
}

impl Connection {
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
        // Its outcome reaches whoever waits for an answer on it.
        tokio::spawn(connection);
        Ok(Self { sender: Sender::Http1(sender), ended, trust })
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
        tokio::spawn(connection);
        Ok(Self { sender: Sender::Http2(sender), ended, trust })
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
            Sender::Http1(sender) => sender.ready().await.is_ok(),
            Sender::Http2(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request. If not a byte of it went out, the error holds it.
    pub(super) async fn send(
        &mut self,
        request: http::Request<RequestBody>,
    ) -> Result<Response<Incoming>, TrySendError<http::Request<RequestBody>>> {
        match &mut self.sender {
            Sender::Http1(sender) => sender.try_send_request(request).await,
            Sender::Http2(sender) => sender.try_send_request(request).await,
        }
    }
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
