//! Lists, whole and item by item.

use super::{client, pods, run, sent};
use crate::client::tests::script::answer;
use crate::kube::api::*;
use crate::kube::{Api, Error};
use k8s_openapi::api::core::v1::Pod;

const FIRST: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"next","remainingItemCount":1},"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}"#;
const LAST: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"c"}}]}"#;

#[test]
fn a_list_without_a_limit_is_all_of_it() {
    let (api, stage) = pods([answer(200, FIRST), answer(200, LAST)]);
    let list = run(&stage, api.list(&ListParams::default().labels("app=web"))).unwrap();
    assert_eq!(list.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(list.types, TypeMeta { api_version: "v1".into(), kind: "PodList".into() });
    assert_eq!(list.metadata.resource_version.as_deref(), Some("7"));
    assert_eq!((list.metadata.continue_, list.metadata.remaining_item_count), (None, None));
    let at = "GET /api/v1/namespaces/shop/pods?labelSelector=app%3Dweb&limit=500";
    assert_eq!(sent(&stage, 0).0, at);
    assert_eq!(sent(&stage, 1).0, format!("{at}&continue=next"));
}

#[test]
fn a_list_with_a_limit_is_a_page() {
    let (api, stage) = pods([answer(200, FIRST), answer(200, LAST)]);
    run(&stage, async {
        let params = ListParams::default().limit(2);
        let page = api.list(&params).await.unwrap();
        assert_eq!((page.items.len(), page.metadata.remaining_item_count), (2, Some(1)));
        let token = page.metadata.continue_.unwrap();
        let page = api.list(&params.continue_token(&token)).await.unwrap();
        assert_eq!((page.items.len(), page.metadata.continue_), (1, None));
    });
    assert_eq!(sent(&stage, 0).0, "GET /api/v1/namespaces/shop/pods?limit=2");
    assert_eq!(sent(&stage, 1).0, "GET /api/v1/namespaces/shop/pods?limit=2&continue=next");
}

#[test]
fn a_stream_goes_over_all_pages() {
    let (client, stage) = client([answer(200, FIRST), answer(200, LAST)]);
    let api: Api<Pod> = Api::all(client);
    let params = ListParams::default().limit(2).at("5").matching(VersionMatch::NotOlderThan);
    run(&stage, async {
        let mut list = api.list_stream(&params.fields("spec.nodeName=n")).unwrap();
        let mut names = Vec::new();
        while let Some(pod) = list.next().await {
            names.push(pod.unwrap().name_any());
        }
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(list.metadata().resource_version.as_deref(), Some("7"));
    });
    let at = "GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn&limit=2";
    let version = "resourceVersion=5&resourceVersionMatch=NotOlderThan";
    assert_eq!(sent(&stage, 0).0, format!("{at}&{version}"));
    assert_eq!(sent(&stage, 1).0, format!("{at}&continue=next"));
}

#[test]
fn items_say_what_they_are_though_the_server_leaves_that_out() {
    let (client, stage) = client([answer(200, LAST)]);
    let kind = ApiResource::erase::<Pod>(&());
    let api: Api<DynamicObject> = Api::default_namespaced_with(client, &kind);
    let list = run(&stage, api.list(&ListParams::default())).unwrap();
    assert_eq!(list.items[0].types, Some(TypeMeta::resource::<Pod>()));
}

#[test]
fn a_list_that_is_refused_is_the_servers_status() {
    const REFUSED: &[u8] =
        br#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403}"#;
    let (api, stage) = pods(vec![answer(403, REFUSED); 2]);
    run(&stage, async {
        let error = api.list(&ListParams::default()).await.unwrap_err();
        assert!(matches!(&error, Error::Api(status) if status.is_forbidden()), "{error:?}");
        let mut list = api.list_stream(&ListParams::default()).unwrap();
        let error = list.next().await.unwrap().unwrap_err();
        assert!(matches!(&error, Error::Api(status) if status.is_forbidden()), "{error:?}");
        assert!(list.next().await.is_none());
    });
}
