#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::client::Status;
use crate::client::tests::script::{Script, Stage, answer};
use crate::client::tests::{mounted, staged};
use crate::pod::fake::{FOLDER, FakePod};
use crate::resource::{ApiResource, Scope};
use base64ct::{Base64UrlUnpadded, Encoding as _};

/// The body of an answer that was recorded from a real API server.
macro_rules! recorded {
    ($name:literal) => {{
        let answer = include_str!(concat!("../../host-test/recorded/", $name, ".http"));
        answer.split_once("\r\n\r\n").unwrap().1.as_bytes()
    }};
}

/// What was sent to which path.
fn sent(stage: &Stage, index: usize) -> (String, String) {
    let sent = stage.sent(index);
    assert_eq!(sent.method, "POST");
    assert!(sent.headers.contains(&("Content-Type".into(), "application/json".into())));
    let path = sent.url.strip_prefix("https://10.96.0.1:443").unwrap().to_owned();
    let body = sent.body.borrow().clone();
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
    (path, String::from_utf8(body).unwrap())
}

fn status(error: Error) -> Status {
    match error {
        Error::Api(status) => *status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_this_is() {
    let (client, stage) = mounted([answer(201, recorded!("whoami")), answer(201, b"{}")]);
    let identity = Identity::get(&client, Limits::default()).unwrap();
    assert_eq!(
        identity,
        Identity {
            username: "system:serviceaccount:shop:reader".into(),
            uid: "cf3ff9f4-2731-42d8-aed3-1f992b9b99dd".into(),
            groups: vec![
                "system:serviceaccounts".into(),
                "system:serviceaccounts:shop".into(),
                "system:authenticated".into()
            ],
            extra: vec![(
                "authentication.kubernetes.io/credential-id".into(),
                vec!["JTI=64541c4d-455a-4e47-9dd9-d5e4fffda9a5".into()]
            )],
        }
    );
    assert_eq!(
        sent(&stage, 0),
        (
            "/apis/authentication.k8s.io/v1/selfsubjectreviews".into(),
            r#"{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}"#.into()
        )
    );
    assert!(matches!(Identity::get(&client, Limits::default()), Err(Error::Protocol(_))));
}

fn list_pods() -> Action {
    Action::Resource {
        verb: "list".into(),
        resource: ApiResource::new("", "", "pods"),
        subresource: None,
        scope: Scope::OwnNamespace,
        name: None,
    }
}

#[test]
fn whether_one_may() {
    let denied = br#"{"kind":"SelfSubjectAccessReview","status":{"allowed":false,"denied":true,"evaluationError":"a \"b\""}}"#;
    let (client, stage) = mounted([
        answer(201, recorded!("can-i")),
        answer(201, denied),
        answer(201, br#"{"kind":"SelfSubjectAccessReview","status":{"allowed":"true"}}"#),
        answer(403, b""),
    ]);
    let ask = |action| Decision::get(&client, &action, Limits::default());
    let decision = ask(list_pods()).unwrap();
    assert!(decision.allowed && !decision.denied);
    assert!(decision.reason.starts_with("RBAC: allowed by RoleBinding \"reader/shop\""));
    let decision = ask(Action::Resource {
        verb: "get\"".into(),
        resource: ApiResource::new("apps", "v1", "deployments"),
        subresource: Some("scale".into()),
        scope: Scope::Namespace("a".into()),
        name: Some("web".into()),
    });
    assert_eq!(
        decision.unwrap(),
        Decision { denied: true, evaluation_error: "a \"b\"".into(), ..Decision::default() }
    );
    let path = Action::Path { verb: "get".into(), path: "/metrics".into() };
    assert_eq!(ask(path.clone()).unwrap(), Decision::default());
    assert_eq!(status(ask(path).unwrap_err()).reason, "Forbidden");

    let begin =
        r#"{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":"#;
    for (index, spec) in [
        r#"{"resourceAttributes":{"namespace":"shop","verb":"list","resource":"pods"}}"#,
        r#"{"resourceAttributes":{"namespace":"a","verb":"get\"","group":"apps","version":"v1","resource":"deployments","subresource":"scale","name":"web"}}"#,
        r#"{"nonResourceAttributes":{"path":"/metrics","verb":"get"}}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        assert_eq!(sent(&stage, index), (path.into(), format!("{begin}{spec}}}")));
    }
}

#[test]
fn all_that_one_may() {
    let rules = br#"{"kind":"SelfSubjectRulesReview","status":{"resourceRules":[
        {"verbs":["get","list"],"apiGroups":["","apps"],"resources":["pods/log"],"resourceNames":["a"]},
        {"verbs":["*"],"apiGroups":["*"],"resources":["*"]}],
        "nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/healthz","/version/*"]}],
        "incomplete":true,"evaluationError":"webhook"}}"#;
    let empty = br#"{"kind":"SelfSubjectRulesReview","status":{}}"#;
    let (client, stage) = mounted([answer(201, rules), answer(201, empty)]);
    let texts = |texts: &[&str]| -> Vec<String> { texts.iter().map(|&t| t.into()).collect() };
    let all = ResourceRule {
        verbs: texts(&["*"]),
        groups: texts(&["*"]),
        resources: texts(&["*"]),
        names: Vec::new(),
    };
    let log = ResourceRule {
        verbs: texts(&["get", "list"]),
        groups: texts(&["", "apps"]),
        resources: texts(&["pods/log"]),
        names: texts(&["a"]),
    };
    let paths =
        NonResourceRule { verbs: texts(&["get"]), paths: texts(&["/healthz", "/version/*"]) };
    assert_eq!(
        Rules::get(&client, None, Limits::default()).unwrap(),
        Rules {
            resources: vec![log, all],
            non_resources: vec![paths],
            incomplete: true,
            evaluation_error: "webhook".into()
        }
    );
    assert_eq!(Rules::get(&client, Some("b"), Limits::default()).unwrap(), Rules::default());
    for (index, namespace) in ["shop", "b"].into_iter().enumerate() {
        let (path, body) = sent(&stage, index);
        assert_eq!(path, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews");
        assert!(body.ends_with(&format!(r#""spec":{{"namespace":"{namespace}"}}}}"#)), "{body}");
    }
}

const ISSUED: &[u8] = br#"{"kind":"TokenRequest","spec":{"audiences":["vault"]},
    "status":{"token":"issued.to.you","expirationTimestamp":"2026-11-24T15:17:09Z"}}"#;

fn for_vault() -> TokenRequest {
    TokenRequest {
        service_account: "reader".into(),
        audiences: vec!["vault".into()],
        ..TokenRequest::default()
    }
}

fn request(client: &Client<Stage, Stage>, request: &TokenRequest) -> Result<IssuedToken, Error> {
    IssuedToken::request(client, request, Limits::default())
}

#[test]
fn a_token_for_an_audience() {
    let (client, stage) = mounted([answer(201, ISSUED), answer(201, ISSUED)]);
    let issued = request(&client, &for_vault()).unwrap();
    assert_eq!(issued.token, "issued.to.you");
    assert_eq!(issued.expiration_timestamp, "2026-11-24T15:17:09Z");
    assert!(!format!("{issued:?}").contains("issued.to.you"));
    let all = TokenRequest {
        namespace: Some("a".into()),
        audiences: vec!["vault".into(), "https://b/".into()],
        expiration_seconds: Some(600),
        bound_object: Some(BoundObject {
            kind: "Pod".into(),
            name: "web-1".into(),
            uid: Some("1-2".into()),
        }),
        ..for_vault()
    };
    request(&client, &all).unwrap();
    let begin = r#"{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","spec":"#;
    for (index, namespace, spec) in [
        (0, "shop", r#"{"audiences":["vault"]}"#),
        (
            1,
            "a",
            r#"{"audiences":["vault","https://b/"],"expirationSeconds":600,"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"web-1","uid":"1-2"}}"#,
        ),
    ] {
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/reader/token");
        assert_eq!(sent(&stage, index), (path, format!("{begin}{spec}}}")));
    }
}

#[test]
fn no_token_for_the_api_server_is_asked_for() {
    let claims = br#"{"aud":["https://kubernetes.default.svc","other"]}"#;
    let token = format!("e30.{}.c2ln", Base64UrlUnpadded::encode_string(claims));
    let pod = FakePod::mounted().with_file(&format!("{FOLDER}/token"), token.as_bytes());
    let (client, stage) = staged(pod, []);
    for audiences in
        [&[][..], &[""], &["vault", ""], &["https://kubernetes.default.svc"], &["vault", "other"]]
    {
        let audiences = audiences.iter().map(|&audience| audience.to_owned()).collect();
        let error = request(&client, &TokenRequest { audiences, ..for_vault() }).unwrap_err();
        assert!(matches!(error, Error::Denied(_)), "{error:?}");
    }
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn no_error_holds_an_issued_token() {
    // Cut, of another shape, refused by something in between that shows what it was told.
    let cut = &ISSUED[..ISSUED.len() - 1];
    const OTHER: &[u8] = br#"{"status":{"token":["issued.to.you"]}}"#;
    let text =
        Script { headers: vec![("content-type", "application/json")], ..answer(500, ISSUED) };
    for script in [answer(201, cut), answer(201, OTHER), text] {
        let (client, _) = mounted([script]);
        let error = request(&client, &for_vault()).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("issued"), "{error:?}");
    }
    let (client, stage) = mounted([]);
    for name in ["", "..", "a/b"] {
        let asked = TokenRequest { service_account: name.into(), ..for_vault() };
        assert!(matches!(request(&client, &asked), Err(Error::InvalidRequest(_))));
    }
    assert_eq!(stage.attempts(), 0);
}
