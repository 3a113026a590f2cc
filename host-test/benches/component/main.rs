//! What the component costs, as ratios within one run: the machine matters to the times, and much
//! less to their ratios. Prints, and judges nothing.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod native;
mod server;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod subject;

use host_test::api_server::{Answer, ApiServer};
use http::header::CONNECTION;
use http::{HeaderValue, Method, StatusCode};
use native::Native;
use server::Server;
use std::time::{Duration, Instant};
use subject::{Subject, Transport};

/// Native and component take turns, so that whatever slows the machine slows both.
const ROUNDS: usize = 40;
const REQUESTS: usize = 50;

const SMALL: &str = "/version";
/// The same, on a connection that the server closes afterwards.
const CLOSED: &str = "/version-and-close";
const LONG: &str = "/long";
const LONG_SIZE: usize = 43 << 20;

/// The most linear memory that a component with TLS gets for the long answer.
const MEMORY: usize = 3 << 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        println!("the host speaks TLS, by wasi:http");
        let subject = Subject::load(Transport::Http);
        println!("  component: {:.1} kB (budget 350)", subject.kilobytes());
        instantiate(&subject).await;
        for http2 in [false, true] {
            requests(&subject, http2).await;
        }
        println!("the component speaks TLS, over wasi:sockets");
        let subject = Subject::load(Transport::Tls);
        println!("  component: {:.1} kB (budget 900)", subject.kilobytes());
        instantiate(&subject).await;
        requests(&subject, false).await;
        handshakes(&subject).await;
        bulk(&subject).await;
    });
}

async fn server(http2: bool) -> (ApiServer, Server) {
    let builder = match http2 {
        true => ApiServer::builder().without_http1(),
        false => ApiServer::builder().without_http2(),
    };
    let server = builder.start().await.unwrap();
    let close = Answer::text(StatusCode::OK, "closing")
        .with_header(CONNECTION, HeaderValue::from_static("close"));
    server.answer(Method::GET, CLOSED, close);
    server.answer(Method::GET, LONG, Answer::text(StatusCode::OK, vec![b'x'; LONG_SIZE]));
    let known = Server::from(&server);
    (server, known)
}

async fn instantiate(subject: &Subject) {
    let (_api_server, server) = server(false).await;
    let (pod, _volume) = subject.pod(&server);
    let pre = pod.pre(subject.component()).unwrap();
    let mut times = Vec::new();
    for _ in 0..500 {
        let start = Instant::now();
        let mut store = pod.store().unwrap();
        pre.instantiate_async(&mut store).await.unwrap();
        times.push(start.elapsed());
    }
    println!("  instantiate: {:?} (budget 1 ms)", median(times));
}

/// The same small GET, over one kept connection each.
async fn requests(subject: &Subject, http2: bool) {
    let (api_server, server) = server(http2).await;
    let mut native = Native::connect(&server, native::config(&server, http2)).await;
    let mut client = subject.client(&server).await;
    let (mut natively, mut by_component) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for _ in 0..REQUESTS {
            let start = Instant::now();
            let length = native.get(SMALL).await;
            let between = Instant::now();
            assert_eq!(client.get(SMALL).await, length);
            // The first round warms both up.
            if round > 0 {
                natively.push(between - start);
                by_component.push(between.elapsed());
            }
        }
        api_server.journal().clear();
    }
    let version = if http2 { "2" } else { "1.1" };
    compare(&format!("GET {SMALL} over HTTP/{version}"), natively, by_component, "at most 1.5");
}

/// A connection for each request, and a verified server for each connection.
async fn handshakes(subject: &Subject) {
    let (api_server, server) = server(false).await;
    let config = native::config(&server, false);
    let mut client = subject.client(&server).await;
    let (mut natively, mut by_component) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for _ in 0..5 {
            let start = Instant::now();
            let length = Native::connect(&server, config.clone()).await.get(CLOSED).await;
            let between = Instant::now();
            assert_eq!(client.get(CLOSED).await, length);
            if round > 0 {
                natively.push(between - start);
                by_component.push(between.elapsed());
            }
        }
        api_server.journal().clear();
    }
    compare("connection, handshake and GET", natively, by_component, "at most 5");
}

/// A long answer, read as it comes.
async fn bulk(subject: &Subject) {
    let (_api_server, server) = server(false).await;
    let mut native = Native::connect(&server, native::config(&server, false)).await;
    let mut client = subject.client_with_memory(&server, MEMORY).await;
    let (mut natively, mut by_component) = (Vec::new(), Vec::new());
    for _ in 0..9 {
        let start = Instant::now();
        assert_eq!(native.get(LONG).await, LONG_SIZE);
        let between = Instant::now();
        assert_eq!(client.stream(LONG).await, LONG_SIZE);
        natively.push(between - start);
        by_component.push(between.elapsed());
    }
    let rate = |times: &[Duration]| LONG_SIZE as f64 / 1e6 / median(times.to_vec()).as_secs_f64();
    let (native, component) = (rate(&natively), rate(&by_component));
    println!(
        "  43 MiB in {} MiB of memory: native {native:.0} MB/s, component {component:.0} MB/s, ratio {:.2} \
         (budget at least 0.3)",
        MEMORY >> 20,
        component / native
    );
}

fn compare(what: &str, natively: Vec<Duration>, by_component: Vec<Duration>, budget: &str) {
    let (native, component) = (median(natively), median(by_component));
    println!(
        "  {what}: native {native:?}, component {component:?}, ratio {:.2} (budget {budget})",
        component.as_secs_f64() / native.as_secs_f64()
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
