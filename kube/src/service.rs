//! The service that kube sends its requests through.

use crate::{Body, request};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use k8s_in_cluster::Error;
use k8s_in_cluster::asynchronous::{Client, Ready};
use k8s_in_cluster::client::Head;
use k8s_in_cluster::pod::Pod;
use k8s_in_cluster::transport::{Exchange, Transport};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A tower service over a client of the pod's own cluster, as [`kube_client::Client::new`] and
/// [`kube_client::client::ClientBuilder`] take it. Its clones send through the same client.
///
/// It returns the answer's head when that has come, whatever the status, and its [`Body`] as it
/// comes. Dropping a future or a body cancels the request.
///
/// # Errors
///
/// A [`k8s_in_cluster::Error`], in a box: if the request is not allowed, or no answer came. In kube
/// it is the source of [`kube_client::Error::Service`].
pub struct Service<P, T> {
    client: Client<P, T>,
}

impl<P, T> Service<P, T> {
    /// Makes the service of a client: on wasm, of one that its `in_cluster` returned.
    pub fn new(client: Client<P, T>) -> Self {
        Self { client }
    }
}

impl<P, T> Clone for Service<P, T> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone() }
    }
}

/// What tower has an error in.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<P, T> tower_service::Service<Request<kube_client::client::Body>> for Service<P, T>
where
    P: Pod + Send + Sync + 'static,
    T: Transport + Send + Sync + 'static,
    T::Exchange: Send + Unpin,
    <T::Exchange as Exchange>::Pollable: Ready,
    <<T::Exchange as Exchange>::Pollable as Ready>::Future: Send,
{
    type Response = Response<Body<P, T>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<kube_client::client::Body>) -> Self::Future {
        let client = self.client.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await?;
            let body = request::body(&parts.method, body);
            let (head, body) = client.open(request::checked(parts)?, body).await?;
            Ok(response(&head, Body::new(body))?)
        })
    }
}

/// The answer, as the crate `http` has it. Headers that are none there are left out.
fn response<B>(head: &Head, body: B) -> Result<Response<B>, Error> {
    let status = StatusCode::from_u16(head.status).map_err(|_| {
        Error::Protocol(format!("the answer's status is {}: there is none such", head.status))
    })?;
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in &head.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}
