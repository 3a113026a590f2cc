//! What only pods have: eviction, ephemeral containers, and resources that change while they run.

use super::{Api, DeleteParams, EvictParams, Patch, PatchParams, PostParams, PropagationPolicy};
use crate::kube::Result;
use crate::kube::decode::read;
use crate::objects::{self, DeleteOptions};
use k8s_openapi::api::core::v1::Pod;
use kube_core::Status;
use serde::Serialize;
use serde::de::DeserializeOwned;

const EPHEMERAL_CONTAINERS: &str = "ephemeralcontainers";
const RESIZE: &str = "resize";

/// A type whose objects can have ephemeral containers.
pub trait Ephemeral {}

impl Ephemeral for Pod {}

impl<K: DeserializeOwned + Ephemeral> Api<K> {
    /// Reads a pod by its `ephemeralcontainers`.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_ephemeral_containers(&self, name: &str) -> Result<K> {
        self.get_subresource(EPHEMERAL_CONTAINERS, name).await
    }

    /// Adds containers to a pod that runs. Those that were added can't be changed, and stay as long
    /// as the pod.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch_ephemeral_containers<P: Serialize>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<K> {
        self.patch_subresource(EPHEMERAL_CONTAINERS, name, params, patch).await
    }

    /// Adds to a pod that runs the containers that `object` has and the pod has not.
    ///
    /// # Errors
    ///
    /// As [`Api::replace`].
    pub async fn replace_ephemeral_containers(
        &self,
        name: &str,
        params: &PostParams,
        object: &K,
    ) -> Result<K>
    where
        K: Serialize,
    {
        self.replace_subresource(EPHEMERAL_CONTAINERS, name, params, object).await
    }
}

/// A type whose containers can be given other resources while they run.
pub trait Resize {}

impl Resize for Pod {}

impl<K: DeserializeOwned + Resize> Api<K> {
    /// Reads a pod by its `resize`, which servers have from version 1.33 on.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_resize(&self, name: &str) -> Result<K> {
        self.get_subresource(RESIZE, name).await
    }

    /// Changes the resources that the containers of a pod have. Whether the node has them is later
    /// in the pod's status.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch_resize<P: Serialize>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<K> {
        self.patch_subresource(RESIZE, name, params, patch).await
    }

    /// Replaces the resources that the containers of a pod have.
    ///
    /// # Errors
    ///
    /// As [`Api::replace`].
    pub async fn replace_resize(&self, name: &str, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        self.replace_subresource(RESIZE, name, params, object).await
    }
}

/// A type whose objects can be evicted.
pub trait Evict {}

impl Evict for Pod {}

impl<K: Evict> Api<K> {
    /// Deletes a pod if its disruption budget allows that. Otherwise the error is a 429, after as
    /// many attempts as the client makes, which take some 43 seconds.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn evict(&self, name: &str, params: &EvictParams) -> Result<Status> {
        let mut options = params.delete_options.as_ref().map(options).unwrap_or_default();
        options.dry_run |= params.post_options.dry_run;
        let answer = self.client.requests().evict(&self.scope, name, options).await?;
        read(&answer.object, "Status")
    }
}

fn options(params: &DeleteParams) -> DeleteOptions {
    let precondition = params.preconditions.as_ref();
    DeleteOptions {
        dry_run: params.dry_run,
        grace_period_seconds: params.grace_period_seconds,
        propagation_policy: params.propagation_policy.as_ref().map(|policy| match policy {
            PropagationPolicy::Orphan => objects::PropagationPolicy::Orphan,
            PropagationPolicy::Background => objects::PropagationPolicy::Background,
            PropagationPolicy::Foreground => objects::PropagationPolicy::Foreground,
        }),
        precondition_uid: precondition.and_then(|it| it.uid.clone()),
        precondition_resource_version: precondition.and_then(|it| it.resource_version.clone()),
        ..DeleteOptions::default()
    }
}
