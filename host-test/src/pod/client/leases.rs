//! `leases`

use wasmtime::component::{Resource, ResourceAny};
use wasmtime_wasi::p2::DynPollable;

pub use super::bindings::exports::k8s::in_cluster::leases::{Event, Loss, Options, Timings};

use super::{Answer, PodClient, RunError, trapped};

impl PodClient {
    /// `leases.elect`
    pub async fn elect(&mut self, options: &Options) -> Answer<Elector> {
        let leases = self.bindings.k8s_in_cluster_leases();
        trapped(leases.call_elect(&mut self.store, options).await)
            .map(|elected| elected.map(Elector))
    }
}

/// `leases.elector`
#[derive(Debug)]
pub struct Elector(ResourceAny);

impl Elector {
    /// `elector.identity`
    pub async fn identity(&self, client: &mut PodClient) -> Result<String, RunError> {
        let leases = client.bindings.k8s_in_cluster_leases();
        trapped(leases.elector().call_identity(&mut client.store, self.0).await)
    }

    /// `elector.subscribe`
    pub async fn subscribe(
        &self,
        client: &mut PodClient,
    ) -> Result<Resource<DynPollable>, RunError> {
        let leases = client.bindings.k8s_in_cluster_leases();
        trapped(leases.elector().call_subscribe(&mut client.store, self.0).await)
    }

    /// `elector.poll`
    pub async fn poll(&self, client: &mut PodClient, at_most: u64) -> Result<Vec<Event>, RunError> {
        let leases = client.bindings.k8s_in_cluster_leases();
        trapped(leases.elector().call_poll(&mut client.store, self.0, at_most).await)
    }

    /// `elector.is-leader`
    pub async fn is_leader(&self, client: &mut PodClient) -> Result<bool, RunError> {
        let leases = client.bindings.k8s_in_cluster_leases();
        trapped(leases.elector().call_is_leader(&mut client.store, self.0).await)
    }

    /// `elector.leader-until`
    pub async fn leader_until(&self, client: &mut PodClient) -> Result<Option<u64>, RunError> {
        let leases = client.bindings.k8s_in_cluster_leases();
        trapped(leases.elector().call_leader_until(&mut client.store, self.0).await)
    }

    /// `elector.leader`
    pub async fn leader(&self, client: &mut PodClient) -> Result<Option<String>, RunError> {
        let leases = client.bindings.k8s_in_cluster_leases();
        trapped(leases.elector().call_leader(&mut client.store, self.0).await)
    }

    /// `elector.release`
    pub async fn release(&self, client: &mut PodClient) -> Answer<()> {
        let leases = client.bindings.k8s_in_cluster_leases();
        trapped(leases.elector().call_release(&mut client.store, self.0).await)
    }

    /// Drops the resource: releases the Lease.
    pub async fn drop(self, client: &mut PodClient) -> Result<(), RunError> {
        trapped(self.0.resource_drop_async(&mut client.store).await)
    }
}
