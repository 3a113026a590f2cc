//! Proxy mode: plain HTTP to a proxy on loopback that brings its own credentials.

use crate::support::{
    Cluster, Transport, assert_error, assert_untouched, client, get, reaching, request, status,
};
use host_test::api_server::{Answer, ApiServer};
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::client::cluster::Verifier;
use host_test::pod::{Pod, PodBuilder};
use host_test::service_account::MOUNT_PATH;
use http::{Method, StatusCode, Version};
use std::net::SocketAddr;

const SERVER: &str = "K8S_IN_CLUSTER_SERVER";

async fn proxy() -> ApiServer {
    ApiServer::builder().plain_http().start().await.unwrap()
}

/// A pod that may reach a proxy under a name, with nothing mounted.
fn bare_pod(host: &str, address: SocketAddr) -> PodBuilder {
    let destination = Destination::http(host, address.port(), address);
    reaching(Pod::builder(), Outgoing::builder(), destination)
}

#[tokio::test]
async fn no_token_is_read_and_none_is_sent() {
    let proxy = proxy().await;
    let address = proxy.address();
    let bare = || bare_pod("127.0.0.1", address).env(SERVER, proxy.url());
    let cluster = Cluster::start().await;
    // Whatever else the pod has.
    let mounted =
        || cluster.with_environment(bare().service_account(cluster.volume.path(), MOUNT_PATH));
    for (pod, namespace) in [
        (bare(), "default"),
        (bare().env("POD_NAMESPACE", "team-a"), "team-a"),
        (mounted(), "shop"),
        (mounted().env("K8S_IN_CLUSTER_TOKEN", cluster.server.token()), "shop"),
        (mounted().env("K8S_IN_CLUSTER_TOKEN_FILE", format!("{MOUNT_PATH}/token")), "shop"),
        (bare().env("K8S_IN_CLUSTER_TOKEN_FILE", "/nowhere/token"), "default"),
    ] {
        proxy.journal().clear();
        let mut client = client(pod).await;
        let info = client.discover().await.unwrap().unwrap();
        assert_eq!(info.server, proxy.url());
        assert_eq!(info.namespace, namespace);
        assert!(matches!(info.verified_by, Verifier::LoopbackProxy));
        assert_eq!((info.token_path.as_str(), info.certificate_authority_path.as_str()), ("", ""));
        assert!(info.certificate_authority.is_none() && info.tls_server_name.is_none());

        let response = client.send(&get("/api"), None).await.unwrap().unwrap();
        assert!(String::from_utf8(response.body).unwrap().contains("APIVersions"));
        let post = request("POST", "/api/v1/namespaces/shop/configmaps");
        let body = br#"{"metadata": {"name": "a"}}"#;
        assert_eq!(client.send(&post, Some(body)).await.unwrap().unwrap().head.status, 201);
        let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
        pending.blocking_response(&mut client).await.unwrap().unwrap();

        let requests = proxy.journal().wait_for(3).await;
        assert_eq!(requests.len(), 3);
        for sent in requests {
            assert_eq!(sent.version, Version::HTTP_11);
            assert_eq!(sent.header("authorization"), None);
            assert!(
                !format!("{:?} {:?}", sent.headers, sent.path).contains(cluster.server.token())
            );
            assert_eq!(sent.authority, Some(address.to_string()));
        }
    }
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn a_proxy_may_have_a_path_before_that_of_the_api() {
    let proxy = proxy().await;
    proxy.answer(Method::GET, "/prefix/of/it/api", Answer::text(StatusCode::OK, "prefixed"));
    for base in ["/prefix/of/it", "/prefix/of/it/"] {
        let pod = bare_pod("127.0.0.1", proxy.address());
        let mut client = client(pod.env(SERVER, format!("{}{base}", proxy.url()))).await;
        let info = client.discover().await.unwrap().unwrap();
        assert_eq!(info.server, format!("{}/prefix/of/it", proxy.url()));
        let mut request = get("/api");
        request.query = vec![("a".to_owned(), "b".to_owned())];
        let response = client.send(&request, None).await.unwrap().unwrap();
        assert_eq!(response.body, b"prefixed");
        let sent = proxy.journal().requests().pop().unwrap();
        assert_eq!((sent.path.as_str(), sent.query.as_deref()), ("/prefix/of/it/api", Some("a=b")));
        // No path leads out of it.
        let error = client.send(&get("/../api"), None).await.unwrap().unwrap_err();
        assert_error(&error, "invalid-request", &["`..`"]);
    }
    assert_eq!(proxy.journal().requests().len(), 2);
}

#[tokio::test]
async fn loopback_by_each_of_its_names() {
    let server = ApiServer::builder().plain_http().with_ipv6().start().await.unwrap();
    let ipv4 = server.address();
    let ipv6 = server.ipv6_address().unwrap();
    let mut names =
        vec![("127.0.0.1", ipv4), ("localhost", ipv4), ("LocalHost", ipv4), ("[::1]", ipv6)];
    if Transport::current() == Transport::WasiHttp {
        // Connections of the component's own go to the address itself, where nobody listens.
        names.push(("127.8.9.10", ipv4));
    }
    for (host, address) in names {
        server.journal().clear();
        let url = format!("http://{host}:{}", address.port());
        let mut client = client(bare_pod(host, address).env(SERVER, &url)).await;
        assert_eq!(client.discover().await.unwrap().unwrap().server, url);
        client.send(&get("/api"), None).await.unwrap().unwrap();
        let sent = &server.journal().requests()[0];
        assert_eq!(sent.authority, Some(format!("{host}:{}", address.port())));
        assert_eq!(sent.connection.peer.is_ipv6(), address.is_ipv6());
    }
}

#[tokio::test]
async fn plain_http_to_anything_else_is_refused_and_nothing_sent() {
    for host in [
        "10.96.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "192.168.0.1",
        "kubernetes.default.svc",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "128.0.0.1",
        "[::2]",
        "[::ffff:10.0.0.1]",
        "[fd00::1]",
    ] {
        let proxy = proxy().await;
        let address = proxy.address();
        // The host would let it through, and the token is there.
        let cluster = Cluster::start().await;
        let pod = bare_pod(host, address)
            .service_account(cluster.volume.path(), MOUNT_PATH)
            .env(SERVER, format!("http://{host}:{}", address.port()));
        cluster.assert_unusable(pod, "not-in-cluster", &[SERVER, "loopback", "https://"]).await;
        assert_untouched(&proxy).await;
    }
}

#[tokio::test]
async fn a_caller_has_no_credentials_of_its_own_there_either() {
    let proxy = proxy().await;
    let pod = bare_pod("127.0.0.1", proxy.address()).env(SERVER, proxy.url());
    let mut request = get("/api");
    request.headers = vec![("Authorization".to_owned(), "Bearer of-the-caller".to_owned())];
    let error = client(pod).await.send(&request, None).await.unwrap().unwrap_err();
    assert_error(&error, "denied", &["not allowed"]);
    assert_untouched(&proxy).await;
}

#[tokio::test]
async fn a_401_of_a_proxy_is_final() {
    let proxy = proxy().await;
    proxy.answer(Method::GET, "/api", Answer::text(StatusCode::UNAUTHORIZED, "who are you?"));
    let pod = bare_pod("127.0.0.1", proxy.address()).env(SERVER, proxy.url());
    let error = client(pod).await.send(&get("/api"), None).await.unwrap().unwrap_err();
    let status = status(error);
    assert_eq!((status.code, status.reason.as_str()), (401, "Unauthorized"));
    assert!(status.message.contains("who are you?"), "{status:?}");
    assert_eq!(proxy.journal().requests().len(), 1);
}
