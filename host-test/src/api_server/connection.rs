//! One connection: TLS, then HTTP/1.1 or HTTP/2, until either side ends it.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio_rustls::rustls::Error as TlsError;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use super::authentication::ClientCertificate;
use super::exchange;
use super::journal::{ConnectionId, ConnectionInfo, FailedHandshake};
use super::misbehaviour::Misbehaviour;
use super::shared::Shared;
use super::wire::{Watched, Written};

/// The first byte of a TLS handshake.
const TLS_HANDSHAKE: u8 = 22;
/// What a TLS server written in Go answers to plain HTTP.
const PLAIN_HTTP_TO_TLS: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
/// What is answered where TLS was expected.
const PLAIN_HTTP: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nBad Request\n";
/// What is neither HTTP/1.1 nor HTTP/2: to the latter, it begins with a frame of a size that is not allowed.
const GARBAGE: &[u8] = b"\xff\xfe\x00\x01\x02 this is not HTTP \r\n\r\n";

/// kube-apiserver's HTTP/2 settings: streams at a time, and bytes of a request body in flight.
const HTTP2_STREAMS: u32 = 100;
const HTTP2_STREAM_WINDOW: u32 = 256 * 1024;
/// How many bytes of headers it takes of a request, and more of them than anyone sends.
const REQUEST_HEADERS: u32 = 1024 * 1024;
const REQUEST_HEADER_COUNT: usize = 10_000;

/// What the requests of a connection have in common.
pub(super) struct Connection {
    pub(super) info: ConnectionInfo,
    pub(super) certificate: ClientCertificate,
    written: watch::Receiver<Written>,
    cut: Notify,
    close: Notify,
    /// Bodies that are kept and never read, so that the connection waits for them.
    unread: Mutex<Vec<Incoming>>,
}

impl Connection {
    /// Ends the connection at once.
    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Ends the connection when what is under way is done.
    pub(super) fn close(&self) {
        self.close.notify_one();
    }

    /// Keeps a body unread for as long as the connection lasts.
    pub(super) fn keep_unread(&self, body: Incoming) {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner).push(body);
    }

    /// Waits until one more head, and so many more bytes of a body, have left since now.
    pub(super) fn written(&self, bytes: usize) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut written = self.written.clone();
        let before = *written.borrow();
        let enough = move |now: &Written| {
            now.heads > before.heads && now.bytes >= before.bytes + bytes as u64
        };
        Box::pin(async move {
            // An error says that the connection is gone, and then there is nobody to wait.
            let _gone = written.wait_for(enough).await;
        })
    }
}

/// Serves a connection from its first byte to its last.
pub(super) async fn serve(shared: Arc<Shared>, tcp: TcpStream, peer: SocketAddr) {
    let open = shared.journal.connection_accepted();
    let misbehaviour = shared.misbehaviours.next_for_connection();
    // Where it fails, answers go out a little later.
    let _nodelay = tcp.set_nodelay(true);
    let mut info = ConnectionInfo {
        id: open.id,
        peer,
        server_name: None,
        alpn: None,
        client_certificate: None,
    };
    // Whatever goes wrong from here on is the client's to see; a connection's errors are nothing to the server.
    let _ended = match (misbehaviour, shared.tls_config()) {
        (Some(Misbehaviour::StallTlsHandshake), _) => ignore(tcp).await,
        (Some(Misbehaviour::NotTls), _) => answer_once(tcp, PLAIN_HTTP).await,
        (Some(Misbehaviour::Garbage), None) => answer_once(tcp, GARBAGE).await,
        (_, None) => http(shared, tcp, info, ClientCertificate::Absent).await,
        (misbehaviour, Some(config)) => {
            let Some(tls) = handshake(&shared, config, tcp, open.id).await else {
                return;
            };
            let session = tls.get_ref().1;
            info.server_name = session.server_name().map(str::to_owned);
            info.alpn =
                session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
            let chain = session.peer_certificates();
            info.client_certificate =
                chain.and_then(<[_]>::first).map(|certificate| certificate.clone().into_owned());
            let certificate = shared.check_client(chain);
            match misbehaviour {
                Some(_garbage) => answer_once(tls, GARBAGE).await,
                None => http(shared, tls, info, certificate).await,
            }
        }
    };
}

/// Completes the TLS handshake, or puts down why it failed.
async fn handshake(
    shared: &Shared,
    config: Arc<ServerConfig>,
    tcp: TcpStream,
    connection: ConnectionId,
) -> Option<TlsStream<TcpStream>> {
    let mut first = [0];
    let error = match tcp.peek(&mut first).await {
        Ok(1) if first[0] != TLS_HANDSHAKE => {
            shared.journal.handshake_failed(FailedHandshake {
                connection,
                alert: None,
                error: "the client did not speak TLS".to_owned(),
            });
            let _ended = answer_once(tcp, PLAIN_HTTP_TO_TLS).await;
            return None;
        }
        Ok(_) => match TlsAcceptor::from(config).accept(tcp).await {
            Ok(stream) => return Some(stream),
            Err(error) => error,
        },
        Err(error) => error,
    };
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    shared.journal.handshake_failed(FailedHandshake {
        connection,
        alert: match cause {
            Some(TlsError::AlertReceived(alert)) => Some(format!("{alert:?}")),
            _ => None,
        },
        error: error.to_string(),
    });
    None
}

/// Speaks HTTP over a connection, the version as agreed on.
async fn http<S>(
    shared: Arc<Shared>,
    stream: S,
    info: ConnectionInfo,
    certificate: ClientCertificate,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let http2 = info.alpn.as_deref() == Some("h2");
    let stream = Watched::new(stream, http2);
    let connection = Arc::new(Connection {
        info,
        certificate,
        written: stream.subscribe(),
        cut: Notify::new(),
        close: Notify::new(),
        unread: Mutex::default(),
    });
    let service = service_fn(|request| {
        let exchange = exchange::answer(Arc::clone(&shared), Arc::clone(&connection), request);
        async { Ok::<_, Infallible>(exchange.await) }
    });
    let stream = TokioIo::new(stream);
    if http2 {
        let serving = http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(HTTP2_STREAMS)
            .initial_stream_window_size(HTTP2_STREAM_WINDOW)
            .initial_connection_window_size(HTTP2_STREAM_WINDOW * HTTP2_STREAMS)
            .max_header_list_size(REQUEST_HEADERS)
            .serve_connection(stream, service);
        drive(&connection, pin!(serving), |serving| serving.graceful_shutdown()).await;
    } else {
        let serving = http1::Builder::new()
            .title_case_headers(true)
            .max_headers(REQUEST_HEADER_COUNT)
            .max_buf_size(REQUEST_HEADERS as usize)
            .serve_connection(stream, service);
        drive(&connection, pin!(serving), |serving| serving.graceful_shutdown()).await;
    }
    Ok(())
}

/// Serves until either side ends the connection, or an answer wants it ended.
async fn drive<C>(connection: &Connection, mut serving: Pin<&mut C>, close: fn(Pin<&mut C>))
where
    C: Future<Output = hyper::Result<()>>,
{
    loop {
        tokio::select! {
            _ended = &mut serving => return,
            () = connection.cut.notified() => return,
            () = connection.close.notified() => close(serving.as_mut()),
        }
    }
}

/// Waits for the client to say something, answers with these bytes, and waits for the client to leave.
async fn answer_once<S>(mut stream: S, answer: &[u8]) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut first = [0; 1024];
    if stream.read(&mut first).await? == 0 {
        return Ok(());
    }
    stream.write_all(answer).await?;
    stream.flush().await?;
    // To close with bytes unread would reset the connection, and the answer could be lost.
    stream.shutdown().await?;
    ignore(stream).await
}

/// Reads until the client leaves, and says nothing.
async fn ignore(mut stream: impl AsyncRead + Unpin) -> io::Result<()> {
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(())
}
