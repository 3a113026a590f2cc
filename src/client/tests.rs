#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod compressed;
mod operator;
mod retries;
pub(crate) mod script;

use super::*;
use crate::pod::fake::{FOLDER, FakePod};
use crate::transport::{BodySize, ConnectionFailure, Interest};
use script::{Ready, Script, Stage, Step, Then, answer};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn staged(
    pod: FakePod,
    scripts: impl IntoIterator<Item = Script>,
) -> (Client<Stage, Stage>, Stage) {
    let stage = Stage::new(pod, scripts);
    let overrides = Overrides::from_environment(&stage).unwrap();
    (Client::in_cluster(stage.clone(), stage.clone(), &overrides).unwrap(), stage)
}

pub(crate) fn mounted(scripts: impl IntoIterator<Item = Script>) -> (Client<Stage, Stage>, Stage) {
    staged(FakePod::mounted(), scripts)
}

fn get(path: &str) -> Request {
    Request::new("GET", path)
}

fn status(result: Result<Response, Error>) -> Status {
    match result {
        Err(Error::Api(status)) => *status,
        other => panic!("{other:?}"),
    }
}

fn failure(result: Result<Response, Error>) -> ConnectionFailure {
    match result {
        Err(Error::Connection(error)) => error.failure,
        other => panic!("{other:?}"),
    }
}

fn rotate(stage: &Stage, token: &str) {
    stage.pod.write(&format!("{FOLDER}/token"), Ok(token.into()));
}

#[test]
fn a_request_carries_the_token_and_the_defaults() {
    let (client, stage) = mounted([answer(200, b"{}")]);
    let mut request = get("/api/v1/pods");
    request.query = vec![("limit".into(), "2".into())];
    request.headers = vec![("X-Mine".into(), "a".into())];
    let response = client.send(request, None).unwrap();
    assert_eq!(response.body, b"{}");
    let sent = stage.sent(0);
    assert_eq!(sent.method, "GET");
    assert_eq!(sent.url, "https://10.96.0.1:443/api/v1/pods?limit=2");
    assert_eq!(sent.authorization.as_deref(), Some("Bearer first-token"));
    assert_eq!(sent.size, Some(BodySize::Empty));
    let header = |name| sent.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("X-Mine"), Some("a"));
    assert!(header("user-agent").unwrap().starts_with("k8s-in-cluster/"));
}

#[test]
fn a_proxy_on_loopback_gets_no_token() {
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_SERVER", "http://127.0.0.1:8001/prefix/");
    let (client, stage) = staged(pod, [answer(200, b"{}"), answer(401, b"")]);
    client.send(get("/api"), None).unwrap();
    assert_eq!(stage.sent(0).url, "http://127.0.0.1:8001/prefix/api");
    assert_eq!(stage.sent(0).authorization, None);
    assert_eq!(status(client.send(get("/api"), None)).code, 401);
    assert_eq!(stage.attempts(), 2);
    let mut late = get("/api");
    late.limits.deadline = Some(Duration::ZERO);
    let text = client.send(late, None).unwrap_err().to_string();
    assert!(text.contains("GET /prefix/api at http://127.0.0.1:8001: "), "{text}");
}

#[test]
fn what_is_wrong_is_not_sent() {
    let (client, stage) = mounted([]);
    for (method, path) in [
        ("GET", "/api/../x"),
        ("GET", "/a%2fb"),
        ("get", "/api"),
        ("TRACE", "/api"),
        ("CONNECT", "/"),
        ("", "/api"),
    ] {
        let error = client.send(Request::new(method, path), None).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{method} {path}: {error}");
    }
    let mut request = get("/api");
    request.headers = vec![("authorization".into(), "Bearer mine".into())];
    assert!(matches!(client.send(request, None), Err(Error::Denied(_))));
    let mut request = get("/api");
    request.query = vec![("continue".into(), "x".repeat(40_000))];
    assert!(matches!(client.send(request, None), Err(Error::InvalidRequest(_))));
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn a_caller_may_bring_its_own_credentials_where_allowed() {
    let pod = FakePod::mounted().with("K8S_IN_CLUSTER_ALLOW_AUTHORIZATION", "true");
    let (client, stage) = staged(pod, [answer(401, b"")]);
    let mut request = get("/api");
    request.headers = vec![("Authorization".into(), "Bearer mine".into())];
    rotate(&stage, "second-token");
    assert_eq!(status(client.send(request, None)).code, 401);
    assert_eq!(stage.sent(0).authorization, None);
    assert_eq!(stage.attempts(), 1);
}

#[test]
fn an_answer_that_is_no_success_is_an_error_and_not_followed() {
    let redirect =
        Script { headers: vec![("location", "https://evil.example/")], ..answer(302, b"") };
    let (client, stage) = mounted([answer(404, b"nope"), answer(500, b""), redirect]);
    assert_eq!(status(client.send(get("/api"), None)).reason, "NotFound");
    assert_eq!(status(client.send(get("/api"), None)).reason, "InternalError");
    let error = status(client.send(get("/api"), None));
    assert_eq!(error.code, 302);
    assert!(error.message.contains("evil.example"), "{}", error.message);
    assert_eq!(stage.attempts(), 3);
}

#[test]
fn warnings_are_handed_on() {
    let headers = vec![("warning", r#"299 - "one""#), ("x", "y"), ("warning", r#"299 - "two""#)];
    let script = |status| Script { headers: headers.clone(), ..answer(status, b"{}") };
    let (client, _) = mounted([script(200), script(403)]);
    assert_eq!(client.send(get("/api"), None).unwrap().head.warnings, ["one", "two"]);
    assert_eq!(status(client.send(get("/api"), None)).warnings, ["one", "two"]);
}

#[test]
fn a_401_is_met_with_the_token_that_the_file_holds_now() {
    let (client, stage) = mounted([answer(401, b"old"), answer(201, b"made")]);
    rotate(&stage, "second-token\n");
    let body = b"a body of some length".to_vec();
    let response = client.send(Request::new("POST", "/api/v1/x"), Some(body.clone())).unwrap();
    assert_eq!((response.head.status, response.body.as_slice()), (201, &b"made"[..]));
    for (attempt, token) in [(0, "Bearer first-token"), (1, "Bearer second-token")] {
        let sent = stage.sent(attempt);
        assert_eq!(sent.authorization.as_deref(), Some(token));
        assert_eq!(*sent.body.borrow(), body);
        assert_eq!(sent.size, Some(BodySize::Known(21)));
        assert!(sent.finished.get());
    }
    assert!(stage.sent(0).aborted.get() && stage.sent(0).closed.get());
}

#[test]
fn a_401_is_final_where_there_is_no_other_token() {
    let (client, stage) = mounted([answer(401, b""), answer(401, b""), answer(401, b"")]);
    assert_eq!(status(client.send(get("/api"), None)).code, 401);
    assert_eq!(stage.attempts(), 1);
    rotate(&stage, "second-token");
    assert_eq!(status(client.send(get("/api"), None)).code, 401);
    assert_eq!(stage.attempts(), 3);
}

#[test]
fn a_body_that_the_caller_wrote_is_not_sent_again() {
    let (client, stage) = mounted([answer(401, b"")]);
    rotate(&stage, "second-token");
    let (mut upload, mut call) = client.upload(Request::new("POST", "/x"), Some(3)).unwrap();
    call.write_all(&client, &mut upload, b"abc").unwrap();
    call.finish(&mut upload).unwrap();
    assert_eq!(call.wait_for_head(&client).unwrap().status, 401);
    assert_eq!(stage.attempts(), 1);
}

#[test]
fn a_deadline_ends_the_wait_for_an_answer_and_says_so() {
    let never = Script { head_after: None, ..answer(200, b"") };
    let (client, stage) = mounted([never]);
    let mut request = get("/api");
    request.limits.deadline = Some(SECOND * 5 / 2);
    let error = client.send(request, None).unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("2.500 s") && text.contains("GET /api at https://10.96.0.1:443"),
        "{text}"
    );
    assert_eq!(stage.pod.now.get(), SECOND * 5 / 2);
    let timeouts = stage.sent(0).timeouts.unwrap();
    assert_eq!(timeouts.connect, SECOND * 5 / 2);
    assert_eq!(timeouts.between_bytes, SECOND * 5 / 2);
}

#[test]
fn a_timeout_that_runs_out_together_with_the_deadline_is_the_deadlines() {
    let deadline = SECOND * 3;
    let late =
        |failure| Script { fails: Some(failure), head_after: Some(deadline), ..answer(0, b"") };
    for failure in [ConnectionFailure::ConnectTimeout, ConnectionFailure::ReadTimeout] {
        let (client, _) = mounted([late(failure)]);
        let mut request = get("/api");
        request.limits.deadline = Some(deadline);
        let error = client.send(request, None).unwrap_err();
        assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
    }
    // Also if it did while the transport was asked; but what is no timeout is what it is.
    let slow = |failure| Script {
        fails_within: SECOND,
        head_after: Some(deadline - SECOND / 2),
        ..late(failure)
    };
    let within_deadline = |failure| {
        let (client, _) = mounted([slow(failure)]);
        let mut request = Request::new("POST", "/api");
        request.limits.deadline = Some(deadline);
        client.send(request, None)
    };
    let error = within_deadline(ConnectionFailure::ReadTimeout).unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
    let refused = within_deadline(ConnectionFailure::Refused);
    assert_eq!(failure(refused), ConnectionFailure::Refused);
    let (client, _) = mounted([late(ConnectionFailure::ReadTimeout)]);
    assert_eq!(failure(client.send(get("/api"), None)), ConnectionFailure::ReadTimeout);
}

#[test]
fn a_deadline_that_has_passed_sends_nothing() {
    let (client, stage) = mounted([]);
    let mut request = get("/api");
    request.limits.deadline = Some(Duration::ZERO);
    assert!(matches!(client.send(request, None), Err(Error::DeadlineExceeded(_))));
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn an_upload_may_take_longer_than_an_ordinary_request() {
    let (client, stage) = mounted([answer(200, b""), answer(200, b"")]);
    client.upload(Request::new("POST", "/api"), None).unwrap();
    client.open(Request::new("POST", "/api"), None).unwrap();
    let first_byte = |attempt| stage.sent(attempt).timeouts.unwrap().first_byte;
    assert!(first_byte(0) > first_byte(1));
}

#[test]
fn a_deadline_covers_the_body() {
    let body = vec![Step::Bytes(b"a"), Step::Silence(SECOND * 60)];
    let (client, stage) = mounted([Script { body, ..answer(200, b"") }]);
    let mut request = get("/api");
    request.limits.deadline = Some(SECOND * 3);
    assert!(matches!(client.send(request, None), Err(Error::DeadlineExceeded(_))));
    assert_eq!(stage.pod.now.get(), SECOND * 3);
}

#[test]
fn timeouts_are_kept_where_the_host_keeps_none() {
    let never = Script { head_after: None, ..answer(200, b"") };
    let silent = Script { body: vec![Step::Silence(SECOND * 9999)], ..answer(200, b"") };
    let (client, stage) = mounted([never, silent]);
    assert_eq!(failure(client.send(get("/api"), None)), ConnectionFailure::ReadTimeout);
    assert!((SECOND * 100..SECOND * 110).contains(&stage.pod.now.get()));
    let before = stage.pod.now.get();
    let mut request = get("/api");
    request.limits.between_bytes = Some(SECOND * 7);
    assert_eq!(failure(client.send(request, None)), ConnectionFailure::ReadTimeout);
    assert!((SECOND * 7..SECOND * 10).contains(&(stage.pod.now.get() - before)));
}

#[test]
fn a_transport_learns_whether_the_server_is_there_and_nothing_was_asked_of_the_time() {
    let (client, stage) = mounted((0..9).map(|_| answer(200, b"")));
    let asked = |set: fn(&mut Limits)| {
        let mut request = get("/api");
        set(&mut request.limits);
        client.send(request, None).unwrap();
        stage.sent(stage.attempts() - 1).answered_lately
    };
    let usual = |_: &mut Limits| ();
    assert!(!asked(usual), "nothing was answered yet");
    assert!(asked(usual));
    assert!(!asked(|limits| limits.deadline = Some(SECOND)));
    assert!(!asked(|limits| limits.connect = Some(SECOND)));
    assert!(!asked(|limits| limits.first_byte = Some(SECOND)));
    assert!(!asked(|limits| limits.between_bytes = Some(SECOND)));
    stage.pod.advance(SECOND * 29);
    assert!(asked(usual));
    stage.pod.advance(SECOND * 30);
    assert!(!asked(usual), "what was there may be gone");
    assert!(asked(usual));
}

#[test]
fn a_stream_that_speaks_now_and_then_goes_on() {
    let step = || [Step::Silence(SECOND * 500), Step::Bytes(b"event")];
    let body = step().into_iter().chain(step()).chain(step()).collect();
    let (client, _) = mounted([Script { body, ..answer(200, b"") }]);
    let mut call = client.open(get("/watch"), None).unwrap();
    call.wait_for_head(&client).unwrap();
    for _ in 0..3 {
        assert_eq!(call.wait_for_bytes(&client, 100).unwrap().unwrap(), b"event");
    }
    assert_eq!(call.wait_for_bytes(&client, 100).unwrap(), None);
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let body = || vec![Step::Bytes(b"12345"), Step::Silence(SECOND), Step::Bytes(b"67890")];
    let script = || Script { body: body(), ..answer(200, b"") };
    let (client, stage) = mounted([script(), script()]);
    let limited = |limit| {
        let mut request = get("/api");
        request.limits.max_buffered = Some(limit);
        request
    };
    assert_eq!(client.send(limited(10), None).unwrap().body, b"1234567890");
    let error = client.send(limited(9), None).unwrap_err();
    assert!(
        matches!(error, Error::Protocol(_)) && error.to_string().contains("9 bytes"),
        "{error}"
    );
    assert!(stage.sent(1).closed.get());
}

#[test]
fn a_body_that_breaks_off_is_no_answer() {
    let script = Script { body: vec![Step::Bytes(b"{"), Step::Cut], ..answer(200, b"") };
    let (client, stage) = mounted([script]);
    let sent = client.send(Request::new("POST", "/api"), None);
    assert_eq!(failure(sent), ConnectionFailure::Terminated);
    assert_eq!(stage.attempts(), 1);
}

#[test]
fn a_server_may_answer_before_it_has_the_body() {
    for then in [Then::Wait, Then::Close] {
        let script = Script { takes: Some(6), then, ..answer(413, b"too large") };
        let (client, stage) = mounted([script]);
        let result = client.send(Request::new("POST", "/api"), Some(vec![b'x'; 100]));
        assert_eq!(status(result).reason, "RequestEntityTooLarge");
        assert_eq!(stage.sent(0).body.borrow().len(), 6);
    }
}

#[test]
fn a_server_that_takes_no_body_is_given_up() {
    let script = Script { takes: Some(6), head_after: None, ..answer(200, b"") };
    let (client, _) = mounted([script]);
    let result = client.send(Request::new("POST", "/api"), Some(vec![b'x'; 100]));
    assert_eq!(failure(result), ConnectionFailure::WriteTimeout);
}

#[test]
fn an_upload_has_the_length_that_was_announced() {
    let (client, stage) = mounted([answer(200, b""), answer(200, b"")]);
    let post = || Request::new("POST", "/api");
    let (mut upload, mut call) = client.upload(post(), Some(5)).unwrap();
    let error = call.write(&client, &mut upload, b"123456").unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(InvalidRequest::BodyLength { .. })));
    call.write_all(&client, &mut upload, b"123").unwrap();
    assert!(call.finish(&mut upload).is_err());
    assert!(stage.sent(0).aborted.get() && !stage.sent(0).finished.get());

    let (mut upload, mut call) = client.upload(post(), None).unwrap();
    call.write_all(&client, &mut upload, b"1234567").unwrap();
    call.finish(&mut upload).unwrap();
    assert!(matches!(
        call.write(&client, &mut upload, b"8"),
        Err(Error::InvalidRequest(InvalidRequest::BodyEnded))
    ));
    assert_eq!(stage.sent(1).size, Some(BodySize::Unknown));
    assert_eq!(*stage.sent(1).body.borrow(), b"1234567");
    assert!(stage.sent(1).finished.get());
}

#[test]
fn a_streamed_answer_that_is_no_success_can_be_made_an_error() {
    let (client, _) = mounted([answer(404, b"nope"), answer(200, b"{}")]);
    let mut call = client.open(get("/api"), None).unwrap();
    assert_eq!(call.wait_for_head(&client).unwrap().status, 404);
    assert!(matches!(call.head(&client), Err(Error::InvalidRequest(InvalidRequest::AnswerTaken))));
    assert!(matches!(call.take_error(&client), Error::Api(status) if status.reason == "NotFound"));
    assert!(matches!(call.head(&client), Err(Error::InvalidRequest(InvalidRequest::AnswerTaken))));

    let mut call = client.open(get("/api"), None).unwrap();
    call.wait_for_head(&client).unwrap();
    assert!(matches!(
        call.take_error(&client),
        Error::InvalidRequest(InvalidRequest::NoError(200))
    ));
}

#[test]
fn an_answer_that_came_before_the_body_was_taken_is_not_waited_for() {
    let early = Script { takes: Some(4), ..answer(413, b"") };
    let (client, _) = mounted([early]);
    let mut call = client.open(Request::new("POST", "/api"), Some(b"12345678".into())).unwrap();
    assert_eq!(call.subscribe(&client, Interest::Head), Ready::After(Duration::ZERO));
    assert_eq!(call.head(&client).unwrap().unwrap().status, 413);
    assert_eq!(call.subscribe(&client, Interest::Read), Ready::For(Interest::Read));
}

#[test]
fn no_error_shows_a_token() {
    let (client, stage) =
        mounted([answer(401, b""), Script { head_after: None, ..answer(200, b"") }]);
    rotate(&stage, "bad\ntoken");
    let errors = [
        client.send(get("/api"), None).unwrap_err(),
        client.send(get("/api"), None).unwrap_err(),
        client.send(get("bad"), None).unwrap_err(),
    ];
    let mut own = get("/api");
    own.headers = vec![("authorization".into(), "Bearer first-token".into())];
    let shown = format!("{errors:?} {} {:?} {own:?}", errors[0], client.cluster());
    assert!(!shown.contains("first-token") && !shown.contains("Bearer"), "{shown}");
}
