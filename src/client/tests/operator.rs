//! What the operator sets for all requests, and in whose name a caller sends one.

use super::script::{Ready, Script, Stage, answer};
use super::{SECOND, failure, get, staged, status};
use crate::client::{Client, InvalidRequest, Request};
use crate::pod::fake::FakePod;
use crate::transport::{ConnectionFailure, Interest};
use crate::{Error, Impersonation};
use std::time::Duration;

fn set(
    settings: &[(&str, &str)],
    scripts: impl IntoIterator<Item = Script>,
) -> (Client<Stage, Stage>, Stage) {
    let pod = settings.iter().fold(FakePod::mounted(), |pod, (name, value)| {
        pod.with(&format!("K8S_IN_CLUSTER_{name}"), value)
    });
    staged(pod, scripts)
}

fn watch() -> Request {
    let mut request = get("/api/v1/pods");
    request.query = vec![("watch".into(), "true".into())];
    request
}

fn impersonating(user: &str) -> Request {
    let impersonation = Impersonation { user: user.into(), ..Impersonation::default() };
    Request { impersonate: Some(impersonation), ..get("/api") }
}

fn with_header(mut request: Request, name: &str, value: &str) -> Request {
    request.headers.push((name.into(), value.into()));
    request
}

/// The headers of an attempt that impersonate somebody.
fn impersonated(stage: &Stage, attempt: usize) -> Vec<String> {
    let sent = stage.sent(attempt);
    let headers = sent.headers.iter().filter(|(name, _)| name.to_lowercase().contains("imperson"));
    headers.map(|(name, value)| format!("{name}: {value}")).collect()
}

#[test]
fn requests_are_held_back_to_a_rate() {
    let limits = [("REQUESTS_PER_SECOND", "2"), ("BURST", "3")];
    let (client, stage) = set(&limits, vec![answer(200, b""); 8]);
    let at: Vec<_> = (0..6)
        .map(|_| {
            client.send(get("/api"), None).unwrap();
            stage.pod.now.get().as_millis()
        })
        .collect();
    assert_eq!(at, [0, 0, 0, 500, 1000, 1500]);
    client.upload(Request::new("POST", "/api"), None).unwrap();
    assert_eq!(stage.pod.now.get(), SECOND * 2);
}

#[test]
fn a_retry_is_a_request_like_any_other() {
    let limits = [("REQUESTS_PER_SECOND", "1"), ("BURST", "1")];
    let (client, stage) = set(&limits, [answer(503, b""), answer(200, b"")]);
    client.send(get("/api"), None).unwrap();
    assert_eq!((stage.attempts(), stage.pod.now.get()), (2, SECOND));
}

#[test]
fn the_operator_names_the_program_and_a_caller_may_for_one_request() {
    let agent = |stage: &Stage, attempt| {
        let sent = stage.sent(attempt);
        let mut agents = sent.headers.iter().filter(|(name, _)| name == "user-agent");
        assert_eq!(agents.clone().count(), 1);
        agents.next().unwrap().1.clone()
    };
    let (client, stage) = set(&[("USER_AGENT", "shop/7")], vec![answer(200, b""); 2]);
    client.send(get("/api"), None).unwrap();
    client.send(with_header(get("/api"), "user-agent", "once"), None).unwrap();
    assert_eq!([agent(&stage, 0), agent(&stage, 1)], ["shop/7", "once"]);
    let (client, stage) = set(&[("USER_AGENT", "shop\r\nx: y")], []);
    let error = client.send(get("/api"), None).unwrap_err();
    assert!(matches!(error, Error::InvalidRequest(InvalidRequest::HeaderValue(_))), "{error:?}");
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn a_retry_that_the_rate_holds_beyond_its_deadline_says_what_was_met() {
    let limits = [("REQUESTS_PER_SECOND", "1"), ("BURST", "1")];
    let (client, _) = set(&limits, [answer(503, b"")]);
    let mut request = get("/api");
    request.limits.deadline = Some(SECOND / 2);
    let error = client.send(request, None).unwrap_err();
    let Error::DeadlineExceeded(text) = error else { panic!("{error:?}") };
    assert!(text.contains("REQUESTS_PER_SECOND") && text.contains("HTTP status 503"), "{text}");
}

#[test]
fn a_request_that_is_dropped_while_it_is_held_back_gives_its_turn_to_the_next() {
    let limits = [("REQUESTS_PER_SECOND", "1"), ("BURST", "1")];
    let (client, stage) = set(&limits, vec![answer(200, b""); 2]);
    client.send(get("/api"), None).unwrap();
    for _ in 0..3 {
        drop(client.open(get("/api"), None).unwrap());
    }
    client.send(get("/api"), None).unwrap();
    assert_eq!((stage.attempts(), stage.pod.now.get()), (2, SECOND));
}

#[test]
fn a_caller_who_polls_is_woken_when_the_rate_permits() {
    let limits = [("REQUESTS_PER_SECOND", "1"), ("BURST", "1")];
    let (client, stage) = set(&limits, vec![answer(200, b""); 2]);
    let mut first = client.open(get("/api"), None).unwrap();
    let mut second = client.open(get("/api"), None).unwrap();
    assert!(first.head(&client).unwrap().is_some());
    assert_eq!(second.head(&client).unwrap(), None);
    assert_eq!(second.subscribe(&client, Interest::Head), Ready::After(SECOND));
    assert_eq!(stage.attempts(), 1);
    stage.pod.advance(SECOND);
    assert!(second.head(&client).unwrap().is_some());
}

#[test]
fn a_watch_is_not_held_back_and_holds_nobody_back() {
    let limits = [("REQUESTS_PER_SECOND", "1"), ("BURST", "1")];
    let (client, stage) = set(&limits, vec![answer(200, b""); 6]);
    for _ in 0..5 {
        client.open(watch(), None).unwrap();
    }
    client.send(get("/api"), None).unwrap();
    assert_eq!((stage.attempts(), stage.pod.now.get()), (6, Duration::ZERO));
}

#[test]
fn what_the_rate_would_hold_beyond_its_deadline_is_not_sent() {
    let limits = [("REQUESTS_PER_SECOND", "1"), ("BURST", "1")];
    let (client, stage) = set(&limits, vec![answer(200, b""); 2]);
    client.send(get("/api"), None).unwrap();
    let mut request = get("/api");
    request.limits.deadline = Some(SECOND / 2);
    let error = client.send(request, None).unwrap_err();
    assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
    assert!(error.to_string().contains("K8S_IN_CLUSTER_REQUESTS_PER_SECOND"), "{error}");
    assert_eq!((stage.attempts(), stage.pod.now.get()), (1, Duration::ZERO));
    // It took no turn of another's.
    client.send(get("/api"), None).unwrap();
    assert_eq!(stage.pod.now.get(), SECOND);
}

#[test]
fn more_requests_at_a_time_than_the_operator_allows_are_refused() {
    let never = || Script { head_after: None, ..answer(0, b"") };
    let answers = [answer(200, b"ab"), never(), answer(404, b""), answer(200, b"")];
    let (client, stage) = set(&[("MAX_REQUESTS", "2")], answers);
    let mut first = client.open(get("/api"), None).unwrap();
    let mut second = client.open(watch(), None).unwrap();
    let refused = client.send(get("/api"), None);
    assert!(format!("{refused:?}").contains("2 requests are under way"), "{refused:?}");
    assert_eq!(failure(refused), ConnectionFailure::LimitReached);
    assert_eq!(stage.attempts(), 2);
    // An answer that is read to its end is under way no more, though it is kept.
    first.wait_for_head(&client).unwrap();
    while first.read(&client, 1).unwrap().is_some() {}
    assert_eq!(status(client.send(get("/api"), None)).code, 404);
    let third = client.open(get("/api"), None).unwrap();
    assert_eq!(failure(client.send(get("/api"), None)), ConnectionFailure::LimitReached);
    second.cancel();
    drop(third);
    assert_eq!(stage.attempts(), 4);
}

#[test]
fn a_caller_may_ask_in_the_name_of_another() {
    let (client, stage) = set(&[], vec![answer(200, b""); 3]);
    client.send(impersonating("jane"), None).unwrap();
    let raw = with_header(get("/api"), "Impersonate-User", "jack");
    client.send(with_header(raw, "Impersonate-Group", "developers"), None).unwrap();
    client.send(get("/api"), None).unwrap();
    assert_eq!(impersonated(&stage, 0), ["impersonate-user: jane"]);
    assert_eq!(
        impersonated(&stage, 1),
        ["Impersonate-User: jack", "Impersonate-Group: developers"]
    );
    assert!(impersonated(&stage, 2).is_empty());
    assert!(stage.sent(0).authorization.is_some(), "the pod's own credentials stand behind it");
}

#[test]
fn nobody_is_two_others_at_a_time() {
    let (client, stage) = set(&[], []);
    for name in ["Impersonate-User", "IMPERSONATE-GROUP", "impersonate-extra-scopes"] {
        let error = client.send(with_header(impersonating("jane"), name, "x"), None).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(InvalidRequest::TwoImpersonations)));
    }
    for user in ["", "a\r\nb"] {
        let error = client.send(impersonating(user), None).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(InvalidRequest::Impersonation(_))));
    }
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn whom_the_operator_impersonates_no_caller_can_change() {
    let jane = [("IMPERSONATE_USER", "jane"), ("IMPERSONATE_GROUPS", "readers")];
    let (client, stage) = set(&jane, [answer(200, b"")]);
    client.send(get("/api"), None).unwrap();
    assert_eq!(impersonated(&stage, 0), ["impersonate-user: jane", "impersonate-group: readers"]);
    for request in [
        impersonating("admin"),
        with_header(get("/api"), "Impersonate-User", "admin"),
        with_header(get("/api"), "impersonate-GROUP", "system:masters"),
    ] {
        let error = client.send(request, None).unwrap_err();
        assert!(matches!(error, Error::Denied(_)), "{error:?}");
    }
    assert_eq!(stage.attempts(), 1);
}
