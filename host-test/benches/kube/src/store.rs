//! The metadata of pods, in a store.

use anyhow::{Context as _, Result};
use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::api::{Api, PartialObjectMeta};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::reflector;
use kube::runtime::watcher::{Config, Error, Event, watcher};

type Metadata = PartialObjectMeta<Pod>;

/// A store, and the watch that keeps it in step.
pub(crate) struct Store {
    objects: reflector::Store<Metadata>,
    _watch: BoxStream<'static, Result<Event<Metadata>, Error>>,
}

impl Store {
    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }
}

/// Without `managedFields`, which kube's documentation advises to clear.
pub(crate) async fn fill(pods: &Api<Metadata>) -> Result<Store> {
    let (objects, writer) = reflector::store();
    let watch = watcher(pods.clone(), Config::default().streaming_lists())
        .modify(|pod| pod.managed_fields_mut().clear())
        .reflect(writer);
    let mut watch: BoxStream<'static, _> = Box::pin(watch);
    while !matches!(watch.try_next().await?.context("the watch ended")?, Event::InitDone) {}
    Ok(Store { objects, _watch: watch })
}
