//! Lists, gets and watches with kube, and says how long that took.
//!
//! Its arguments say which cluster. Each line of its input is a measurement; it answers with a line: how many objects came,
//! and in how many nanoseconds.
//!
//! - `list`: pods, page by page.
//! - `get COUNT`: a config map, so many times.
//! - `watch`: the pods that are there, as events.
//! - `events COUNT VERSION`: so many events of pods, after a version.
//! - `store`: the pods' metadata, in a store, which stays.

#[cfg_attr(target_family = "wasm", path = "component.rs")]
#[cfg_attr(not(target_family = "wasm"), path = "native.rs")]
mod here;
mod reads;
mod store;
mod watches;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use std::io::BufRead as _;
use std::time::Instant;

fn main() -> Result<()> {
    here::block_on(run())
}

async fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let client = here::client(&arguments)?;
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let config_maps = Api::default_namespaced(client.clone());
    let metadata = Api::default_namespaced(client);
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
