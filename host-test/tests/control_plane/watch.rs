//! Watches of a real API server: what the component tells makes up what the server has, whatever happens to the server.

use crate::cache::stored;
use crate::support::{Tenant, own, shared, within_reason};
use host_test::control_plane::{Admin, ControlPlane};
use host_test::pod::client::PodClient;
use host_test::pod::client::cache::{Key, Query, Store};
use host_test::pod::client::types::{ApiResource, Error, Scope};
use host_test::pod::client::watch::{Event, WatchOptions, Watcher};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

/// The names of objects, and the version of each.
pub(crate) type State = BTreeMap<String, String>;

/// Whoever follows a watch, as the WIT tells to.
#[derive(Default)]
pub(crate) struct Follower {
    pub(crate) state: State,
    pub(crate) is_synced: bool,
    pub(crate) restarts: usize,
    pub(crate) changes: usize,
}

pub(crate) fn name_and_version(object: &Value) -> (String, String) {
    let metadata = &object["metadata"];
    let text = |name: &str| metadata[name].as_str().unwrap().to_owned();
    (text("name"), text("resourceVersion"))
}

impl Follower {
    pub(crate) fn apply(&mut self, event: &Event) {
        let object = match event {
            Event::Restarted => {
                self.state.clear();
                self.is_synced = false;
                self.restarts += 1;
                return;
            }
            Event::Synced(_) => {
                self.is_synced = true;
                return;
            }
            Event::Bookmark(_) => return,
            Event::Added(text) | Event::Modified(text) | Event::Deleted(text) => text,
        };
        self.changes += 1;
        let (name, version) = name_and_version(&serde_json::from_str(object).unwrap());
        let before = match event {
            Event::Deleted(_) => self.state.remove(&name),
            _ => self.state.insert(name.clone(), version),
        };
        assert_eq!(before.is_none(), matches!(event, Event::Added(_)), "{name}");
    }

    /// Follows until it has the whole state, and this object in it.
    async fn follow(&mut self, client: &mut PodClient, watcher: &Watcher, last: &str) {
        while !self.is_synced || !self.state.contains_key(last) {
            for event in watcher.blocking_next(client, 1000).await.unwrap().unwrap() {
                self.apply(&event);
            }
        }
    }
}

pub(crate) fn config_maps() -> ApiResource {
    ApiResource { group: String::new(), version: "v1".into(), resource: "configmaps".into() }
}

pub(crate) async fn watch(client: &mut PodClient, metadata_only: bool) -> Watcher {
    let options = WatchOptions {
        label_selector: None,
        field_selector: None,
        metadata_only,
        after_resource_version: None,
        idle_limit: None,
        patience: None,
    };
    client.watch(&config_maps(), &Scope::OwnNamespace, Some(&options)).await.unwrap().unwrap()
}

/// What the server has.
pub(crate) async fn listed(tenant: &Tenant) -> State {
    let list = tenant.admin.get(&tenant.path("configmaps")).await.unwrap();
    list["items"].as_array().unwrap().iter().map(name_and_version).collect()
}

/// What a cache has, once it has this object.
async fn cached(tenant: &Tenant, client: &mut PodClient, store: &Store, last: &str) -> State {
    let key = Key { namespace: tenant.account.namespace.clone(), name: last.to_owned() };
    while store.get(client, &key).await.unwrap().is_none() {
        store.update(client, u64::MAX).await.unwrap().unwrap();
    }
    let all = Query { namespace: None, labels: Vec::new(), fields: Vec::new() };
    stored(client, store, &all).await
}

/// Does the same with each number, many at a time.
async fn at_once<F>(numbers: impl IntoIterator<Item = usize>, mut task: impl FnMut(usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in numbers {
        if tasks.len() >= 32 {
            tasks.join_next().await.unwrap().unwrap();
        }
        tasks.spawn(task(number));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

async fn put(admin: Admin, collection: String, number: usize, round: usize) {
    let name = format!("churned-{number}");
    let object = json!({"metadata": {"name": name}, "data": {"round": round.to_string()}});
    match round {
        0 => admin.create(&collection, &object).await.map(|_| ()).unwrap(),
        // Of each four, one is deleted and made again, and three change.
        _ if number % 4 == round % 4 => {
            admin.delete(&format!("{collection}/{name}")).await.unwrap();
            admin.create(&collection, &object).await.map(|_| ()).unwrap();
        }
        _ => {
            let path = format!("{collection}/{name}");
            admin.request(Method::PUT, &path, Some(&object)).await.map(|_| ()).unwrap();
        }
    }
}

/// Writes a number of objects, in one round of several, and then one by which it is known that all was seen.
pub(crate) async fn churn(
    tenant: &Tenant,
    numbers: std::ops::Range<usize>,
    round: usize,
) -> String {
    let collection = tenant.path("configmaps");
    at_once(numbers, |number| put(tenant.admin.clone(), collection.clone(), number, round)).await;
    let last = format!("last-{round}");
    tenant.admin.create(&collection, &json!({"metadata": {"name": last}})).await.unwrap();
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn ten_thousand_objects_through_restarts_and_a_compaction() {
    const OBJECTS: usize = 10_000;
    const EACH: usize = 3000;
    within_reason(async {
        let mut server = own().await;
        let tenant = Tenant::new(&server).await;
        churn(&tenant, 0..OBJECTS, 0).await;
        let mut client = tenant.client().await;
        let watcher = watch(&mut client, false).await;
        let store = client.cache(&config_maps(), &Scope::OwnNamespace, None).await;
        let store = store.unwrap().unwrap();
        let mut follower = Follower::default();
        follower.follow(&mut client, &watcher, "last-0").await;
        let expected = listed(&tenant).await;
        assert_eq!(follower.state, expected);
        assert_eq!(cached(&tenant, &mut client, &store, "last-0").await, expected);

        for round in 1..=3 {
            // While the component watches: each object in one round or another.
            let from = (round - 1) * EACH;
            let (restarts, changes) = (follower.restarts, follower.changes);
            let writer = churn(&tenant, from..from + EACH, round);
            let last = format!("last-{round}");
            let followed = follower.follow(&mut client, &watcher, &last);
            tokio::join!(writer, followed);
            if follower.restarts == restarts {
                // Each change came once: a fourth was deleted and made again.
                assert_eq!(follower.changes - changes, EACH + EACH / 4 + 1, "in round {round}");
            }
            // While it does not look, or has no server.
            let last = churn(&tenant, 3 * EACH..OBJECTS, round * 10).await;
            if round == 2 {
                compact(&mut server).await;
            }
            server.restart().await.unwrap();
            follower.follow(&mut client, &watcher, &last).await;
            let expected = listed(&tenant).await;
            assert_eq!(follower.state, expected, "in round {round}");
            assert_eq!(cached(&tenant, &mut client, &store, &last).await, expected);
        }
        // The state was not read anew each time that something changed.
        assert!(follower.restarts <= 6, "{}", follower.restarts);
    })
    .await;
}

/// Where the control plane can be told to.
pub(crate) async fn compact(server: &mut ControlPlane) {
    use host_test::control_plane::CompactError;
    match server.compact().await {
        Ok(_) | Err(CompactError::Envtest) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Without a watch cache the server reads etcd for each watch, which has nothing of what was compacted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_server_without_a_watch_cache_and_a_version_that_was_compacted() {
    within_reason(async {
        let server = ControlPlane::builder().api_server_flag("--watch-cache=false").start().await;
        let mut server = server.unwrap();
        let tenant = Tenant::new(&server).await;
        churn(&tenant, 0..1200, 0).await;
        let mut client = tenant.client().await;
        let mut follower = Follower::default();
        let watcher = watch(&mut client, true).await;
        follower.follow(&mut client, &watcher, "last-0").await;
        assert_eq!(follower.state, listed(&tenant).await);
        let last = churn(&tenant, 0..100, 1).await;
        follower.follow(&mut client, &watcher, &last).await;
        let restarts = follower.restarts;
        // A watch that looks sees what was compacted meanwhile all the same: it is under way already.
        let last = churn(&tenant, 0..100, 2).await;
        compact(&mut server).await;
        follower.follow(&mut client, &watcher, &last).await;
        assert_eq!((&follower.state, follower.restarts), (&listed(&tenant).await, restarts));
        // One that has to begin again does not.
        let last = churn(&tenant, 0..100, 3).await;
        server.stop().await.unwrap();
        server.start_again().await.unwrap();
        compact(&mut server).await;
        follower.follow(&mut client, &watcher, &last).await;
        assert_eq!(follower.state, listed(&tenant).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn what_is_selected_comes_and_goes() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let options = WatchOptions {
            label_selector: Some("color in (red, blue)".into()),
            field_selector: Some("metadata.name!=other".into()),
            metadata_only: true,
            after_resource_version: None,
            idle_limit: None,
            patience: None,
        };
        let watcher = client.watch(&config_maps(), &Scope::OwnNamespace, Some(&options)).await;
        let watcher = watcher.unwrap().unwrap();
        let mut next = async || {
            loop {
                let events = watcher.blocking_next(&mut client, 1).await.unwrap().unwrap();
                let (kind, text) = match &events[0] {
                    Event::Added(text) => ("added", text),
                    Event::Modified(text) => ("modified", text),
                    Event::Deleted(text) => ("deleted", text),
                    Event::Synced(_) => return ("synced", Value::Null),
                    Event::Bookmark(_) => continue,
                    Event::Restarted => panic!("restarted"),
                };
                return (kind, serde_json::from_str::<Value>(text).unwrap());
            }
        };
        assert_eq!(next().await.0, "synced");
        let collection = tenant.path("configmaps");
        let path = tenant.path("configmaps/a");
        let object = |color: &str| {
            json!({"metadata": {"name": "a", "labels": {"color": color}}, "data": {"key": color}})
        };
        let other = json!({"metadata": {"name": "other", "labels": {"color": "red"}}});
        tenant.admin.create(&collection, &other).await.unwrap();
        tenant.admin.create(&collection, &object("green")).await.unwrap();
        for (color, expected) in
            [("red", "added"), ("blue", "modified"), ("green", "deleted"), ("blue", "added")]
        {
            tenant.admin.request(Method::PUT, &path, Some(&object(color))).await.unwrap();
            let (kind, object) = next().await;
            assert_eq!((kind, &object["kind"]), (expected, &json!("PartialObjectMetadata")));
            assert_eq!((&object["metadata"]["name"], &object["data"]), (&json!("a"), &Value::Null));
        }
        tenant.admin.delete(&path).await.unwrap();
        assert_eq!(next().await.0, "deleted");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn what_the_server_refuses_is_told() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let mut refusal = async |group: &str, resource: &str, options: Option<&WatchOptions>| {
            let resource = ApiResource {
                group: group.into(),
                version: "v1".into(),
                resource: resource.into(),
            };
            let watcher = client.watch(&resource, &Scope::OwnNamespace, options).await;
            let watcher = watcher.unwrap().unwrap();
            let error = watcher.blocking_next(&mut client, 1).await.unwrap().unwrap_err();
            tenant.assert_shows_no_token(&error);
            let Error::Api(status) = error else { panic!("{error:?}") };
            (status.code, status.reason)
        };
        assert_eq!(refusal("", "secrets", None).await, (403, "Forbidden".into()));
        let options = WatchOptions {
            label_selector: Some("=".into()),
            field_selector: None,
            metadata_only: false,
            after_resource_version: None,
            idle_limit: None,
            patience: None,
        };
        assert_eq!(refusal("", "configmaps", Some(&options)).await, (400, "BadRequest".into()));
    })
    .await;
}

/// A version from elsewhere, which the server answers with an error of its own.
#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_version_that_is_none_leads_to_the_whole_state() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let options = WatchOptions {
            label_selector: None,
            field_selector: None,
            metadata_only: false,
            after_resource_version: Some("not-a-version".into()),
            idle_limit: None,
            patience: None,
        };
        let watcher = client.watch(&config_maps(), &Scope::OwnNamespace, Some(&options)).await;
        let watcher = watcher.unwrap().unwrap();
        let mut follower = Follower::default();
        follower.follow(&mut client, &watcher, "kube-root-ca.crt").await;
        assert_eq!((follower.state, follower.restarts), (listed(&tenant).await, 1));
    })
    .await;
}
