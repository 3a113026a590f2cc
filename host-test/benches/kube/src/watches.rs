//! The initial state by watch, and what follows a version.

use anyhow::{Context as _, Result, bail};
use futures::TryStreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, WatchEvent, WatchParams};
use kube::runtime::watcher::{Config, Event, watcher};
use std::pin::pin;

/// The state as kube's watcher tells it, by a streaming list.
pub(crate) async fn state(pods: &Api<Pod>) -> Result<usize> {
    let mut events = pin!(watcher(pods.clone(), Config::default().streaming_lists()));
    let mut count = 0;
    loop {
        match events.try_next().await?.context("the watch ended")? {
            Event::Init => {}
            Event::InitApply(pod) => count += usize::from(crate::is_touched(&pod)),
            Event::InitDone => return Ok(count),
            other => bail!("{other:?} in the initial state"),
        }
    }
}

/// Events as they come, with nothing of the watcher's between.
pub(crate) async fn events(pods: &Api<Pod>, count: usize, version: &str) -> Result<usize> {
    let mut events = pin!(pods.watch(&WatchParams::default(), version).await?);
    let mut touched = 0;
    while touched < count {
        match events.try_next().await?.context("the watch ended")? {
            WatchEvent::Modified(pod) if crate::is_touched(&pod) => touched += 1,
            WatchEvent::Bookmark(_) => {}
            other => bail!("{other:?} is no modified pod"),
        }
    }
    Ok(touched)
}
