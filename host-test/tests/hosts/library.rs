//! A component that links the client: `examples/rust-library`.

use crate::cluster::{Cluster, component, within_reason};
use crate::guest::{Outcome, outcome};
use crate::run::TLS;
use crate::wasmtime::Wasmtime;
use host_test::api_server::Answer;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use wit_component::DecodedWasm;

fn pod(name: &str, phase: &str, version: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": name, "resourceVersion": version},
        "status": {"phase": phase},
    })
}

/// A fixture with two pods, and two things that happen to them.
async fn fixture() -> Cluster {
    let cluster = Cluster::fixture().await;
    let path = cluster.path();
    cluster.api_server().answer_with(Method::GET, &path, |request| {
        if request.query_parameter("watch").is_none() {
            return Answer::json(
                StatusCode::OK,
                &json!({
                    "kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "10"},
                    "items": [pod("api", "Running", "7"), pod("web", "Pending", "9")],
                }),
            );
        }
        assert_eq!(request.query_parameter("resourceVersion"), Some("10"));
        let events = [
            json!({"type": "MODIFIED", "object": pod("web", "Running", "11")}),
            json!({"type": "DELETED", "object": pod("api", "Running", "12")}),
        ];
        Answer::text(StatusCode::OK, events.map(|event| format!("{event}\n")).concat())
    });
    cluster
}

fn assert_followed(outcome: &Outcome) {
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let lines = ["api Running", "web Pending", "modified web Running", "deleted api Running"];
    assert_eq!(outcome.stdout, lines.map(|line| format!("{line}\n")).concat());
    assert_eq!(outcome.stderr, "");
}

#[tokio::test]
async fn a_component_that_links_the_client_speaks_tls_itself() {
    let cluster = fixture().await;
    let wasmtime = Wasmtime::new(TLS).dir(&cluster).variables(&cluster);
    assert_followed(&outcome(wasmtime.component("rust-library-tls", &["2"])).await);
    assert!(cluster.last_came_with_the_token(&cluster.path()));
}

#[tokio::test]
async fn a_component_that_links_the_client_goes_through_a_proxy() {
    let cluster = fixture().await;
    let proxy = cluster.proxy().await;
    let wasmtime = Wasmtime::by_proxy(&proxy);
    assert_followed(&outcome(wasmtime.component("rust-library", &["2"])).await);
}

#[tokio::test]
async fn without_a_service_account_it_says_what_is_missing() {
    let outcome = outcome(Wasmtime::new(TLS).component("rust-library-tls", &["2"])).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("KUBERNETES_SERVICE_HOST"), "{outcome:?}");
}

/// It asks a host for what its transport needs, and for nothing of the package that it would be composed with; also where it
/// speaks the types of kube.
#[test]
fn a_component_that_links_the_client_imports_what_its_transport_needs() {
    for (name, needs) in [
        ("rust-library", "wasi:http/"),
        ("rust-library-tls", "wasi:sockets/"),
        ("kube-types", "wasi:http/"),
        ("kube-types-tls", "wasi:sockets/"),
    ] {
        let bytes = std::fs::read(component(name)).unwrap();
        let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else {
            panic!("{name} is no component");
        };
        let imports = &resolve.worlds[world].imports;
        let names: Vec<_> = imports.keys().map(|key| resolve.name_world_key(key)).collect();
        for package in ["k8s:in-cluster/", "wasi:http/", "wasi:sockets/"] {
            let found = names.iter().any(|name| name.starts_with(package));
            assert_eq!(found, package == needs, "{name}: {names:?}");
        }
    }
}

mod on_a_real_api_server {
    use super::*;

    /// Reads the program's lines while its token is rotated: the watch stays, and tells of the pod that is made for that.
    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn a_watch_tells_of_pods_that_come() {
        let mut cluster = Cluster::real().await;
        let wasmtime = Wasmtime::new(TLS).dir(&cluster).variables(&cluster);
        let mut command: Command = wasmtime.component("rust-library-tls", &["1"]);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        within_reason(async {
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("pod-1 Pending"));
            cluster.rotate_token().await;
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("added pod-2 Pending"));
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
            assert!(child.wait().await.unwrap().success(), "{stderr}");
        })
        .await;
        let proxy = cluster.proxy().await;
        let wasmtime = Wasmtime::by_proxy(&proxy);
        let outcome = outcome(wasmtime.component("rust-library", &["0"])).await;
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""), "{outcome:?}");
        assert_eq!(outcome.stdout, "pod-2 Pending\n");
    }
}
