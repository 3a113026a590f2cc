//! The verbs, as futures and streams.

use super::ready::wait;
use super::{Client, Items, List, LogLines, Ready, Watch};
use crate::Error;
use crate::logs::LogOptions;
use crate::objects::{
    Answer, DeleteOptions, Deleted, GetOptions, ListOptions, ListingMetadata, PatchKind,
    PendingAnswer, Selection, Target, WriteOptions,
};
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::{Exchange, Transport};
use crate::watch::{Options as WatchOptions, Watcher};
use alloc::string::String;
use alloc::sync::Arc;

impl<P: Pod, T: Transport> Client<P, T>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    /// Reads an object, or a subresource that is an object.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the server says no, [`Error::Protocol`] if it sends something that is no
    /// object; otherwise those of [`Client::send`].
    pub async fn get(&self, target: &Target, options: GetOptions) -> Result<Answer, Error> {
        self.answer(self.core.begin_get(target, options)?).await
    }

    /// Creates an object.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn create(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        object: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.answer(self.core.begin_create(resource, scope, object, options)?).await
    }

    /// Creates a subresource, for example `binding` of a pod.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn create_subresource(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.answer(self.core.begin_create_subresource(target, object, options)?).await
    }

    /// Replaces an object.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn replace(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.answer(self.core.begin_replace(target, object, options)?).await
    }

    /// Changes an object.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn patch(
        &self,
        target: &Target,
        kind: PatchKind,
        patch: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        self.answer(self.core.begin_patch(target, kind, patch, options)?).await
    }

    /// Deletes an object. The answer is the object, if it stays for a while; otherwise a `Status`.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn delete(&self, target: &Target, options: DeleteOptions) -> Result<Answer, Error> {
        self.answer(self.core.begin_delete(target, options)?).await
    }

    /// Deletes all objects of a selection, one by one. After an error, those before it are deleted.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn delete_collection(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        selection: &Selection,
        options: DeleteOptions,
    ) -> Result<Deleted, Error> {
        let core = &*self.core;
        let mut pending = core.begin_delete_collection(resource, scope, selection, options)?;
        loop {
            if let Some(deleted) = pending.deleted(core)? {
                return Ok(deleted);
            }
            let at_most = pending.time_left(core)?;
            wait(core, pending.subscribe(core), at_most).await;
        }
    }

    /// Deletes a pod if its disruption budget allows that. Otherwise the error is a 429, after as
    /// many attempts as the limits say: with the default after some 43 seconds.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn evict(
        &self,
        scope: &Scope,
        pod: &str,
        options: DeleteOptions,
    ) -> Result<Answer, Error> {
        self.answer(self.core.begin_evict(scope, pod, options)?).await
    }

    /// Reads objects, as many as there are.
    ///
    /// # Errors
    ///
    /// If the request is not allowed or can't be begun.
    pub fn list(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        options: ListOptions,
    ) -> Result<List<P, T>, Error> {
        let listing = self.core.list(resource, scope, options)?;
        Ok(Items::new(Arc::clone(&self.core), listing))
    }

    /// Follows objects: their state now, and what happens to them from then on.
    ///
    /// # Errors
    ///
    /// If a name or an option can't be used.
    pub fn watch(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        options: WatchOptions,
    ) -> Result<Watch<P, T>, Error> {
        let watcher = Watcher::start(&self.core, resource, scope, options)?;
        Ok(Items::new(Arc::clone(&self.core), watcher))
    }

    /// Reads the log of a pod's container: in the pod's own namespace, if none is named.
    ///
    /// # Errors
    ///
    /// If a name can't be part of a path, or the request can't be begun.
    pub fn log_lines(
        &self,
        namespace: Option<&str>,
        pod: &str,
        options: &LogOptions,
    ) -> Result<LogLines<P, T>, Error> {
        let log = self.core.open_log(namespace, pod, options)?;
        Ok(Items::new(Arc::clone(&self.core), log))
    }

    async fn answer(&self, mut pending: PendingAnswer<T::Exchange>) -> Result<Answer, Error> {
        let core = &*self.core;
        loop {
            if let Some(answer) = pending.answer(core)? {
                return Ok(answer);
            }
            let at_most = pending.time_left(core)?;
            wait(core, pending.subscribe(core), at_most).await;
        }
    }
}

impl<P: Pod, T: Transport> List<P, T>
where
    <T::Exchange as Exchange>::Pollable: Ready,
{
    /// What the list says about itself so far.
    pub fn metadata(&self) -> ListingMetadata {
        self.source().metadata()
    }
}
