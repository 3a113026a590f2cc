//! Where the cluster is and who the pod is, by the pod's environment and its mounted folder.

use crate::support::{Cluster, Transport, assert_error, assert_untouched, client, get};
use host_test::api_server::ApiServer;
use host_test::pod::client::cluster::CertificateAuthority;
use host_test::service_account::{Contents, File, MOUNT_PATH};

const HOST: &str = "KUBERNETES_SERVICE_HOST";
const PORT: &str = "KUBERNETES_SERVICE_PORT";
const HTTPS_PORT: &str = "KUBERNETES_SERVICE_PORT_HTTPS";

#[tokio::test]
async fn an_environment_that_says_nothing_of_the_cluster_is_told_apart() {
    for (variables, says) in [
        (&[][..], &[HOST, HTTPS_PORT, "not in a cluster", "--env"][..]),
        (&[(HOST, ""), (PORT, ""), (HTTPS_PORT, "")], &["not in a cluster"]),
        (&[(HOST, "127.0.0.1")], &[PORT, HTTPS_PORT]),
        (&[(HOST, "127.0.0.1"), (HTTPS_PORT, "")], &[PORT, HTTPS_PORT]),
        (&[(HTTPS_PORT, "{port}")], &[HOST]),
        (&[(HOST, ""), (PORT, "{port}")], &[HOST]),
    ] {
        let cluster = Cluster::start().await;
        let pod = cluster.bare_pod().service_account(cluster.volume.path(), MOUNT_PATH);
        let pod = cluster.set(pod, variables);
        cluster.assert_unusable(pod, "not-in-cluster", says).await;
    }
}

#[tokio::test]
async fn a_port_that_is_none_is_an_error_that_names_its_variable() {
    for port in ["https", "0", "65536", "-1", "+443", "4 43", "{port}x", "{port}\n", "0x1bb"] {
        let cluster = Cluster::start().await;
        // The other port, though good, is no way out.
        let pod = cluster.set(cluster.pod(), &[(HTTPS_PORT, port)]);
        let says = [HTTPS_PORT, "1 to 65535"];
        cluster.assert_unusable(pod, "not-in-cluster", &says).await;
    }
    let cluster = Cluster::start().await;
    let pod = cluster.set(cluster.pod(), &[(HTTPS_PORT, ""), (PORT, "70000")]);
    let says = ["KUBERNETES_SERVICE_PORT is \"70000\""];
    cluster.assert_unusable(pod, "not-in-cluster", &says).await;
}

#[tokio::test]
async fn a_host_that_is_none_is_an_error_that_names_its_variable() {
    for host in [
        "https://127.0.0.1",
        "127.0.0.1/api",
        "user@127.0.0.1",
        "127.0.0.1:443",
        "[::1",
        "::zz",
        "a b",
        " 127.0.0.1",
        "127.0.0.1\r\nX-Injected: 1",
        "k\u{fc}bernetes",
    ] {
        let cluster = Cluster::start().await;
        let pod = cluster.pod().env(HOST, host);
        cluster.assert_unusable(pod, "not-in-cluster", &[HOST, "DNS name"]).await;
    }
}

#[tokio::test]
async fn the_https_port_goes_before_the_other() {
    let other = ApiServer::builder().start().await.unwrap();
    let other_port = other.address().port().to_string();
    for variables in [
        [(PORT, other_port.as_str()), (HTTPS_PORT, "{port}")],
        [(PORT, "no number"), (HTTPS_PORT, "{port}")],
        [(PORT, "{port}"), (HTTPS_PORT, "")],
    ] {
        let cluster = Cluster::start().await;
        let mut client = client(cluster.set(cluster.pod(), &variables)).await;
        assert_eq!(client.discover().await.unwrap().unwrap().server, cluster.server.url());
        client.send(&get("/api"), None).await.unwrap().unwrap();
        assert_eq!(cluster.server.journal().requests().len(), 1);
    }
    assert_untouched(&other).await;
}

#[tokio::test]
async fn the_namespace_is_that_of_the_variable_or_of_the_file() {
    let mounted = |text: &str| Some(text.as_bytes().to_vec());
    for (variables, file, expected) in [
        (&[][..], mounted("shop"), "shop"),
        (&[], mounted(" \tshop\r\n\n"), "shop"),
        (&[], mounted(""), "default"),
        (&[], mounted(" \n"), "default"),
        (&[], None, "default"),
        (&[("POD_NAMESPACE", "")], mounted("shop"), "shop"),
        (&[("POD_NAMESPACE", "team-a")], mounted("shop"), "team-a"),
        (&[("POD_NAMESPACE", "team-a")], mounted("Not A Name"), "team-a"),
        (&[("POD_NAMESPACE", "team-a"), ("K8S_IN_CLUSTER_NAMESPACE", "b")], None, "b"),
    ] {
        let cluster = Cluster::start().await;
        cluster.volume.replace(&Contents { namespace: file, ..cluster.volume.contents() }).unwrap();
        let mut client = client(cluster.set(cluster.pod(), variables)).await;
        assert_eq!(client.discover().await.unwrap().unwrap().namespace, expected);
    }
}

#[tokio::test]
async fn a_namespace_that_is_none_is_an_error_that_names_its_origin() {
    let long = "n".repeat(64);
    for namespace in ["Shop", "../kube-system", "a/b", "-a", "a b", "a\nb", "\u{fffd}", &long] {
        for variable in ["POD_NAMESPACE", "K8S_IN_CLUSTER_NAMESPACE"] {
            let cluster = Cluster::start().await;
            let pod = cluster.pod().env(variable, namespace);
            cluster.assert_unusable(pod, "not-in-cluster", &[variable, "1 to 63"]).await;
        }
        let cluster = Cluster::start().await;
        let namespace = Some(namespace.into());
        cluster.volume.replace(&Contents { namespace, ..cluster.volume.contents() }).unwrap();
        let path = format!("{MOUNT_PATH}/namespace");
        cluster.assert_unusable(cluster.pod(), "not-in-cluster", &[&path, "1 to 63"]).await;
    }
}

#[tokio::test]
async fn what_was_found_is_reported_and_the_certificate_authority_read_afresh() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let info = client.discover().await.unwrap().unwrap();
    assert_eq!(info.server, cluster.server.url());
    assert_eq!(info.namespace, "shop");
    assert_eq!(info.verified_by, Transport::current().verifier());
    assert_eq!(info.tls_server_name, None);
    assert_eq!(info.certificate_authority_path, format!("{MOUNT_PATH}/ca.crt"));
    assert_eq!(info.token_path, format!("{MOUNT_PATH}/token"));

    let pem = cluster.server.ca_pem();
    let cut = &pem[..pem.len() / 2];
    for (bundle, expected) in [
        (Some(pem.clone()), Ok(1)),
        (Some(format!("# the cluster's\n{pem}\n{pem}")), Ok(2)),
        (Some(String::new()), Err("empty")),
        (Some("not a certificate".to_owned()), Err("holds no certificate")),
        (Some(cut.to_owned()), Err("damaged")),
        (None, Err("no such file")),
        (Some(pem.clone()), Ok(1)),
    ] {
        match bundle {
            Some(bundle) => cluster.volume.set_ca(bundle).unwrap(),
            None => cluster.volume.remove(File::Ca).unwrap(),
        }
        let info = client.discover().await.unwrap().unwrap();
        match (info.certificate_authority.unwrap(), expected) {
            (CertificateAuthority::Certificates(count), Ok(expected)) => {
                assert_eq!(count, expected);
            }
            (CertificateAuthority::Unusable(text), Err(expected)) => {
                assert!(text.contains(expected), "{text}");
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }
    assert_untouched(&cluster.server).await;
}

#[tokio::test]
async fn a_folder_that_is_not_preopened_is_an_error_that_says_how_to() {
    let path = format!("{MOUNT_PATH}/token");
    let says = [path.as_str(), "--dir", "automountServiceAccountToken"];
    for guest_path in [None, Some("/elsewhere"), Some("/var/run/secrets/kubernetes.io/service")] {
        let cluster = Cluster::start().await;
        let mut pod = cluster.bare_pod();
        if let Some(guest_path) = guest_path {
            pod = pod.service_account(cluster.volume.path(), guest_path);
        }
        let pod = cluster.with_environment(pod);
        cluster.assert_unusable(pod, "not-in-cluster", &says).await;
    }
}

#[tokio::test]
async fn the_folder_can_be_elsewhere() {
    const FOLDER: &str = "K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER";
    const SANDBOX: &str = "CONTAINER_SANDBOX_MOUNT_POINT";
    let sandboxed = format!("/C/a1b2{MOUNT_PATH}");
    let on_windows = format!("C:/hpc/a1b2{MOUNT_PATH}");
    for (variable, guest_path, folder) in [
        ((FOLDER, "/elsewhere"), "/elsewhere", "/elsewhere"),
        ((FOLDER, "/elsewhere/"), "/elsewhere", "/elsewhere"),
        ((FOLDER, "relative/folder"), "relative/folder", "relative/folder"),
        ((FOLDER, "/elsewhere"), "/elsewhere/", "/elsewhere"),
        ((SANDBOX, "/C/a1b2"), &sandboxed, &sandboxed),
        ((SANDBOX, r"C:\hpc\a1b2\"), &on_windows, &on_windows),
        ((SANDBOX, ""), MOUNT_PATH, MOUNT_PATH),
    ] {
        let cluster = Cluster::start().await;
        let pod = cluster.bare_pod().service_account(cluster.volume.path(), guest_path);
        let pod = cluster.with_environment(pod).env(variable.0, variable.1);
        let mut client = client(pod).await;
        let info = client.discover().await.unwrap().unwrap();
        assert_eq!(info.token_path, format!("{folder}/token"));
        assert_eq!(info.certificate_authority_path, format!("{folder}/ca.crt"));
        assert_eq!(info.namespace, "shop");
        client.send(&get("/api"), None).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_folder_can_be_within_a_preopened_one() {
    let cluster = Cluster::start().await;
    let (parent, name) = (cluster.volume.path().parent(), cluster.volume.path().file_name());
    let name = name.unwrap().to_str().unwrap();
    for (guest_path, folder) in [("/", format!("/{name}")), ("/mnt", format!("/mnt/{name}"))] {
        let pod = cluster.bare_pod().service_account(parent.unwrap(), guest_path);
        let pod = cluster.with_environment(pod);
        let mut client = client(pod.env("K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER", &folder)).await;
        client.send(&get("/api"), None).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_was_missing_is_found_once_it_is_there() {
    let cluster = Cluster::start().await;
    cluster.volume.remove(File::Token).unwrap();
    let mut client = cluster.client().await;
    for _ in 0..2 {
        let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
        assert_error(&error, "not-in-cluster", &["no such file"]);
    }
    cluster.volume.set_token(cluster.server.token()).unwrap();
    client.send(&get("/api"), None).await.unwrap().unwrap();
    assert_eq!(cluster.server.journal().requests().len(), 1);
}

#[tokio::test]
async fn a_proxy_of_the_environment_does_not_apply_to_the_api_server() {
    let proxy = ApiServer::builder().plain_http().start().await.unwrap();
    let cluster = Cluster::start().await;
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let names = names.map(str::to_owned).into_iter().chain(names.map(str::to_lowercase));
    let pod = names.fold(cluster.pod(), |pod, name| pod.env(name, proxy.url()));
    client(pod).await.send(&get("/api"), None).await.unwrap().unwrap();
    assert_eq!(cluster.server.journal().requests().len(), 1);
    assert_untouched(&proxy).await;
}
