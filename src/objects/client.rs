//! The verbs, waited for.

use super::{
    Answer, DeleteOptions, Deleted, GetOptions, ListOptions, Listing, PatchKind, Selection, Target,
    WriteOptions,
};
use crate::Error;
use crate::client::Client;
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::Transport;
use alloc::string::String;

impl<P: Pod, T: Transport> Client<P, T> {
    /// Reads an object, or a subresource of it that is one.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the server says no, [`Error::Protocol`] if what it sends is no
    /// object; otherwise as [`Client::send`].
    pub fn get(&self, target: &Target, options: GetOptions) -> Result<Answer, Error> {
        self.begin_get(target, options)?.wait_for_answer(self)
    }

    /// Creates an object.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn create(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        object: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.begin_create(resource, scope, object, options)?.wait_for_answer(self)
    }

    /// Creates a subresource, for example `binding` of a pod.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn create_subresource(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.begin_create_subresource(target, object, options)?.wait_for_answer(self)
    }

    /// Replaces an object.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn replace(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.begin_replace(target, object, options)?.wait_for_answer(self)
    }

    /// Changes an object.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn patch(
        &self,
        target: &Target,
        kind: PatchKind,
        patch: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.begin_patch(target, kind, patch, options)?.wait_for_answer(self)
    }

    /// Deletes an object. The answer is the object where it is still there for a while, else a
    /// `Status`.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn delete(&self, target: &Target, options: DeleteOptions) -> Result<Answer, Error> {
        self.begin_delete(target, options)?.wait_for_answer(self)
    }

    /// Deletes all objects of a selection.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn delete_collection(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        selection: &Selection,
        options: DeleteOptions,
    ) -> Result<Deleted, Error> {
        self.begin_delete_collection(resource, scope, selection, options)?.wait_for_deleted(self)
    }

    /// Deletes a pod if its disruption budget allows that. Otherwise it is a 429, after as many
    /// attempts as the limits say: with the default some 43 seconds later.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn evict(&self, scope: &Scope, pod: &str, options: DeleteOptions) -> Result<Answer, Error> {
        self.begin_evict(scope, pod, options)?.wait_for_answer(self)
    }

    /// Reads objects, as many as there are. Sends the first request, and does not wait for its
    /// answer.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn list(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        options: ListOptions,
    ) -> Result<Listing<T::Exchange>, Error> {
        let path = self.collection_path(resource, scope)?;
        Listing::open(self, path, options)
    }
}
