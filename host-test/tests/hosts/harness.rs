//! The host of this repository, as a library and as the program.

use crate::cluster::{Cluster, component, target};
use crate::guest::Asks;
use crate::replacing;
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::client::{PodClient, rest, types::Error};
use host_test::pod::{Engine, Pod};
use host_test::service_account::MOUNT_PATH;

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
    let refused = replacing::replace_authority(cluster, &mut client).await;
    assert!(refused.contains("certificate"), "{refused}");
}

#[tokio::test]
async fn token_and_authority_are_followed_over_wasi_http() {
    follows(&mut Cluster::fixture().await, "k8s-in-cluster").await;
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn token_and_authority_are_followed_over_wasi_http() {
        follows(&mut Cluster::real().await, "k8s-in-cluster").await;
    }
}
