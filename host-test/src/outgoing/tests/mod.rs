#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authority;
mod connections;
mod failures;
mod kept;
mod observing;
mod server;
mod trusting;

use std::convert::Infallible;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Empty, Full};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio_rustls::rustls::ServerConfig;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{RequestOptions, WasiBody};

use super::{Builder, Destination, Limits, Outgoing, SendError, error_code};
use authority::Authority;
use server::{Server, ServerBody};

/// The name by which the guests of these tests know their server.
const HOST: &str = "10.96.0.1";

/// An authority, a server by it, and what a pod would trust.
struct Cluster {
    authority: Authority,
    folder: TempDir,
    server: Server,
}

impl Cluster {
    async fn new(protocols: &[&str]) -> Self {
        Self::with(|authority| authority.server(HOST).config(protocols)).await
    }

    async fn with(config: impl Fn(&Authority) -> Arc<ServerConfig>) -> Self {
        let authority = Authority::new();
        let server = Server::answering(config(&authority), |_| text("pong")).await;
        Self::around(authority, server)
    }

    fn around(authority: Authority, server: Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        authority.write(&folder.path().join("ca.crt"));
        Self { authority, folder, server }
    }

    /// A cluster whose server does as the function says, once TLS stands.
    async fn raw<F, Fut>(protocols: &[&str], serve: F) -> Self
    where
        F: Fn(tokio_rustls::server::TlsStream<tokio::net::TcpStream>) -> Fut
            + Send
            + Sync
            + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let authority = Authority::new();
        let server = Server::raw(authority.server(HOST).config(protocols), serve).await;
        Self::around(authority, server)
    }

    fn ca(&self) -> std::path::PathBuf {
        self.folder.path().join("ca.crt")
    }

    fn builder(&self) -> Builder {
        builder(&self.server, &self.ca())
    }

    fn outgoing(&self) -> Outgoing {
        self.builder().build().unwrap()
    }
}

fn builder(server: &Server, ca: &Path) -> Builder {
    Outgoing::builder().destination(Destination::https(HOST, 443, server.address)).trust_anchors(ca)
}

fn text(text: &'static str) -> Response<ServerBody> {
    Response::new(
        Full::new(Bytes::from_static(text.as_bytes()))
            .map_err(|never| match never {})
            .boxed_unsync(),
    )
}

fn empty() -> WasiBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

fn get(path: &str) -> Request<WasiBody> {
    Request::get(format!("https://{HOST}:443{path}")).body(empty()).unwrap()
}

/// A body that begins with some bytes and never goes on.
struct Unfinished(Option<Bytes>);

impl Unfinished {
    fn new(begin: &'static str) -> Self {
        Self(Some(Bytes::from_static(begin.as_bytes())))
    }
}

impl http_body::Body for Unfinished {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => Poll::Pending,
        }
    }
}

async fn fetch(outgoing: &Outgoing, path: &str) -> Result<String, ErrorCode> {
    let response = outgoing.send(get(path), None).await.map_err(|error: SendError| error.code)?;
    body(response).await
}

async fn body(response: Response<WasiBody>) -> Result<String, ErrorCode> {
    let body = response.into_body().collect().await;
    let bytes = body.map_err(|error| error_code(&error))?.to_bytes();
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

/// Reads one request without a body.
async fn read_head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    true
}

/// Long enough for anything that does happen: a test that waits so long has failed.
const HANG: Duration = Duration::from_secs(60);

/// A limit that a server which never goes on can't keep.
const SHORT: Duration = Duration::from_millis(30);

fn options(change: impl Fn(&mut RequestOptions)) -> Option<RequestOptions> {
    let mut options = RequestOptions {
        connect_timeout: Some(HANG),
        first_byte_timeout: Some(HANG),
        between_bytes_timeout: Some(HANG),
    };
    change(&mut options);
    Some(options)
}
