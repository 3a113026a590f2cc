//! A client of the tests' own, which trusts one authority and speaks one version of HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use host_test::api_server::{ApiServer, IssuedCertificate};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Any error: the tests look into it where it matters.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Guards against a test that hangs; nothing is expected to take near as long.
pub async fn within_reason<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("the test hangs")
}

/// A server with nothing special, and a connection to it.
pub async fn server_and_client(version: Version) -> (ApiServer, Connected) {
    let server = ApiServer::builder().start().await.unwrap();
    let client = Client::of(&server, version).connect().await.unwrap();
    (server, client)
}

/// How to connect.
#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub ca_pem: String,
    pub alpn: Vec<&'static str>,
    pub server_name: &'static str,
    pub certificate: Option<IssuedCertificate>,
}

impl Client {
    pub fn of(server: &ApiServer, version: Version) -> Self {
        Self {
            address: server.address(),
            ca_pem: server.ca_pem(),
            alpn: vec![match version {
                Version::HTTP_2 => "h2",
                _ => "http/1.1",
            }],
            server_name: "kubernetes.default.svc",
            certificate: None,
        }
    }

    pub async fn tls(&self) -> Result<TlsStream<TcpStream>, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca_pem.as_bytes())?)?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let mut config = match &self.certificate {
            Some(issued) => builder
                .with_client_auth_cert(vec![issued.der().clone()], issued.key_der().into())?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = self.alpn.iter().map(|name| (*name).into()).collect();
        let tcp = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(self.server_name)?;
        Ok(TlsConnector::from(Arc::new(config)).connect(name, tcp).await?)
    }

    pub async fn connect(&self) -> Result<Connected, Error> {
        let stream = self.tls().await?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let io = TokioIo::new(stream);
        if http2 {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .max_header_list_size(1 << 24)
                .handshake(io)
                .await?;
            Ok(Connected { sender: Sender::Http2(sender), driver: tokio::spawn(connection) })
        } else {
            Connected::http1(io).await
        }
    }

    pub async fn plain(address: SocketAddr) -> Result<Connected, Error> {
        Connected::http1(TokioIo::new(TcpStream::connect(address).await?)).await
    }
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// One open connection.
pub struct Connected {
    sender: Sender,
    driver: JoinHandle<hyper::Result<()>>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Whole {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Whole {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON document")
    }
}

impl Connected {
    async fn http1<S>(io: TokioIo<S>) -> Result<Self, Error>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) =
            http1::Builder::new().max_headers(200).max_buf_size(1 << 24).handshake(io).await?;
        Ok(Self { sender: Sender::Http1(sender), driver: tokio::spawn(connection) })
    }

    /// Sends a request, and returns the answer as soon as its head is there.
    pub async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<Response<Incoming>> {
        match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }

    /// Sends a request and reads the answer whole.
    pub async fn whole(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Whole> {
        let (head, body) = self.send(request).await?.into_parts();
        Ok(Whole {
            status: head.status,
            headers: head.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    pub async fn get(&mut self, server: &ApiServer, path: &str) -> hyper::Result<Whole> {
        self.whole(get(server, path)).await
    }

    /// Waits until the server has ended the connection.
    pub async fn closed(&mut self) {
        let _result = (&mut self.driver).await.expect("the driver runs");
    }
}

/// A request with the server's token, as curl sends it.
pub fn request(
    server: &ApiServer,
    method: Method,
    path: &str,
    content_type: &str,
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(format!("https://kubernetes.default.svc{path}"))
        .header("host", "kubernetes.default.svc")
        .header("authorization", format!("Bearer {}", server.token()))
        // Whose answers the recordings are: indented.
        .header("user-agent", "curl/8.14.1")
        .header("content-type", content_type)
        .body(Full::new(body.into()))
        .expect("a request")
}

/// A GET with the server's token.
pub fn get(server: &ApiServer, path: &str) -> Request<Full<Bytes>> {
    let mut request = request(server, Method::GET, path, "x/x", "");
    request.headers_mut().remove("content-type");
    request
}
