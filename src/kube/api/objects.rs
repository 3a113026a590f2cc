//! The verbs, for one object.

use super::request::{Made, NAME, read_or_status, verbs};
use super::{Api, DeleteParams, GetParams, PartialObjectMeta, Patch, PatchParams, PostParams};
use crate::kube::decode::{read, write};
use crate::kube::{Error, Result};
use alloc::string::String;
use either::Either;
use kube_core::Status;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl<K: DeserializeOwned> Api<K> {
    /// Reads an object.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the server says no, which is `is_not_found` if there is no object of that
    /// name; [`Error::Unreadable`] if the object does not fit `K`.
    pub async fn get(&self, name: &str) -> Result<K> {
        self.get_with(name, &GetParams::default()).await
    }

    /// Reads an object, which may be an older state of it.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_with(&self, name: &str, params: &GetParams) -> Result<K> {
        self.read(&self.get_text(name, params, self.metadata_only).await?)
    }

    /// Reads an object; none if there is none of that name.
    ///
    /// # Errors
    ///
    /// As [`Api::get`], but for an object that is not there.
    pub async fn get_opt(&self, name: &str) -> Result<Option<K>> {
        optional(self.get(name).await)
    }

    /// Creates an object.
    ///
    /// # Errors
    ///
    /// As [`Api::get`]: [`Error::Api`] is `is_already_exists` where there is one of that name.
    pub async fn create(&self, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        let made = verbs().create(params, write(object)?);
        self.read(&self.client.object(self.one_collection(), made).await?)
    }

    /// Replaces an object.
    ///
    /// # Errors
    ///
    /// As [`Api::get`]: [`Error::Api`] is `is_conflict` where it has changed since the resource
    /// version that `object` says.
    pub async fn replace(&self, name: &str, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        self.changed(name, verbs().replace(NAME, params, write(object)?)).await
    }

    /// Changes an object.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch<P: Serialize>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<K> {
        self.changed(name, verbs().patch(NAME, params, patch)).await
    }

    /// Deletes an object. On the left of the result is the object, if it stays for a while; on the
    /// right is a `Status`, if it is gone.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn delete(&self, name: &str, params: &DeleteParams) -> Result<Either<K, Status>> {
        let made = verbs().delete(NAME, params);
        let json = self.client.object(self.path(name, None), made).await?;
        read_or_status(&json, &self.kind)
    }

    /// What becomes of an object by a request that changes it.
    pub(super) async fn changed(&self, name: &str, made: Made) -> Result<K> {
        self.read(&self.client.object(self.path(name, None), made).await?)
    }

    pub(super) fn read(&self, json: &str) -> Result<K> {
        read(json, &self.kind)
    }
}

impl<K> Api<K> {
    /// Reads an object's metadata.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_metadata(&self, name: &str) -> Result<PartialObjectMeta<K>> {
        self.get_metadata_with(name, &GetParams::default()).await
    }

    /// Reads an object's metadata, which may be an older state of it.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn get_metadata_with(
        &self,
        name: &str,
        params: &GetParams,
    ) -> Result<PartialObjectMeta<K>> {
        read(&self.get_text(name, params, true).await?, &self.kind)
    }

    /// Reads an object's metadata; none if there is none of that name.
    ///
    /// # Errors
    ///
    /// As [`Api::get`], but for an object that is not there.
    pub async fn get_metadata_opt(&self, name: &str) -> Result<Option<PartialObjectMeta<K>>> {
        self.get_metadata_opt_with(name, &GetParams::default()).await
    }

    /// The same, which may be of an older state of it.
    ///
    /// # Errors
    ///
    /// As [`Api::get_metadata_opt`].
    pub async fn get_metadata_opt_with(
        &self,
        name: &str,
        params: &GetParams,
    ) -> Result<Option<PartialObjectMeta<K>>> {
        optional(self.get_metadata_with(name, params).await)
    }

    /// Changes an object, and returns its metadata.
    ///
    /// # Errors
    ///
    /// As [`Api::get`].
    pub async fn patch_metadata<P: Serialize>(
        &self,
        name: &str,
        params: &PatchParams,
        patch: &Patch<P>,
    ) -> Result<PartialObjectMeta<K>> {
        let made = verbs().patch_metadata(NAME, params, patch);
        read(&self.client.object(self.path(name, None), made).await?, &self.kind)
    }

    async fn get_text(&self, name: &str, params: &GetParams, metadata: bool) -> Result<String> {
        let made = match metadata {
            true => verbs().get_metadata(NAME, params),
            false => verbs().get(NAME, params),
        };
        self.client.object(self.path(name, None), made).await
    }
}

/// None for what is not there.
fn optional<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(object) => Ok(Some(object)),
        Err(Error::Api(status)) if status.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
