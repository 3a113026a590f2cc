//! `wasmtime serve`, with `examples/http-handler`: it answers each request by asking the API server.

use crate::cluster::{Cluster, within_reason};
use crate::guest::{assert_says, outcome};
use crate::replacing::AGAIN;
use crate::wasmtime::Wasmtime;
use bytes::Bytes;
use host_test::api_server::ApiServer;
use host_test::service_account::MOUNT_PATH;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

/// A server that runs until it is dropped.
pub(crate) struct Serve {
    pub(crate) address: SocketAddr,
    child: Child,
    /// What it says on standard error is read, so that it is not held up.
    reading: JoinSet<()>,
    said: Arc<Mutex<String>>,
}

/// `wasmtime serve` on a free port.
fn serve(options: &str) -> Wasmtime {
    serve_at(0, options)
}

/// `wasmtime serve` on a port.
pub(crate) fn serve_at(port: u16, options: &str) -> Wasmtime {
    Wasmtime::new(&format!("serve --addr=127.0.0.1:{port} {options}"))
}

impl Serve {
    /// Waits until it listens.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let address = loop {
            let line = within_reason(stderr.next_line()).await.unwrap();
            let line = line.unwrap_or_else(|| panic!("it does not listen: {said}"));
            let address = line.strip_prefix("Serving HTTP on http://");
            match address.and_then(|rest| rest.trim_end_matches('/').parse().ok()) {
                Some(address) => break address,
                None => said.push_str(&line),
            }
        };
        let mut reading = JoinSet::new();
        let all = Arc::new(Mutex::new(String::new()));
        let said = Arc::clone(&all);
        reading.spawn(async move {
            while let Ok(Some(line)) = stderr.next_line().await {
                all.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self { address, child, reading, said }
    }

    /// Ends it, at once, and returns what it has said since it listened.
    pub(crate) async fn stop(mut self) -> String {
        self.child.kill().await.unwrap();
        while self.reading.join_next().await.is_some() {}
        std::mem::take(&mut *self.said.lock().unwrap())
    }

    /// What is answered to `GET /`, on a connection of its own.
    async fn get(&self) -> (u16, String) {
        get(self.address).await
    }
}

async fn get(address: SocketAddr) -> (u16, String) {
    within_reason(async {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let (mut sender, connection) = http1::handshake(stream).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = http::Request::get("/").header("host", "pod.example");
        let response = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await;
        let response = response.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        connection.abort();
        (status, String::from_utf8(body.to_vec()).unwrap())
    })
    .await
}

/// Checks that an answer is what the API server's is made into.
fn assert_answered((status, text): &(u16, String)) {
    assert_eq!(*status, 200, "{text}");
    assert!(text.starts_with("Kubernetes v1.") && text.contains(", namespace "), "{text}");
}

#[tokio::test]
async fn a_proxy_in_the_pod_makes_do_with_any_host() {
    let proxy = ApiServer::builder().plain_http().start().await.unwrap();
    for reuse in ["--max-instance-reuse-count=1", "--max-instance-reuse-count=100"] {
        let before = proxy.journal().accepted_connections();
        let command = serve(&format!("-S cli {reuse}"))
            .env("K8S_IN_CLUSTER_SERVER", &proxy.url())
            .component("http-handler", &[]);
        let serve = Serve::start(command).await;
        for _ in 0..3 {
            assert_answered(&serve.get().await);
        }
        // wasmtime makes a connection for each request over wasi:http, whichever instance it is of.
        assert_eq!(proxy.journal().accepted_connections() - before, 3);
    }
}

#[tokio::test]
async fn many_requests_at_a_time_are_answered() {
    let proxy = ApiServer::builder().plain_http().start().await.unwrap();
    let command =
        serve("-S cli").env("K8S_IN_CLUSTER_SERVER", &proxy.url()).component("http-handler", &[]);
    let serve = Serve::start(command).await;
    at_a_time(&serve, 20).await;
    assert_eq!(proxy.journal().requests().len(), 20);
}

async fn at_a_time(serve: &Serve, count: usize) {
    let mut requests = JoinSet::new();
    for _ in 0..count {
        requests.spawn(get(serve.address));
    }
    while let Some(answer) = requests.join_next().await {
        assert_answered(&answer.unwrap());
    }
}

/// TLS inside, with what it needs of the network.
pub(crate) const TLS: &str = "-S cli -S inherit-network -S udp=n";

/// Instances that are used for many requests, one after the other, and kept between them.
const REUSE: &str = "--max-instance-reuse-count=1000 --idle-instance-timeout=3600s";

/// `http-handler` with TLS inside, on its cluster.
async fn serve_tls(cluster: &Cluster, options: &str) -> Serve {
    let wasmtime = serve(&format!("{TLS} {options}")).dir(cluster).variables(cluster);
    Serve::start(wasmtime.component("http-handler-tls", &[])).await
}

#[tokio::test]
async fn an_instance_for_each_request_connects_and_reads_for_each() {
    let mut cluster = Cluster::fixture().await;
    let serve = serve_tls(&cluster, "").await;
    for count in 1..=3 {
        assert_answered(&serve.get().await);
        assert_eq!(cluster.api_server().journal().accepted_connections(), count);
    }
    // The next instance reads the next token, and so there is no 401 first.
    cluster.rotate_token().await;
    assert_answered(&serve.get().await);
    let journal = cluster.api_server().journal();
    assert_eq!((journal.requests().len(), journal.accepted_connections()), (4, 4));
    at_a_time(&serve, 10).await;
    let journal = cluster.api_server().journal();
    assert_eq!((journal.requests().len(), journal.accepted_connections()), (14, 14));
    assert!(journal.failed_handshakes().is_empty());
}

/// How many requests came over each connection.
fn requests_by_connection(cluster: &Cluster) -> Vec<usize> {
    let mut counts = BTreeMap::new();
    for request in cluster.api_server().journal().requests() {
        *counts.entry(request.connection.id).or_default() += 1;
    }
    counts.into_values().collect()
}

#[tokio::test]
async fn an_instance_that_is_used_again_keeps_its_connection_and_token() {
    let mut cluster = Cluster::fixture().await;
    let serve = serve_tls(&cluster, REUSE).await;
    for _ in 0..30 {
        assert_answered(&serve.get().await);
    }
    // An instance that has answered is not free at once, and so there may be some that take turns.
    let connections = requests_by_connection(&cluster);
    assert!(connections.len() <= 15, "{connections:?}");

    // It learns of the next token by a 401, and asks again.
    let old = cluster.token();
    cluster.rotate_token().await;
    assert_answered(&serve.get().await);
    let requests = cluster.api_server().journal().requests();
    let tokens = [30, 31].map(|number: usize| requests[number].header("authorization").unwrap());
    assert_eq!(tokens, [format!("Bearer {old}"), format!("Bearer {}", cluster.token())]);
    assert_eq!(requests.len(), 32);
}

#[tokio::test]
async fn an_instance_is_used_again_as_often_and_as_long_as_it_is_said() {
    let cluster = Cluster::fixture().await;
    let twice = "--max-instance-reuse-count=2 --idle-instance-timeout=3600s";
    let serve = serve_tls(&cluster, twice).await;
    for _ in 0..12 {
        assert_answered(&serve.get().await);
    }
    let connections = requests_by_connection(&cluster);
    assert_eq!(connections.iter().max(), Some(&2), "{connections:?}");
    drop(serve);

    let briefly = "--max-instance-reuse-count=1000 --idle-instance-timeout=10ms";
    let serve = serve_tls(&cluster, briefly).await;
    cluster.api_server().journal().clear();
    for count in 1..=3 {
        assert_answered(&serve.get().await);
        // The instance goes once it has idled for so long, and its connection with it.
        let journal = cluster.api_server().journal();
        within_reason(journal.wait_until(|now| now.open_connections == 0)).await;
        assert_eq!(requests_by_connection(&cluster), vec![1; count]);
    }
}

/// What is replaced under it, whichever instance it is.
async fn followed(cluster: &mut Cluster, options: &str) {
    let serve = serve_tls(cluster, options).await;
    assert_answered(&serve.get().await);
    assert!(cluster.last_came_with_the_token("/version"));
    cluster.rotate_token().await;
    within_reason(async {
        loop {
            assert_answered(&serve.get().await);
            if cluster.last_came_with_the_token("/version") {
                break;
            }
            tokio::time::sleep(AGAIN).await;
        }
    })
    .await;
    let next = cluster.replace_authority().await;
    within_reason(async {
        loop {
            let (status, text) = serve.get().await;
            assert_eq!(status, 502, "{text}");
            // Where a connection was kept, it may be its end that is told first.
            if text.contains("certificate") {
                break;
            }
        }
    })
    .await;
    cluster.volume.set_ca(next.pem()).unwrap();
    assert_answered(&serve.get().await);
}

#[tokio::test]
async fn token_and_authority_are_followed() {
    for options in ["", REUSE] {
        followed(&mut Cluster::fixture().await, options).await;
    }
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn token_and_authority_are_followed() {
        followed(&mut Cluster::real().await, "").await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn token_and_authority_are_followed_by_an_instance_that_is_used_again() {
        followed(&mut Cluster::real().await, REUSE).await;
    }
}

#[tokio::test]
async fn options_that_are_missing_are_named() {
    let cluster = Cluster::fixture().await;
    // Without `-S cli` there are no folders and no variables: wasmtime does not start the component.
    let command = serve("-S http").dir(&cluster).variables(&cluster).component("http-handler", &[]);
    let outcome = outcome(command).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_says(&outcome.stderr, &["wasi:"]);

    let say = async |wasmtime: Wasmtime, component| {
        let serve = Serve::start(wasmtime.component(component, &[])).await;
        let (status, text) = serve.get().await;
        assert_eq!(status, 502, "{text}");
        text
    };
    let text = say(serve("-S cli").dir(&cluster), "http-handler").await;
    assert_says(&text, &["KUBERNETES_SERVICE_HOST", "--env NAME"]);
    let text = say(serve("-S cli").variables(&cluster), "http-handler").await;
    assert_says(&text, &[MOUNT_PATH, "preopened", "`--dir`"]);
    assert_eq!(cluster.api_server().journal().accepted_connections(), 0);
    let whole = || serve("-S cli").dir(&cluster).variables(&cluster);
    let text = say(whole(), "http-handler-tls").await;
    assert_says(&text, &["-S inherit-network"]);
    assert_eq!(cluster.api_server().journal().accepted_connections(), 0);
    let text = say(whole(), "http-handler").await;
    assert_says(&text, &["k8s-in-cluster-tls", "proxy"]);
    assert!(!text.contains(&cluster.token()), "{text}");
}
