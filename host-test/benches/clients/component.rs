//! What the component does: an application calls it, and looks at what comes.

use super::subject::Client;
use host_test::pod::client::objects::{
    ApiResource, GetOptions, ListOptions, Representation, Scope, Selection, Target,
};
use k8s_in_cluster_json::find;

/// How many items are taken at a time.
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

fn core(resource: &str) -> ApiResource {
    ApiResource { group: String::new(), version: "v1".into(), resource: resource.into() }
}
