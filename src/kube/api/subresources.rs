//! What objects have beside themselves: `status`, `scale`, and any other that is an object.

use super::request::{NAME, verbs};
use super::{Api, Patch, PatchParams, PostParams, Scale};
use crate::kube::Result;
use crate::kube::decode::{read, write};
use serde::Serialize;
use serde::de::DeserializeOwned;

const STATUS: &str = "status";
const SCALE: &str = "scale";

impl<K: DeserializeOwned> Api<K> {
    /// Reads an object by its `status`.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_status(&self, name: &str) -> Result<K> {
        self.get_subresource(STATUS, name).await
    }

    /// Changes an object's status.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch_status<P: Serialize>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<K> {
        self.patch_subresource(STATUS, name, params, patch).await
    }

    /// Replaces an object's status by that of `object`.
    ///
    /// # Errors
    ///
    /// As [`Api::replace`].
    pub async fn replace_status(&self, name: &str, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        self.replace_subresource(STATUS, name, params, object).await
    }

    /// Reads a subresource that is an object of the same type.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_subresource(&self, subresource: &str, name: &str) -> Result<K> {
        self.get_other(subresource, name, &self.kind).await
    }

    /// Creates a subresource, for example `binding` of a pod.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn create_subresource<I: Serialize, T: DeserializeOwned>(
        &self,
        subresource: &str,
        name: &str,
        params: &PostParams,
        object: &I,
    ) -> Result<T> {
        // `create_subresource` of kube-core has the same body, and checks no more.
        let made = verbs().create(params, write(object)?);
        read(&self.client.object(self.path(name, Some(subresource)), made).await?, subresource)
    }

    /// Changes a subresource that is an object of the same type.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch_subresource<P: Serialize>(
        &self,
        subresource: &str,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<K> {
        self.patch_other(subresource, name, params, patch, &self.kind).await
    }

    /// Replaces a subresource that is an object of the same type.
    ///
    /// # Errors
    ///
    /// As [`Api::replace`].
    pub async fn replace_subresource<I: Serialize>(
        &self,
        subresource: &str,
        name: &str,
        params: &PostParams,
        object: &I,
    ) -> Result<K> {
        self.replace_other(subresource, name, params, object, &self.kind).await
    }
}

impl<K> Api<K> {
    /// Reads how many replicas an object should have, and has.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_scale(&self, name: &str) -> Result<Scale> {
        self.get_other(SCALE, name, "Scale").await
    }

    /// Changes how many replicas an object should have.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch_scale<P: Serialize>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<Scale> {
        self.patch_other(SCALE, name, params, patch, "Scale").await
    }

    /// Replaces the number of replicas that an object should have.
    ///
    /// # Errors
    ///
    /// As [`Api::replace`].
    pub async fn replace_scale(
        &self,
        name: &str,
        params: &PostParams,
        scale: &Scale,
    ) -> Result<Scale> {
        self.replace_other(SCALE, name, params, scale, "Scale").await
    }

    async fn get_other<T>(&self, subresource: &str, name: &str, kind: &str) -> Result<T>
    where
        T: DeserializeOwned,
    {
        let made = verbs().get(NAME, &Default::default());
        read(&self.client.object(self.path(name, Some(subresource)), made).await?, kind)
    }

    async fn patch_other<P: Serialize, T: DeserializeOwned>(
        &self,
        subresource: &str,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
        kind: &str,
    ) -> Result<T> {
        let made = verbs().patch(NAME, params, patch);
        read(&self.client.object(self.path(name, Some(subresource)), made).await?, kind)
    }

    async fn replace_other<I: Serialize, T: DeserializeOwned>(
        &self,
        subresource: &str,
        name: &str,
        params: &PostParams,
        object: &I,
        kind: &str,
    ) -> Result<T> {
        let made = verbs().replace(NAME, params, write(object)?);
        read(&self.client.object(self.path(name, Some(subresource)), made).await?, kind)
    }
}
