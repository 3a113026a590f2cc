//! `objects`, its calls that are begun.

use super::{
    ApiResource, DeleteOptions, Deleted, GetOptions, ObjectAnswer, PatchKind, Scope, Selection,
    Target, WriteOptions,
};
use crate::pod::RunError;
use crate::pod::client::{Answer, PodClient, trapped};
use wasmtime::component::{Resource, ResourceAny};
use wasmtime_wasi::p2::DynPollable;

impl PodClient {
    /// `objects.begin-get`
    pub async fn begin_get(
        &mut self,
        target: &Target,
        options: Option<&GetOptions>,
    ) -> Answer<PendingAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun = objects.call_begin_get(&mut self.store, target, options).await;
        trapped(begun).map(|begun| begun.map(PendingAnswer))
    }

    /// `objects.begin-create`
    pub async fn begin_create(
        &mut self,
        resource: &ApiResource,
        scope: &Scope,
        object: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<PendingAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun = objects
            .call_begin_create(&mut self.store, resource, scope, &object.into(), options)
            .await;
        trapped(begun).map(|begun| begun.map(PendingAnswer))
    }

    /// `objects.begin-create-subresource`
    pub async fn begin_create_subresource(
        &mut self,
        target: &Target,
        object: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<PendingAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun = objects
            .call_begin_create_subresource(&mut self.store, target, &object.into(), options)
            .await;
        trapped(begun).map(|begun| begun.map(PendingAnswer))
    }

    /// `objects.begin-replace`
    pub async fn begin_replace(
        &mut self,
        target: &Target,
        object: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<PendingAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun =
            objects.call_begin_replace(&mut self.store, target, &object.into(), options).await;
        trapped(begun).map(|begun| begun.map(PendingAnswer))
    }

    /// `objects.begin-patch`
    pub async fn begin_patch(
        &mut self,
        target: &Target,
        kind: PatchKind,
        patch: &str,
        options: Option<&WriteOptions>,
    ) -> Answer<PendingAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun = objects.call_begin_patch(&mut self.store, target, kind, patch, options).await;
        trapped(begun).map(|begun| begun.map(PendingAnswer))
    }

    /// `objects.begin-delete`
    pub async fn begin_delete(
        &mut self,
        target: &Target,
        options: Option<&DeleteOptions>,
    ) -> Answer<PendingAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun = objects.call_begin_delete(&mut self.store, target, options).await;
        trapped(begun).map(|begun| begun.map(PendingAnswer))
    }

    /// `objects.begin-evict`
    pub async fn begin_evict(
        &mut self,
        scope: &Scope,
        pod: &str,
        options: Option<&DeleteOptions>,
    ) -> Answer<PendingAnswer> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun = objects.call_begin_evict(&mut self.store, scope, pod, options).await;
        trapped(begun).map(|begun| begun.map(PendingAnswer))
    }

    /// `objects.begin-delete-collection`
    pub async fn begin_delete_collection(
        &mut self,
        resource: &ApiResource,
        scope: &Scope,
        selection: &Selection,
        options: Option<&DeleteOptions>,
    ) -> Answer<PendingDeletion> {
        let objects = self.bindings.k8s_in_cluster_objects();
        let begun = objects
            .call_begin_delete_collection(&mut self.store, resource, scope, selection, options)
            .await;
        trapped(begun).map(|begun| begun.map(PendingDeletion))
    }
}

/// `objects.pending-answer`
#[derive(Debug)]
pub struct PendingAnswer(ResourceAny);

impl PendingAnswer {
    /// `pending-answer.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.pending_answer().call_subscribe(&mut client.store, self.0).await)
    }

    /// `pending-answer.answer`
    pub async fn answer(&self, client: &mut PodClient) -> Answer<Option<ObjectAnswer>> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.pending_answer().call_answer(&mut client.store, self.0).await)
    }

    /// `pending-answer.blocking-answer`
    pub async fn blocking_answer(&self, client: &mut PodClient) -> Answer<ObjectAnswer> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.pending_answer().call_blocking_answer(&mut client.store, self.0).await)
    }

    /// Drops the resource: cancels the call.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}

/// `objects.pending-deletion`
#[derive(Debug)]
pub struct PendingDeletion(ResourceAny);

impl PendingDeletion {
    /// `pending-deletion.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.pending_deletion().call_subscribe(&mut client.store, self.0).await)
    }

    /// `pending-deletion.deleted`
    pub async fn deleted(&self, client: &mut PodClient) -> Answer<Option<Deleted>> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.pending_deletion().call_deleted(&mut client.store, self.0).await)
    }

    /// `pending-deletion.blocking-deleted`
    pub async fn blocking_deleted(&self, client: &mut PodClient) -> Answer<Deleted> {
        let objects = client.bindings.k8s_in_cluster_objects();
        trapped(objects.pending_deletion().call_blocking_deleted(&mut client.store, self.0).await)
    }

    /// Drops the resource: cancels the call.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}
