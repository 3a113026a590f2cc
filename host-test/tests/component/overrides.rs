//! What an operator sets in place of what the pod says, one thing each.

use crate::support::{Cluster, Transport, client, get, reaching};
use host_test::outgoing::Destination;
use host_test::service_account::{Contents, File, MOUNT_PATH, Volume};
use std::time::Duration;

#[tokio::test]
async fn the_server_can_be_called_by_its_name() {
    let cluster = Cluster::start().await;
    let (name, address) = ("kubernetes.default.svc", cluster.server.address());
    let (url, port) = match Transport::current() {
        Transport::WasiHttp => (format!("https://{name}"), 443),
        // The host leads a name to an address, and no port to another.
        Transport::Sockets => (format!("https://{name}:{}", address.port()), address.port()),
    };
    // The environment that Kubernetes sets is not even needed.
    let pod = cluster.bare_pod().service_account(cluster.volume.path(), MOUNT_PATH);
    let destination = Destination::https(name, port, address);
    let pod = reaching(pod, cluster.outgoing(), destination).env("K8S_IN_CLUSTER_SERVER", url);
    let mut client = client(pod).await;
    let info = client.discover().await.unwrap().unwrap();
    assert_eq!(info.server, format!("https://{name}:{port}"));
    client.send(&get("/api"), None).await.unwrap().unwrap();
    let sent = &cluster.server.journal().requests()[0];
    assert_eq!(sent.connection.server_name.as_deref(), Some(name));
    assert_eq!(sent.authority, Some(format!("{name}:{port}")));
}

#[tokio::test]
async fn a_token_can_be_given_as_it_is() {
    let cluster = Cluster::start().await;
    cluster.server.accept_token("given-by-the-operator".to_owned());
    cluster.volume.remove(File::Token).unwrap();
    let pod = cluster.pod().env("K8S_IN_CLUSTER_TOKEN", "given-by-the-operator");
    let mut client = client(pod).await;
    assert_eq!(client.discover().await.unwrap().unwrap().token_path, "");
    client.send(&get("/api"), None).await.unwrap().unwrap();
    // It is not rotated: what the folder holds by now makes no difference.
    cluster.volume.set_token(cluster.server.token()).unwrap();
    cluster.clock.advance(Duration::from_secs(3600));
    client.send(&get("/api"), None).await.unwrap().unwrap();
    for sent in cluster.server.journal().requests() {
        assert_eq!(sent.header("authorization"), Some("Bearer given-by-the-operator"));
    }
}

#[tokio::test]
async fn a_token_can_be_in_another_file() {
    let cluster = Cluster::start().await;
    let tokens = Volume::new(&Contents::default()).unwrap();
    tokens.set_token("first-of-another-audience").unwrap();
    for token in ["first-of-another-audience", "second-of-another-audience"] {
        cluster.server.accept_token(token.to_owned());
    }
    let pod = cluster
        .pod()
        .service_account(tokens.path(), "/var/run/tokens")
        .env("K8S_IN_CLUSTER_TOKEN_FILE", "/var/run/tokens/token");
    let mut client = client(pod).await;
    assert_eq!(client.discover().await.unwrap().unwrap().token_path, "/var/run/tokens/token");
    client.send(&get("/api"), None).await.unwrap().unwrap();
    tokens.set_token("second-of-another-audience").unwrap();
    cluster.clock.advance(Duration::from_secs(50));
    client.send(&get("/api"), None).await.unwrap().unwrap();
    let sent = cluster.server.journal().requests();
    let tokens: Vec<_> = sent.iter().map(|sent| sent.header("authorization").unwrap()).collect();
    assert_eq!(tokens, ["Bearer first-of-another-audience", "Bearer second-of-another-audience"]);
}

#[tokio::test]
async fn the_certificate_authority_namespace_and_server_name_can_be_others() {
    let cluster = Cluster::start().await;
    let other = Volume::new(&Contents::default()).unwrap();
    other.set_ca(cluster.server.ca_pem().repeat(3)).unwrap();
    let pod = cluster
        .pod()
        .service_account(other.path(), "/etc/cluster")
        .env("K8S_IN_CLUSTER_CA_FILE", "/etc/cluster/ca.crt")
        .env("K8S_IN_CLUSTER_NAMESPACE", "team-b")
        .env("K8S_IN_CLUSTER_TLS_SERVER_NAME", "kubernetes");
    let info = client(pod).await.discover().await.unwrap().unwrap();
    assert_eq!(info.certificate_authority_path, "/etc/cluster/ca.crt");
    assert!(format!("{:?}", info.certificate_authority).contains("Certificates(3)"), "{info:?}");
    assert_eq!(info.namespace, "team-b");
    assert_eq!(info.tls_server_name.as_deref(), Some("kubernetes"));
    // One thing each: the others are as the pod says.
    assert_eq!(info.server, cluster.server.url());
    assert_eq!(info.token_path, format!("{MOUNT_PATH}/token"));
}

#[tokio::test]
async fn an_empty_setting_is_none() {
    let cluster = Cluster::start().await;
    let pod = [
        "SERVER",
        "TLS_SERVER_NAME",
        "SERVICE_ACCOUNT_FOLDER",
        "TOKEN_FILE",
        "TOKEN",
        "CA_FILE",
        "NAMESPACE",
        "ALLOW_AUTHORIZATION",
        "REQUESTS_PER_SECOND",
        "BURST",
        "MAX_REQUESTS",
        "IMPERSONATE_USER",
        "IMPERSONATE_GROUPS",
        "IMPERSONATE_UID",
        "IMPERSONATE_EXTRA",
    ]
    .into_iter()
    .fold(cluster.pod(), |pod, name| pod.env(format!("K8S_IN_CLUSTER_{name}"), ""));
    let mut client = client(pod).await;
    let info = client.discover().await.unwrap().unwrap();
    assert_eq!(info.server, cluster.server.url());
    assert_eq!(info.tls_server_name, None);
    client.send(&get("/api"), None).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_setting_that_can_t_be_used_is_an_error_that_names_it() {
    const SERVER: &str = "K8S_IN_CLUSTER_SERVER";
    const TOKEN: &str = "K8S_IN_CLUSTER_TOKEN";
    const TOKEN_FILE: &str = "K8S_IN_CLUSTER_TOKEN_FILE";
    const SWITCH: &str = "K8S_IN_CLUSTER_ALLOW_AUTHORIZATION";
    const RATE: &str = "K8S_IN_CLUSTER_REQUESTS_PER_SECOND";
    const BURST: &str = "K8S_IN_CLUSTER_BURST";
    const USER: &str = "K8S_IN_CLUSTER_IMPERSONATE_USER";
    const GROUPS: &str = "K8S_IN_CLUSTER_IMPERSONATE_GROUPS";
    for (variables, expected, says) in [
        (&[(SERVER, "127.0.0.1:{port}")][..], "not-in-cluster", &[SERVER, "https://"][..]),
        (&[(SERVER, "ftp://127.0.0.1")], "not-in-cluster", &[SERVER, "https://"]),
        (&[(SERVER, "https://127.0.0.1:0")], "not-in-cluster", &[SERVER, "1 to 65535"]),
        (&[(SERVER, "https://")], "not-in-cluster", &[SERVER, "DNS name"]),
        (&[(SERVER, "https://u:hush@127.0.0.1:{port}")], "not-in-cluster", &[SERVER, "user"]),
        (&[(SERVER, "https://127.0.0.1:{port}/?a=b")], "not-in-cluster", &[SERVER, "query"]),
        (&[(SERVER, "https://127.0.0.1:{port}/a/../b")], "not-in-cluster", &[SERVER, "`..`"]),
        (&[(TOKEN, "hush hush")], "credentials", &[TOKEN, "can't be used"]),
        (&[(TOKEN, "hush\r\nX-Injected: 1")], "credentials", &[TOKEN, "can't be used"]),
        (&[(TOKEN, " \n")], "credentials", &[TOKEN, "empty"]),
        (&[(TOKEN, "hush"), (TOKEN_FILE, "/token")], "credentials", &[TOKEN, TOKEN_FILE]),
        (&[(TOKEN_FILE, "/nowhere/token")], "not-in-cluster", &["/nowhere/token", "--dir"]),
        (&[(SWITCH, "yes")], "not-in-cluster", &[SWITCH, "`true` or `false`"]),
        (&[(RATE, "0.5")], "not-in-cluster", &[RATE, "whole number"]),
        (&[(BURST, "5")], "not-in-cluster", &[BURST, RATE]),
        (&[(GROUPS, "a")], "not-in-cluster", &[USER, "no name"]),
        (&[(USER, "a\r\nX-Injected: 1")], "not-in-cluster", &[USER, "control character"]),
    ] {
        let cluster = Cluster::start().await;
        let pod = || cluster.set(cluster.pod(), variables);
        let error = client(pod()).await.discover().await.unwrap().unwrap_err();
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        cluster.assert_unusable(pod(), expected, says).await;
    }
}
