//! Calls the exports of the `k8s:in-cluster` component, as an application would.
// The error variant of the WIT, as wide as bindgen makes it.
#![allow(clippy::result_large_err)]

#[allow(missing_docs, unreachable_pub, clippy::all)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "in-cluster",
        exports: { default: async },
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:cli": wasmtime_wasi::p2::bindings::cli,
            "wasi:filesystem": wasmtime_wasi::p2::bindings::filesystem,
            "wasi:http": wasmtime_wasi_http::p2::bindings::http,
        },
        require_store_data_send: true,
    });
}

pub mod access;
pub mod cache;
pub mod discovery;
pub mod leases;
pub mod logs;
pub mod objects;

pub mod watch;

pub use bindings::exports::k8s::in_cluster::{cluster, rest, types};

use bindings::InClusterPre;
use wasmtime::Store;
use wasmtime::component::{Component, Resource, ResourceAny};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::io::poll;

use super::{Pod, PodState, RunError};

/// What the component answers: a result, or an error that it reports as such.
pub type Answer<T> = Result<Result<T, types::Error>, RunError>;

/// An instance of the component, and its exports.
///
/// Each method calls the export of its name. The outer error is [`RunError::Trap`], after which
/// the instance is of no more use.
pub struct PodClient {
    store: Store<PodState>,
    bindings: bindings::InCluster,
}

impl PodClient {
    /// Makes an instance in a pod.
    ///
    /// # Errors
    ///
    /// [`RunError::NotInCluster`] if the component is another one, and [`RunError::Instantiate`]
    /// if no instance can be made of it.
    pub async fn new(pod: &Pod, component: &Component) -> Result<Self, RunError> {
        let pre = InClusterPre::new(pod.pre(component)?).map_err(RunError::NotInCluster)?;
        let mut store = pod.store()?;
        let bindings = pre.instantiate_async(&mut store).await.map_err(RunError::Instantiate)?;
        Ok(Self { store, bindings })
    }

    /// How many bytes of linear memory it has. They never become fewer.
    pub fn memory(&self) -> usize {
        self.store.data().memory.bytes
    }

    /// How many of the host's resources it has: requests, streams, pollables, files and the like.
    pub fn host_resources(&mut self) -> usize {
        self.store.data_mut().table.iter_mut().count()
    }

    /// `cluster.discover`
    pub async fn discover(&mut self) -> Answer<cluster::Info> {
        let cluster = self.bindings.k8s_in_cluster_cluster();
        trapped(cluster.call_discover(&mut self.store).await)
    }

    /// `rest.send`
    pub async fn send(
        &mut self,
        request: &rest::Request,
        body: Option<&[u8]>,
    ) -> Answer<rest::Response> {
        let rest = self.bindings.k8s_in_cluster_rest();
        trapped(rest.call_send(&mut self.store, request, body).await)
    }

    /// `rest.open`
    pub async fn open(
        &mut self,
        request: &rest::Request,
        body: Option<&[u8]>,
    ) -> Answer<PendingResponse> {
        let rest = self.bindings.k8s_in_cluster_rest();
        trapped(rest.call_open(&mut self.store, request, body).await)
            .map(|opened| opened.map(PendingResponse))
    }

    /// `rest.upload`
    pub async fn upload(
        &mut self,
        request: &rest::Request,
        content_length: Option<u64>,
    ) -> Answer<(RequestBody, PendingResponse)> {
        let rest = self.bindings.k8s_in_cluster_rest();
        trapped(rest.call_upload(&mut self.store, request, content_length).await)
            .map(|begun| begun.map(|(body, pending)| (RequestBody(body), PendingResponse(pending))))
    }

    /// Waits until a pollable is ready, and drops it.
    pub async fn wait(&mut self, pollable: Resource<DynPollable>) -> Result<(), RunError> {
        let waited = self.block(&pollable).await;
        self.drop_pollable(pollable).await?;
        waited
    }

    /// Waits until a pollable is ready, and keeps it: to stop waiting is to drop the future.
    pub async fn block(&mut self, pollable: &Resource<DynPollable>) -> Result<(), RunError> {
        use poll::HostPollable as _;
        let table = self.store.data_mut().ctx().table;
        table.block(Resource::new_borrow(pollable.rep())).await.map_err(RunError::Trap)
    }

    /// Drops a pollable that is not waited for any more.
    pub async fn drop_pollable(&mut self, pollable: Resource<DynPollable>) -> Result<(), RunError> {
        use poll::HostPollable as _;
        self.store.data_mut().ctx().table.drop(pollable).map_err(RunError::Trap)
    }

    /// Whether a pollable is ready now.
    pub async fn is_ready(&mut self, pollable: &Resource<DynPollable>) -> Result<bool, RunError> {
        use poll::HostPollable as _;
        let table = self.store.data_mut().ctx().table;
        table.ready(Resource::new_borrow(pollable.rep())).await.map_err(RunError::Trap)
    }
}

/// `rest.request-body`
#[derive(Debug)]
pub struct RequestBody(ResourceAny);

impl RequestBody {
    /// `request-body.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.request_body().call_subscribe(&mut client.store, self.0).await)
    }

    /// `request-body.write`
    pub async fn write(&self, client: &mut PodClient, bytes: &[u8]) -> Answer<u64> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.request_body().call_write(&mut client.store, self.0, bytes).await)
    }

    /// `request-body.blocking-write`
    pub async fn blocking_write(&self, client: &mut PodClient, bytes: &[u8]) -> Answer<()> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.request_body().call_blocking_write(&mut client.store, self.0, bytes).await)
    }

    /// `request-body.finish`
    pub async fn finish(&self, client: &mut PodClient) -> Answer<()> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.request_body().call_finish(&mut client.store, self.0).await)
    }

    /// Drops the resource.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}

/// `rest.pending-response`
#[derive(Debug)]
pub struct PendingResponse(ResourceAny);

impl PendingResponse {
    /// `pending-response.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.pending_response().call_subscribe(&mut client.store, self.0).await)
    }

    /// `pending-response.response`
    pub async fn response(
        &self,
        client: &mut PodClient,
    ) -> Answer<Option<(rest::ResponseHead, ResponseBody)>> {
        let rest = client.bindings.k8s_in_cluster_rest();
        let response = rest.pending_response().call_response(&mut client.store, self.0).await;
        trapped(response).map(|answer| {
            answer.map(|response| response.map(|(head, body)| (head, ResponseBody(body))))
        })
    }

    /// `pending-response.blocking-response`
    pub async fn blocking_response(
        &self,
        client: &mut PodClient,
    ) -> Answer<(rest::ResponseHead, ResponseBody)> {
        let rest = client.bindings.k8s_in_cluster_rest();
        let response =
            rest.pending_response().call_blocking_response(&mut client.store, self.0).await;
        trapped(response).map(|answer| answer.map(|(head, body)| (head, ResponseBody(body))))
    }

    /// Drops the resource: cancels the request.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}

/// `rest.response-body`
#[derive(Debug)]
pub struct ResponseBody(ResourceAny);

impl ResponseBody {
    /// `response-body.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.response_body().call_subscribe(&mut client.store, self.0).await)
    }

    /// `response-body.read`
    pub async fn read(&self, client: &mut PodClient, max: u64) -> Answer<Option<Vec<u8>>> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.response_body().call_read(&mut client.store, self.0, max).await)
    }

    /// `response-body.blocking-read`
    pub async fn blocking_read(&self, client: &mut PodClient, max: u64) -> Answer<Option<Vec<u8>>> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.response_body().call_blocking_read(&mut client.store, self.0, max).await)
    }

    /// `response-body.into-error`
    pub async fn into_error(self, client: &mut PodClient) -> Result<types::Error, RunError> {
        let rest = client.bindings.k8s_in_cluster_rest();
        trapped(rest.response_body().call_into_error(&mut client.store, self.0).await)
    }

    /// Drops the resource: cancels the answer.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}

fn trapped<T>(result: wasmtime::Result<T>) -> Result<T, RunError> {
    result.map_err(RunError::Trap)
}
