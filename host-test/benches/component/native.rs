//! hyper and rustls with ring, as a native client uses them.

use super::server::Server;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A connection, over which one request at a time is sent.
pub(crate) struct Native {
    sender: Sender,
    authorization: String,
    authority: String,
}

enum Sender {
    Http1(conn::http1::SendRequest<Empty<Bytes>>),
    Http2(conn::http2::SendRequest<Empty<Bytes>>),
}

/// What a client offers that encrypts as the component does.
pub(crate) fn config(server: &Server, http2: bool) -> Arc<ClientConfig> {
    let provider = CryptoProvider {
        cipher_suites: vec![ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256],
        ..ring::default_provider()
    };
    config_with(provider, server, http2)
}

/// What a client offers that encrypts as it can.
pub(crate) fn config_with(
    provider: CryptoProvider,
    server: &Server,
    http2: bool,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.ca_pem.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![if http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    // Each connection verifies the server, as the component's do.
    config.resumption = tokio_rustls::rustls::client::Resumption::disabled();
    Arc::new(config)
}

impl Native {
    pub(crate) async fn connect(server: &Server, config: Arc<ClientConfig>) -> Self {
        let http2 = config.alpn_protocols.contains(&b"h2".to_vec());
        let stream = TcpStream::connect(server.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let name = ServerName::from(server.address.ip());
        let stream = TlsConnector::from(config).connect(name, stream).await.unwrap();
        let stream = TokioIo::new(stream);
        let sender = if http2 {
            let (sender, connection) =
                conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            Sender::Http2(sender)
        } else {
            let (sender, connection) = conn::http1::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            Sender::Http1(sender)
        };
        let authorization = format!("Bearer {}", server.token);
        Self { sender, authorization, authority: server.address.to_string() }
    }

    /// The length of an answer's body.
    pub(crate) async fn get(&mut self, path: &str) -> usize {
        let mut body = self.open(path).await;
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame.unwrap().data_ref().map_or(0, Bytes::len);
        }
        length
    }

    /// An answer's body.
    pub(crate) async fn open(&mut self, path: &str) -> Incoming {
        let request = |uri: String| {
            http::Request::get(uri)
                .header("accept", "application/json")
                .header("user-agent", "bench")
                .header("authorization", &self.authorization)
        };
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                let request = request(path.to_owned())
                    .header("host", &self.authority)
                    .body(Empty::new())
                    .unwrap();
                sender.ready().await.unwrap();
                sender.send_request(request).await.unwrap()
            }
            Sender::Http2(sender) => {
                let request = request(format!("https://{}{path}", self.authority))
                    .body(Empty::new())
                    .unwrap();
                sender.ready().await.unwrap();
                sender.send_request(request).await.unwrap()
            }
        };
        response.into_body()
    }
}
