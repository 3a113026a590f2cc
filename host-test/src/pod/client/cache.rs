//! `cache`

use super::{Answer, PodClient, trapped, types};
use crate::pod::RunError;
use wasmtime::component::{Resource, ResourceAny};
use wasmtime_wasi::p2::DynPollable;

pub use super::bindings::exports::k8s::in_cluster::cache::{
    CacheOptions, Change, Changes, Key, Page, Query, State,
};

impl PodClient {
    /// `cache.start`
    pub async fn cache(
        &mut self,
        resource: &types::ApiResource,
        scope: &types::Scope,
        options: Option<&CacheOptions>,
    ) -> Answer<Store> {
        let cache = self.bindings.k8s_in_cluster_cache();
        trapped(cache.call_start(&mut self.store, resource, scope, options).await)
            .map(|started| started.map(Store))
    }
}

/// `cache.store`
#[derive(Debug)]
pub struct Store(ResourceAny);

impl Store {
    /// `store.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let cache = client.bindings.k8s_in_cluster_cache();
        trapped(cache.store().call_subscribe(&mut client.store, self.0).await)
    }

    /// `store.update`
    pub async fn update(&self, client: &mut PodClient, at_most: types::Duration) -> Answer<bool> {
        let cache = client.bindings.k8s_in_cluster_cache();
        trapped(cache.store().call_update(&mut client.store, self.0, at_most).await)
    }

    /// `store.state`
    pub async fn state(&self, client: &mut PodClient) -> Result<State, RunError> {
        let cache = client.bindings.k8s_in_cluster_cache();
        trapped(cache.store().call_state(&mut client.store, self.0).await)
    }

    /// `store.get`
    pub async fn get(&self, client: &mut PodClient, key: &Key) -> Result<Option<String>, RunError> {
        let cache = client.bindings.k8s_in_cluster_cache();
        trapped(cache.store().call_get(&mut client.store, self.0, key).await)
    }

    /// `store.list`
    pub async fn list(
        &self,
        client: &mut PodClient,
        query: &Query,
        from: u32,
        max: u32,
    ) -> Answer<Page> {
        let cache = client.bindings.k8s_in_cluster_cache();
        trapped(cache.store().call_list(&mut client.store, self.0, query, from, max).await)
    }

    /// `store.changes`
    pub async fn changes(
        &self,
        client: &mut PodClient,
        since: u64,
        max: u32,
    ) -> Result<Option<Changes>, RunError> {
        let cache = client.bindings.k8s_in_cluster_cache();
        trapped(cache.store().call_changes(&mut client.store, self.0, since, max).await)
    }

    /// Drops the resource: ends its watch.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}
