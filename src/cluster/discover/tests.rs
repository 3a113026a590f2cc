#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::cluster::ServerError;
use crate::pod::fake::{FOLDER, FakePod};

fn found(pod: &FakePod) -> Cluster {
    discover(pod, &Overrides::from_environment(pod).unwrap()).unwrap()
}

fn error(pod: &FakePod) -> DiscoveryError {
    discover(pod, &Overrides::from_environment(pod).unwrap()).unwrap_err()
}

fn token_path(cluster: &Cluster) -> &str {
    match &cluster.token {
        TokenLocation::File(path) => path,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pod_as_the_kubelet_makes_it() {
    let cluster = found(&FakePod::mounted());
    assert_eq!(cluster.server.to_string(), "https://10.96.0.1:443");
    assert_eq!(cluster.namespace, "shop");
    assert_eq!(token_path(&cluster), format!("{FOLDER}/token"));
    assert_eq!(
        cluster.verification,
        Verification::Certificate { authority_path: format!("{FOLDER}/ca.crt"), server_name: None }
    );
    assert!(!cluster.allow_caller_authorization);
}

#[test]
fn the_https_port_goes_first_and_the_other_will_do() {
    let pod = FakePod::mounted().with("KUBERNETES_SERVICE_PORT", "8443");
    assert_eq!(found(&pod).server.port(), 443);
    let pod = pod.with("KUBERNETES_SERVICE_PORT_HTTPS", "");
    assert_eq!(found(&pod).server.port(), 8443);
    let pod = pod.without("KUBERNETES_SERVICE_PORT_HTTPS");
    assert_eq!(found(&pod).server.port(), 8443);
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(error(&FakePod::default()), DiscoveryError::NotInCluster);
    let text = DiscoveryError::NotInCluster.to_string();
    assert!(text.contains("KUBERNETES_SERVICE_HOST"), "{text}");
    assert!(text.contains("KUBERNETES_SERVICE_PORT_HTTPS"), "{text}");

    let no_host = FakePod::mounted().without("KUBERNETES_SERVICE_HOST");
    assert_eq!(error(&no_host), DiscoveryError::NoHost);
    let empty_host = FakePod::mounted().with("KUBERNETES_SERVICE_HOST", "");
    assert_eq!(error(&empty_host), DiscoveryError::NoHost);
    let no_port = FakePod::mounted()
        .with("KUBERNETES_SERVICE_PORT", "")
        .without("KUBERNETES_SERVICE_PORT_HTTPS");
    assert_eq!(error(&no_port), DiscoveryError::NoPort);
    let both_empty = no_port.with("KUBERNETES_SERVICE_HOST", "");
    assert_eq!(error(&both_empty), DiscoveryError::NotInCluster);
}

#[test]
fn what_is_wrong_is_named() {
    let pod = FakePod::mounted().with("KUBERNETES_SERVICE_PORT_HTTPS", "https");
    assert_eq!(
        error(&pod).to_string(),
        "KUBERNETES_SERVICE_PORT_HTTPS is \"https\": a port is a number from 1 to 65535"
    );
    let pod = FakePod::mounted().with("KUBERNETES_SERVICE_HOST", "a b");
    assert!(error(&pod).to_string().starts_with("KUBERNETES_SERVICE_HOST is \"a b\""));
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_SERVER", "https://me:secret@host");
    let text = error(&pod).to_string();
    assert!(text.starts_with("K8S_IN_CLUSTER_SERVER is \"…@host\""), "{text}");
}

#[test]
fn the_namespace_has_an_order() {
    let pod = FakePod::mounted();
    pod.write(&format!("{FOLDER}/namespace"), Ok(b" from-file\n".to_vec()));
    assert_eq!(found(&pod).namespace, "from-file");
    let pod = pod.with("POD_NAMESPACE", "from-pod");
    assert_eq!(found(&pod).namespace, "from-pod");
    let pod = pod.with("K8S_IN_CLUSTER_NAMESPACE", "from-operator");
    assert_eq!(found(&pod).namespace, "from-operator");

    let pod = FakePod::mounted();
    pod.write(&format!("{FOLDER}/namespace"), Ok(b"\n".to_vec()));
    assert_eq!(found(&pod).namespace, "default");
    pod.files.borrow_mut().remove(&format!("{FOLDER}/namespace"));
    assert_eq!(found(&pod).namespace, "default");
}

#[test]
fn a_namespace_that_is_none_is_refused() {
    for namespace in ["Shop", "a/b", "-a", "a-", "..", "a.b", "ä", &"a".repeat(64)] {
        let pod = FakePod::mounted().with("POD_NAMESPACE", namespace);
        let text = error(&pod).to_string();
        assert!(text.contains("POD_NAMESPACE"), "{text}");
    }
    let pod = FakePod::mounted();
    pod.write(&format!("{FOLDER}/namespace"), Ok(vec![0xff, 0x00]));
    assert!(error(&pod).to_string().contains(&format!("{FOLDER}/namespace")));
}

#[test]
fn overrides_replace_one_thing_each() {
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_SERVER", "https://kubernetes.default.svc");
    let cluster = found(&pod);
    assert_eq!(cluster.server.to_string(), "https://kubernetes.default.svc:443");
    assert_eq!(cluster.namespace, "shop");
    assert_eq!(token_path(&cluster), format!("{FOLDER}/token"));

    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_TOKEN_FILE", "/elsewhere/token");
    let cluster = found(&pod);
    assert_eq!(token_path(&cluster), "/elsewhere/token");
    assert_eq!(cluster.server.to_string(), "https://10.96.0.1:443");

    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_TOKEN", "given");
    assert!(matches!(found(&pod).token, TokenLocation::Value(_)));

    let pod = FakePod::mounted()
        .with("K8S_IN_CLUSTER_CA_FILE", "/elsewhere/ca.pem")
        .with("K8S_IN_CLUSTER_TLS_SERVER_NAME", "kubernetes");
    let cluster = found(&pod);
    assert_eq!(token_path(&cluster), format!("{FOLDER}/token"));
    assert_eq!(
        cluster.verification,
        Verification::Certificate {
            authority_path: "/elsewhere/ca.pem".into(),
            server_name: Some("kubernetes".into())
        }
    );
}

#[test]
fn the_folder_can_be_moved() {
    let pod = FakePod::mounted().with("CONTAINER_SANDBOX_MOUNT_POINT", "C:\\hpc\\");
    assert_eq!(token_path(&found(&pod)), format!("C:/hpc{FOLDER}/token"));
    let pod = pod
        .with("K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER", "/account/")
        .with_file("/account/namespace", b"moved");
    let cluster = found(&pod);
    assert_eq!(token_path(&cluster), "/account/token");
    assert_eq!(cluster.namespace, "moved");
    // The root of all, where a host has mounted the folder itself.
    let pod =
        pod.with("K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER", "/").with_file("/namespace", b"root");
    let cluster = found(&pod);
    assert_eq!((token_path(&cluster), &*cluster.namespace), ("/token", "root"));
}

#[test]
fn a_proxy_on_loopback_needs_no_credentials() {
    let pod = FakePod::default().with("K8S_IN_CLUSTER_SERVER", "http://127.0.0.1:8001");
    let cluster = found(&pod);
    assert!(matches!(cluster.token, TokenLocation::None));
    assert_eq!(cluster.verification, Verification::LoopbackProxy);
    assert_eq!(cluster.namespace, "default");

    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_SERVER", "http://10.96.0.1:443");
    assert!(matches!(error(&pod), DiscoveryError::Server { reason: ServerError::PlainHttp, .. }));
}

#[test]
fn proxies_of_the_environment_do_not_apply() {
    let pod = FakePod::mounted()
        .with("HTTP_PROXY", "http://proxy.example:3128")
        .with("HTTPS_PROXY", "http://proxy.example:3128")
        .with("NO_PROXY", "");
    assert_eq!(found(&pod).server.to_string(), "https://10.96.0.1:443");
}
