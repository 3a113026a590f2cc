//! `watch`

use super::{Answer, PodClient, trapped, types};
use crate::pod::RunError;
use wasmtime::component::{Resource, ResourceAny};
use wasmtime_wasi::p2::DynPollable;

pub use super::bindings::exports::k8s::in_cluster::watch::{Event, WatchOptions};

impl PodClient {
    /// `watch.start`
    pub async fn watch(
        &mut self,
        resource: &types::ApiResource,
        scope: &types::Scope,
        options: Option<&WatchOptions>,
    ) -> Answer<Watcher> {
        let watch = self.bindings.k8s_in_cluster_watch();
        trapped(watch.call_start(&mut self.store, resource, scope, options).await)
            .map(|started| started.map(Watcher))
    }
}

/// `watch.watcher`
#[derive(Debug)]
pub struct Watcher(ResourceAny);

impl Watcher {
    /// `watcher.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let watch = client.bindings.k8s_in_cluster_watch();
        trapped(watch.watcher().call_subscribe(&mut client.store, self.0).await)
    }

    /// `watcher.next`
    pub async fn next(&self, client: &mut PodClient, max: u32) -> Answer<Vec<Event>> {
        let watch = client.bindings.k8s_in_cluster_watch();
        trapped(watch.watcher().call_next(&mut client.store, self.0, max).await)
    }

    /// `watcher.blocking-next`
    pub async fn blocking_next(&self, client: &mut PodClient, max: u32) -> Answer<Vec<Event>> {
        let watch = client.bindings.k8s_in_cluster_watch();
        trapped(watch.watcher().call_blocking_next(&mut client.store, self.0, max).await)
    }

    /// Drops the resource: ends the watch.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}
