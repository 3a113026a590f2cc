//! `examples/python`.

use crate::application::{changes, is_refused, lists_and_follows, without_a_cluster};
use crate::cluster::Cluster;
use crate::guest::{Outcome, outcome};
use crate::run::TLS;
use crate::wasmtime::Wasmtime;
use tokio::sync::OnceCell;

/// `wasmtime run` with the example and TLS inside.
async fn wasmtime(cluster: &Cluster) -> Wasmtime {
    static ONCE: OnceCell<Outcome> = OnceCell::const_new();
    without_a_cluster(&ONCE, "python-tls").await;
    Wasmtime::new(TLS).dir(cluster).variables(cluster)
}

#[tokio::test]
#[ignore = "needs Python: cargo xtask test has it"]
async fn it_lists_and_follows() {
    let cluster = Cluster::fixture().await;
    lists_and_follows(
        &cluster,
        wasmtime(&cluster).await.component("python-tls", &[changes(&cluster)]),
    )
    .await;
    let requests = cluster.api_server().journal().requests();
    assert!(requests.len() >= 2 && requests.iter().all(|request| request.path == cluster.path()));
}

#[tokio::test]
#[ignore = "needs Python: cargo xtask test has it"]
async fn what_goes_wrong_is_an_exception() {
    let cluster = Cluster::fixture().await;
    let other = wasmtime(&cluster).await.env("K8S_IN_CLUSTER_NAMESPACE", "kube-system");
    is_refused(&cluster, &outcome(other.component("python-tls", &[])).await);
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs Python and a real API server: cargo xtask test has them"]
    async fn it_lists_and_follows() {
        let cluster = Cluster::real().await;
        lists_and_follows(
            &cluster,
            wasmtime(&cluster).await.component("python-tls", &[changes(&cluster)]),
        )
        .await;
    }

    #[tokio::test]
    #[ignore = "needs Python and a real API server: cargo xtask test has them"]
    async fn it_does_so_by_a_proxy_too() {
        let cluster = Cluster::real().await;
        let proxy = cluster.proxy().await;
        let wasmtime = Wasmtime::by_proxy(&proxy);
        lists_and_follows(&cluster, wasmtime.component("python", &[changes(&cluster)])).await;
    }
}
