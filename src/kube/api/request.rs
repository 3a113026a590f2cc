//! From what kube-core makes of parameters to an answer.

use super::Client;
use crate::client::{InvalidRequest, Request};
use crate::kube::decode::read;
use crate::kube::{Error, Result};
use crate::objects::Answer;
use crate::resource::NameError;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use either::Either;
use k8s_in_cluster_json::find;
use kube_core::Status;
use serde::de::DeserializeOwned;

/// What kube-core makes of a verb and its parameters.
pub(super) type Made = Result<http::Request<Vec<u8>>, kube_core::request::Error>;

/// Has kube-core make requests. The path is no matter: it is made here, where no name leads to
/// another.
pub(super) fn verbs() -> kube_core::Request {
    kube_core::Request::new("/")
}

/// The name that is given to kube-core.
pub(super) const NAME: &str = "_";

impl Client {
    /// Sends a request whose answer is an object, and gives that as JSON text.
    pub(super) async fn object(
        &self,
        path: Result<String, NameError>,
        made: Made,
    ) -> Result<String> {
        let (request, body) = translate(path, made)?;
        let (method, path) = (request.method.clone(), request.path.clone());
        let response = self.requests().send(request, body).await?;
        Ok(Answer::new(response, &method, &path)?.object)
    }

    /// Sends a request whose answer is a list, or a `Status`.
    pub(super) async fn list(&self, path: Result<String, NameError>, made: Made) -> Result<String> {
        let (request, body) = translate(path, made)?;
        let path = request.path.clone();
        Ok(self.requests().send(request, body).await?.into_object(&path)?)
    }

    /// Sends a request whose answer is text, and may be silent for so long. Bytes that are no UTF-8
    /// are replaced by U+FFFD.
    pub(super) async fn text(
        &self,
        path: Result<String, NameError>,
        made: Made,
        silence: Option<Duration>,
    ) -> Result<String> {
        let (mut request, body) = translate(path, made)?;
        request.limits.first_byte = silence;
        request.limits.between_bytes = silence;
        let body = self.requests().send(request, body).await?.body;
        Ok(String::from_utf8(body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }
}

fn translate(
    path: Result<String, NameError>,
    made: Made,
) -> Result<(Request, Option<Vec<u8>>), Error> {
    let path = path.map_err(|error| crate::Error::from(InvalidRequest::from(error)))?;
    let (head, body) = made?.into_parts();
    let mut request = Request::new(head.method.as_str(), &path);
    let query = head.uri.query().unwrap_or_default().as_bytes();
    request.query = form_urlencoded::parse(query)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    for (name, value) in &head.headers {
        // A request without a body has no use for its type.
        if name != http::header::CONTENT_TYPE || !body.is_empty() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            request.headers.push((name.as_str().to_owned(), value));
        }
    }
    Ok((request, Some(body).filter(|body| !body.is_empty())))
}

/// Reads what was deleted, or that it is gone.
pub(super) fn read_or_status<T: DeserializeOwned>(
    json: &str,
    kind: &str,
) -> Result<Either<T, Status>> {
    match find(json, &["kind"]) {
        Some("\"Status\"") => Ok(Either::Right(read(json, "Status")?)),
        _ => Ok(Either::Left(read(json, kind)?)),
    }
}
