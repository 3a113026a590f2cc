//! The verbs.

use super::options::{Query, Representation};
use super::{
    Answer, DeleteOptions, Deleted, GetOptions, ListOptions, Listing, PatchKind, Selection, Target,
    WriteOptions,
};
use crate::Error;
use crate::client::{Client, InvalidRequest, Limits, Request};
use crate::pod::Pod;
use crate::resource::{ApiResource, Scope};
use crate::transport::Transport;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

impl<P: Pod, T: Transport> Client<P, T> {
    /// Reads an object, or a subresource of it that is one.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] if the server says no, [`Error::Protocol`] if what it sends is no
    /// object; otherwise as [`Client::send`].
    pub fn get(&self, target: &Target, options: GetOptions) -> Result<Answer, Error> {
        let path = self.object_path(target)?;
        let accept = options.representation.of_object();
        let request = request("GET", path, options.query(), accept, options.limits);
        self.answer(request, None)
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
        let path = self.collection_path(resource, scope)?;
        self.write("POST", path, "application/json", object, options)
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
        let path = self.object_path(target)?;
        self.write("POST", path, "application/json", object, options)
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
        let path = self.object_path(target)?;
        self.write("PUT", path, "application/json", object, options)
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
        let path = self.object_path(target)?;
        self.write("PATCH", path, kind.media_type(), patch, options)
    }

    /// Deletes an object. The answer is the object where it is still there for a while, else a
    /// `Status`.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn delete(&self, target: &Target, options: DeleteOptions) -> Result<Answer, Error> {
        let path = self.object_path(target)?;
        let body = options.body();
        let mut request = request("DELETE", path, Query::default(), None, options.limits);
        if body.is_some() {
            request.headers.push(content_type("application/json"));
        }
        self.answer(request, body)
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
        let path = self.collection_path(resource, scope)?;
        let body = options.body();
        // Of what was deleted, it is only counted.
        let accept = Representation::MetadataOnly.of_list();
        let mut request = request("DELETE", path, selection.query(), accept, options.limits);
        if body.is_some() {
            request.headers.push(content_type("application/json"));
        }
        super::listing::count_deleted(self, request, body)
    }

    /// Deletes a pod if its disruption budget allows that.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub fn evict(&self, scope: &Scope, pod: &str, options: DeleteOptions) -> Result<Answer, Error> {
        let namespace = &self.cluster().namespace;
        let path = ApiResource::new("", "v1", "pods")
            .object_path(scope, namespace, pod, Some("eviction"))
            .map_err(InvalidRequest::from)?;
        let body = options.eviction(pod);
        let mut request = request("POST", path, Query::default(), None, options.limits);
        request.headers.push(content_type("application/json"));
        self.answer(request, Some(body))
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

    fn write(
        &self,
        method: &str,
        path: String,
        media_type: &str,
        body: String,
        options: WriteOptions,
    ) -> Result<Answer, Error> {
        let accept = options.representation.of_object();
        let mut request = request(method, path, options.query(), accept, options.limits);
        request.headers.push(content_type(media_type));
        self.answer(request, Some(body.into_bytes()))
    }

    fn answer(&self, request: Request, body: Option<Vec<u8>>) -> Result<Answer, Error> {
        let (method, path) = (request.method.clone(), request.path.clone());
        Answer::new(self.send(request, body)?, &method, &path)
    }

    fn collection_path(&self, resource: &ApiResource, scope: &Scope) -> Result<String, Error> {
        let path = resource.collection_path(scope, &self.cluster().namespace);
        Ok(path.map_err(InvalidRequest::from)?)
    }

    fn object_path(&self, target: &Target) -> Result<String, Error> {
        let Target { resource, scope, name, subresource } = target;
        let namespace = &self.cluster().namespace;
        let path = resource.object_path(scope, namespace, name, subresource.as_deref());
        Ok(path.map_err(InvalidRequest::from)?)
    }
}

pub(super) fn request(
    method: &str,
    path: String,
    query: Query,
    accept: Option<&str>,
    limits: Limits,
) -> Request {
    let headers = accept.map(|accept| ("accept".to_owned(), accept.to_owned()));
    Request {
        method: method.to_owned(),
        path,
        query: query.into_pairs(),
        headers: headers.into_iter().collect(),
        limits,
        ..Request::default()
    }
}

fn content_type(value: &str) -> (String, String) {
    ("content-type".to_owned(), value.to_owned())
}
