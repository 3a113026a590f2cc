//! What is sent: where to, with which parameters and in which form.

use super::{client, header, pods, run, sent};
use crate::client::InvalidRequest;
use crate::client::tests::script::answer;
use crate::kube::api::*;
use crate::kube::{Api, Client, Error, Result};
use crate::resource::NameError;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use k8s_openapi::api::rbac::v1::ClusterRole;
use serde_json::json;

const OBJECT: &[u8] = br#"{"kind":"Pod","metadata":{"name":"web"}}"#;

#[test]
fn each_kind_has_its_path() {
    async fn get<K: Resource>(api: Api<K>, name: &str) {
        // Whatever the kind is, the answer is of a pod.
        assert_eq!(api.get_metadata(name).await.unwrap().name_any(), "web");
    }
    let (client, stage) = client(vec![answer(200, OBJECT); 6]);
    let orders = ApiResource::from_gvk_with_plural(
        &GroupVersionKind::gvk("shop.example", "v1", "Order"),
        "orders",
    );
    run(&stage, async {
        get(Api::<Pod>::default_namespaced(client.clone()), "web").await;
        get(Api::<Deployment>::namespaced(client.clone(), "a"), "web").await;
        get(Api::<Node>::all(client.clone()), "node-1").await;
        get(Api::<ClusterRole>::all(client.clone()), "system:node").await;
        let named = Api::<DynamicObject>::namespaced_with(client.clone(), "a", &orders);
        get(named, "1").await;
        get(Api::<DynamicObject>::all_with(client.clone(), &orders), "1").await;
    });
    let paths = [
        "/api/v1/namespaces/shop/pods/web",
        "/apis/apps/v1/namespaces/a/deployments/web",
        "/api/v1/nodes/node-1",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
        "/apis/shop.example/v1/namespaces/a/orders/1",
        "/apis/shop.example/v1/orders/1",
    ];
    for (attempt, path) in paths.into_iter().enumerate() {
        assert_eq!(sent(&stage, attempt).0, format!("GET {path}"));
    }
}

fn name_error<T: std::fmt::Debug>(result: Result<T>) -> NameError {
    match result.unwrap_err() {
        Error::Client(crate::Error::InvalidRequest(InvalidRequest::Name(error))) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_name_leads_to_another_path() {
    let (api, stage) = pods([answer(200, OBJECT)]);
    let pod = Pod::default();
    let params = PatchParams::default();
    run(&stage, async {
        for name in ["web/status", "..", "a%2fb"] {
            name_error(api.get(name).await);
            name_error(api.get_metadata(name).await);
            name_error(api.replace(name, &PostParams::default(), &pod).await);
            name_error(api.patch(name, &params, &Patch::Merge(())).await);
            name_error(api.patch_status(name, &params, &Patch::Merge(())).await);
            name_error(api.get_scale(name).await);
            name_error(api.delete(name, &DeleteParams::default()).await);
            name_error(api.evict(name, &EvictParams::default()).await);
            name_error(api.logs(name, &LogParams::default()).await);
            name_error(api.log_stream(name, &LogParams::default()).map(drop));
        }
        assert_eq!(name_error(api.get("").await), NameError::Empty("name"));
        api.get("a?b#c").await.unwrap();
    });
    assert_eq!(stage.attempts(), 1);
    assert_eq!(sent(&stage, 0).0, "GET /api/v1/namespaces/shop/pods/a%3Fb%23c");
}

#[test]
fn what_is_no_list_and_no_watch_is_in_one_namespace() {
    let (client, stage) = client([]);
    let api: Api<Pod> = Api::all(client);
    run(&stage, async {
        let params = (PostParams::default(), DeleteParams::default(), ListParams::default());
        for result in [
            api.get("web").await.map(drop),
            api.create(&params.0, &Pod::default()).await.map(drop),
            api.delete_collection(&params.1, &params.2).await.map(drop),
            api.evict("web", &EvictParams::default()).await.map(drop),
            api.log_stream("web", &LogParams::default()).map(drop),
        ] {
            assert_eq!(name_error(result), NameError::AllNamespaces);
        }
    });
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn parameters_are_those_of_kube() {
    let (api, stage) = pods(vec![answer(200, OBJECT); 12]);
    let pod = Pod::default();
    let post = PostParams { dry_run: true, field_manager: Some("a b&c".into()) };
    let apply = PatchParams::apply("me").force().dry_run().validation_strict();
    let (merge, strategic) = (json!({"a": 1}), json!({"b": 2}));
    run(&stage, async {
        api.get_with("web", &GetParams::at("7")).await.unwrap();
        api.create(&post, &pod).await.unwrap();
        api.replace("web", &post, &pod).await.unwrap();
        api.patch("web", &apply, &Patch::Apply(&pod)).await.unwrap();
        api.patch("web", &PatchParams::default(), &Patch::Merge(merge)).await.unwrap();
        api.patch_status("web", &PatchParams::default(), &Patch::Strategic(strategic))
            .await
            .unwrap();
        api.replace_status("web", &PostParams::default(), &pod).await.unwrap();
        api.get_status("web").await.unwrap();
        api.get_subresource("ephemeralcontainers", "web").await.unwrap();
        api.replace_subresource("resize", "web", &post, &pod).await.unwrap();
        let bound: Pod = api.create_subresource("binding", "web", &post, &json!([])).await.unwrap();
        assert_eq!(bound.metadata.name.as_deref(), Some("web"));
        let preconditions = Preconditions { uid: Some("u".into()), resource_version: None };
        let delete = DeleteParams::foreground().grace_period(0).dry_run();
        api.delete("web", &delete.preconditions(preconditions)).await.unwrap();
    });
    let object = r#"{"apiVersion":"v1","kind":"Pod","metadata":{}}"#;
    let at = "/api/v1/namespaces/shop/pods";
    let post = "dryRun=All&fieldManager=a%20b%26c";
    for (attempt, (line, media_type, body)) in [
        (format!("GET {at}/web?resourceVersion=7"), None, ""),
        (format!("POST {at}?{post}"), Some("application/json"), object),
        (format!("PUT {at}/web?{post}"), Some("application/json"), object),
        (
            format!("PATCH {at}/web?dryRun=All&force=true&fieldManager=me&fieldValidation=Strict"),
            Some("application/apply-patch+yaml"),
            object,
        ),
        (format!("PATCH {at}/web"), Some("application/merge-patch+json"), r#"{"a":1}"#),
        (
            format!("PATCH {at}/web/status"),
            Some("application/strategic-merge-patch+json"),
            r#"{"b":2}"#,
        ),
        (format!("PUT {at}/web/status"), Some("application/json"), object),
        (format!("GET {at}/web/status"), None, ""),
        (format!("GET {at}/web/ephemeralcontainers"), None, ""),
        (format!("PUT {at}/web/resize?{post}"), Some("application/json"), object),
        (format!("POST {at}/web/binding?{post}"), Some("application/json"), "[]"),
        (
            format!("DELETE {at}/web"),
            Some("application/json"),
            r#"{"dryRun":["All"],"gracePeriodSeconds":0,"propagationPolicy":"Foreground","preconditions":{"uid":"u"}}"#,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(sent(&stage, attempt), (line, body.to_owned()));
        assert_eq!(header(&stage, attempt, "content-type").as_deref(), media_type);
        assert_eq!(header(&stage, attempt, "accept").as_deref(), Some("application/json"));
    }
}

#[test]
fn what_kube_core_refuses_is_not_sent() {
    let (api, stage) = pods([]);
    let manager = PatchParams { field_manager: Some("x".repeat(129)), ..PatchParams::default() };
    let no_version = ListParams::default().matching(VersionMatch::Exact);
    let no_bookmarks = WatchParams::default().initial_events().disable_bookmarks();
    run(&stage, async {
        for result in [
            api.patch("web", &manager, &Patch::Merge(())).await.map(drop),
            api.patch("web", &PatchParams::default().force(), &Patch::Merge(())).await.map(drop),
            api.list(&no_version).await.map(drop),
            api.list_stream(&no_version).map(drop),
            api.watch(&no_bookmarks, "0").map(drop),
            api.log_stream("web", &LogParams { tail_lines: Some(-1), ..LogParams::default() })
                .map(drop),
        ] {
            let error = result.unwrap_err();
            assert!(matches!(error, Error::BuildRequest(_)), "{error:?}");
        }
    });
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn metadata_is_asked_for_by_what_is_accepted() {
    const LIST: &[u8] = br#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"web"}}]}"#;
    let (api, stage) = pods([
        answer(200, OBJECT),
        answer(200, OBJECT),
        answer(200, LIST),
        answer(200, LIST),
        answer(200, OBJECT),
    ]);
    let metadata: Api<PartialObjectMeta<Pod>> = Api::default_namespaced(api.clone().into_client());
    run(&stage, async {
        assert_eq!(api.get_metadata("web").await.unwrap().name_any(), "web");
        assert_eq!(metadata.get("web").await.unwrap().name_any(), "web");
        let list = api.list_metadata(&ListParams::default()).await.unwrap();
        assert_eq!(list.items[0].name_any(), "web");
        assert_eq!(metadata.list(&ListParams::default()).await.unwrap().items.len(), 1);
        let patch = Patch::Merge(json!({}));
        api.patch_metadata("web", &PatchParams::default(), &patch).await.unwrap();
    });
    for attempt in 0..stage.attempts() {
        let accept = header(&stage, attempt, "accept").unwrap();
        assert!(accept.starts_with("application/json;as=PartialObjectMetadata"), "{accept}");
        assert_eq!(header(&stage, attempt, "content-type").is_some(), attempt == 4);
    }
}

#[test]
fn clones_are_the_same_api() {
    let (client, _) = client([]);
    let api: Api<Pod> = Api::namespaced(client, "a");
    assert_eq!(api.clone().namespace(), Some("a"));
    assert!(format!("{api:?}").contains("\"pods\""));
    let client: Client = api.into();
    assert_eq!(client.default_namespace(), "shop");
    assert!(format!("{client:?}").contains("10.96.0.1"));
    assert_eq!(Api::<Namespace>::all(client).namespace(), None);
}
