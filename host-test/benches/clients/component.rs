//! What the component does: an application calls it, and looks at what comes.

use super::subject::Client;
use host_test::pod::client::cache::CacheOptions;
use host_test::pod::client::objects::{
    ApiResource, GetOptions, ListOptions, Representation, Scope, Selection, Target,
};
use host_test::pod::client::watch::{Event, WatchOptions};
use k8s_in_cluster_json::find;

/// How many items or events are taken at a time.
const BATCH: u32 = 100;

/// How many pods came, each looked at. The component asks for pages of 500, as the others are told to.
pub(crate) async fn list(client: &mut Client, fetch_ahead: bool) -> usize {
    let client = client.instance();
    let options = ListOptions {
        selection: Selection { label_selector: None, field_selector: None },
        representation: Representation::Full,
        page_size: None,
        continue_token: None,
        single_page: false,
        fetch_ahead,
        compress: false,
        resource_version: None,
        resource_version_match: None,
        allow_inconsistent: false,
        limits: None,
    };
    let listing = client.list(&core("pods"), &Scope::OwnNamespace, Some(&options)).await;
    let listing = listing.unwrap().unwrap();
    let mut count = 0;
    while let Some(items) = listing.blocking_next(client, BATCH).await.unwrap().unwrap() {
        count += items.iter().filter(|item| is_touched(item)).count();
    }
    listing.drop(client).await.unwrap();
    count
}

/// Fills a cache with the metadata of all pods, without `managedFields`: how many objects that are, and in how many bytes of
/// linear memory.
pub(crate) async fn store(client: &mut Client) -> (usize, usize) {
    let client = client.instance();
    let options = CacheOptions {
        label_selector: None,
        field_selector: None,
        metadata_only: true,
        managed_fields: false,
        fields: None,
        indexes: Vec::new(),
        idle_limit: None,
        patience: None,
    };
    let store = client.cache(&core("pods"), &Scope::OwnNamespace, Some(&options)).await;
    let store = store.unwrap().unwrap();
    let mut state = store.state(client).await.unwrap();
    while !state.synced {
        store.update(client, u64::MAX).await.unwrap().unwrap();
        state = store.state(client).await.unwrap();
    }
    store.drop(client).await.unwrap();
    (state.size as usize, client.memory())
}

/// Looks for the name, the version and the phase, which is nearly at a pod's end.
fn is_touched(pod: &str) -> bool {
    [["metadata", "name"], ["metadata", "resourceVersion"], ["status", "phase"]]
        .iter()
        .all(|path| find(pod, path).is_some())
}

/// Gets a small object so many times, one after the other.
pub(crate) async fn get(client: &mut Client, count: usize) -> usize {
    let client = client.instance();
    let target = Target {
        resource: core("configmaps"),
        scope: Scope::OwnNamespace,
        name: "small".into(),
        subresource: None,
    };
    let options =
        GetOptions { representation: Representation::Full, resource_version: None, limits: None };
    for _ in 0..count {
        let answer = client.get_object(&target, Some(&options)).await.unwrap().unwrap();
        assert!(find(&answer.object, &["data"]).is_some());
    }
    count
}

/// How many pods came by watch: those that are there, or as many as are asked for of those that changed after a version.
pub(crate) async fn watch(client: &mut Client, after: Option<&str>, count: usize) -> usize {
    let client = client.instance();
    let options = WatchOptions {
        label_selector: None,
        field_selector: None,
        metadata_only: false,
        after_resource_version: after.map(str::to_owned),
        idle_limit: None,
        patience: None,
    };
    let watcher = client.watch(&core("pods"), &Scope::OwnNamespace, Some(&options)).await;
    let watcher = watcher.unwrap().unwrap();
    let mut touched = 0;
    let mut is_synced = after.is_some();
    while touched < count || !is_synced {
        for event in watcher.blocking_next(client, BATCH).await.unwrap().unwrap() {
            match event {
                Event::Added(pod) if !is_synced && is_touched(&pod) => touched += 1,
                Event::Modified(pod) if is_synced && is_touched(&pod) => touched += 1,
                Event::Synced(_) => is_synced = true,
                Event::Bookmark(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    watcher.drop(client).await.unwrap();
    touched
}

fn core(resource: &str) -> ApiResource {
    ApiResource { group: String::new(), version: "v1".into(), resource: resource.into() }
}
