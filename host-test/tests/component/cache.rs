//! `cache`: what is answered from the component's memory, however its watch goes.

use crate::support::{Cluster, within_reason};
use crate::watch::{Meets, config_maps, end, line, object, plan};
use host_test::api_server::Steps;
use host_test::pod::client::PodClient;
use host_test::pod::client::cache::{CacheOptions, Key, Query, Store};
use host_test::pod::client::types::{Error, Scope};

fn options() -> CacheOptions {
    CacheOptions {
        label_selector: None,
        field_selector: None,
        metadata_only: false,
        managed_fields: false,
        fields: None,
        indexes: vec!["/data/é".into()],
        idle_limit: None,
        patience: None,
    }
}

async fn cache(client: &mut PodClient, options: Option<CacheOptions>) -> Store {
    let scope = Scope::OwnNamespace;
    client.cache(&config_maps(), &scope, options.as_ref()).await.unwrap().unwrap()
}

fn key(name: &str) -> Key {
    Key { namespace: "shop".into(), name: name.into() }
}

async fn get(client: &mut PodClient, store: &Store, name: &str) -> Option<String> {
    store.get(client, &key(name)).await.unwrap()
}

fn all() -> Query {
    Query { namespace: None, labels: Vec::new(), fields: Vec::new() }
}

#[tokio::test]
async fn it_is_empty_then_complete_and_then_follows() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let steps = Steps::new();
            let lines = vec![
                line("ADDED", "a", 1),
                line("ADDED", "b", 2),
                end(10),
                line("MODIFIED", "a", 11),
                line("DELETED", "b", 12),
            ];
            plan(&cluster, [Meets::Stepped(lines, steps.clone())]);
            let mut client = cluster.client().await;
            let store = cache(&mut client, None).await;
            steps.release(2);
            // A part of it is none of it.
            while cluster.server.journal().requests().is_empty() {
                assert!(!store.update(&mut client, 0).await.unwrap().unwrap());
                tokio::task::yield_now().await;
            }
            assert!(!store.state(&mut client).await.unwrap().synced);
            assert_eq!(store.state(&mut client).await.unwrap().size, 0);
            steps.release(1);
            loop {
                let pollable = store.subscribe(&mut client).await.unwrap();
                client.wait(pollable).await.unwrap();
                if store.update(&mut client, 0).await.unwrap().unwrap() {
                    break;
                }
            }
            assert!(store.state(&mut client).await.unwrap().synced);
            assert_eq!(get(&mut client, &store, "a").await, Some(object("a", 1)));
            assert_eq!(get(&mut client, &store, "c").await, None);
            assert_eq!(store.state(&mut client).await.unwrap().resource_version.unwrap(), "10");
            let page = store.list(&mut client, &all(), 0, 100).await.unwrap().unwrap();
            assert_eq!((page.objects.len(), page.next), (2, None));

            let before = store.changes(&mut client, 0, 100).await.unwrap().unwrap();
            assert_eq!(before.changes.len(), 2);
            steps.release(2);
            while store.state(&mut client).await.unwrap().size == 2 {
                store.update(&mut client, u64::MAX).await.unwrap().unwrap();
            }
            assert_eq!(get(&mut client, &store, "a").await, Some(object("a", 11)));
            let after = store.changes(&mut client, before.cursor, 100).await.unwrap().unwrap();
            let after: Vec<_> =
                after.changes.into_iter().map(|change| (change.key.name, change.object)).collect();
            assert_eq!(after, [("a".into(), Some(object("a", 11))), ("b".into(), None)]);
            assert!(store.changes(&mut client, 1 << 40, 1).await.unwrap().is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn the_next_state_takes_the_place_of_the_one_before_all_at_once() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let steps = Steps::new();
        let first = line("ADDED", "a", 1) + &line("ADDED", "b", 2) + &end(10);
        let anew = vec![line("ADDED", "b", 2), line("ADDED", "c", 3), end(20)];
        plan(&cluster, [Meets::Whole(200, first + EXPIRED), Meets::Stepped(anew, steps.clone())]);
        let mut client = cluster.client().await;
        let store = cache(&mut client, None).await;
        store.update(&mut client, u64::MAX).await.unwrap().unwrap();
        let cursor = store.changes(&mut client, 0, 100).await.unwrap().unwrap().cursor;
        steps.release(2);
        while cluster.server.journal().requests().len() < 2
            || store.state(&mut client).await.unwrap().resource_version.is_some()
        {
            assert!(!store.update(&mut client, 0).await.unwrap().unwrap());
            tokio::task::yield_now().await;
        }
        assert!(get(&mut client, &store, "a").await.is_some());
        assert!(get(&mut client, &store, "c").await.is_none());
        assert!(store.state(&mut client).await.unwrap().synced);
        steps.release(1);
        store.update(&mut client, u64::MAX).await.unwrap().unwrap();
        assert!(get(&mut client, &store, "a").await.is_none());
        assert!(get(&mut client, &store, "c").await.is_some());
        assert_eq!(store.state(&mut client).await.unwrap().resource_version.unwrap(), "20");
        // What is as it was has not changed.
        let changes = store.changes(&mut client, cursor, 100).await.unwrap().unwrap().changes;
        let mut changed: Vec<_> =
            changes.into_iter().map(|change| (change.key.name, change.object.is_some())).collect();
        changed.sort();
        assert_eq!(changed, [("a".into(), false), ("c".into(), true)]);
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_and_how_it_is_found() {
    within_reason(async {
        let json = "application/json";
        let metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        let fields = Some(vec!["/metadata/labels/x.y~1z".into()]);
        for (options, accept, says) in [
            (
                CacheOptions { managed_fields: true, ..options() },
                json,
                vec!["managedFields", "data", "more"],
            ),
            (options(), json, vec!["data", "more"]),
            (CacheOptions { metadata_only: true, ..options() }, metadata, vec!["data", "more"]),
            (CacheOptions { fields, ..options() }, json, vec!["data"]),
        ] {
            let cluster = Cluster::start().await;
            let labelled = |name: &str, version, label: &str| {
                line("ADDED", name, version).replace(
                    "\"resourceVersion\"",
                    &format!("\"labels\":{{\"x.y/z\":\"{label}\"}},\"managedFields\":[{{}}],\"resourceVersion\""),
                ).replace("\"data\"", "\"more\":[1],\"data\"")
            };
            let body = labelled("a", 1, "red") + &labelled("b", 2, "blue") + &end(10);
            plan(&cluster, [Meets::Open(body)]);
            let mut client = cluster.client().await;
            let store = cache(&mut client, Some(options)).await;
            store.update(&mut client, u64::MAX).await.unwrap().unwrap();
            let kept = get(&mut client, &store, "a").await.unwrap();
            serde_json::from_str::<serde_json::Value>(&kept).unwrap();
            for word in ["managedFields", "data", "more", "x.y/z"] {
                let expected = says.contains(&word) || (word == "x.y/z");
                assert_eq!(kept.contains(word), expected, "{word} in {kept}");
            }
            let requests = cluster.server.journal().requests();
            assert_eq!(requests[0].header("accept"), Some(accept));
            let mut found = async |query: Query| {
                store.list(&mut client, &query, 0, 100).await.unwrap().map(|page| page.objects.len())
            };
            let with = |fields: &[(&str, &str)]| Query {
                fields: fields.iter().map(|&(path, value)| (path.into(), value.into())).collect(),
                ..all()
            };
            let (label, datum) = ("/metadata/labels/x.y~1z", "/data/é");
            assert_eq!(found(with(&[(label, "red")])).await.unwrap(), 1);
            let labels = vec![("x.y/z".into(), "red".into())];
            assert_eq!(found(Query { labels, ..all() }).await.unwrap(), 1);
            let none = found(with(&[("data.é", "")])).await;
            assert!(matches!(none, Err(Error::InvalidRequest(_))), "{none:?}");
            assert_eq!(found(Query { namespace: Some("shop".into()), ..all() }).await.unwrap(), 2);
            assert_eq!(found(Query { namespace: Some("other".into()), ..all() }).await.unwrap(), 0);
            assert_eq!(found(with(&[(datum, "}\"{")])).await.unwrap(), 2);
            assert_eq!(found(with(&[(datum, "}\"{"), (label, "blue")])).await.unwrap(), 1);
            assert_eq!(found(with(&[(datum, "else")])).await.unwrap(), 0);
            assert_eq!(found(with(&[("/nothing", "")])).await.unwrap(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_told_and_the_cache_goes_on() {
    within_reason(async {
        let cluster = Cluster::start().await;
        plan(
            &cluster,
            [Meets::Whole(403, String::new()), Meets::Open(line("ADDED", "a", 1) + &end(10))],
        );
        let mut client = cluster.client().await;
        let store = cache(&mut client, None).await;
        let error = store.update(&mut client, u64::MAX).await.unwrap().unwrap_err();
        assert!(matches!(&error, Error::Api(status) if status.code == 403), "{error:?}");
        store.update(&mut client, u64::MAX).await.unwrap().unwrap();
        assert!(get(&mut client, &store, "a").await.is_some());
        store.drop(&mut client).await.unwrap();
    })
    .await;
}

const MIB: usize = 1 << 20;
const EXPIRED: &str =
    "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"reason\":\"Expired\",\"code\":410}}\n";

/// A pod as kube-apiserver sends its metadata: about 1.6 kB, half of which is who wrote which field.
fn pod_metadata(number: u32, version: u32) -> String {
    let written = |manager: &str| {
        format!(
            r#"{{"manager":"{manager}","operation":"Update","apiVersion":"v1","time":"2026-11-24T14:17:08Z","fieldsType":"FieldsV1","fieldsV1":{{"f:metadata":{{"f:generateName":{{}},"f:labels":{{".":{{}},"f:app":{{}},"f:pod-template-hash":{{}}}},"f:ownerReferences":{{".":{{}},"k:{{\"uid\":\"c9c47e6f-b574-4b57-a395-3a7b3dd596c9\"}}":{{}}}}}},"f:spec":{{"f:containers":{{"k:{{\"name\":\"web\"}}":{{".":{{}},"f:image":{{}},"f:name":{{}}}}}}}}}}}}"#
        )
    };
    format!(
        r#"{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{{"name":"web-6d4b75cb6d-{number:05}","generateName":"web-6d4b75cb6d-","namespace":"shop","uid":"c9c47e6f-b574-4b57-a395-3a7b3dd{number:05}","resourceVersion":"{version}","creationTimestamp":"2026-11-24T14:17:08Z","labels":{{"app":"web","pod-template-hash":"6d4b75cb6d"}},"ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-6d4b75cb6d","uid":"c9c47e6f-b574-4b57-a395-3a7b3dd596c9","controller":true,"blockOwnerDeletion":true}}],"managedFields":[{},{}]}}}}"#,
        written("kube-controller-manager"),
        written("kubelet")
    )
}

#[tokio::test]
async fn ten_thousand_pods_are_held_in_little_memory_however_long_they_change() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let event = |kind: &str, number, version| {
            format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", pod_metadata(number, version))
        };
        let state: String = (0..10_000).map(|number| event("ADDED", number, 1)).collect();
        // Each is replaced, some are gone and come again, and then all are read anew.
        let changes: String = (0..10_000)
            .map(|at| {
                let number = at * 7 % 10_000;
                match at % 10 {
                    0 => event("DELETED", number, 20 + at) + &event("ADDED", number, 20 + at),
                    _ => event("MODIFIED", number, 20 + at),
                }
            })
            .collect();
        let anew: String = (0..10_000).map(|number| event("ADDED", number, 50_000)).collect();
        plan(
            &cluster,
            [
                Meets::Whole(200, state + &end(10)),
                Meets::Whole(200, changes + EXPIRED),
                Meets::Open(anew + &end(60_000)),
            ],
        );
        // All that is sent is 50 MB, and the text that is kept 6.
        let mut client = cluster.client().await;
        let metadata = CacheOptions { metadata_only: true, ..options() };
        let store = cache(&mut client, Some(metadata)).await;
        let mut memory = Vec::new();
        // The one that changes last, in each of the three.
        let last = key("web-6d4b75cb6d-09993");
        for version in [1, 10_019, 50_000] {
            let version = format!("\"resourceVersion\":\"{version}\"");
            let is_there = |text: Option<String>| text.is_some_and(|text| text.contains(&version));
            while !is_there(store.get(&mut client, &last).await.unwrap()) {
                store.update(&mut client, u64::MAX).await.unwrap().unwrap();
            }
            assert_eq!(store.state(&mut client).await.unwrap().size, 10_000);
            memory.push(client.memory());
        }
        let (mut from, mut seen) = (0, 0);
        loop {
            let page = store.list(&mut client, &all(), from, 500).await.unwrap().unwrap();
            for kept in &page.objects {
                assert!(
                    kept.contains("\"resourceVersion\":\"50000\"") && kept.len() < 700,
                    "{kept}"
                );
            }
            seen += page.objects.len();
            let Some(next) = page.next else { break };
            from = next;
        }
        assert_eq!(seen, 10_000);
        println!("linear memory, filled, changed and read anew: {memory:?}");
        let [filled, changed, anew] = memory[..] else { panic!("{memory:?}") };
        assert!(filled <= 12 * MIB && changed <= 12 * MIB && anew <= 20 * MIB, "{memory:?}");
    })
    .await;
}
