//! `Api<Pod>`.

use crate::describe;
use anyhow::Result;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::json;

/// Prints the pods, two at a time.
pub(crate) async fn list(pods: &Api<Pod>) -> Result<()> {
    let mut page = ListParams::default().limit(2);
    loop {
        let list = pods.list(&page).await?;
        list.items.iter().for_each(|pod| println!("{}", describe(pod)));
        match list.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => page = page.continue_token(&token),
            None => return Ok(()),
        }
    }
}

/// Creates a pod, gets it, and tries to create it again.
pub(crate) async fn create(pods: &Api<Pod>, name: &str) -> Result<()> {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]},
    }))?;
    pods.create(&PostParams::default(), &pod).await?;
    println!("created {}", describe(&pods.get(name).await?));
    match pods.create(&PostParams::default(), &pod).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => {
            println!("{}", status.message);
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => anyhow::bail!("{name} was created twice"),
    }
}
