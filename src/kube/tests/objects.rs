//! What comes of the verbs.

use super::{client, pods, run, sent};
use crate::client::tests::script::{Script, answer};
use crate::kube::api::*;
use crate::kube::{Api, Error};
use crate::logs::FOLLOWED_SILENCE;
use either::Either;
use k8s_openapi::api::apps::v1::Deployment;

#[test]
fn an_object_is_of_its_type() {
    const POD: &[u8] =
        br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","labels":{"app":"x"}},
        "spec":{"containers":[{"name":"a","image":"i"}]},"status":{"phase":"Running"}}"#;
    let (api, stage) = pods([answer(200, POD)]);
    let pod = run(&stage, api.get("web")).unwrap();
    assert_eq!(pod.labels()["app"], "x");
    assert_eq!(pod.spec.unwrap().containers[0].image.as_deref(), Some("i"));
    assert_eq!(pod.status.unwrap().phase.as_deref(), Some("Running"));
}

#[test]
fn what_the_server_refuses_is_its_status() {
    const NOT_FOUND: &[u8] = br#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods \"web\" not found",
        "reason":"NotFound","details":{"name":"web","kind":"pods"},"code":404}"#;
    let (api, stage) = pods(vec![answer(404, NOT_FOUND); 4]);
    run(&stage, async {
        let error = api.get("web").await.unwrap_err();
        assert_eq!(error.to_string(), "pods \"web\" not found");
        assert!(matches!(&error, Error::Api(status) if status.is_not_found()), "{error:?}");
        let Error::Api(status) = error else { panic!() };
        assert_eq!((status.code, status.is_failure()), (404, true));
        assert_eq!(status.details.unwrap().name, "web");
        assert_eq!(api.get_opt("web").await.unwrap(), None);
        assert!(api.get_metadata_opt("web").await.unwrap().is_none());
        api.delete("web", &DeleteParams::default()).await.unwrap_err();
    });
}

#[test]
fn a_status_is_sorted_as_kube_sorts_it() {
    let of = |code, body: &'static str| {
        let (api, stage) = pods([answer(code, body.as_bytes())]);
        match run(&stage, api.create(&PostParams::default(), &Default::default())) {
            Err(Error::Api(status)) => *status,
            other => panic!("{other:?}"),
        }
    };
    assert!(
        of(409, r#"{"kind":"Status","reason":"AlreadyExists","code":409}"#).is_already_exists()
    );
    assert!(of(409, r#"{"kind":"Status","reason":"Conflict","code":409}"#).is_conflict());
    assert!(of(403, "no").is_forbidden());
    let invalid = of(
        422,
        r#"{"kind":"Status","reason":"Invalid","code":422,"details":{"causes":[{"reason":"FieldValueRequired","field":"spec"}]}}"#,
    );
    assert!(invalid.is_invalid());
    assert_eq!(invalid.details.unwrap().causes[0].field, "spec");
}

#[test]
fn how_long_to_wait_is_in_the_details() {
    const BUSY: &[u8] = br#"{"kind":"Status","reason":"TooManyRequests","code":429}"#;
    let busy = || Script { headers: vec![("retry-after", "3")], ..answer(429, BUSY) };
    let (api, stage) = pods(vec![busy(); 30]);
    match run(&stage, api.get("web")) {
        Err(Error::Api(status)) => assert_eq!(status.details.unwrap().retry_after_seconds, 3),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_does_not_come_is_the_clients_error() {
    let never = || Script { head_after: None, ..answer(200, b"") };
    let (api, stage) = pods([never(), never()]);
    let error = run(&stage, api.get("web")).unwrap_err();
    assert!(matches!(error, Error::Client(crate::Error::Connection(_))), "{error:?}");
    let (api, stage) = pods([answer(200, b"<html>")]);
    let error = run(&stage, api.get("web")).unwrap_err();
    assert!(matches!(error, Error::Client(crate::Error::Protocol(_))), "{error:?}");
}

#[test]
fn what_is_deleted_is_there_for_a_while_or_gone() {
    const THERE: &[u8] = br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}"#;
    const GONE: &[u8] = br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"web","kind":"pods","uid":"u"}}"#;
    let (api, stage) = pods([answer(200, THERE), answer(200, GONE)]);
    run(&stage, async {
        let params = DeleteParams::default();
        let there = api.delete("web", &params).await.unwrap();
        assert_eq!(there.left().unwrap().name_any(), "web");
        let gone = api.delete("web", &params).await.unwrap().right().unwrap();
        assert!(gone.is_success());
        assert_eq!(gone.details.unwrap().uid, "u");
    });
}

#[test]
fn a_collection_is_deleted() {
    const LIST: &[u8] = br#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"web"}}]}"#;
    const DONE: &[u8] = br#"{"kind":"Status","status":"Success"}"#;
    let (api, stage) = pods([answer(200, LIST), answer(200, DONE)]);
    let selection = ListParams::default().labels("a=b").fields("c=d");
    run(&stage, async {
        match api.delete_collection(&DeleteParams::default(), &selection).await.unwrap() {
            Either::Left(list) => assert_eq!(list.items[0].name_any(), "web"),
            Either::Right(status) => panic!("{status:?}"),
        }
        let done = api.delete_collection(&DeleteParams::background(), &selection).await.unwrap();
        assert!(done.is_right());
    });
    let line = "DELETE /api/v1/namespaces/shop/pods?fieldSelector=c%3Dd&labelSelector=a%3Db";
    assert_eq!(sent(&stage, 0), (line.to_owned(), String::new()));
    let body = r#"{"propagationPolicy":"Background"}"#;
    assert_eq!(sent(&stage, 1), (line.to_owned(), body.to_owned()));
}

#[test]
fn a_deployment_is_scaled() {
    const SCALE: &[u8] = br#"{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web"},"spec":{"replicas":3},"status":{"replicas":1}}"#;
    let (client, stage) = client(vec![answer(200, SCALE); 3]);
    let deployments: Api<Deployment> = Api::default_namespaced(client);
    run(&stage, async {
        let mut scale = deployments.get_scale("web").await.unwrap();
        assert_eq!(scale.spec.as_ref().unwrap().replicas, Some(3));
        scale.spec.as_mut().unwrap().replicas = Some(4);
        deployments.replace_scale("web", &PostParams::default(), &scale).await.unwrap();
        let patch = Patch::Merge(serde_json::json!({"spec": {"replicas": 5}}));
        deployments.patch_scale("web", &PatchParams::default(), &patch).await.unwrap();
    });
    let path = "/apis/apps/v1/namespaces/shop/deployments/web/scale";
    assert_eq!(sent(&stage, 0).0, format!("GET {path}"));
    assert!(sent(&stage, 1).1.contains(r#""spec":{"replicas":4}"#));
    assert_eq!(sent(&stage, 2), (format!("PATCH {path}"), r#"{"spec":{"replicas":5}}"#.to_owned()));
}

#[test]
fn a_pod_is_evicted() {
    const DONE: &[u8] = br#"{"kind":"Status","apiVersion":"v1","status":"Success","code":201}"#;
    let (api, stage) = pods([answer(201, DONE)]);
    let params = EvictParams {
        delete_options: Some(DeleteParams::default().grace_period(7)),
        post_options: PostParams { dry_run: true, ..PostParams::default() },
    };
    assert!(run(&stage, api.evict("web", &params)).unwrap().is_success());
    let (line, body) = sent(&stage, 0);
    assert_eq!(line, "POST /api/v1/namespaces/shop/pods/web/eviction");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["metadata"]["name"], "web");
    assert_eq!(body["deleteOptions"]["gracePeriodSeconds"], 7);
    assert_eq!(body["deleteOptions"]["dryRun"][0], "All");
}

#[test]
fn a_log_is_text_or_lines() {
    let log = answer(200, b"one\ntwo\xff");
    let (api, stage) = pods([log.clone(), log]);
    let params = LogParams {
        container: Some("side car".into()),
        follow: true,
        limit_bytes: Some(9),
        previous: true,
        since_time: Some("2026-11-27T05:00:00Z".parse().unwrap()),
        tail_lines: Some(5),
        timestamps: true,
        ..LogParams::default()
    };
    run(&stage, async {
        assert_eq!(api.logs("web", &params).await.unwrap(), "one\ntwo\u{fffd}");
        let mut stream = api.log_stream("web", &params).unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), "one");
        assert_eq!(stream.next().await.unwrap().unwrap(), "two\u{fffd}");
        assert!(stream.next().await.is_none());
    });
    let (line, _) = sent(&stage, 0);
    let asked = "GET /api/v1/namespaces/shop/pods/web/log?container=side%20car&follow=true&limitBytes=9&previous=true\
        &sinceTime=2026-11-27T05%3A00%3A00Z&tailLines=5&timestamps=true";
    assert_eq!(line, asked);
    assert_eq!(sent(&stage, 1).0, asked);
    for attempt in [0, 1] {
        let timeouts = stage.sent(attempt).timeouts.unwrap();
        assert_eq!(timeouts.between_bytes, FOLLOWED_SILENCE);
    }
}
