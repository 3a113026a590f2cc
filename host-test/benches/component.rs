//! What the component costs, as ratios within one run: the machine matters to the times, and much
//! less to their ratios. Prints, and judges nothing.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use bytes::Bytes;
use host_test::api_server::{ApiServer, NAMESPACE};
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::client::{PodClient, rest};
use host_test::pod::{Engine, Pod};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Native and component take turns, so that whatever slows the machine slows both.
const ROUNDS: usize = 40;
const REQUESTS: usize = 50;
const PATH: &str = "/version";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = root.join("target/component/k8s-in-cluster.wasm");
    let size = std::fs::metadata(&file).expect("run `cargo xtask build` first").len();
    println!("component: {:.1} kB (budget 200)", size as f64 / 1000.0);

    let engine = Engine::new(Some(&root.join("target/wasmtime-cache"))).unwrap();
    let component = engine.load(&file).unwrap();
    for http2 in [false, true] {
        let server = if http2 {
            ApiServer::builder().without_http1()
        } else {
            ApiServer::builder().without_http2()
        };
        let server = server.start().await.unwrap();
        let volume = volume(&server);
        let pod = pod(&server, &volume, &engine);
        if !http2 {
            instantiate(&pod, &component).await;
        }
        compare(&server, &pod, &component, http2).await;
    }
}

/// The same small GET, over one kept connection each.
async fn compare(
    server: &ApiServer,
    pod: &Pod,
    component: &wasmtime::component::Component,
    http2: bool,
) {
    let mut native = Native::connect(server, http2).await;
    let mut client = PodClient::new(pod, component).await.unwrap();
    let request = rest::Request {
        method: "GET".into(),
        path: PATH.into(),
        query: Vec::new(),
        headers: Vec::new(),
        limits: None,
    };
    let (mut natively, mut by_component) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (mut native_times, mut component_times) = (Vec::new(), Vec::new());
        for _ in 0..REQUESTS {
            let start = Instant::now();
            let length = native.get().await;
            native_times.push(start.elapsed());
            let start = Instant::now();
            let answer = client.send(&request, None).await.unwrap().unwrap();
            component_times.push(start.elapsed());
            assert_eq!(answer.body.len(), length);
        }
        // The first round warms both up.
        if round > 0 {
            natively.append(&mut native_times);
            by_component.append(&mut component_times);
        }
        server.journal().clear();
    }
    let (native, component) = (median(natively), median(by_component));
    println!(
        "GET {PATH} over HTTP/{}: native {native:?}, component {component:?}, ratio {:.2} (budget 1.5)",
        if http2 { "2" } else { "1.1" },
        component.as_secs_f64() / native.as_secs_f64()
    );
}

async fn instantiate(pod: &Pod, component: &wasmtime::component::Component) {
    let pre = pod.pre(component).unwrap();
    let mut times = Vec::new();
    for _ in 0..500 {
        let start = Instant::now();
        let mut store = pod.store().unwrap();
        pre.instantiate_async(&mut store).await.unwrap();
        times.push(start.elapsed());
    }
    println!("instantiate: {:?} (budget 1 ms)", median(times));
}

/// hyper and rustls, as a native client would use them.
enum Native {
    Http1(conn::http1::SendRequest<Empty<Bytes>>, String, String),
    Http2(conn::http2::SendRequest<Empty<Bytes>>, String, String),
}

impl Native {
    async fn connect(server: &ApiServer, http2: bool) -> Self {
        let mut roots = RootCertStore::empty();
        let authority = server.ca_pem();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
        let mut config =
            ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![if http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        let stream = TcpStream::connect(server.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let name = ServerName::from(server.address().ip());
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let stream = TokioIo::new(stream);
        let authorization = format!("Bearer {}", server.token());
        let authority = server.address().to_string();
        if http2 {
            let (sender, connection) =
                conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            Self::Http2(sender, authorization, authority)
        } else {
            let (sender, connection) = conn::http1::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            Self::Http1(sender, authorization, authority)
        }
    }

    async fn get(&mut self) -> usize {
        let request = |uri: String, authorization: &str| {
            http::Request::get(uri)
                .header("accept", "application/json")
                .header("user-agent", "bench")
                .header("authorization", authorization)
        };
        let response = match self {
            Self::Http1(sender, authorization, authority) => {
                let request = request(PATH.to_owned(), authorization)
                    .header("host", authority.as_str())
                    .body(Empty::new())
                    .unwrap();
                sender.ready().await.unwrap();
                sender.send_request(request).await.unwrap()
            }
            Self::Http2(sender, authorization, authority) => {
                let request = request(format!("https://{authority}{PATH}"), authorization)
                    .body(Empty::new())
                    .unwrap();
                sender.ready().await.unwrap();
                sender.send_request(request).await.unwrap()
            }
        };
        response.into_body().collect().await.unwrap().to_bytes().len()
    }
}

fn volume(server: &ApiServer) -> Volume {
    Volume::new(&Contents {
        token: Some(server.token().into()),
        ca: Some(server.ca_pem().into_bytes()),
        namespace: Some(NAMESPACE.into()),
    })
    .unwrap()
}

fn pod(server: &ApiServer, volume: &Volume, engine: &Engine) -> Pod {
    let address = server.address();
    let outgoing = Outgoing::builder()
        .destination(Destination::https("127.0.0.1", address.port(), address))
        .trust_anchors(volume.path().join("ca.crt"))
        .build()
        .unwrap();
    Pod::builder()
        .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        .env("KUBERNETES_SERVICE_PORT", address.port().to_string())
        .service_account(volume.path(), MOUNT_PATH)
        .outgoing(outgoing)
        .build(engine)
        .unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
