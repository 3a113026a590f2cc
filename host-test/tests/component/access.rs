//! `access`: who this is, what it may do, and tokens for others.

use crate::support::{Cluster, assert_error, on_both_versions, status};
use host_test::api_server::{Answer, RecordedRequest};
use host_test::pod::client::access::{
    Action, BoundObject, PathAction, ResourceAction, TokenRequest,
};
use host_test::pod::client::types::{ApiResource, Scope};
use http::{Method, StatusCode};
use serde_json::{Value, json};

fn with_pods(verb: &str, scope: Scope) -> Action {
    Action::Resource(ResourceAction {
        verb: verb.into(),
        resource: ApiResource {
            group: String::new(),
            version: String::new(),
            resource: "pods".into(),
        },
        subresource: None,
        scope,
        name: None,
    })
}

fn body(request: &RecordedRequest) -> Value {
    assert_eq!(request.method, Method::POST);
    assert_eq!(request.header("content-type"), Some("application/json"));
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn the_api_server_says_who_this_is_and_what_it_may_do() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let user = client.who_am_i(None).await.unwrap().unwrap();
        assert_eq!(user.username, "system:serviceaccount:shop:reader");
        assert_eq!(user.groups[2], "system:authenticated");
        assert_eq!(user.extra[0].0, "authentication.kubernetes.io/credential-id");

        let own = client.may_i(&with_pods("list", Scope::OwnNamespace), None).await;
        let own = own.unwrap().unwrap();
        assert!(own.allowed && own.reason.contains("RoleBinding"), "{own:?}");
        let elsewhere = Scope::Namespace("kube-system".into());
        for (verb, scope) in
            [("delete", Scope::OwnNamespace), ("list", elsewhere), ("list", Scope::AllNamespaces)]
        {
            let decision = client.may_i(&with_pods(verb, scope), None).await.unwrap().unwrap();
            assert!(!decision.allowed, "{verb}");
        }
        let path = Action::Path(PathAction { verb: "get".into(), path: "/metrics".into() });
        assert!(!client.may_i(&path, None).await.unwrap().unwrap().allowed);

        let sent = cluster.server.journal().requests();
        let spec = |index: usize| body(&sent[index])["spec"].clone();
        assert_eq!(
            spec(1),
            json!({"resourceAttributes": {"namespace": "shop", "verb": "list", "resource": "pods"}})
        );
        assert_eq!(spec(4), json!({"resourceAttributes": {"verb": "list", "resource": "pods"}}));
        assert_eq!(spec(5), json!({"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}));
    })
    .await;
}

#[tokio::test]
async fn the_rules_of_a_namespace_are_listed() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    cluster.server.answer_with(Method::POST, path, |request| {
        let verbs = json!(["get", body(request)["spec"]["namespace"]]);
        let status = json!({
            "resourceRules": [{"verbs": verbs, "apiGroups": [""], "resources": ["pods/log"], "resourceNames": ["a"]}],
            "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}],
            "incomplete": true,
            "evaluationError": "some",
        });
        Answer::json(StatusCode::CREATED, &json!({"kind": "SelfSubjectRulesReview", "status": status}))
    });
    for (namespace, expected) in [(None, "shop"), (Some("other"), "other")] {
        let rules = client.my_rules(namespace, None).await.unwrap().unwrap();
        assert_eq!(rules.resources[0].verbs, ["get", expected]);
        assert_eq!(rules.resources[0].groups, [""]);
        assert_eq!(rules.resources[0].resources, ["pods/log"]);
        assert_eq!(rules.resources[0].names, ["a"]);
        assert_eq!(rules.paths[0].paths, ["/healthz"]);
        assert!(rules.incomplete && rules.evaluation_error == "some");
    }
}

const ISSUED: &str = "issued.for.vault";

fn for_vault() -> TokenRequest {
    TokenRequest {
        service_account: "reader".into(),
        namespace: None,
        audiences: vec!["vault".into()],
        expiration_seconds: None,
        bound_object: None,
    }
}

#[tokio::test]
async fn a_token_is_issued_for_others_and_never_for_the_api_server() {
    let cluster = Cluster::start().await;
    // With the claims of a token that the kubelet mounts: {"aud":["https://kubernetes.default.svc"]}
    let token = "e30.eyJhdWQiOlsiaHR0cHM6Ly9rdWJlcm5ldGVzLmRlZmF1bHQuc3ZjIl19.c2ln";
    cluster.server.accept_token(token.into());
    cluster.volume.set_token(token).unwrap();
    let mut client = cluster.client().await;
    let path = "/api/v1/namespaces/shop/serviceaccounts/reader/token";
    let status_of = |token: Value| {
        let status = json!({"token": token, "expirationTimestamp": "2026-11-24T15:17:09Z"});
        Answer::json(StatusCode::CREATED, &json!({"kind": "TokenRequest", "status": status}))
    };
    cluster.server.answer(Method::POST, path, status_of(json!(ISSUED)));
    let request = TokenRequest {
        expiration_seconds: Some(600),
        bound_object: Some(BoundObject { kind: "Pod".into(), name: "web-1".into(), uid: None }),
        ..for_vault()
    };
    let issued = client.request_token(&request, None).await.unwrap().unwrap();
    assert_eq!(issued.token, ISSUED);
    assert_eq!(issued.expiration_timestamp, "2026-11-24T15:17:09Z");
    let sent = cluster.server.journal().requests();
    assert_eq!(
        body(&sent[0])["spec"],
        json!({
            "audiences": ["vault"],
            "expirationSeconds": 600,
            "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "web-1"},
        })
    );

    for audiences in [&[][..], &[""], &["vault", "https://kubernetes.default.svc"]] {
        let audiences = audiences.iter().map(|&audience| audience.to_owned()).collect();
        let request = TokenRequest { audiences, ..for_vault() };
        let error = client.request_token(&request, None).await.unwrap().unwrap_err();
        assert_error(&error, "denied", &["API server"]);
    }
    let request = TokenRequest { service_account: "../x".into(), ..for_vault() };
    let error = client.request_token(&request, None).await.unwrap().unwrap_err();
    assert_error(&error, "invalid-request", &[]);
    assert_eq!(cluster.server.journal().requests().len(), 1);

    // No error shows an issued token, whatever the answer looks like.
    let cut = format!("{{\"status\":{{\"token\":\"{ISSUED}\"");
    for answer in [status_of(json!([ISSUED])), Answer::text(StatusCode::CREATED, cut)] {
        cluster.server.answer(Method::POST, path, answer);
        let error = client.request_token(&for_vault(), None).await.unwrap().unwrap_err();
        assert_error(&error, "protocol", &[]);
        assert!(!format!("{error:?}").contains("issued"), "{error:?}");
        cluster.assert_shows_no_token(&error);
    }
    let elsewhere = TokenRequest { namespace: Some("kube-system".into()), ..for_vault() };
    let error = client.request_token(&elsewhere, None).await.unwrap().unwrap_err();
    assert_eq!(status(error).reason, "Forbidden");
}
