//! `wasmtime run`.

use crate::cluster::Cluster;
use crate::guest::{Guest, assert_says, outcome};
use crate::replacing;
use crate::wasmtime::Wasmtime;

/// `wasi:http`, to a proxy in the pod.
async fn by_proxy(cluster: &mut Cluster) {
    let proxy = cluster.proxy().await;
    let server = format!("http://{}", proxy.address());
    let wasmtime = || Wasmtime::new("run -Shttp").env("K8S_IN_CLUSTER_SERVER", &server);

    let tutorial = outcome(wasmtime().component("tutorial", &[])).await;
    assert_eq!(tutorial.status, Some(0), "{tutorial:?}");
    assert!(tutorial.stdout.contains(&format!("APISERVER={server}\n")), "{tutorial:?}");
    assert!(tutorial.stdout.contains("\"kind\": \"APIVersions\""), "{tutorial:?}");
    assert_eq!(tutorial.stderr, "");

    let mut guest = Guest::start(wasmtime().component("get", &[]));
    replacing::rotate_token(cluster, &mut guest).await;
    replacing::replace_authority(cluster, &mut guest).await;
    guest.end().await;
}

#[tokio::test]
async fn a_proxy_in_the_pod_makes_do_with_any_host() {
    by_proxy(&mut Cluster::fixture().await).await;
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn a_proxy_in_the_pod_makes_do_with_any_host() {
        by_proxy(&mut Cluster::real().await).await;
    }
}

/// Runs `get`, which fails, and returns what it says.
async fn failure(wasmtime: Wasmtime, component: &str) -> String {
    let outcome = outcome(wasmtime.component(component, &["/version"])).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    outcome.stderr
}

#[tokio::test]
async fn trust_can_not_be_given_to_wasi_http_and_it_is_said_what_to_do_instead() {
    let cluster = Cluster::fixture().await;
    let said = failure(Wasmtime::new("run -Shttp").dir(&cluster).variables(&cluster), "get").await;
    assert_says(&said, &["get: https://127.0.0.1:", "k8s-in-cluster-tls", "proxy"]);
    assert!(!said.contains(&cluster.token()), "{said}");
    let entries = cluster.api_server().journal().entries();
    assert_eq!((entries.failed_handshakes.len(), entries.requests.len()), (1, 0), "{entries:?}");
}

#[tokio::test]
async fn options_that_are_missing_are_named() {
    let cluster = Cluster::fixture().await;
    // By wasmtime itself, which does not start the component.
    let said = failure(Wasmtime::new("run").dir(&cluster).variables(&cluster), "get").await;
    assert_says(&said, &["wasi:http/"]);
    // By the component.
    let said = failure(Wasmtime::new("run -Shttp").dir(&cluster), "get").await;
    assert_says(&said, &["get: ", "KUBERNETES_SERVICE_HOST", "`wasmtime run --env NAME`"]);
    let said = failure(Wasmtime::new("run -Shttp").variables(&cluster), "get").await;
    let token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    assert_says(&said, &["get: ", token, "preopened", "`--dir`"]);
    assert_eq!(cluster.api_server().journal().accepted_connections(), 0);
}
