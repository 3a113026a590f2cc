//! `examples/least-privilege`: what it may touch, and what it learns when it does its worst.

use crate::cluster::{Cluster, component, target};
use crate::guest::{assert_says, outcome};
use crate::run::TLS;
use crate::wasmtime::Wasmtime;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use host_test::api_server::{Answer, ApiServer, RecordedRequest};
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::{Engine, Pod};
use host_test::service_account::MOUNT_PATH;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;
use wit_component::DecodedWasm;

/// All that the application imports: the API, and where it prints to.
const IMPORTS: [&str; 13] = [
    "k8s:in-cluster/access@0.1.0",
    "k8s:in-cluster/cache@0.1.0",
    "k8s:in-cluster/cluster@0.1.0",
    "k8s:in-cluster/discovery@0.1.0",
    "k8s:in-cluster/leases@0.1.0",
    "k8s:in-cluster/logs@0.1.0",
    "k8s:in-cluster/objects@0.1.0",
    "k8s:in-cluster/rest@0.1.0",
    "k8s:in-cluster/types@0.1.0",
    "k8s:in-cluster/watch@0.1.0",
    "wasi:cli/stdout@0.2.12",
    "wasi:io/error@0.2.12",
    "wasi:io/streams@0.2.12",
];

#[test]
fn it_imports_the_api_and_standard_output_and_nothing_else() {
    let bytes = std::fs::read(component("least-privilege.alone")).unwrap();
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else {
        panic!("a WIT package, and no component");
    };
    let imports = resolve.worlds[world].imports.keys();
    let mut imports: Vec<_> = imports.map(|key| resolve.name_world_key(key)).collect();
    imports.sort();
    assert_eq!(imports, IMPORTS);
}

/// What a request looked like to the API server. That takes `Authorization` off once it knows who asks, before
/// anything else sees the request.
fn reflected(request: &RecordedRequest) -> String {
    let headers = request.headers.iter().filter(|(name, _)| *name != header::AUTHORIZATION);
    let lines = headers.map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()));
    format!("{} {}\n{}", request.method, request.path, lines.collect::<String>())
}

/// Has the API server give away what it can, and send those that ask to another server.
fn give_away(server: &ApiServer, other: &str) {
    for method in ["GET", "OPTIONS"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        server.answer_with(method, "/try/reflected", |request| {
            let warning = format!("299 - \"{}\"", request.header("user-agent").unwrap());
            Answer::text(StatusCode::OK, reflected(request))
                .with_header(header::WARNING, HeaderValue::from_str(&warning).unwrap())
        });
    }
    server.answer_with(Method::GET, "/try/refused", |request| {
        let status = json!({
            "kind": "Status",
            "status": "Failure",
            "message": reflected(request),
            "reason": "Forbidden",
            "code": 403,
        });
        Answer::json(StatusCode::FORBIDDEN, &status)
    });
    server.answer_with(Method::GET, "/try/broken", |request| {
        Answer::text(StatusCode::INTERNAL_SERVER_ERROR, reflected(request))
    });
    for (path, status) in [("/try/moved", 302), ("/try/moved/", 307)] {
        let moved = Answer::text(StatusCode::from_u16(status).unwrap(), "elsewhere")
            .with_header(header::LOCATION, HeaderValue::from_str(&format!("{other}/")).unwrap());
        server.answer(Method::GET, path, moved);
    }
}

/// Checks what it printed: its pods, and then what it learned, which is not the token.
fn learned_nothing(cluster: &Cluster, printed: &str) {
    let (pods, tries) = printed.split_once("? ").unwrap();
    assert!(pods.starts_with(if cluster.is_real() { "pod-1\n" } else { "web-1\nweb-2\n" }));
    let token = cluster.token();
    let signature = token.rsplit('.').next().unwrap();
    for secret in [&token, signature, &BASE64_STANDARD.encode(&token)] {
        assert!(!tries.contains(secret), "{tries}");
    }
    // It was not kept from trying.
    assert!(tries.matches("\n? ").count() > 130, "{tries}");
    for refusal in ["Denied(", "InvalidRequest(", "Api(", "NotFound"] {
        assert!(tries.contains(refusal), "no {refusal} in {tries}");
    }
}

/// Checks what the servers were sent: the token to the API server, once a request, and nothing to the other.
fn sent_nothing_elsewhere(cluster: &Cluster, other: &ApiServer) {
    let requests = cluster.api_server().journal().requests();
    let expected = format!("Bearer {}", cluster.token());
    for request in &requests {
        let sent: Vec<_> = request.headers.get_all(header::AUTHORIZATION).iter().collect();
        assert_eq!(sent, [expected.as_str()], "{} {}", request.method, request.path);
    }
    assert!(requests.iter().any(|request| request.path == "/try/moved"));
    assert_eq!(other.journal().accepted_connections(), 0);
}

#[tokio::test]
async fn it_does_not_learn_the_token_that_the_component_sends() {
    let cluster = Cluster::fixture().await;
    let other = ApiServer::builder().plain_http().start().await.unwrap();
    give_away(cluster.api_server(), &other.url());
    let wasmtime = Wasmtime::new(TLS).dir(&cluster).variables(&cluster);
    let outcome = outcome(wasmtime.component("least-privilege-tls", &[])).await;
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    learned_nothing(&cluster, &outcome.stdout);
    assert_says(&outcome.stdout, &["user-agent: k8s-in-cluster", "elsewhere"]);
    sent_nothing_elsewhere(&cluster, &other);
}

#[tokio::test]
async fn nor_the_one_that_the_host_sends() {
    let cluster = Cluster::fixture().await;
    let other = ApiServer::builder().plain_http().start().await.unwrap();
    give_away(cluster.api_server(), &other.url());
    let host = cluster.address.ip().to_string();
    // The host would let it go to the other server too.
    let other_too = Destination::http(&host, other.address().port(), other.address());
    learned_nothing(&cluster, &printed_where_the_host_sends(&cluster, &[other_too]).await);
    sent_nothing_elsewhere(&cluster, &other);
}

/// What it prints in `host-test`, which sends the requests, and may send them to other servers.
async fn printed_where_the_host_sends(cluster: &Cluster, others: &[Destination]) -> String {
    let host = cluster.address.ip().to_string();
    let api_server = Destination::https(&host, cluster.address.port(), cluster.address);
    let outgoing = Outgoing::builder()
        .destination(api_server)
        .trust_anchors(cluster.volume.path().join("ca.crt"));
    let outgoing = others.iter().cloned().fold(outgoing, |it, other| it.destination(other));
    let mut pod = Pod::builder()
        .service_account(cluster.volume.path(), MOUNT_PATH)
        .outgoing(outgoing.build().unwrap())
        .capture_output();
    for (name, value) in cluster.variables(&host) {
        pod = pod.env(name, value);
    }
    let engine = Engine::new(Some(&target("wasmtime-cache"))).unwrap();
    let application = engine.load(&component("least-privilege")).unwrap();
    let pod = pod.build(&engine).unwrap();
    assert!(pod.run_command(&application).await.unwrap().success());
    String::from_utf8(pod.stdout()).unwrap()
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn it_does_not_learn_the_token_that_the_component_sends() {
        let cluster = Cluster::real().await;
        let wasmtime = Wasmtime::new(TLS).dir(&cluster).variables(&cluster);
        let outcome = outcome(wasmtime.component("least-privilege-tls", &[])).await;
        assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
        learned_nothing(&cluster, &outcome.stdout);
        learned_nothing(&cluster, &printed_where_the_host_sends(&cluster, &[]).await);
    }
}
