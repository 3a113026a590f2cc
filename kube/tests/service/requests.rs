//! Requests that are answered.

use super::stage::{Script, Stage, Step, answer};
use http::Request;
use http_body_util::BodyExt as _;
use k8s_in_cluster::transport::ConnectionFailure;
use k8s_in_cluster_kube::k8s_in_cluster;
use k8s_openapi::api::core::v1::Pod;
use kube_client::api::{ListParams, Patch, PatchParams, PostParams};
use kube_client::client::Body;
use kube_client::{Api, Client, Error};
use serde_json::{Value, json};
use std::io;

fn list() -> Value {
    json!({
        "kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "5"},
        "items": [{"metadata": {"name": "web"}}],
    })
}

#[tokio::test]
async fn a_list_is_asked_for_with_the_pods_credentials() {
    let (client, stage) = Stage::client(&["first"], [answer(200, list())]);
    assert_eq!(client.default_namespace(), "shop");
    let pods: Api<Pod> = Api::default_namespaced(client);
    let params = ListParams::default().labels("app in (a, b)").limit(7);
    let found = pods.list(&params).await.unwrap();
    assert_eq!(found.items[0].metadata.name.as_deref(), Some("web"));

    let sent = &stage.sent()[0];
    let (line, query) = sent.line.split_once('?').unwrap();
    assert_eq!(line, "GET /api/v1/namespaces/shop/pods");
    let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for (name, value) in [("limit", "7"), ("labelSelector", "app in (a, b)")] {
        assert!(query.contains(&(name.into(), value.into())), "{query:?}");
    }
    assert_eq!(sent.authorization.as_deref(), Some("Bearer first"));
    assert_eq!(sent.header("accept"), Some("application/json"));
    assert!(sent.header("user-agent").unwrap().starts_with("k8s-in-cluster/"));
    assert!(sent.body.is_empty());
}

#[tokio::test]
async fn an_object_is_sent_as_kube_writes_it() {
    let pod = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web"}});
    let (client, stage) = Stage::client(&["first"], [answer(201, &pod), answer(200, &pod)]);
    let pods: Api<Pod> = Api::namespaced(client, "other");
    let new: Pod = serde_json::from_value(pod.clone()).unwrap();
    pods.create(&PostParams::default(), &new).await.unwrap();
    let params = PatchParams::apply("test").force();
    pods.patch("web", &params, &Patch::Apply(&pod)).await.unwrap();

    let [created, applied] = &stage.sent()[..] else { panic!("two were sent") };
    assert_eq!(created.line, "POST /api/v1/namespaces/other/pods");
    assert_eq!(created.header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_slice(&created.body).unwrap();
    assert_eq!(body["metadata"]["name"], "web");
    assert!(applied.line.starts_with("PATCH /api/v1/namespaces/other/pods/web?"));
    assert!(applied.line.contains("fieldManager=test") && applied.line.contains("force=true"));
    assert_eq!(applied.header("content-type"), Some("application/apply-patch+yaml"));
}

#[tokio::test]
async fn a_token_that_was_replaced_is_read_again() {
    let (client, stage) =
        Stage::client(&["first", "second"], [answer(401, ""), answer(200, list())]);
    Api::<Pod>::all(client).list(&ListParams::default()).await.unwrap();
    let sent: Vec<_> = stage.sent().into_iter().map(|sent| sent.authorization.unwrap()).collect();
    assert_eq!(sent, ["Bearer first", "Bearer second"]);
}

#[tokio::test]
async fn a_refusal_is_the_servers_status() {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
        "message": "pods \"web\" not found",
    });
    let (client, _) = Stage::client(&["first"], [answer(404, status)]);
    match Api::<Pod>::all(client).get("web").await {
        Err(Error::Api(status)) => assert!(status.is_not_found(), "{status:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    let (client, stage) = Stage::client(&["first"], [answer(503, ""), answer(200, list())]);
    Api::<Pod>::all(client).list(&ListParams::default()).await.unwrap();
    assert_eq!(stage.sent().len(), 2);
}

/// What the client underneath says of a request that was not sent.
async fn refused(client: &Client, request: http::request::Builder) -> k8s_in_cluster::Error {
    match client.send(request.body(Body::empty()).unwrap()).await {
        Err(Error::Service(error)) => *error.downcast().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_would_lead_credentials_astray_is_not_sent() {
    let (client, stage) = Stage::client(&["secret"], []);
    for request in [
        Request::get("https://elsewhere.example/api"),
        Request::get("/api").header("authorization", "Bearer other"),
    ] {
        let error = refused(&client, request).await;
        assert!(matches!(error, k8s_in_cluster::Error::Denied(_)), "{error:?}");
    }
    for request in [Request::get("/api/%2e%2e/x"), Request::get("/api").header("host", "other")] {
        let error = refused(&client, request).await;
        assert!(matches!(error, k8s_in_cluster::Error::InvalidRequest(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
    assert!(stage.sent().is_empty());
}

#[tokio::test]
async fn a_body_that_breaks_off_has_ended_too_early() {
    let cut = Script(200, vec![Step::Bytes(b"{\"kind\":".to_vec()), Step::Cut]);
    let (client, _) = Stage::client(&["first"], [cut]);
    let answer = client.send(Request::get("/api").body(Body::empty()).unwrap()).await.unwrap();
    let mut body = answer.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"{\"kind\":");
    let Some(Err(Error::Service(error))) = body.frame().await else { panic!("it was cut") };
    let error = error.downcast::<io::Error>().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    match error.get_ref().unwrap().downcast_ref() {
        Some(k8s_in_cluster::Error::Connection(error)) => {
            assert_eq!(error.failure, ConnectionFailure::Terminated);
        }
        other => panic!("{other:?}"),
    }
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn what_is_dropped_is_cancelled() {
    let silent = || Script(200, vec![Step::Bytes(b"{".to_vec()), Step::Silence]);
    let (client, stage) = Stage::client(&["first"], [silent()]);
    let answer = client.send(Request::get("/api").body(Body::empty()).unwrap()).await.unwrap();
    assert!(!stage.sent()[0].dropped);
    drop(answer);
    assert!(stage.sent()[0].dropped);
}
