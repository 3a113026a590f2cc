//! kube in a component, in the pod that its host plays.

use anyhow::{Result, bail};
use k8s_in_cluster_kube::client as over;
use k8s_in_cluster_kube::k8s_in_cluster::asynchronous::{HttpClient, TlsClient};
use kube::Client;

pub(crate) use k8s_in_cluster_kube::block_on;

/// Its argument is who speaks TLS: `host` or `component`.
pub(crate) fn client(arguments: &[String]) -> Result<Client> {
    match arguments {
        [side] if side == "host" => Ok(over(HttpClient::in_cluster()?)),
        [side] if side == "component" => Ok(over(TlsClient::in_cluster()?)),
        _ => bail!("one argument: host or component"),
    }
}
