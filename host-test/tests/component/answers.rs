//! What a caller is told of the server's answers.

use crate::support::{assert_untouched, case, get, get_once, on_both_versions, request, status};
use host_test::api_server::{Answer, ApiServer, Misbehaviour};
use host_test::pod::client::types::{Status, StatusDetails};
use http::{HeaderName, HeaderValue, StatusCode};

const CONFIG_MAPS: &str = "/api/v1/namespaces/shop/configmaps";

#[tokio::test]
async fn a_created_object_and_its_warnings() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let mut post = request("POST", CONFIG_MAPS);
        post.headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        for (body, warnings) in [
            (r#"{"metadata": {"name": "a"}, "data": {"b": "c"}}"#, &[][..]),
            (r#"{"metadata": {"name": "a"}, "dta": {}}"#, &[r#"unknown field "dta""#]),
            (
                r#"{"metadata": {"name": "a"}, "dta": {}, "one, two": 2}"#,
                &[r#"unknown field "dta""#, r#"unknown field "one, two""#],
            ),
        ] {
            let response = client.send(&post, Some(body.as_bytes())).await.unwrap().unwrap();
            assert_eq!(response.head.status, 201);
            assert_eq!(response.head.warnings, warnings);
            assert!(String::from_utf8(response.body).unwrap().contains(r#""name":"a""#));
            let names: Vec<_> = response.head.headers.iter().map(|(name, _)| name).collect();
            assert!(names.iter().all(|name| **name == name.to_lowercase()), "{names:?}");
            assert!(names.iter().any(|name| *name == "audit-id"), "{names:?}");
        }
    })
    .await;
}

/// A request that the API server refuses, and what it says.
struct Refused {
    method: &'static str,
    path: &'static str,
    content_type: &'static str,
    body: Option<&'static str>,
    code: u16,
    reason: &'static str,
    message: &'static str,
    /// Name and kind of the object.
    about: Option<(&'static str, &'static str)>,
    /// Reason and field of the causes.
    causes: &'static [(&'static str, &'static str)],
}

const NONE: Refused = Refused {
    method: "GET",
    path: "",
    content_type: "application/json",
    body: None,
    code: 0,
    reason: "",
    message: "",
    about: None,
    causes: &[],
};

const REFUSED: [Refused; 9] = [
    Refused {
        path: "/api/v1/namespaces/kube-system/secrets",
        code: 403,
        reason: "Forbidden",
        message: "secrets is forbidden: User \"system:serviceaccount:shop:reader\" cannot list",
        about: Some(("", "secrets")),
        ..NONE
    },
    Refused {
        path: "/nonsense",
        code: 403,
        reason: "Forbidden",
        message: "cannot get path \"/nonsense\"",
        about: Some(("", "")),
        ..NONE
    },
    Refused {
        path: "/api/v1/namespaces/shop/pods/nope",
        code: 404,
        reason: "NotFound",
        message: "pods \"nope\" not found",
        about: Some(("nope", "pods")),
        ..NONE
    },
    Refused {
        method: "POST",
        path: CONFIG_MAPS,
        body: Some(r#"{"metadata": {"name": "web"}}"#),
        code: 409,
        reason: "AlreadyExists",
        message: "configmaps \"web\" already exists",
        about: Some(("web", "configmaps")),
        ..NONE
    },
    Refused {
        method: "PATCH",
        path: "/api/v1/namespaces/shop/configmaps/applied",
        content_type: "application/apply-patch+yaml",
        body: Some("data: {a: b}"),
        code: 409,
        reason: "Conflict",
        message: "Apply failed with 1 conflict",
        about: Some(("", "")),
        causes: &[("FieldManagerConflict", ".data.a")],
    },
    Refused {
        method: "POST",
        path: CONFIG_MAPS,
        content_type: "text/plain",
        body: Some("name: web"),
        code: 415,
        reason: "UnsupportedMediaType",
        message: "the body of the request was in an unknown format",
        ..NONE
    },
    Refused {
        method: "PATCH",
        path: "/api/v1/namespaces/shop/configmaps/web",
        content_type: "text/plain",
        body: Some("name: web"),
        code: 415,
        reason: "UnsupportedMediaType",
        message: "415: Unsupported Media Type",
        about: Some(("", "")),
        ..NONE
    },
    Refused {
        method: "POST",
        path: CONFIG_MAPS,
        body: Some(r#"{"metadata": {"name": "Bad_Name"}}"#),
        code: 422,
        reason: "Invalid",
        message: "ConfigMap \"Bad_Name\" is invalid: metadata.name",
        about: Some(("Bad_Name", "ConfigMap")),
        causes: &[("FieldValueInvalid", "metadata.name")],
        ..NONE
    },
    Refused {
        method: "POST",
        path: CONFIG_MAPS,
        body: Some("{not json"),
        code: 400,
        reason: "BadRequest",
        message: "the object provided is unrecognized",
        ..NONE
    },
];

fn assert_says(status: &Status, expected: &Refused) {
    assert_eq!((status.code, status.reason.as_str()), (expected.code, expected.reason));
    assert!(status.message.contains(expected.message), "{status:?}");
    let about = |details: &StatusDetails| (details.name.clone(), details.kind.clone());
    let expected_about = expected.about.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(status.details.as_ref().map(about), expected_about, "{status:?}");
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let causes: Vec<_> =
        causes.map(|cause| (cause.reason.as_str(), cause.field.as_str())).collect();
    assert_eq!(causes, expected.causes);
    assert_eq!(status.retry_after, None);
}

#[tokio::test]
async fn each_refusal_of_the_api_server_with_its_details_and_causes() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for expected in &REFUSED {
            let mut request = request(expected.method, expected.path);
            let content_type = ("Content-Type".to_owned(), expected.content_type.to_owned());
            request.headers = vec![content_type];
            let body = expected.body.map(str::as_bytes);
            let sent = client.send(&request, body).await.unwrap().unwrap_err();
            assert_says(&status(sent), expected);
            // The same by way of a stream.
            let pending = client.open(&request, body).await.unwrap().unwrap();
            let (head, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            assert_eq!(head.status, expected.code);
            assert_says(&status(body.into_error(&mut client).await.unwrap()), expected);
        }
    })
    .await;
}

/// An answer that stands for the server's own.
fn answer(code: u16, headers: &[(&'static str, &'static str)], body: &str) -> Misbehaviour {
    let answer = Answer::new(StatusCode::from_u16(code).unwrap()).with_body(body.to_owned());
    Misbehaviour::Status(headers.iter().fold(answer, |answer, (name, value)| {
        answer.with_header(HeaderName::from_static(name), HeaderValue::from_static(value))
    }))
}

#[tokio::test]
async fn when_to_try_again_and_what_was_warned_of() {
    let retry = |seconds| ("retry-after", seconds);
    let asked = r#"{"kind": "Status", "status": "Failure", "message": "busy", "code": 429,
        "reason": "TooManyRequests", "details": {"retryAfterSeconds": 7}}"#;
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for (misbehaviour, code, reason, expected) in [
            (answer(429, &[retry("1")], "slow down"), 429, "TooManyRequests", Some(1)),
            (answer(429, &[retry("1")], asked), 429, "TooManyRequests", Some(7)),
            (answer(503, &[], ""), 503, "ServiceUnavailable", None),
            (answer(503, &[retry("soon")], ""), 503, "ServiceUnavailable", None),
            (answer(503, &[retry("-1")], ""), 503, "ServiceUnavailable", None),
            (answer(504, &[retry("99999999999")], ""), 504, "Timeout", None),
            (answer(500, &[retry(" 30 ")], "oops"), 500, "InternalError", Some(30)),
        ] {
            cluster.server.misbehave(misbehaviour);
            let status = status(client.send(&get_once("/api"), None).await.unwrap().unwrap_err());
            assert_eq!((status.code, status.reason.as_str()), (code, reason));
            assert_eq!(status.retry_after, expected, "{status:?}");
        }
        let warning = ("warning", r#"299 - "v1beta1 is deprecated""#);
        cluster.server.misbehave(answer(403, &[warning], "no"));
        let status = status(client.send(&get_once("/api"), None).await.unwrap().unwrap_err());
        assert_eq!(status.warnings, ["v1beta1 is deprecated"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_status_is_quoted_in_one() {
    const HTML: (&str, &str) = ("content-type", "text/html");
    const BINARY: (&str, &str) = ("content-type", "application/octet-stream");
    let page = "<h1>502</h1> ".repeat(1000);
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for (misbehaviour, code, says, most) in [
            (answer(502, &[HTML], &page), 502, "<h1>502</h1>", 2048 + 200),
            (answer(502, &[BINARY], &page), 502, "the server failed", 200),
            (answer(404, &[], "404 page not found\n"), 404, "404 page not found", 200),
            (answer(404, &[], r#"{"kind": "Sta"#), 404, r#"{"kind": "Sta"#, 200),
            (answer(410, &[], ""), 410, "HTTP status 410", 200),
            (answer(304, &[], ""), 304, "HTTP status 304", 400),
        ] {
            cluster.server.misbehave(misbehaviour);
            let status = status(client.send(&get("/api"), None).await.unwrap().unwrap_err());
            assert_eq!(status.code, code);
            assert!(status.message.contains(says), "{status:?}");
            assert!(status.message.len() <= most, "{} bytes", status.message.len());
            let causes = status.details.unwrap().causes;
            let [cause] = causes.as_slice() else { panic!("{causes:?}") };
            assert_eq!(cause.reason, "UnexpectedServerResponse");
        }
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_token_stays() {
    let codes = [301, 302, 303, 307, 308];
    let elsewhere = ApiServer::builder().start().await.unwrap();
    let plain = ApiServer::builder().plain_http().start().await.unwrap();
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let targets = [elsewhere.url(), plain.url(), cluster.server.url(), "//example.com".into()];
        for (code, target) in codes.iter().flat_map(|code| targets.iter().map(move |to| (code, to)))
        {
            for (method, body) in [("GET", None), ("POST", Some(&b"{}"[..]))] {
                cluster.server.journal().clear();
                let status_code = StatusCode::from_u16(*code).unwrap();
                let location = HeaderValue::from_str(&format!("{target}/api")).unwrap();
                cluster.server.misbehave(Misbehaviour::Redirect { status: status_code, location });
                let error = client.send(&request(method, "/api"), body).await.unwrap().unwrap_err();
                assert_eq!(case(&error), "api", "{error:?}");
                cluster.assert_shows_no_token(&error);
                let status = status(error);
                assert_eq!(status.code, *code);
                assert!(status.message.contains(target.as_str()), "{status:?}");
                assert!(status.message.contains("not followed"), "{status:?}");
                assert_eq!(cluster.server.journal().requests().len(), 1);
            }
        }
    })
    .await;
    assert_untouched(&elsewhere).await;
    assert_untouched(&plain).await;
}
