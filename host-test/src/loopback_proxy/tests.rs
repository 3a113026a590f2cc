#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Mutex;

use hyper::client::conn::http1 as client;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::*;
use crate::outgoing::Destination;

/// Long enough for anything that does happen.
const HANG: Duration = Duration::from_secs(60);

/// An API server without TLS, that answers with what it was sent.
struct Upstream {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request<()>>>>,
    _tasks: JoinSet<()>,
}

impl Upstream {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let see = seen.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let see = see.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let (parts, body) = request.into_parts();
                    see.lock().unwrap().push(Request::from_parts(parts, ()));
                    let answer = Response::builder()
                        .header("audit-id", "7")
                        .header("connection", "x-hop")
                        .header("x-hop", "1")
                        .body(body);
                    async move { answer }
                });
                connections.spawn(async move {
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, seen, _tasks: tasks }
    }

    async fn proxy(&self, token: &Path) -> LoopbackProxy {
        let outgoing = Outgoing::builder()
            .destination(Destination::http("10.96.0.1", 443, self.address))
            .build()
            .unwrap();
        let uri = Uri::from_static("http://10.96.0.1:443");
        LoopbackProxy::start(outgoing, token, uri).await.unwrap()
    }

    fn seen(&self) -> Vec<Request<()>> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

fn token(folder: &TempDir, contents: &[u8]) -> PathBuf {
    let file = folder.path().join("token");
    std::fs::write(&file, contents).unwrap();
    file
}

/// Sends a request head as it stands, and returns all of the answer.
async fn exchange(proxy: &LoopbackProxy, head: &str) -> String {
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    let head = head.replace('\n', "\r\n");
    let request = format!("{head}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn requests_get_the_token_that_the_file_holds_now() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    let file = token(&folder, b"first\n");
    let proxy = upstream.proxy(&file).await;
    let head = "GET /api?limit=1 HTTP/1.1\nHost: localhost\n";
    let answer = exchange(&proxy, head).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("audit-id: 7") && !answer.contains("x-hop"));
    token(&folder, b"second");
    exchange(&proxy, head).await;
    let seen = upstream.seen();
    assert_eq!(seen[0].uri(), "/api?limit=1");
    assert_eq!(seen[0].headers()["host"], "10.96.0.1:443");
    assert_eq!(seen[0].headers()["authorization"], "Bearer first");
    assert_eq!(seen[1].headers()["authorization"], "Bearer second");
}

#[tokio::test]
async fn nobody_else_can_be_claimed_to_be() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    let proxy = upstream.proxy(&token(&folder, b"token")).await;
    exchange(
        &proxy,
        "GET / HTTP/1.1\nHost: 127.0.0.1:8001\nAuthorization: Bearer mine\nCookie: a=b\n\
         Impersonate-User: admin\nImpersonate-Extra-Scopes: all\nX-Remote-User: admin\n\
         Proxy-Authorization: Basic eA==\nUpgrade: websocket\nAccept: application/json\n",
    )
    .await;
    let seen = upstream.seen();
    let mut names: Vec<_> = seen[0].headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "authorization", "host"]);
    assert_eq!(seen[0].headers()["authorization"], "Bearer token");
}

#[tokio::test]
async fn pages_from_elsewhere_are_refused() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    let proxy = upstream.proxy(&token(&folder, b"token")).await;
    for head in [
        "GET / HTTP/1.1\nHost: rebound.example.com\n",
        "GET / HTTP/1.1\nHost: localhost.example.com\n",
        "GET / HTTP/1.1\nHost: localhost@example.com\n",
        "GET / HTTP/1.1\nHost: 192.0.2.1:8001\n",
        "GET / HTTP/1.1\nHost: localhost\nHost: example.com\n",
        "GET http://example.com/ HTTP/1.1\nHost: localhost\n",
        "GET / HTTP/1.1\n",
        "POST / HTTP/1.1\nHost: 127.0.0.1:8001\nOrigin: http://example.com\n",
        "GET / HTTP/1.1\nHost: 127.0.0.1:8001\nOrigin: null\n",
        "CONNECT localhost:443 HTTP/1.1\nHost: localhost\n",
    ] {
        let answer = exchange(&proxy, head).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{head}: {answer}");
        assert!(answer.ends_with("Forbidden\n"), "{head}: {answer}");
    }
    assert!(upstream.seen().is_empty());
    for head in [
        "GET / HTTP/1.1\nHost: LOCALHOST:8001\n",
        "GET / HTTP/1.1\nHost: 127.1.2.3\n",
        "GET / HTTP/1.1\nHost: [::1]:8001\n",
        "GET http://localhost:8001/ HTTP/1.1\nHost: localhost:8001\n",
    ] {
        let answer = exchange(&proxy, head).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{head}: {answer}");
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_used_is_told_and_not_shown() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    for contents in [&b""[..], b" \n", b"sec\nret", b"sec\0ret"] {
        let file = token(&folder, contents);
        let proxy = upstream.proxy(&file).await;
        let answer = exchange(&proxy, "GET / HTTP/1.1\nHost: localhost\n").await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
        assert!(answer.contains(&file.display().to_string()), "{answer}");
        assert!(!answer.contains("sec"), "{answer}");
    }
    let proxy = upstream.proxy(&folder.path().join("missing")).await;
    let answer = exchange(&proxy, "GET / HTTP/1.1\nHost: localhost\n").await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(upstream.seen().is_empty());
}

/// A body that is written while it is sent.
struct Written(mpsc::Receiver<&'static str>);

impl http_body::Body for Written {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|text| text.map(|text| Ok(http_body::Frame::data(text.into()))))
    }
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    let proxy = upstream.proxy(&token(&folder, b"token")).await;
    let stream = TcpStream::connect(proxy.address()).await.unwrap();
    let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (write, written) = mpsc::channel(1);
    let request =
        Request::post("/echo").header("host", "localhost").body(Written(written)).unwrap();
    let talk = async {
        let mut response = sender.send_request(request).await.unwrap();
        for text in ["one", "two", "three"] {
            // The next is written only once this one has come back.
            write.send(text).await.unwrap();
            let frame = response.body_mut().frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), text);
        }
        drop(write);
        assert!(response.body_mut().frame().await.is_none());
    };
    tokio::time::timeout(HANG, talk).await.unwrap();
}

#[tokio::test]
async fn an_api_server_that_is_down_is_told() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    let proxy = upstream.proxy(&token(&folder, b"token")).await;
    let address = upstream.address;
    drop(upstream);
    let answer = exchange(&proxy, "GET / HTTP/1.1\nHost: localhost\n").await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains(&address.to_string()), "{answer}");
}

#[tokio::test]
async fn it_stops_when_dropped() {
    let upstream = Upstream::start().await;
    let folder = TempDir::new().unwrap();
    let proxy = upstream.proxy(&token(&folder, b"token")).await;
    let mut open = TcpStream::connect(proxy.address()).await.unwrap();
    exchange(&proxy, "GET / HTTP/1.1\nHost: localhost\n").await;
    let address = proxy.address();
    drop(proxy);
    let ended = tokio::time::timeout(HANG, open.read(&mut [0; 1])).await;
    assert!(matches!(ended.unwrap(), Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
}
