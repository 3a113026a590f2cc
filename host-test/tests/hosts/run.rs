//! `wasmtime run`.

use crate::cluster::{Cluster, within_reason};
use crate::guest::{Guest, assert_says, outcome};
use crate::replacing;
use crate::wasmtime::Wasmtime;
use host_test::api_server::ApiServer;

/// `wasi:http`, which has no trust to give to an API server.
pub(crate) const BY_PROXY: &str = "run -S http";

/// `wasi:http`, to a proxy in the pod.
async fn by_proxy(cluster: &mut Cluster) {
    let proxy = cluster.proxy().await;
    let server = format!("http://{}", proxy.address());
    let wasmtime = || Wasmtime::new(BY_PROXY).env("K8S_IN_CLUSTER_SERVER", &server);

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

/// TLS inside: connections are all that it needs, and `inherit-network` the only option that lets it make any. Names need
/// not be looked up where the API server is known by its address, as Kubernetes has it.
pub(crate) const TLS: &str = "run -S inherit-network -S udp=n";

/// TLS inside, and everything replaced under it.
async fn by_tls_inside(cluster: &mut Cluster) {
    let wasmtime = |cluster: &Cluster| Wasmtime::new(TLS).dir(cluster).variables(cluster);

    let tutorial = outcome(wasmtime(cluster).component("tutorial-tls", &[])).await;
    assert_eq!(tutorial.status, Some(0), "{tutorial:?}");
    assert_says(&tutorial.stdout, &["APISERVER=https://127.0.0.1:", "\"kind\": \"APIVersions\""]);
    assert_eq!(tutorial.stderr, "");
    let hello = outcome(wasmtime(cluster).component("hello-tls", &[])).await;
    assert_eq!(hello.status, Some(0), "{hello:?}");
    assert_says(&hello.stdout, &["\"kind\":\"Pod\""]);

    let mut guest = Guest::start(wasmtime(cluster).component("get-tls", &[]));
    replacing::rotate_token(cluster, &mut guest).await;
    replacing::replace_authority(cluster, &mut guest).await;
    guest.end().await;
}

#[tokio::test]
async fn a_proxy_in_the_pod_makes_do_with_any_host() {
    by_proxy(&mut Cluster::fixture().await).await;
}

/// wasmtime's table of them holds a million, and whoever wants one more is stopped.
#[tokio::test]
async fn many_requests_take_no_more_of_the_hosts_resources_than_one() {
    let cluster = Cluster::fixture().await;
    let proxy = cluster.proxy().await;
    let paths = ["/version"; 300];
    let by_proxy = Wasmtime::by_proxy_with("-S max-resources=100", &proxy);
    let tls = Wasmtime::new(&format!("{TLS} -S max-resources=100")).dir(&cluster);
    for command in
        [by_proxy.component("get", &paths), tls.variables(&cluster).component("get-tls", &paths)]
    {
        let outcome = outcome(command).await;
        assert_eq!(outcome.status, Some(0), "{outcome:?}");
        assert_eq!(outcome.stdout.matches("gitVersion").count(), paths.len(), "{outcome:?}");
    }
}

#[tokio::test]
async fn tls_inside_follows_token_and_authority() {
    by_tls_inside(&mut Cluster::fixture().await).await;
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn a_proxy_in_the_pod_makes_do_with_any_host() {
        by_proxy(&mut Cluster::real().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn tls_inside_follows_token_and_authority() {
        by_tls_inside(&mut Cluster::real().await).await;
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
    let said = failure(Wasmtime::new(BY_PROXY).dir(&cluster).variables(&cluster), "get").await;
    assert_says(&said, &["get: https://127.0.0.1:", "k8s-in-cluster-tls", "proxy"]);
    assert!(!said.contains(&cluster.token()), "{said}");
    let journal = cluster.api_server().journal();
    let entries = within_reason(journal.wait_until(|now| now.open_connections == 0)).await;
    assert_eq!((entries.failed_handshakes.len(), entries.requests.len()), (1, 0), "{entries:?}");
}

#[tokio::test]
async fn options_that_are_missing_are_named() {
    let cluster = Cluster::fixture().await;
    // By wasmtime itself, which does not start the component.
    let said = failure(Wasmtime::new("run").dir(&cluster).variables(&cluster), "get").await;
    assert_says(&said, &["wasi:http/"]);
    // By the component.
    let said = failure(Wasmtime::new(BY_PROXY).dir(&cluster), "get").await;
    assert_says(&said, &["get: ", "KUBERNETES_SERVICE_HOST", "`wasmtime run --env NAME`"]);
    let said = failure(Wasmtime::new(BY_PROXY).variables(&cluster), "get").await;
    let token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    assert_says(&said, &["get: ", token, "preopened", "`--dir`"]);
    assert_eq!(cluster.api_server().journal().accepted_connections(), 0);
}

#[tokio::test]
async fn tls_inside_needs_connections_and_for_a_name_that_it_be_looked_up() {
    let cluster = Cluster::fixture().await;
    let named =
        |options: &str| Wasmtime::new(options).dir(&cluster).variables_for(&cluster, "localhost");
    let said = failure(Wasmtime::new("run").dir(&cluster).variables(&cluster), "get-tls").await;
    assert_says(&said, &["get: https://127.0.0.1:", "-S inherit-network"]);
    // Connections, but none to anywhere.
    let said =
        failure(Wasmtime::new("run -S tcp").dir(&cluster).variables(&cluster), "get-tls").await;
    assert_says(&said, &["get: https://127.0.0.1:", "-S inherit-network"]);
    let said = failure(named(TLS), "get-tls").await;
    assert_says(&said, &["get: https://localhost:", "-S allow-ip-name-lookup"]);
    assert_eq!(cluster.api_server().journal().accepted_connections(), 0);

    let command =
        named(&format!("{TLS} -S allow-ip-name-lookup")).component("get-tls", &["/version"]);
    let outcome = outcome(command).await;
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    let requests = cluster.api_server().journal().requests();
    assert_eq!(requests[0].connection.server_name.as_deref(), Some("localhost"));
}

#[tokio::test]
async fn tls_inside_speaks_to_a_proxy_too() {
    let proxy = ApiServer::builder().plain_http().start().await.unwrap();
    let wasmtime = Wasmtime::new(TLS).env("K8S_IN_CLUSTER_SERVER", &proxy.url());
    let outcome = outcome(wasmtime.component("get-tls", &["/version"])).await;
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
    assert_eq!(proxy.journal().requests()[0].header("authorization"), None);
}
