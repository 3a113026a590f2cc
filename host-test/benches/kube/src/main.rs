//! Lists, gets and watches with kube, and says how long that took.
//!
//! Its arguments are the API server's URL, a file with its certificate authority, a bearer token and a namespace. Each line
//! of its input is a measurement; it answers with a line: how many objects came, and in how many nanoseconds.
//!
//! - `list`: pods, page by page.
//! - `get COUNT`: a config map, so many times.
//! - `watch`: the pods that are there, as events.
//! - `events COUNT VERSION`: so many events of pods, after a version.
//! - `store`: the pods' metadata, in a store, which stays.

mod reads;
mod store;
mod watches;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, Config};
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
    let config_maps = Api::namespaced(client.clone(), namespace);
    let metadata = Api::namespaced(client, namespace);
    let mut kept = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let start = Instant::now();
        let count = match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["list"] => reads::list(&pods).await?,
            ["get", count] => reads::get(&config_maps, count.parse()?).await?,
            ["watch"] => watches::state(&pods).await?,
            ["events", count, version] => watches::events(&pods, count.parse()?, version).await?,
            ["store"] => {
                let store = store::fill(&metadata).await?;
                kept.push(store);
                kept.last().context("none")?.len()
            }
            _ => bail!("not known: {line}"),
        };
        println!("{count} {}", start.elapsed().as_nanos());
    }
    Ok(())
}

/// What is looked at of each pod.
fn is_touched(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_ref());
    pod.metadata.name.is_some() && pod.metadata.resource_version.is_some() && phase.is_some()
}
