//! A pod that reaches a real API server through a relay, with a watch and a cache in it.

use crate::cache::stored;
use crate::relay::{Relay, Step};
use crate::support::{Tenant, client};
use crate::watch::{Follower, config_maps, listed, watch};
use host_test::control_plane::ControlPlane;
use host_test::outgoing::Limits;
use host_test::pod::Clock;
use host_test::pod::client::PodClient;
use host_test::pod::client::cache::{Key, Query, Store};
use host_test::pod::client::types::Scope;
use host_test::pod::client::watch::Watcher;
use std::time::Duration;

/// The pod, and what is done on the way.
pub(crate) struct Relayed {
    pub(crate) tenant: Tenant,
    pub(crate) relay: Relay,
    pub(crate) client: PodClient,
    watcher: Watcher,
    pub(crate) follower: Follower,
    store: Store,
}

impl Relayed {
    pub(crate) async fn start(server: &ControlPlane, clock: Clock) -> Self {
        let relay = Relay::start(server.address()).await;
        let tenant = Tenant { address: relay.address(), clock, ..Tenant::new(server).await };
        let host = "127.0.0.1";
        // A host that shares connections of HTTP/2 has to notice itself that one is dead.
        let limits = Limits { ping: Duration::from_secs(2), ..Limits::default() };
        let mut client = client(tenant.pod(host, tenant.outgoing(host).limits(limits))).await;
        let watcher = watch(&mut client, false).await;
        let store = client.cache(&config_maps(), &Scope::OwnNamespace, None).await;
        let (store, follower) = (store.unwrap().unwrap(), Follower::default());
        Self { tenant, relay, client, watcher, follower, store }
    }

    /// Takes what is here, and puts the clock forward.
    pub(crate) async fn step(&mut self, by: Duration) {
        for event in self.watcher.next(&mut self.client, 1000).await.unwrap().unwrap() {
            self.follower.apply(&event);
        }
        self.store.update(&mut self.client, 0).await.unwrap().unwrap();
        self.tenant.clock.advance(by);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// Goes on until both have seen an object of this name.
    pub(crate) async fn see(&mut self, name: &str, by: Duration) {
        let key = Key { namespace: self.tenant.account.namespace.clone(), name: name.to_owned() };
        while !self.follower.is_synced
            || !self.follower.state.contains_key(name)
            || self.store.get(&mut self.client, &key).await.unwrap().is_none()
        {
            self.step(by).await;
        }
    }

    /// Checks that both have what the server has.
    pub(crate) async fn check(&mut self) {
        let all = Query { namespace: None, labels: Vec::new(), fields: Vec::new() };
        let stored = stored(&mut self.client, &self.store, &all).await;
        let expected = listed(&self.tenant).await;
        assert_eq!(self.follower.state, expected);
        assert_eq!(stored, expected);
    }

    /// Does this with all that is said over the connections that there are, from now on.
    pub(crate) fn meddle(&self, steps: impl Fn() -> Vec<Step> + Send + 'static) -> usize {
        let seen = self.relay.seen();
        self.relay.meddle(move |record| match record.connection <= seen.connections {
            true => steps(),
            false => record.pass(),
        });
        seen.records.len()
    }
}
