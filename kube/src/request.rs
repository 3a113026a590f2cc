//! kube's requests, as the client underneath takes them.

use bytes::Bytes;
use http::{Method, request::Parts};
use k8s_in_cluster::Error;
use k8s_in_cluster::client::{InvalidRequest, Request};

/// A request, but for its body.
pub(crate) fn checked(parts: Parts) -> Result<Request, Error> {
    if parts.uri.authority().is_some() {
        return Err(Error::Denied(
            "its URI names a server: requests go to the pod's own API server, so leave out scheme \
             and host, and any layer that adds them",
        ));
    }
    let mut request = Request::new(parts.method.as_str(), parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    request.query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for (name, value) in &parts.headers {
        let text = std::str::from_utf8(value.as_bytes())
            .map_err(|_| InvalidRequest::HeaderValue(name.as_str().to_owned()))?;
        request.headers.push((name.as_str().to_owned(), text.to_owned()));
    }
    Ok(request)
}

/// The body that is sent. An empty one is none, but where a server waits for one.
pub(crate) fn body(method: &Method, bytes: Bytes) -> Option<Vec<u8>> {
    let expected = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    (expected || !bytes.is_empty()).then(|| bytes.into())
}
