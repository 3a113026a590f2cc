//! `examples/javascript`: the component, and the program for Node that uses `k8s-in-cluster` itself.

use crate::application::{changes, is_refused, lists_and_follows, without_a_cluster};
use crate::cluster::Cluster;
use crate::guest::{Outcome, assert_says, outcome, program};
use crate::run::TLS;
use crate::wasmtime::Wasmtime;
use std::path::{Path, PathBuf};
use tokio::process::Command;
use tokio::sync::OnceCell;

/// `wasmtime run` with the example and TLS inside.
async fn wasmtime(cluster: &Cluster) -> Wasmtime {
    static ONCE: OnceCell<Outcome> = OnceCell::const_new();
    without_a_cluster(&ONCE, "javascript-tls").await;
    Wasmtime::new(TLS).dir(cluster).variables(cluster)
}

/// The program for Node, with the pod's folder at another place than Kubernetes mounts it.
fn node(cluster: &Cluster) -> Command {
    let example = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/javascript");
    let made = example.join("transpiled");
    assert!(made.exists(), "{} is missing: `cargo xtask build` makes it", made.display());
    let mut node = program(Path::new("node"));
    node.arg(example.join("node.mjs"))
        .env("K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER", cluster.volume.path())
        .envs(cluster.variables(&cluster.address.ip().to_string()));
    node
}

/// Has Node list and follow.
async fn node_lists_and_follows(cluster: &Cluster) {
    let mut node = node(cluster);
    node.arg(changes(cluster));
    lists_and_follows(cluster, node).await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn the_component_lists_and_follows() {
    let cluster = Cluster::fixture().await;
    lists_and_follows(
        &cluster,
        wasmtime(&cluster).await.component("javascript-tls", &[changes(&cluster)]),
    )
    .await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn node_lists_and_follows_without_waiting_in_place() {
    node_lists_and_follows(&Cluster::fixture().await).await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn node_does_so_by_a_proxy_too() {
    let cluster = Cluster::fixture().await;
    let proxy = cluster.proxy().await;
    let mut node = node(&cluster);
    node.arg(changes(&cluster))
        .env("K8S_IN_CLUSTER_SERVER", format!("http://{}", proxy.address()))
        .env("K8S_IN_CLUSTER_NAMESPACE", "shop")
        .env_remove("K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER");
    lists_and_follows(&cluster, node).await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn what_goes_wrong_is_an_exception() {
    let cluster = Cluster::fixture().await;
    let other = wasmtime(&cluster).await.env("K8S_IN_CLUSTER_NAMESPACE", "kube-system");
    is_refused(&cluster, &outcome(other.component("javascript-tls", &[])).await);
    let mut other = node(&cluster);
    other.env("K8S_IN_CLUSTER_NAMESPACE", "kube-system");
    is_refused(&cluster, &outcome(other).await);
    let mut nowhere = node(&cluster);
    nowhere.env_remove("KUBERNETES_SERVICE_HOST");
    let outcome = outcome(nowhere).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_says(&outcome.stderr, &["pods: ", "KUBERNETES_SERVICE_HOST"]);
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs Node, npm and a real API server: cargo xtask test has them"]
    async fn the_component_lists_and_follows() {
        let cluster = Cluster::real().await;
        lists_and_follows(
            &cluster,
            wasmtime(&cluster).await.component("javascript-tls", &[changes(&cluster)]),
        )
        .await;
    }

    #[tokio::test]
    #[ignore = "needs Node, npm and a real API server: cargo xtask test has them"]
    async fn the_component_does_so_by_a_proxy_too() {
        let cluster = Cluster::real().await;
        let proxy = cluster.proxy().await;
        let wasmtime = Wasmtime::by_proxy(&proxy);
        lists_and_follows(&cluster, wasmtime.component("javascript", &[changes(&cluster)])).await;
    }

    #[tokio::test]
    #[ignore = "needs Node, npm and a real API server: cargo xtask test has them"]
    async fn node_lists_and_follows_without_waiting_in_place() {
        node_lists_and_follows(&Cluster::real().await).await;
    }
}
