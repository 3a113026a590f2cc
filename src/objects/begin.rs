//! The verbs, begun.

use super::{
    DeleteOptions, GetOptions, PatchKind, PendingAnswer, PendingDeletion, Selection, Target,
    WriteOptions,
};
use crate::Error;
use crate::client::Client;
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::Transport;
use alloc::string::String;

/// Each sends its request, and does not wait for the answer, but for the host to take the body.
impl<P: Pod, T: Transport> Client<P, T> {
    /// [`Client::get`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_get(
        &self,
        target: &Target,
        options: GetOptions,
    ) -> Result<PendingAnswer<T::Exchange>, Error> {
        PendingAnswer::begin(self, self.to_get(target, options)?)
    }

    /// [`Client::create`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_create(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        object: String,
        options: WriteOptions,
    ) -> Result<PendingAnswer<T::Exchange>, Error> {
        PendingAnswer::begin(self, self.to_create(resource, scope, object, options)?)
    }

    /// [`Client::create_subresource`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_create_subresource(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<PendingAnswer<T::Exchange>, Error> {
        PendingAnswer::begin(self, self.to_create_subresource(target, object, options)?)
    }

    /// [`Client::replace`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_replace(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<PendingAnswer<T::Exchange>, Error> {
        PendingAnswer::begin(self, self.to_replace(target, object, options)?)
    }

    /// [`Client::patch`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_patch(
        &self,
        target: &Target,
        kind: PatchKind,
        patch: String,
        options: WriteOptions,
    ) -> Result<PendingAnswer<T::Exchange>, Error> {
        PendingAnswer::begin(self, self.to_patch(target, kind, patch, options)?)
    }

    /// [`Client::delete`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_delete(
        &self,
        target: &Target,
        options: DeleteOptions,
    ) -> Result<PendingAnswer<T::Exchange>, Error> {
        PendingAnswer::begin(self, self.to_delete(target, options)?)
    }

    /// [`Client::delete_collection`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_delete_collection(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        selection: &Selection,
        options: DeleteOptions,
    ) -> Result<PendingDeletion<T::Exchange>, Error> {
        PendingDeletion::begin(
            self,
            self.to_delete_collection(resource, scope, selection, options)?,
        )
    }

    /// [`Client::evict`], begun.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn begin_evict(
        &self,
        scope: &Scope,
        pod: &str,
        options: DeleteOptions,
    ) -> Result<PendingAnswer<T::Exchange>, Error> {
        PendingAnswer::begin(self, self.to_evict(scope, pod, options)?)
    }
}
