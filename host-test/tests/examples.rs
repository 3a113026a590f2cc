//! The examples, each composed with the component and run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bytes::Bytes;
use host_test::api_server::{Answer, ApiServer, NAMESPACE};
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::{Engine, Pod};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use http::StatusCode;
use http_body_util::{BodyExt as _, Empty};
use std::path::{Path, PathBuf};

/// Every application of `examples/`, and the test that runs it. What is in `examples/deploy` is checked by
/// `tests/deployment`.
const TESTED: [(&str, &str); 12] = [
    ("controller", "tests/controller/desk.rs"),
    ("get", "tests/hosts/run.rs"),
    ("hello", "tests/program/kubeconfig.rs"),
    ("http-handler", "tests/examples.rs"),
    ("javascript", "tests/hosts/javascript.rs"),
    ("kube-client", "tests/hosts/kube.rs"),
    ("kube-types", "tests/hosts/kube_types.rs"),
    ("least-privilege", "tests/hosts/least_privilege.rs"),
    ("python", "tests/hosts/python.rs"),
    ("rust-library", "tests/hosts/library.rs"),
    ("tutorial", "tests/program/run.rs"),
    ("web-page", "tests/hosts/web_page.rs"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_example_is_run_by_a_test() {
    let mut found: Vec<_> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name != "deploy")
        .collect();
    found.sort();
    assert_eq!(found, TESTED.map(|(name, _)| name));
    for (name, test) in TESTED {
        let text = std::fs::read_to_string(root().join("host-test").join(test)).unwrap();
        let runs = [format!("component(\"{name}\""), format!("component(\"{name}-tls\"")];
        assert!(runs.iter().any(|it| text.contains(it)), "{test} does not run {name}");
    }
}

fn component(name: &str) -> PathBuf {
    let file = root().join(format!("target/component/{name}.wasm"));
    assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
    file
}

#[tokio::test]
async fn the_http_handler_answers_by_asking_the_api_server() {
    let server = ApiServer::builder().start().await.unwrap();
    let volume = Volume::new(&Contents {
        token: Some(server.token().into()),
        ca: Some(server.ca_pem().into_bytes()),
        namespace: Some(NAMESPACE.into()),
    })
    .unwrap();
    let address = server.address();
    let outgoing = Outgoing::builder()
        .destination(Destination::https("127.0.0.1", address.port(), address))
        .trust_anchors(volume.path().join("ca.crt"))
        .build()
        .unwrap();
    let engine = Engine::new(Some(&root().join("target/wasmtime-cache"))).unwrap();
    let handler = engine.load(&component("http-handler")).unwrap();
    let pod = Pod::builder()
        .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        .env("KUBERNETES_SERVICE_PORT", address.port().to_string())
        .service_account(volume.path(), MOUNT_PATH)
        .outgoing(outgoing)
        .build(&engine)
        .unwrap();
    let ask = async |method: &str, path: &str| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://pod.example{path}"))
            .body(Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync())
            .unwrap();
        let response = pod.handle(&handler, request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };

    let (status, text) = ask("GET", "/").await;
    assert_eq!((status, text.as_str()), (200, "Kubernetes v1.36.2, namespace shop\n"));
    let requests = server.journal().wait_for(1).await;
    let expected = format!("Bearer {}", server.token());
    assert_eq!(requests[0].header("authorization"), Some(expected.as_str()));

    assert_eq!(ask("POST", "/").await.0, 405);
    assert_eq!(ask("GET", "/other").await.0, 404);

    server.answer(
        http::Method::GET,
        "/version",
        Answer::text(StatusCode::SERVICE_UNAVAILABLE, "down for repairs"),
    );
    let (status, text) = ask("GET", "/").await;
    assert_eq!(status, 502);
    assert!(text.contains("down for repairs") && !text.contains(server.token()), "{text}");
}
