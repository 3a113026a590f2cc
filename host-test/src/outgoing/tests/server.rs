//! A server for one test: counts connections, and keeps the requests that reach it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

pub(super) type ServerBody = UnsyncBoxBody<Bytes, std::io::Error>;

pub(super) struct Server {
    pub(super) address: SocketAddr,
    config: Arc<Mutex<Arc<ServerConfig>>>,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Request<()>>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Answers each request by a function of it.
    pub(super) async fn answering<F>(config: Arc<ServerConfig>, answer: F) -> Self
    where
        F: Fn(&Request<Incoming>) -> Response<ServerBody> + Send + Sync + 'static,
    {
        let answer = Arc::new(answer);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let mut server = Self::raw(config, move |stream| {
            let (answer, seen) = (answer.clone(), seen.clone());
            async move {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let service = service_fn(move |request: Request<Incoming>| {
                    let mut copy = Request::new(());
                    *copy.method_mut() = request.method().clone();
                    *copy.uri_mut() = request.uri().clone();
                    *copy.version_mut() = request.version();
                    *copy.headers_mut() = request.headers().clone();
                    seen.lock().unwrap().push(copy);
                    let response = answer(&request);
                    async move {
                        let _ = request.into_body().collect().await;
                        Ok::<_, Infallible>(response)
                    }
                });
                let io = TokioIo::new(stream);
                if http2 {
                    let executor = TokioExecutor::new();
                    let _ = http2::Builder::new(executor).serve_connection(io, service).await;
                } else {
                    let _ = http1::Builder::new().serve_connection(io, service).await;
                }
            }
        })
        .await;
        server.requests = requests;
        server
    }

    /// Hands each TLS connection to a function.
    pub(super) async fn raw<F, Fut>(config: Arc<ServerConfig>, serve: F) -> Self
    where
        F: Fn(TlsStream<TcpStream>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let config = Arc::new(Mutex::new(config));
        let current = config.clone();
        let serve = Arc::new(serve);
        let mut server = Self::tcp(move |stream| {
            let acceptor = TlsAcceptor::from(current.lock().unwrap().clone());
            let serve = serve.clone();
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream).await;
                }
            }
        })
        .await;
        server.config = config;
        server
    }

    /// Hands each TCP connection to a function.
    pub(super) async fn tcp<F, Fut>(serve: F) -> Self
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let accepted = connections.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                connections.spawn(serve(stream));
            }
        });
        Self {
            address,
            config: Arc::new(Mutex::new(
                super::authority::Authority::new().server("unused").config(&[]),
            )),
            connections,
            requests: Arc::default(),
            _tasks: tasks,
        }
    }

    pub(super) fn set_config(&self, config: Arc<ServerConfig>) {
        *self.config.lock().unwrap() = config;
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn requests(&self) -> Vec<Request<()>> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}
