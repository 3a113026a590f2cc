//! Who a pod is to a real API server, what it may do there, and tokens for others.

use crate::support::{Tenant, shared, status, within_reason};
use host_test::kubeconfig::Token;
use host_test::pod::client::access::{
    Action, BoundObject, PathAction, ResourceAction, TokenRequest,
};
use host_test::pod::client::types::{ApiResource, Error, Scope};
use serde_json::{Value, json};

fn with(verb: &str, resource: &str, scope: Scope) -> Action {
    Action::Resource(ResourceAction {
        verb: verb.into(),
        resource: ApiResource {
            group: String::new(),
            version: "v1".into(),
            resource: resource.into(),
        },
        subresource: None,
        scope,
        name: None,
    })
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_pod_knows_who_it_is_and_what_it_may_do() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let user = client.who_am_i(None).await.unwrap().unwrap();
        assert_eq!((&user.username, &user.uid), (&tenant.account.user(), &tenant.account.uid));
        assert!(user.groups.contains(&"system:authenticated".to_owned()));
        let credential = |(name, _): &&(String, Vec<String>)| name.ends_with("/credential-id");
        assert!(user.extra.iter().find(credential).unwrap().1[0].starts_with("JTI="));

        for (action, expected) in [
            (with("list", "pods", Scope::OwnNamespace), true),
            (with("*", "configmaps", Scope::OwnNamespace), true),
            (with("delete", "pods", Scope::OwnNamespace), false),
            (with("list", "pods", Scope::Namespace("kube-system".into())), false),
            (with("list", "pods", Scope::AllNamespaces), false),
            (Action::Path(PathAction { verb: "get".into(), path: "/healthz".into() }), true),
            (Action::Path(PathAction { verb: "get".into(), path: "/metrics".into() }), false),
        ] {
            let decision = client.may_i(&action, None).await.unwrap().unwrap();
            assert_eq!(decision.allowed, expected, "{action:?} {decision:?}");
            assert!(!expected || decision.reason.starts_with("RBAC: allowed by"), "{decision:?}");
        }

        let rules = client.my_rules(None, None).await.unwrap().unwrap();
        let pods = rules.resources.iter().find(|rule| rule.resources == ["pods"]).unwrap();
        assert_eq!(pods.verbs, ["get", "list", "watch"]);
        assert!(rules.paths.iter().any(|rule| rule.paths.iter().any(|path| path == "/healthz")));
        let elsewhere = client.my_rules(Some("kube-system"), None).await.unwrap().unwrap();
        assert!(!elsewhere.resources.iter().any(|rule| rule.resources == ["pods"]));
    })
    .await;
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_token_for_an_audience_is_none_for_the_api_server() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let request = TokenRequest {
            service_account: tenant.account.name.clone(),
            namespace: None,
            audiences: vec!["vault".into()],
            expiration_seconds: Some(600),
            bound_object: None,
        };
        // Not a right that pods have.
        let error = client.request_token(&request, None).await.unwrap().unwrap_err();
        assert_eq!(status(error).reason, "Forbidden");

        let rules = json!([
            {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        ]);
        let tenant = Tenant::with(server, &rules).await;
        let mut client = tenant.client().await;
        let issued = client.request_token(&request, None).await.unwrap().unwrap();
        let of_token = claims(&issued.token);
        assert_eq!(of_token["aud"], json!(["vault"]));
        assert_eq!(of_token["sub"], tenant.account.user());
        assert!(issued.expiration_timestamp.ends_with('Z'), "{}", issued.expiration_timestamp);
        let seconds = |claim: &str| of_token[claim].as_u64().unwrap();
        assert_eq!(seconds("exp") - seconds("iat"), 600);

        let own = tenant.volume.contents().token.unwrap();
        let own = claims(std::str::from_utf8(&own).unwrap())["aud"][0].as_str().unwrap().to_owned();
        for audiences in [vec![], vec![own.clone()], vec!["vault".into(), own]] {
            let request = TokenRequest { audiences, ..request.clone() };
            let error = client.request_token(&request, None).await.unwrap().unwrap_err();
            assert!(matches!(error, Error::Denied(_)), "{error:?}");
        }
        let short = TokenRequest { expiration_seconds: Some(1), ..request.clone() };
        let error = client.request_token(&short, None).await.unwrap().unwrap_err();
        tenant.assert_shows_no_token(&error);
        assert_eq!(status(error).reason, "Invalid");
        let bound = BoundObject { kind: "Pod".into(), name: "none".into(), uid: None };
        let bound = TokenRequest { bound_object: Some(bound), ..request.clone() };
        let error = client.request_token(&bound, None).await.unwrap().unwrap_err();
        assert_eq!(status(error).code, 404);
        let pod = json!({
            "metadata": {"name": "web-1"},
            "spec": {
                "serviceAccountName": tenant.account.name,
                "containers": [{"name": "web", "image": "web"}],
            },
        });
        let pod = tenant.admin.create(&tenant.path("pods"), &pod).await.unwrap();
        let uid = pod["metadata"]["uid"].as_str().unwrap().to_owned();
        for (named, right) in [(None, true), (Some(uid.clone()), true), (Some("1".into()), false)] {
            let bound = BoundObject { kind: "Pod".into(), name: "web-1".into(), uid: named };
            let bound = TokenRequest { bound_object: Some(bound), ..request.clone() };
            match client.request_token(&bound, None).await.unwrap() {
                Ok(issued) => {
                    assert!(right);
                    let bound_to = &claims(&issued.token)["kubernetes.io"]["pod"];
                    assert_eq!(*bound_to, json!({"name": "web-1", "uid": uid}));
                }
                Err(error) => assert!(!right && status(error).reason == "Conflict"),
            }
        }

        tenant.set_token(&Token::new(&issued.token).unwrap());
        let mut with_issued = tenant.client().await;
        let pods = with_issued.send(&tenant.get(&tenant.path("pods")), None).await.unwrap();
        assert_eq!(status(pods.unwrap_err()).code, 401);
    })
    .await;
}
