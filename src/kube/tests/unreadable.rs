//! Objects that do not fit their type: which they are is told, and nothing of what they hold.

use super::{client, pods, run};
use crate::client::tests::script::{Script, Step, answer};
use crate::kube::api::*;
use crate::kube::decode::read;
use crate::kube::{Api, Error, EventType, Unreadable};
use k8s_openapi::api::core::v1::{Pod, Secret};
use serde::Serialize;
use std::time::Duration;

fn unreadable<T: std::fmt::Debug>(result: Result<T, Error>) -> Unreadable {
    match result {
        Err(Error::Unreadable(unreadable)) => *unreadable,
        other => panic!("{other:?}"),
    }
}

const LIST: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[
    {"metadata":{"name":"a"}},
    {"metadata":{"name":"b","namespace":"shop"},"spec":{"containers":[{"name":"x"},{"name":"y","image":["s3cret"]}]}},
    {"metadata":{"name":"c"}}]}"#;

#[test]
fn a_stream_goes_on_after_one() {
    let (api, stage) = pods([answer(200, LIST)]);
    run(&stage, async {
        let mut list = api.list_stream(&ListParams::default()).unwrap();
        assert_eq!(list.next().await.unwrap().unwrap().name_any(), "a");
        let error = unreadable(list.next().await.unwrap());
        assert_eq!(error.kind, "Pod");
        assert_eq!((error.namespace.as_deref(), error.name.as_deref()), (Some("shop"), Some("b")));
        assert_eq!(error.misfit.field, "spec.containers[1].image");
        assert_eq!(
            error.to_string(),
            "the Pod shop/b does not fit its Rust type: expected a string at spec.containers[1].image"
        );
        assert_eq!(list.next().await.unwrap().unwrap().name_any(), "c");
        assert!(list.next().await.is_none());
    });
}

#[test]
fn a_list_names_one_and_gives_none() {
    let (api, stage) = pods([answer(200, LIST)]);
    let error = unreadable(run(&stage, api.list(&ListParams::default())));
    assert_eq!(error.name.as_deref(), Some("b"));
}

#[test]
fn a_watch_says_what_happened_to_one_and_goes_on() {
    const EVENTS: &[u8] =
        br#"{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"8"},"spec":7}}
{"type":"ADDED","object":{"metadata":{"name":"b","resourceVersion":"9"}}}
"#;
    let script = Script {
        body: vec![Step::Bytes(EVENTS), Step::Silence(Duration::from_secs(3600))],
        ..answer(200, b"")
    };
    let (api, stage) = pods([script]);
    run(&stage, async {
        let mut watch = api.watch(&WatchParams::default(), "7").unwrap();
        let error = unreadable(watch.next().await.unwrap());
        assert_eq!(error.event, Some(EventType::Deleted));
        assert_eq!((error.name.as_deref(), &*error.misfit.field), (Some("a"), "spec"));
        assert!(matches!(watch.next().await.unwrap().unwrap(), Event::Added(_)));
    });
}

#[test]
fn one_that_is_not_of_the_kind_is_named() {
    const SECRET: &[u8] = br#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}"#;
    let (api, stage) = pods([answer(200, SECRET)]);
    let error = unreadable(run(&stage, api.get("a")));
    assert_eq!((&*error.misfit.field, &*error.misfit.reason), ("kind", "expected Pod"));
}

#[test]
fn nothing_that_is_held_is_quoted() {
    const S: &str = "s3cret";
    let said = |json: &str| {
        let error = match json.contains("Secret") {
            true => read::<Secret>(json, "Secret").unwrap_err(),
            false => read::<Pod>(json, "Pod").unwrap_err(),
        };
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(S), "{text}");
        }
        let Unreadable { misfit, .. } = unreadable::<()>(Err(error));
        (misfit.field, misfit.reason)
    };
    for (json, field, reason) in [
        (r#"{"metadata":{"name":"a"},"spec":"s3cret"}"#, "spec", "expected PodSpec"),
        (r#"{"spec":{"containers":"s3cret"}}"#, "spec.containers", "expected a sequence"),
        (r#"{"spec":{"priority":"s3cret, expected s3cret"}}"#, "spec.priority", "expected i32"),
        (
            r#"{"metadata":{"creationTimestamp":"s3cret"}}"#,
            "metadata.creationTimestamp",
            "a value does not suit",
        ),
        (
            r#"{"metadata":{"labels":{"a.b/c":7}}}"#,
            "metadata.labels[\"a.b/c\"]",
            "expected a string",
        ),
        (
            "{\n \"kind\": \"Secret\",\n \"data\": {\"k\": \"s3cret\"}}",
            "data.k",
            "a value does not suit",
        ),
        (r#"{"spec":s3cret}"#, "", "it is no JSON that is read here"),
        (r#""s3cret""#, "", "expected Pod"),
    ] {
        let (found, why) = said(json);
        assert_eq!((&*found, &*why), (field, reason), "{json}");
    }
}

#[test]
fn a_field_that_is_missing_is_named() {
    type Order = Object<serde_json::Value, NotUsed>;
    let error = unreadable(read::<Order>(r#"{"metadata":{"name":"a"},"status":{}}"#, "Order"));
    let said = "the Order a does not fit its Rust type: missing field `spec`";
    assert_eq!(error.to_string(), said);
}

#[test]
fn what_can_not_be_written_is_not_sent() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("s3cret"))
        }
    }
    let (api, stage) = pods([]);
    run(&stage, async {
        let patch = Patch::Merge(Broken);
        for error in [
            api.patch("a", &PatchParams::default(), &patch).await.unwrap_err(),
            api.replace_subresource("status", "a", &PostParams::default(), &Broken)
                .await
                .unwrap_err(),
        ] {
            assert!(matches!(error, Error::Unwritable(_)), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    });
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn whoever_wants_all_of_a_list_takes_kubes_guard() {
    use kube_core::DeserializeGuard;
    let (client, stage) = client([answer(200, LIST)]);
    let api: Api<DeserializeGuard<Pod>> = Api::default_namespaced(client);
    let list = run(&stage, api.list(&ListParams::default())).unwrap();
    let names: Vec<_> = list.items.iter().map(ResourceExt::name_any).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(list.items[1].0.is_err());
}
