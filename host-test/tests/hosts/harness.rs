//! The host of this repository, as a library and as the program.

use crate::cluster::{Cluster, component, target};
use crate::guest::{Asks, Outcome, assert_says, outcome, program};
use crate::replacing;
use host_test::api_server::{ApiServer, CertificateAuthority};
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::client::{PodClient, rest, types::Error};
use host_test::pod::{Engine, Pod};
use host_test::service_account::MOUNT_PATH;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The component of this name in a pod of the harness.
async fn client(cluster: &Cluster, name: &str) -> PodClient {
    let host = cluster.address.ip().to_string();
    let server = Destination::https(&host, cluster.address.port(), cluster.address);
    let mut pod = Pod::builder().service_account(cluster.volume.path(), MOUNT_PATH);
    for (name, value) in cluster.variables(&host) {
        pod = pod.env(name, value);
    }
    // One or the other, so that it is known which one was used.
    pod = if name.ends_with("-tls") {
        pod.connect(server)
    } else {
        let authority = cluster.volume.path().join("ca.crt");
        let outgoing = Outgoing::builder().destination(server).trust_anchors(authority);
        pod.outgoing(outgoing.build().unwrap())
    };
    let engine = Engine::new(Some(&target("wasmtime-cache"))).unwrap();
    let component = engine.load(&component(name)).unwrap();
    PodClient::new(&pod.build(&engine).unwrap(), &component).await.unwrap()
}

impl Asks for PodClient {
    async fn get(&mut self, path: &str) -> String {
        let request = rest::Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            impersonate: None,
            compress: false,
            limits: None,
        };
        match self.send(&request, None).await.unwrap() {
            Ok(response) => format!("{}, {} bytes", response.head.status, response.body.len()),
            Err(Error::Connection(error)) => error.message,
            Err(error) => format!("{error:?}"),
        }
    }
}

async fn follows(cluster: &mut Cluster, name: &str) {
    let mut client = client(cluster, name).await;
    replacing::rotate_token(cluster, &mut client).await;
    replacing::replace_authority(cluster, &mut client).await;
}

#[tokio::test]
async fn token_and_authority_are_followed_over_wasi_http() {
    follows(&mut Cluster::fixture().await, "k8s-in-cluster").await;
}

#[tokio::test]
async fn token_and_authority_are_followed_by_tls_inside() {
    follows(&mut Cluster::fixture().await, "k8s-in-cluster-tls").await;
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn token_and_authority_are_followed_by_tls_inside() {
        follows(&mut Cluster::real().await, "k8s-in-cluster-tls").await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn token_and_authority_are_followed_over_wasi_http() {
        follows(&mut Cluster::real().await, "k8s-in-cluster").await;
    }
}

/// `host-test run` of a component, with options.
async fn run(options: &[&str], component: PathBuf) -> Outcome {
    let mut command = program(Path::new(env!("CARGO_BIN_EXE_host-test")));
    command.arg("run").args(options).arg(component);
    outcome(command).await
}

#[tokio::test]
async fn the_program_runs_components_with_tls_inside() {
    for (options, server) in [(&[][..], "https"), (&["--proxy"], "http")] {
        let tutorial = run(options, component("tutorial-tls")).await;
        assert_eq!((tutorial.status, tutorial.stderr.as_str()), (Some(0), ""), "{tutorial:?}");
        let server = format!("APISERVER={server}://127.0.0.1:");
        assert_says(&tutorial.stdout, &[&server, "NAMESPACE=shop\n", "\"kind\": \"APIVersions\""]);
    }
    let tutorial = run(&["--show-requests"], component("tutorial-tls")).await;
    assert_eq!(tutorial.status, Some(0), "{tutorial:?}");
    assert_says(&tutorial.stderr, &["tutorial-tls.wasm connects itself", "not shown"]);
}

#[tokio::test]
async fn a_client_certificate_is_presented_by_the_host_alone() {
    let authority = CertificateAuthority::new("users").unwrap();
    let user = authority.issue_client("system:serviceaccount:shop:reader").unwrap();
    let server = ApiServer::builder().accept_clients_of(&authority).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {
            "server": server.url(), "certificate-authority": file("ca.crt", &server.ca_pem()),
        }}],
        "users": [{"name": "c", "user": {
            "client-certificate": file("user.crt", user.pem()),
            "client-key": file("user.key", user.key_pem()),
        }}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
    });
    let kubeconfig = ["--kubeconfig", &file("config", &kubeconfig.to_string())];
    let outcome = run(&kubeconfig, component("tutorial-tls")).await;
    assert_eq!(outcome.status, Some(125), "{outcome:?}");
    assert_says(&outcome.stderr, &["tutorial-tls.wasm connects", "client certificate", "--proxy"]);
    assert_eq!(server.journal().accepted_connections(), 0);
    let [option, file] = kubeconfig;
    let tutorial = run(&["--proxy", option, file], component("tutorial-tls")).await;
    assert_eq!((tutorial.status, tutorial.stderr.as_str()), (Some(0), ""), "{tutorial:?}");
}
