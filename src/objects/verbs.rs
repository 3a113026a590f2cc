//! What each verb sends. Knows of no answer.

use super::options::{Query, Representation};
use super::{DeleteOptions, GetOptions, PatchKind, Selection, Target, WriteOptions};
use crate::Error;
use crate::client::{Client, InvalidRequest, Limits, Request};
use crate::pod::Pod;
use crate::resource::{ApiResource, NameError, Scope};
use crate::transport::Transport;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// A request and its body.
pub(crate) type Prepared = (Request, Option<Vec<u8>>);

impl<P: Pod, T: Transport> Client<P, T> {
    pub(crate) fn to_get(&self, target: &Target, options: GetOptions) -> Result<Prepared, Error> {
        let path = self.object_path(target)?;
        let accept = options.representation.of_object();
        Ok((request("GET", path, options.query(), accept, options.limits), None))
    }

    pub(crate) fn to_create(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        object: String,
        options: WriteOptions,
    ) -> Result<Prepared, Error> {
        let path = self.path_in_one_namespace(resource, scope)?;
        Ok(to_write("POST", path, "application/json", object, options))
    }

    pub(crate) fn to_create_subresource(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<Prepared, Error> {
        let path = self.object_path(target)?;
        Ok(to_write("POST", path, "application/json", object, options))
    }

    pub(crate) fn to_replace(
        &self,
        target: &Target,
        object: String,
        options: WriteOptions,
    ) -> Result<Prepared, Error> {
        let path = self.object_path(target)?;
        Ok(to_write("PUT", path, "application/json", object, options))
    }

    pub(crate) fn to_patch(
        &self,
        target: &Target,
        kind: PatchKind,
        patch: String,
        options: WriteOptions,
    ) -> Result<Prepared, Error> {
        let path = self.object_path(target)?;
        Ok(to_write("PATCH", path, kind.media_type(), patch, options))
    }

    pub(crate) fn to_delete(
        &self,
        target: &Target,
        options: DeleteOptions,
    ) -> Result<Prepared, Error> {
        let path = self.object_path(target)?;
        Ok(to_delete(path, Query::default(), None, options))
    }

    pub(crate) fn to_delete_collection(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        selection: &Selection,
        options: DeleteOptions,
    ) -> Result<Prepared, Error> {
        let path = self.path_in_one_namespace(resource, scope)?;
        // Of what was deleted, it is only counted.
        let accept = Representation::MetadataOnly.of_list();
        Ok(to_delete(path, selection.query(), accept, options))
    }

    pub(crate) fn to_evict(
        &self,
        scope: &Scope,
        pod: &str,
        options: DeleteOptions,
    ) -> Result<Prepared, Error> {
        let namespace = &self.cluster().namespace;
        let path = ApiResource::new("", "v1", "pods")
            .object_path(scope, namespace, pod, Some("eviction"))
            .map_err(InvalidRequest::from)?;
        let body = options.eviction(pod);
        let mut request = request("POST", path, Query::default(), None, options.limits);
        request.headers.push(content_type("application/json"));
        Ok((request, Some(body)))
    }

    pub(super) fn collection_path(
        &self,
        resource: &ApiResource,
        scope: &Scope,
    ) -> Result<String, Error> {
        let path = resource.collection_path(scope, &self.cluster().namespace);
        Ok(path.map_err(InvalidRequest::from)?)
    }

    /// The same, but for all namespaces, which can only be read.
    fn path_in_one_namespace(
        &self,
        resource: &ApiResource,
        scope: &Scope,
    ) -> Result<String, Error> {
        match scope {
            Scope::AllNamespaces => Err(InvalidRequest::from(NameError::AllNamespaces).into()),
            _ => self.collection_path(resource, scope),
        }
    }

    fn object_path(&self, target: &Target) -> Result<String, Error> {
        let Target { resource, scope, name, subresource } = target;
        let namespace = &self.cluster().namespace;
        let path = resource.object_path(scope, namespace, name, subresource.as_deref());
        Ok(path.map_err(InvalidRequest::from)?)
    }
}

fn to_write(
    method: &str,
    path: String,
    media_type: &str,
    body: String,
    options: WriteOptions,
) -> Prepared {
    let accept = options.representation.of_object();
    let mut request = request(method, path, options.query(), accept, options.limits);
    request.headers.push(content_type(media_type));
    (request, Some(body.into_bytes()))
}

fn to_delete(path: String, query: Query, accept: Option<&str>, options: DeleteOptions) -> Prepared {
    let body = options.body();
    let mut request = request("DELETE", path, query, accept, options.limits);
    if body.is_some() {
        request.headers.push(content_type("application/json"));
    }
    (request, body)
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
