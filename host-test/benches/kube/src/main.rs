//! Lists pods and gets config maps with kube, and says how long that took.
//!
//! Its arguments are the API server's URL, a file with its certificate authority, a bearer token and a namespace. Each line
//! of its input is a measurement, `list` or `get COUNT`; it answers with a line: how many objects came, and in how many
//! nanoseconds.

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{Api, ListParams};
use kube::{Client, Config};
use std::io::BufRead as _;
use std::time::Instant;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, authority, token, namespace] = arguments.as_slice() else {
        bail!("four arguments: URL, authority, token, namespace");
    };
    let mut config = Config::new(url.parse()?);
    let certificates = pem::parse_many(std::fs::read(authority)?)?;
    config.root_cert = Some(certificates.into_iter().map(pem::Pem::into_contents).collect());
    config.auth_info.token = Some(token.clone().into());
    let client = Client::try_from(config)?;
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let config_maps: Api<ConfigMap> = Api::namespaced(client, namespace);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let start = Instant::now();
        let count = match line.split_once(' ') {
            None => list(&pods).await?,
            Some((_, count)) => get(&config_maps, count.parse()?).await?,
        };
        println!("{count} {}", start.elapsed().as_nanos());
    }
    Ok(())
}

/// Pages of 500, as kube's own watcher reads them.
async fn list(pods: &Api<Pod>) -> Result<usize> {
    let mut count = 0;
    let mut parameters = ListParams::default().limit(500);
    loop {
        let page = pods.list(&parameters).await?;
        count += page.items.iter().filter(|pod| is_touched(pod)).count();
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters.continue_token = Some(token),
            None => return Ok(count),
        }
    }
}

fn is_touched(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_ref());
    pod.metadata.name.is_some() && pod.metadata.resource_version.is_some() && phase.is_some()
}

async fn get(config_maps: &Api<ConfigMap>, count: usize) -> Result<usize> {
    for _ in 0..count {
        config_maps.get("small").await?.data.context("no data")?;
    }
    Ok(count)
}
