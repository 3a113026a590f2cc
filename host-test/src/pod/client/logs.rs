//! `logs`

use super::{Answer, PodClient, trapped};
use crate::pod::RunError;
use wasmtime::component::{Resource, ResourceAny};
use wasmtime_wasi::p2::DynPollable;

pub use super::bindings::exports::k8s::in_cluster::logs::{LogOptions, Since};

impl PodClient {
    /// `logs.open`
    pub async fn open_log(
        &mut self,
        namespace: Option<&str>,
        pod: &str,
        options: &LogOptions,
    ) -> Answer<Log> {
        let logs = self.bindings.k8s_in_cluster_logs();
        let opened = logs.call_open(&mut self.store, namespace, pod, options).await;
        trapped(opened).map(|opened| opened.map(Log))
    }
}

/// `logs.log`
#[derive(Debug)]
pub struct Log(ResourceAny);

impl Log {
    /// `log.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let logs = client.bindings.k8s_in_cluster_logs();
        trapped(logs.log().call_subscribe(&mut client.store, self.0).await)
    }

    /// `log.lines`
    pub async fn lines(&self, client: &mut PodClient, max: u32) -> Answer<Option<Vec<String>>> {
        let logs = client.bindings.k8s_in_cluster_logs();
        trapped(logs.log().call_lines(&mut client.store, self.0, max).await)
    }

    /// `log.blocking-lines`
    pub async fn blocking_lines(
        &self,
        client: &mut PodClient,
        max: u32,
    ) -> Answer<Option<Vec<String>>> {
        let logs = client.bindings.k8s_in_cluster_logs();
        trapped(logs.log().call_blocking_lines(&mut client.store, self.0, max).await)
    }

    /// `log.read`
    pub async fn read(&self, client: &mut PodClient, max: u64) -> Answer<Option<Vec<u8>>> {
        let logs = client.bindings.k8s_in_cluster_logs();
        trapped(logs.log().call_read(&mut client.store, self.0, max).await)
    }

    /// `log.blocking-read`
    pub async fn blocking_read(&self, client: &mut PodClient, max: u64) -> Answer<Option<Vec<u8>>> {
        let logs = client.bindings.k8s_in_cluster_logs();
        trapped(logs.log().call_blocking_read(&mut client.store, self.0, max).await)
    }

    /// Drops the resource: cancels the log.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}
