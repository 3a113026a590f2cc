//! A cache of a real API server's objects, object by object and version by version the same.

use crate::support::{Tenant, own, shared, within_reason};
use crate::watch::{State, churn, config_maps, listed, name_and_version};
use host_test::pod::client::PodClient;
use host_test::pod::client::cache::{CacheOptions, Query, Store};
use host_test::pod::client::types::{ApiResource, Error, Scope};
use serde_json::json;
use std::time::Duration;

/// What is in the store.
pub(crate) async fn stored(client: &mut PodClient, store: &Store, query: &Query) -> State {
    let (mut state, mut from) = (State::new(), 0);
    loop {
        let page = store.list(client, query, from, 500).await.unwrap().unwrap();
        state.extend(
            page.objects.iter().map(|text| name_and_version(&serde_json::from_str(text).unwrap())),
        );
        let Some(next) = page.next else { return state };
        from = next;
    }
}

/// Follows what changed.
#[derive(Default)]
struct Follower {
    cursor: u64,
    state: State,
}

impl Follower {
    async fn follow(&mut self, client: &mut PodClient, store: &Store) {
        loop {
            let changes = store.changes(client, self.cursor, 300).await.unwrap().unwrap();
            self.cursor = changes.cursor;
            if changes.changes.is_empty() {
                return;
            }
            for change in changes.changes {
                match change.object {
                    Some(text) => {
                        let (name, version) =
                            name_and_version(&serde_json::from_str(&text).unwrap());
                        assert_eq!(name, change.key.name);
                        self.state.insert(name, version);
                    }
                    None => {
                        self.state.remove(&change.key.name);
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn store_and_server_agree_through_churn_and_restarts() {
    within_reason(async {
        let mut server = own().await;
        let tenant = Tenant::new(&server).await;
        churn(&tenant, 0..2000, 0).await;
        let mut client = tenant.client().await;
        let options = CacheOptions {
            label_selector: None,
            field_selector: None,
            metadata_only: false,
            managed_fields: false,
            fields: Some(Vec::new()),
            indexes: vec!["/data/round".into()],
            idle_limit: None,
            patience: None,
        };
        let scope = Scope::OwnNamespace;
        let store = client.cache(&config_maps(), &scope, Some(&options)).await.unwrap().unwrap();
        let all = Query { namespace: None, labels: Vec::new(), fields: Vec::new() };
        let mut follower = Follower::default();
        for round in 0..3_usize {
            let last = format!("last-{round}");
            let follow = async {
                while !follower.state.contains_key(&last) {
                    store.update(&mut client, u64::MAX).await.unwrap().unwrap();
                    follower.follow(&mut client, &store).await;
                }
            };
            if round == 0 {
                follow.await;
            } else {
                tokio::join!(churn(&tenant, round * 300..round * 300 + 300, round), follow);
            }
            let expected = listed(&tenant).await;
            assert_eq!(stored(&mut client, &store, &all).await, expected, "in round {round}");
            assert_eq!(follower.state, expected, "in round {round}");
            server.restart().await.unwrap();
        }
        let fields = vec![("/data/round".to_owned(), "2".to_owned())];
        let in_round = stored(&mut client, &store, &Query { fields, ..all }).await;
        assert_eq!(in_round.len(), 300);
    })
    .await;
}

/// As where an application is deployed before the definition is.
#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn objects_of_a_custom_resource_that_is_defined_later() {
    within_reason(async {
        let server = shared().await;
        let group = "cached.example.com";
        let rules = json!([{"apiGroups": [group], "resources": ["gauges"], "verbs": ["*"]}]);
        let tenant = Tenant::with(server, &rules).await;
        let mut client = tenant.client().await;
        let gauges =
            ApiResource { group: group.into(), version: "v1".into(), resource: "gauges".into() };
        let options = CacheOptions {
            label_selector: None,
            field_selector: None,
            metadata_only: false,
            managed_fields: false,
            fields: None,
            indexes: vec!["/spec/size".into()],
            idle_limit: None,
            patience: None,
        };
        let scope = Scope::OwnNamespace;
        let store = client.cache(&gauges, &scope, Some(&options)).await.unwrap().unwrap();
        let error = store.update(&mut client, u64::MAX).await.unwrap().unwrap_err();
        assert!(matches!(&error, Error::Api(status) if status.code == 404), "{error:?}");

        let definition = json!({
            "metadata": {"name": format!("gauges.{group}")},
            "spec": {
                "group": group, "scope": "Namespaced",
                "names": {"plural": "gauges", "kind": "Gauge"},
                "versions": [{
                    "name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {
                        "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    }},
                }],
            },
        });
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        tenant.admin.create(definitions, &definition).await.unwrap();
        // Each time it is asked, it asks the server, after a pause.
        while !store.state(&mut client).await.unwrap().synced {
            match store.update(&mut client, u64::MAX).await.unwrap() {
                Ok(_) => {}
                Err(Error::Api(status)) if status.code == 404 => {}
                Err(error) => panic!("{error:?}"),
            }
            tenant.clock.advance(Duration::from_secs(60));
        }
        assert_eq!(store.state(&mut client).await.unwrap().size, 0);
        let collection = format!("/apis/{group}/v1/namespaces/{}/gauges", tenant.account.namespace);
        for size in [1, 2, 2] {
            let object = json!({
                "apiVersion": format!("{group}/v1"), "kind": "Gauge",
                "metadata": {"generateName": "gauge-"}, "spec": {"size": size},
            });
            tenant.admin.create(&collection, &object).await.unwrap();
        }
        while store.state(&mut client).await.unwrap().size < 3 {
            store.update(&mut client, u64::MAX).await.unwrap().unwrap();
        }
        let fields = vec![("/spec/size".to_owned(), "2".to_owned())];
        let query = Query { namespace: None, labels: Vec::new(), fields };
        assert_eq!(stored(&mut client, &store, &query).await.len(), 2);
        tenant.admin.delete(&format!("{definitions}/gauges.{group}")).await.unwrap();
        while store.state(&mut client).await.unwrap().size > 0 {
            store.update(&mut client, u64::MAX).await.unwrap().unwrap();
        }
    })
    .await;
}
