//! `discovery`

use super::{Answer, PodClient, trapped, types::Limits};
use crate::pod::RunError;

pub use super::bindings::exports::k8s::in_cluster::discovery::{
    Freshness, Group, GroupVersion, GroupVersionKind, HealthCheck, HealthReport,
    OpenapiDocumentInfo, Probe, ResourceInfo, Subresource, VersionInfo,
};

impl PodClient {
    /// `discovery.groups`
    pub async fn groups(&mut self, limits: Option<Limits>) -> Answer<Vec<Group>> {
        let discovery = self.bindings.k8s_in_cluster_discovery();
        trapped(discovery.call_groups(&mut self.store, limits).await)
    }

    /// `discovery.resources`
    pub async fn resources(
        &mut self,
        name: Option<&str>,
        group: Option<&str>,
        version: Option<&str>,
        limits: Option<Limits>,
    ) -> Answer<Vec<ResourceInfo>> {
        let discovery = self.bindings.k8s_in_cluster_discovery();
        let called = discovery.call_resources(&mut self.store, name, group, version, limits);
        trapped(called.await)
    }

    /// `discovery.invalidate`
    pub async fn invalidate(&mut self) -> Result<(), RunError> {
        let discovery = self.bindings.k8s_in_cluster_discovery();
        trapped(discovery.call_invalidate(&mut self.store).await)
    }

    /// `discovery.server-version`
    pub async fn server_version(&mut self, limits: Option<Limits>) -> Answer<VersionInfo> {
        let discovery = self.bindings.k8s_in_cluster_discovery();
        trapped(discovery.call_server_version(&mut self.store, limits).await)
    }

    /// `discovery.health`
    pub async fn health(&mut self, probe: Probe, limits: Option<Limits>) -> Answer<HealthReport> {
        let discovery = self.bindings.k8s_in_cluster_discovery();
        trapped(discovery.call_health(&mut self.store, probe, limits).await)
    }

    /// `discovery.openapi-documents`
    pub async fn openapi_documents(
        &mut self,
        limits: Option<Limits>,
    ) -> Answer<Vec<OpenapiDocumentInfo>> {
        let discovery = self.bindings.k8s_in_cluster_discovery();
        trapped(discovery.call_openapi_documents(&mut self.store, limits).await)
    }

    /// `discovery.openapi-document`
    pub async fn openapi_document(
        &mut self,
        name: &str,
        limits: Option<Limits>,
    ) -> Answer<Option<String>> {
        let discovery = self.bindings.k8s_in_cluster_discovery();
        trapped(discovery.call_openapi_document(&mut self.store, name, limits).await)
    }
}
