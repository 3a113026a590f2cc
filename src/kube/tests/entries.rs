//! Objects that are made or changed.

use super::{client, run, sent};
use crate::client::tests::script::answer;
use crate::kube::api::PostParams;
use crate::kube::api::entry::{CommitError, CommitValidationError, Entry};
use crate::kube::{Api, Error, ResourceExt as _};
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use serde_json::{Value, json};

const MAP: &[u8] = br#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"shop","namespace":"shop","resourceVersion":"7"},"data":{"a":"1"}}"#;
const NEXT: &[u8] = br#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"shop","namespace":"shop","resourceVersion":"8"},"data":{"a":"2"}}"#;
const MISSING: &[u8] = br#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#;
const CONFLICT: &[u8] = br#"{"kind":"Status","status":"Failure","reason":"Conflict","code":409}"#;

fn set(map: &mut ConfigMap, value: &str) {
    map.data.get_or_insert_default().insert("a".into(), value.into());
}

fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_is_missing_is_created_once_and_then_replaced() {
    let (client, stage) =
        client([answer(404, MISSING), answer(201, MAP), answer(200, NEXT), answer(409, CONFLICT)]);
    let maps: Api<ConfigMap> = Api::default_namespaced(client);
    let params = PostParams::default();
    run(&stage, async {
        let mut entry = maps.entry("shop").await.unwrap();
        assert!(entry.get().is_none() && entry.get_mut().is_none());
        entry = entry.and_modify(|_| panic!("there is none"));
        let mut entry = entry.or_insert(ConfigMap::default).and_modify(|map| set(map, "1"));
        entry.commit(&params).await.unwrap();
        assert_eq!(entry.get().resource_version().as_deref(), Some("7"));
        // Nothing has changed since.
        entry.commit(&params).await.unwrap();
        set(entry.get_mut(), "2");
        entry.commit(&params).await.unwrap();
        set(entry.get_mut(), "3");
        let error = entry.commit(&params).await.unwrap_err();
        assert!(
            matches!(&error, CommitError::Save(Error::Api(status)) if status.is_conflict()),
            "{error:?}"
        );
        assert_eq!(entry.into_object().data.unwrap()["a"], "3");
    });
    let path = "/api/v1/namespaces/shop/configmaps";
    assert_eq!(sent(&stage, 0).0, format!("GET {path}/shop"));
    let (line, created) = sent(&stage, 1);
    assert_eq!(line, format!("POST {path}"));
    assert_eq!(body(&created)["metadata"], json!({"name": "shop", "namespace": "shop"}));
    let (line, replaced) = sent(&stage, 2);
    assert_eq!(line, format!("PUT {path}/shop"));
    assert_eq!(body(&replaced)["metadata"]["resourceVersion"], "7");
    assert_eq!(body(&replaced)["data"], json!({"a": "2"}));
    assert_eq!(stage.attempts(), 4);
}

#[test]
fn what_is_there_is_changed_and_a_dry_run_saves_nothing() {
    let (client, stage) = client([answer(200, MAP), answer(200, NEXT), answer(200, NEXT)]);
    let maps: Api<ConfigMap> = Api::default_namespaced(client);
    run(&stage, async {
        let entry = maps.entry("shop").await.unwrap().and_modify(|map| set(map, "2"));
        let Entry::Occupied(mut entry) = entry else { panic!() };
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        entry.commit(&dry).await.unwrap();
        entry.commit(&PostParams::default()).await.unwrap();
    });
    let path = "PUT /api/v1/namespaces/shop/configmaps/shop";
    assert_eq!(sent(&stage, 1).0, format!("{path}?dryRun=All"));
    assert_eq!(sent(&stage, 2).0, path);
}

#[test]
fn an_object_for_another_place_is_not_sent() {
    let (client, stage) = client(vec![answer(404, MISSING); 4]);
    let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let nodes: Api<Node> = Api::all(client);
    run(&stage, async {
        let refused = async |metadata: Value| {
            let map = serde_json::from_value(json!({"metadata": metadata})).unwrap();
            let mut entry = maps.entry("shop").await.unwrap().or_insert(|| map);
            match entry.commit(&PostParams::default()).await {
                Err(CommitError::Validate(error)) => error,
                other => panic!("{other:?}"),
            }
        };
        let error = refused(json!({"name": "other"})).await;
        assert_eq!(error.to_string(), "its name is other, and not shop, which was looked for");
        let error = refused(json!({"namespace": "kube-system"})).await;
        assert_eq!(error.to_string(), "its namespace is kube-system, and that of the Api is shop");
        let error = refused(json!({"generateName": "shop-"})).await;
        assert!(matches!(error, CommitValidationError::GenerateName { .. }), "{error:?}");

        let node = || {
            let metadata = json!({"metadata": {"namespace": "shop"}});
            serde_json::from_value(metadata).unwrap()
        };
        let mut entry = nodes.entry("node-1").await.unwrap().or_insert(node);
        let error = entry.commit(&PostParams::default()).await.unwrap_err().to_string();
        let said = "the object was not sent: its namespace is shop, and that of the Api is not set";
        assert_eq!(error, said);
    });
    assert_eq!(stage.attempts(), 4);
}
