//! Lists of a real API server that take longer than it keeps them, and long ones.

use crate::support::{Tenant, eventually, own, shared, status, within_reason};
use host_test::control_plane::{CompactError, ControlPlane};
use host_test::pod::client::PodClient;
use host_test::pod::client::objects::{
    ApiResource, ListMetadata, ListOptions, Listing, Representation, Scope, Selection,
};
use host_test::pod::client::types::Error;
use http::Method;
use serde_json::{Value, json};

fn options(selector: &str) -> ListOptions {
    ListOptions {
        selection: Selection { label_selector: Some(selector.to_owned()), field_selector: None },
        representation: Representation::Full,
        page_size: Some(2),
        continue_token: None,
        single_page: false,
        fetch_ahead: false,
        compress: false,
        resource_version: None,
        resource_version_match: None,
        allow_inconsistent: false,
        limits: None,
    }
}

async fn list(client: &mut PodClient, options: &ListOptions) -> Listing {
    let resource =
        ApiResource { group: String::new(), version: "v1".into(), resource: "configmaps".into() };
    client.list(&resource, &Scope::OwnNamespace, Some(options)).await.unwrap().unwrap()
}

/// All that follows, or the error in its place, and what the list says of itself then.
async fn rest(
    client: &mut PodClient,
    listing: &Listing,
) -> (Vec<String>, Result<(), Error>, ListMetadata) {
    let mut all = Vec::new();
    let end = loop {
        match listing.blocking_next(client, 100).await.unwrap() {
            Ok(Some(items)) => all.extend(items),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    (all, end, listing.metadata(client).await.unwrap())
}

/// Names and data.
fn told(items: &[String]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = items.iter().map(|item| serde_json::from_str::<Value>(item).unwrap());
    items.map(|item| (text(&item["metadata"]["name"]), text(&item["data"]["key"]))).collect()
}

fn config_map(name: &str, value: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"listed": "yes"}}, "data": {"key": value}})
}

/// Lists that were begun before a compaction, read on after it.
async fn read_over_a_compaction(mut server: ControlPlane) {
    let tenant = Tenant::new(&server).await;
    let collection = tenant.path("configmaps");
    for name in ["a", "b", "c", "d", "e"] {
        tenant.admin.create(&collection, &config_map(name, "old")).await.unwrap();
    }
    let mut client = tenant.client().await;
    let mut begun = Vec::new();
    for allow_inconsistent in [false, true] {
        let listing =
            list(&mut client, &ListOptions { allow_inconsistent, ..options("listed") }).await;
        let items = listing.blocking_next(&mut client, 1).await.unwrap().unwrap().unwrap();
        assert_eq!(told(&items), [("a".to_owned(), "old".to_owned())]);
        begun.push((listing, items));
    }

    // Of what was taken and of what was not, something changes.
    let path = |name: &str| tenant.path(&format!("configmaps/{name}"));
    for name in ["a", "c"] {
        let object = config_map(name, "new");
        tenant.admin.request(Method::PUT, &path(name), Some(&object)).await.unwrap();
    }
    tenant.admin.delete(&path("d")).await.unwrap();
    tenant.admin.create(&collection, &config_map("f", "new")).await.unwrap();
    match server.compact().await {
        Ok(_) => {}
        Err(CompactError::Envtest) => return,
        Err(error) => panic!("{error}"),
    }
    let token = begun[0].0.metadata(&mut client).await.unwrap().continue_token.unwrap();
    let next = format!("{collection}?labelSelector=listed&limit=2&continue={token}");
    let version = begun[0].0.metadata(&mut client).await.unwrap().resource_version.unwrap();
    let whole = format!("{collection}?resourceVersion={version}&resourceVersionMatch=Exact");
    // The server's own cache knows of it some seconds later.
    for path in [next, whole] {
        eventually("what was compacted to be gone", async || {
            let error = tenant.admin.get(&path).await.err()?.to_string();
            error.contains("410").then_some(())
        })
        .await;
    }

    // What came with the first page is good. The rest can't be had as it was.
    let (listing, mut items) = begun.remove(0);
    let (more, end, metadata) = rest(&mut client, &listing).await;
    items.extend(more);
    let old = |name: &str| (name.to_owned(), "old".to_owned());
    assert_eq!(told(&items), ["a", "b"].map(old));
    let refusal = status(end.unwrap_err());
    assert_eq!((refusal.code, refusal.reason.as_str()), (410, "Expired"));
    assert_eq!(metadata.resource_version.as_ref(), Some(&version));

    // Unless as it is now will do: nothing twice, and nothing left out that was there all the time.
    let (listing, mut items) = begun.remove(0);
    let (more, end, metadata) = rest(&mut client, &listing).await;
    end.unwrap();
    items.extend(more);
    let new = |name: &str| (name.to_owned(), "new".to_owned());
    assert_eq!(told(&items), [old("a"), old("b"), new("c"), old("e"), new("f")]);
    assert!(!metadata.consistent);
    assert_ne!(metadata.resource_version, Some(version));
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_list_that_was_compacted_is_expired_or_goes_on_as_it_is_by_then() {
    within_reason(async { read_over_a_compaction(own().await).await }).await;
}

/// Without a watch cache each page is read from etcd.
#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_same_without_a_watch_cache() {
    within_reason(async {
        let server = ControlPlane::builder().api_server_flag("--watch-cache=false").start().await;
        read_over_a_compaction(server.unwrap()).await;
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_long_list_is_the_same_compressed() {
    within_reason(async {
        let tenant = Tenant::new(shared().await).await;
        // Servers compress from 128 KiB on.
        for name in ["a", "b", "c", "d"] {
            let object = config_map(name, &name.repeat(50_000));
            tenant.admin.create(&tenant.path("configmaps"), &object).await.unwrap();
        }
        let mut client = tenant.client().await;
        let mut lists = Vec::new();
        for compress in [false, true] {
            let options = ListOptions { page_size: None, compress, ..options("listed") };
            let listing = list(&mut client, &options).await;
            let (items, end, metadata) = rest(&mut client, &listing).await;
            end.unwrap();
            assert_eq!((items.len(), metadata.consistent), (4, true));
            lists.push(items);
        }
        assert_eq!(lists[0], lists[1]);
    })
    .await;
}
