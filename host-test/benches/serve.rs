//! What a fresh instance for each request costs under `wasmtime serve`, and what is left of that where instances are used
//! again: `examples/http-handler` with TLS inside, which asks the API server for each answer. Prints, and judges nothing.
//!
//! Needs what `cargo xtask bench` installs and builds.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use bytes::Bytes;
use host_test::api_server::{ApiServer, NAMESPACE};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// They take turns, so that whatever slows the machine slows both.
const ROUNDS: usize = 20;
const REQUESTS: usize = 20;

const REUSE: &str = "--max-instance-reuse-count=1000000";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let server = ApiServer::builder().start().await.unwrap();
    let volume = Volume::new(&Contents {
        token: Some(server.token().into()),
        ca: Some(server.ca_pem().into_bytes()),
        namespace: Some(NAMESPACE.into()),
    })
    .unwrap();
    let mut fresh = Serve::start(&server, &volume, &[]).await;
    let mut reused = Serve::start(&server, &volume, &[REUSE]).await;
    let (mut by_fresh, mut by_reused) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for (serve, times) in [(&mut fresh, &mut by_fresh), (&mut reused, &mut by_reused)] {
            for _ in 0..REQUESTS {
                let start = Instant::now();
                serve.get().await;
                // The first round warms both up.
                if round > 0 {
                    times.push(start.elapsed());
                }
            }
        }
        server.journal().clear();
    }
    let (fresh, reused) = (median(by_fresh), median(by_reused));
    println!(
        "wasmtime serve: an instance for each request {fresh:?}, used again {reused:?}, ratio {:.1}",
        fresh.as_secs_f64() / reused.as_secs_f64()
    );
}

/// `wasmtime serve`, and a connection to it.
struct Serve {
    child: Child,
    sender: SendRequest<Empty<Bytes>>,
}

impl Serve {
    async fn start(server: &ApiServer, volume: &Volume, options: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let program = match std::env::var_os("K8S_IN_CLUSTER_WASMTIME") {
            Some(named) if !named.is_empty() => PathBuf::from(named),
            _ => root.join("target/tools/bin/wasmtime"),
        };
        let port = server.address().port();
        let mut child = Command::new(program)
            .args(["serve", "--addr=127.0.0.1:0", "-Scli", "-Sinherit-network"])
            .args(options)
            .args(["--env", "KUBERNETES_SERVICE_HOST=127.0.0.1"])
            .arg(format!("--env=KUBERNETES_SERVICE_PORT={port}"))
            .arg(format!("--dir={}::{MOUNT_PATH}", volume.path().display()))
            .arg(root.join("target/component/http-handler-tls.wasm"))
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run `cargo xtask bench`, which installs wasmtime");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                Some(line.unwrap().strip_prefix("Serving HTTP on http://")?.to_owned())
            })
            .expect("wasmtime serve listens");
        let stream = TcpStream::connect(address.trim_end_matches('/')).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { child, sender }
    }

    async fn get(&mut self) {
        self.sender.ready().await.unwrap();
        let request = http::Request::get("/").header("host", "pod.example");
        let request = request.body(Empty::new()).unwrap();
        let response = self.sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.unwrap();
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
