//! What kube-rs is used for, in a component: the pods of its namespace are listed, created, watched
//! and kept. Arguments: `list`, `create NAME`, `watch COUNT` or `store COUNT`.

mod objects;
mod store;
mod watch;

use anyhow::{Context as _, Result, bail};
use k8s_in_cluster_kube::k8s_in_cluster::asynchronous;
use k8s_in_cluster_kube::{block_on, client};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, ResourceExt as _};
use std::process::ExitCode;

#[cfg(not(feature = "tls"))]
type InCluster = asynchronous::HttpClient;
#[cfg(feature = "tls")]
type InCluster = asynchronous::TlsClient;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match block_on(run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<()> {
    let client: Client = client(InCluster::in_cluster()?);
    let pods: Api<Pod> = Api::default_namespaced(client);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let count = |text: &str| text.parse().context("how many changes to wait for is a number");
    match arguments.as_slice() {
        ["list"] => objects::list(&pods).await,
        ["create", name] => objects::create(&pods, name).await,
        ["watch", changes] => watch::follow(pods, count(changes)?).await,
        ["store", changes] => store::keep(pods, count(changes)?).await,
        _ => bail!("say what to do: list, create NAME, watch COUNT or store COUNT"),
    }
}

/// Name and phase of a pod.
fn describe(pod: &Pod) -> String {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    format!("{} {}", pod.name_any(), phase.unwrap_or("?"))
}
