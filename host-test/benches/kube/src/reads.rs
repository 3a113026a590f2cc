//! Lists and GETs.

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{Api, ListParams};

/// Pages of 500, as kube's own watcher reads them.
pub(crate) async fn list(pods: &Api<Pod>) -> Result<usize> {
    let mut count = 0;
    let mut parameters = ListParams::default().limit(500);
    loop {
        let page = pods.list(&parameters).await?;
        count += page.items.iter().filter(|pod| crate::is_touched(pod)).count();
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters.continue_token = Some(token),
            None => return Ok(count),
        }
    }
}

pub(crate) async fn get(config_maps: &Api<ConfigMap>, count: usize) -> Result<usize> {
    for _ in 0..count {
        config_maps.get("small").await?.data.context("no data")?;
    }
    Ok(count)
}
