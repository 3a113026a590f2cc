//! `objects`

mod pending;

pub use pending::{PendingAnswer, PendingDeletion};

use super::{Answer, PodClient, trapped};
use crate::pod::RunError;
use wasmtime::component::{Resource, ResourceAny};
use wasmtime_wasi::p2::DynPollable;

pub use super::bindings::exports::k8s::in_cluster::objects::{
    Answer as ObjectAnswer, DeleteOptions, Deleted, FieldValidation, GetOptions, ListMetadata,
    ListOptions, PatchKind, PropagationPolicy, Representation, ResourceVersionMatch, Selection,
    Target, WriteOptions,
};
pub use super::bindings::exports::k8s::in_cluster::types::{ApiResource, Scope};

impl PodClient {
    /// `objects.get`
    pub async fn get_object(
        &mut self,
        target: &Target,
        options: Option<&GetOptions>,
    ) -> Answer<ObjectAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        trapped(objects.call_get(&mut self.store, target, options).await)
    }

    /// `objects.create`
    pub async fn create(
        &mut self,
        resource: &ApiResource,
        scope: &Scope,
        object: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<ObjectAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        trapped(
            objects.call_create(&mut self.store, resource, scope, &object.into(), options).await,
        )
    }

    /// `objects.create-subresource`
    pub async fn create_subresource(
        &mut self,
        target: &Target,
        object: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<ObjectAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        trapped(
            objects.call_create_subresource(&mut self.store, target, &object.into(), options).await,
        )
    }

    /// `objects.replace`
    pub async fn replace(
        &mut self,
        target: &Target,
        object: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<ObjectAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        trapped(objects.call_replace(&mut self.store, target, &object.into(), options).await)
    }

    /// `objects.patch`
    pub async fn patch(
        &mut self,
        target: &Target,
        kind: PatchKind,
        patch: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<ObjectAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        trapped(objects.call_patch(&mut self.store, target, kind, patch, options).await)
    }

    /// `objects.delete`
    pub async fn delete(
        &mut self,
        target: &Target,
        options: Option<&DeleteOptions>,
    ) -> Answer<ObjectAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        trapped(objects.call_delete(&mut self.store, target, options).await)
    }

    /// `objects.delete-collection`
    pub async fn delete_collection(
        &mut self,
        resource: &ApiResource,
        scope: &Scope,
        selection: &Selection,
        options: Option<&DeleteOptions>,
    ) -> Answer<Deleted> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let deleted =
            objects.call_delete_collection(&mut self.store, resource, scope, selection, options);
        trapped(deleted.await)
    }

    /// `objects.evict`
    pub async fn evict(
        &mut self,
        scope: &Scope,
        pod: &str,
        options: Option<&DeleteOptions>,
    ) -> Answer<ObjectAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        trapped(objects.call_evict(&mut self.store, scope, pod, options).await)
    }

    /// `objects.list`
    pub async fn list(
        &mut self,
        resource: &ApiResource,
        scope: &Scope,
        options: Option<&ListOptions>,
    ) -> Answer<Listing> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let listing = objects.call_list(&mut self.store, resource, scope, options).await;
        trapped(listing).map(|listing| listing.map(Listing))
    }
}

/// `objects.listing`
#[derive(Debug)]
pub struct Listing(ResourceAny);

impl Listing {
    /// `listing.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.listing().call_subscribe(&mut client.store, self.0).await)
    }

    /// `listing.next`
    pub async fn next(&self, client: &mut PodClient, max: u32) -> Answer<Option<Vec<String>>> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.listing().call_next(&mut client.store, self.0, max).await)
    }

    /// `listing.blocking-next`
    pub async fn blocking_next(
        &self,
        client: &mut PodClient,
        max: u32,
    ) -> Answer<Option<Vec<String>>> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.listing().call_blocking_next(&mut client.store, self.0, max).await)
    }

    /// `listing.metadata`
    pub async fn metadata(&self, client: &mut PodClient) -> Result<ListMetadata, RunError> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.listing().call_metadata(&mut client.store, self.0).await)
    }

    /// Drops the resource: cancels the list.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}
