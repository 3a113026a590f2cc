#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn head(status: u16, headers: &[(&str, &str)]) -> Head {
    let headers = headers.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
    Head::new(crate::transport::ResponseHead { status, headers })
}

/// An answer recorded from a real API server.
fn recorded(name: &str) -> (Head, Vec<u8>) {
    let path = format!("{}/host-test/recorded/{name}.http", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("\r\n", "\n");
    let (top, body) = text.split_once("\n\n").unwrap();
    let mut lines = top.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    (Head::new(crate::transport::ResponseHead { status, headers }), body.as_bytes().to_vec())
}

fn of_answer(head: &Head, body: &[u8], method: &str) -> Status {
    Status::of_answer(head, body, method, "/api/v1/pods")
}

#[test]
fn statuses_of_a_real_server() {
    for (name, code, reason, message) in [
        ("error-401", 401, "Unauthorized", "Unauthorized"),
        ("error-403", 403, "Forbidden", "secrets is forbidden: User"),
        ("error-404", 404, "NotFound", "pods \"nope\" not found"),
        ("error-409-exists", 409, "AlreadyExists", "already exists"),
        ("error-409-apply-conflict", 409, "Conflict", "Apply failed"),
        ("error-415", 415, "UnsupportedMediaType", ""),
        ("error-422", 422, "Invalid", "is invalid"),
    ] {
        let (head, body) = recorded(name);
        let status = of_answer(&head, &body, "GET");
        assert_eq!((status.code, status.reason.as_str()), (code, reason), "{name}");
        assert!(status.message.contains(message), "{name}: {}", status.message);
    }
    let (head, body) = recorded("error-422");
    let details = of_answer(&head, &body, "POST").details.unwrap();
    assert!(!details.causes.is_empty() && details.causes.iter().all(|c| !c.field.is_empty()));
}

#[test]
fn what_a_failure_is_about_is_told_in_full() {
    let body = br#"{"kind":"Status","status":"Failure","message":"m","reason":"Invalid","code":422,
        "details":{"name":"web","group":"apps","kind":"Deployment","uid":"1-2","retryAfterSeconds":3,
            "causes":[{"reason":"FieldValueInvalid","message":"a \"b\" \u00e9","field":"spec.replicas"},
                {"reason":"FieldValueRequired"}]}}"#;
    let status = of_answer(&head(422, &[]), body, "PUT");
    let cause = |reason: &str, message: &str, field: &str| StatusCause {
        reason: reason.into(),
        message: message.into(),
        field: field.into(),
    };
    let details = StatusDetails {
        name: "web".into(),
        group: "apps".into(),
        kind: "Deployment".into(),
        uid: "1-2".into(),
        causes: vec![
            cause("FieldValueInvalid", "a \"b\" \u{e9}", "spec.replicas"),
            cause("FieldValueRequired", "", ""),
        ],
    };
    let expected = Status {
        code: 422,
        reason: "Invalid".into(),
        message: "m".into(),
        details: Some(details),
        retry_after: Some(3),
        warnings: Vec::new(),
    };
    assert_eq!(status, expected);
}

#[test]
fn a_resource_that_the_server_does_not_have_is_told_from_an_object() {
    let text = head(404, &[("content-type", "text/plain; charset=utf-8")]);
    let path = "/apis/example.com/v1/nothings/a";
    let status = Status::of_answer(&text, b"404 page not found\n", "GET", path);
    assert_eq!(status.reason, "NotFound");
    for says in ["group, version", path, "CustomResourceDefinition", "404 page not found"] {
        assert!(status.message.contains(says), "{}", status.message);
    }
    // Of an object the server says itself which.
    let (head, body) = recorded("error-404");
    let status = of_answer(&head, &body, "GET");
    assert_eq!(status.message, "pods \"nope\" not found");
    let details = status.details.unwrap();
    assert_eq!((&*details.kind, &*details.name), ("pods", "nope"));
}

#[test]
fn a_status_wins_over_the_code_unless_it_is_a_success() {
    let body =
        br#"{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"m"}"#;
    let status = of_answer(&head(500, &[]), body, "GET");
    assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
    let body = br#"{"kind":"Status","status":"Success"}"#;
    assert_eq!(of_answer(&head(404, &[]), body, "GET").reason, "NotFound");
}

#[test]
fn an_answer_that_is_no_status_is_sorted_by_code_and_method() {
    for (code, method, reason) in [
        (400, "GET", "BadRequest"),
        (401, "GET", "Unauthorized"),
        (403, "GET", "Forbidden"),
        (404, "GET", "NotFound"),
        (405, "GET", "MethodNotAllowed"),
        (406, "GET", "NotAcceptable"),
        (410, "GET", "Gone"),
        (413, "POST", "RequestEntityTooLarge"),
        (415, "PATCH", "UnsupportedMediaType"),
        (422, "POST", "Invalid"),
        (501, "GET", "InternalError"),
        (409, "POST", "AlreadyExists"),
        (409, "PUT", "Conflict"),
        (429, "GET", "TooManyRequests"),
        (500, "GET", "InternalError"),
        (502, "GET", "InternalError"),
        (503, "GET", "ServiceUnavailable"),
        (504, "GET", "Timeout"),
        (418, "GET", ""),
    ] {
        let bodies: [&[u8]; 4] = [b"", b"{", b"[]", br#"{"kind":"Pod"}"#];
        for body in bodies {
            let status = of_answer(&head(code, &[]), body, method);
            assert_eq!((status.code, status.reason.as_str()), (code, reason));
            assert!(status.message.contains(&code.to_string()), "{}", status.message);
            let details = status.details.unwrap();
            let [cause] = details.causes.as_slice() else { panic!("{:?}", details.causes) };
            assert_eq!(cause.reason, "UnexpectedServerResponse");
            assert!(!cause.message.is_empty());
        }
    }
}

#[test]
fn the_reason_is_the_servers_and_by_the_code_where_it_gives_none() {
    for (reason, code, method, expected) in [
        ("Expired", 410, "GET", "Expired"),
        ("", 410, "GET", "Gone"),
        ("", 409, "POST", "AlreadyExists"),
        ("", 409, "PATCH", "Conflict"),
        ("OfAnExtension", 409, "PUT", "OfAnExtension"),
        ("", 418, "GET", ""),
    ] {
        let body = format!(r#"{{"reason":"{reason}","code":{code},"kind":"Status"}}"#);
        let status = of_answer(&head(500, &[]), body.as_bytes(), method);
        assert_eq!((status.code, status.reason.as_str()), (code, expected));
        assert_eq!(status.details, None);
        assert!(status.message.contains(&code.to_string()), "{}", status.message);
    }
}

#[test]
fn fields_of_another_type_count_as_missing() {
    let body = br#"{"kind":"Status","code":"404","reason":7,"message":"m","details":[1]}"#;
    let status = of_answer(&head(409, &[]), body, "PUT");
    assert_eq!((status.code, &*status.reason, &*status.message), (409, "Conflict", "m"));
    assert_eq!(status.details, None);
    let body = br#"{"kind":"Status","code":70000,"details":{"causes":[{"field":"f"},3,{}]}}"#;
    let status = of_answer(&head(409, &[]), body, "PUT");
    assert_eq!(status.code, 409);
    assert_eq!(status.details.unwrap().causes.len(), 3);
}

#[test]
fn what_is_too_long_or_too_deep_is_no_status() {
    let long = format!(r#"{{"kind":"Status","message":"{}"}}"#, "x".repeat(MAX_STATUS));
    let deep = format!(r#"{{"kind":"Status","x":{}{}}}"#, "[".repeat(9999), "]".repeat(9999));
    for body in [long, deep] {
        let status = of_answer(&head(404, &[]), body.as_bytes(), "GET");
        assert_eq!(status.reason, "NotFound");
        assert!(status.message.len() < MAX_QUOTED + 200);
    }
}

#[test]
fn text_is_quoted_and_cut() {
    let html = "<html>\u{7}".to_owned() + &"x".repeat(5000);
    let of = |headers: &[(&str, &str)]| of_answer(&head(502, headers), html.as_bytes(), "GET");
    for headers in
        [&[][..], &[("content-type", "text/html")], &[("content-type", "Text/HTML; a=b")]]
    {
        let status = of(headers);
        assert!(status.message.contains("<html>x"), "{}", status.message);
        assert!(status.message.len() < MAX_QUOTED + 200);
        let details = status.details.unwrap();
        assert!(details.causes[0].message.starts_with("<html>x"), "{details:?}");
    }
    for media_type in ["application/octet-stream", "text", "", "te\u{e9}xt/html"] {
        assert!(!of(&[("content-type", media_type)]).message.contains("html"), "{media_type}");
    }
}

#[test]
fn when_to_try_again() {
    let header = head(429, &[("retry-after", "7")]);
    assert_eq!(of_answer(&header, b"", "GET").retry_after, Some(7));
    let body = br#"{"kind":"Status","details":{"retryAfterSeconds":"soon"}}"#;
    assert_eq!(of_answer(&header, body, "GET").retry_after, Some(7));
    let body = br#"{"kind":"Status","details":{"retryAfterSeconds":3}}"#;
    assert_eq!(of_answer(&header, body, "GET").retry_after, Some(3));
    for (reason, seconds, expected) in
        [("ServerTimeout", 0, Some(0)), ("ServerTimeout", 2, Some(2)), ("Timeout", 0, None)]
    {
        let body = format!(
            r#"{{"kind":"Status","reason":"{reason}","details":{{"retryAfterSeconds":{seconds}}}}}"#
        );
        let status = of_answer(&head(500, &[]), body.as_bytes(), "GET");
        assert_eq!(status.retry_after, expected, "{body}");
    }
    for absurd in ["-1", "99999999999999999999", "Tue, 24 Nov 2026 14:17:09 GMT", ""] {
        let header = head(429, &[("retry-after", absurd)]);
        assert_eq!(of_answer(&header, b"", "GET").retry_after, None);
    }
}

#[test]
fn a_redirect_says_where_to() {
    let redirect = head(302, &[("location", "https://evil.example/")]);
    let status = of_answer(&redirect, b"<a href>", "GET");
    assert_eq!(status.code, 302);
    assert!(status.message.contains("https://evil.example/"), "{}", status.message);
    assert!(status.message.contains("not followed"), "{}", status.message);
}
