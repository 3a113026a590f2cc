//! Requests that are sent again.

use super::script::{Ready, Script, Stage, Step, answer};
use super::{SECOND, failure, get, mounted, rotate, status};
use crate::Error;
use crate::client::{Client, Request};
use crate::transport::{ConnectionFailure, Interest};
use std::time::Duration;

/// A pause that begins with so many milliseconds, and has a part that is left to chance.
fn assert_pause(pause: Duration, least: u128) {
    let pause = pause.as_millis();
    assert!(least <= pause && pause <= least + least / 2, "{pause} ms, and not {least} ms");
}

fn asking(status: u16, retry_after: &'static str) -> Script {
    Script { headers: vec![("retry-after", retry_after)], ..answer(status, b"busy") }
}

fn cut() -> Script {
    Script { fails: Some(ConnectionFailure::Terminated), ..answer(0, b"") }
}

fn within(deadline: Duration) -> Request {
    let mut request = get("/api");
    request.limits.deadline = Some(deadline);
    request
}

fn retried(retries: u32) -> Request {
    let mut request = get("/api");
    request.limits.retries = Some(retries);
    request
}

#[test]
fn an_overloaded_server_is_asked_again_with_the_same_request() {
    for (first, pause) in [
        (answer(429, b""), 100),
        (answer(503, b""), 100),
        (answer(504, b""), 100),
        (asking(429, "0"), 100),
        (asking(429, "2"), 2000),
        (asking(500, "2"), 2000),
        (asking(503, "Tue, 24 Nov 2026 14:17:09 GMT"), 100),
    ] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let (client, stage) = mounted([first.clone(), answer(200, b"{}")]);
            let mut request = Request::new(method, "/api/v1/x");
            request.query = vec![("dryRun".into(), "All".into())];
            let body = Some(b"a body of some length".to_vec());
            assert_eq!(client.send(request, body).unwrap().body, b"{}");
            assert_pause(stage.pod.now.get(), pause);
            let (first, second) = (stage.sent(0), stage.sent(1));
            assert_eq!((&first.method, &first.url), (&second.method, &second.url));
            assert_eq!(first.headers, second.headers);
            assert_eq!(*second.body.borrow(), b"a body of some length");
            assert!(second.finished.get() && first.closed.get());
        }
    }
}

#[test]
fn other_answers_are_the_last_word() {
    for (last, reason) in [
        (answer(500, b""), "InternalError"),
        (answer(502, b""), "InternalError"),
        (asking(500, "soon"), "InternalError"),
        (asking(409, "1"), "Conflict"),
        (asking(404, "1"), "NotFound"),
        (asking(429, "99999999999999999999"), "TooManyRequests"),
        (asking(503, "4000000000"), "ServiceUnavailable"),
    ] {
        let (client, stage) = mounted([last]);
        assert_eq!(status(client.send(get("/api"), None)).reason, reason);
        assert_eq!((stage.attempts(), stage.pod.now.get()), (1, Duration::ZERO));
    }
}

#[test]
fn a_request_is_sent_eleven_times_at_most() {
    for (retries, attempts) in [(None, 11), (Some(99), 11), (Some(3), 4), (Some(0), 1)] {
        let (client, stage) = mounted(vec![asking(503, "1"); attempts]);
        let mut request = get("/api");
        request.limits.retries = retries;
        let status = status(client.send(request, None));
        assert_eq!((status.code, status.retry_after), (503, Some(1)));
        assert_eq!(stage.attempts(), attempts);
    }
}

#[test]
fn pauses_become_longer() {
    let (client, stage) = mounted(vec![answer(503, b""); 11]);
    status(client.send(get("/api"), None));
    // 0.1 + 0.2 + ... + 6.4 + 10 + 10 + 10 seconds.
    assert_pause(stage.pod.now.get(), 42_700);
}

#[test]
fn what_would_come_after_the_deadline_is_not_waited_for() {
    let (client, stage) = mounted([answer(503, b""), asking(429, "3")]);
    let status = status(client.send(within(SECOND * 3), None));
    assert_eq!((status.code, status.retry_after), (429, Some(3)));
    assert!(stage.pod.now.get() < SECOND);
    assert_eq!(stage.attempts(), 2);
}

#[test]
fn a_deadline_says_what_the_attempt_before_met() {
    let never = || Script { head_after: None, ..answer(0, b"") };
    for (first, met) in [(answer(503, b""), "HTTP status 503"), (cut(), "failed")] {
        let (client, stage) = mounted([first, never()]);
        let error = client.send(within(SECOND * 3), None).unwrap_err();
        assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
        assert!(error.to_string().ends_with(&format!("met: {met}")), "{error}");
        assert_eq!(stage.pod.now.get(), SECOND * 3);
        // An attempt gets the time that is left.
        assert!(stage.sent(1).timeouts.unwrap().connect < SECOND * 3);
    }
}

#[test]
fn a_get_whose_connection_was_cut_is_sent_once_more_after_a_second() {
    let breaks_off = Script { body: vec![Step::Bytes(b"{"), Step::Cut], ..answer(200, b"") };
    for first in [cut(), breaks_off] {
        let (client, stage) = mounted([first.clone(), answer(200, b"{}"), cut(), first]);
        assert_eq!(client.send(get("/api"), None).unwrap().body, b"{}");
        assert_eq!(stage.pod.now.get(), SECOND);
        assert_eq!(failure(client.send(get("/api"), None)), ConnectionFailure::Terminated);
        assert_eq!((stage.attempts(), stage.pod.now.get()), (4, SECOND * 2));
    }
    let (client, stage) = mounted([cut()]);
    assert_eq!(failure(client.send(retried(0), None)), ConnectionFailure::Terminated);
    assert_eq!(stage.attempts(), 1);
}

#[test]
fn what_may_have_been_done_is_not_asked_for_again() {
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let (client, stage) = mounted([cut()]);
        let sent = client.send(Request::new(method, "/api"), Some(b"{}".to_vec()));
        assert_eq!(failure(sent), ConnectionFailure::Terminated);
        assert_eq!((stage.attempts(), stage.pod.now.get()), (1, Duration::ZERO));
    }
}

#[test]
fn a_connection_that_was_never_made_is_not_made_again() {
    use ConnectionFailure::{Certificate, Denied, Dns, Refused, Tls, Unreachable};
    for failed in [Refused, Certificate, Tls, Dns, Denied, Unreachable] {
        let (client, stage) = mounted([Script { fails: Some(failed), ..answer(0, b"") }]);
        assert_eq!(failure(client.send(get("/api"), None)), failed);
        assert_eq!((stage.attempts(), stage.pod.now.get()), (1, Duration::ZERO));
    }
}

#[test]
fn another_token_is_tried_between_two_retries_and_once() {
    let answers = [answer(503, b""), answer(401, b""), answer(429, b""), answer(200, b"{}")];
    let (client, stage) = mounted(answers);
    rotate(&stage, "second-token");
    client.send(retried(2), None).unwrap();
    assert_eq!(stage.sent(3).authorization.as_deref(), Some("Bearer second-token"));
    let (client, stage) = mounted([answer(401, b""), answer(503, b""), answer(401, b"")]);
    rotate(&stage, "second-token");
    assert_eq!(status(client.send(get("/api"), None)).code, 401);
    assert_eq!(stage.attempts(), 3);
}

#[test]
fn an_exchange_is_let_go_of_before_the_next_begins() {
    for (first, token) in [(answer(503, b"busy"), "first-token"), (answer(401, b"no"), "another")] {
        let (client, stage) = mounted([first, answer(200, b"")]);
        rotate(&stage, token);
        *stage.before_start.borrow_mut() = Some(Box::new(|sent| {
            assert!(sent.iter().all(|sent| sent.closed.get() && sent.read_to_end.get()));
        }));
        client.send(get("/api"), None).unwrap();
        assert_eq!(stage.attempts(), 2);
    }
}

/// Asks until there is an answer, and waits as it is told to.
fn poll(client: &Client<Stage, Stage>, stage: &Stage, request: Request) -> (u16, Vec<Ready>) {
    let mut call = client.open(request, None).unwrap();
    let mut waited = Vec::new();
    loop {
        if let Some(head) = call.head(client).unwrap() {
            return (head.status, waited);
        }
        let ready = call.subscribe(client, Interest::Head);
        if let Ready::After(time) = ready {
            stage.pod.advance(time);
        }
        waited.push(ready);
    }
}

#[test]
fn a_caller_who_polls_is_woken_for_the_next_attempt() {
    let (client, stage) = mounted([answer(503, b""), asking(429, "5"), cut(), answer(404, b"")]);
    let (status, waited) = poll(&client, &stage, get("/api"));
    assert_eq!(status, 404);
    let waited: Vec<_> = waited
        .iter()
        .map(|ready| match ready {
            Ready::After(time) => time.as_secs(),
            Ready::For(interest) => panic!("{interest:?}"),
        })
        .collect();
    assert_eq!(waited, [0, 5, 1]);
    assert_eq!(stage.attempts(), 4);
}

#[test]
fn a_pause_is_over_when_it_is_and_not_when_it_is_asked_after() {
    let (client, stage) = mounted([asking(503, "5"), answer(200, b"")]);
    let mut call = client.open(get("/api"), None).unwrap();
    for _ in 0..3 {
        assert_eq!(call.head(&client).unwrap(), None);
    }
    assert_eq!(stage.attempts(), 1);
    assert!(
        matches!(call.subscribe(&client, Interest::Head), Ready::After(time) if time.as_secs() == 5)
    );
    stage.pod.advance(SECOND * 6);
    assert_eq!(call.head(&client).unwrap().unwrap().status, 200);
    assert_eq!(call.subscribe(&client, Interest::Read), Ready::For(Interest::Read));
}

#[test]
fn a_deadline_ends_a_pause_too() {
    let (client, stage) = mounted([asking(503, "5")]);
    let mut call = client.open(within(SECOND * 60), None).unwrap();
    assert_eq!(call.head(&client).unwrap(), None);
    stage.pod.advance(SECOND * 60);
    let error = call.head(&client).unwrap_err();
    assert!(error.to_string().ends_with("met: HTTP status 503"), "{error}");
    assert_eq!(stage.attempts(), 1);
}

#[test]
fn a_call_that_is_given_up_in_a_pause_sends_nothing_more() {
    let (client, stage) = mounted([asking(503, "5")]);
    let mut call = client.open(get("/api"), None).unwrap();
    assert_eq!(call.head(&client).unwrap(), None);
    call.cancel();
    assert!(stage.sent(0).closed.get() && stage.sent(0).cancelled.get());
}

#[test]
fn a_body_that_the_caller_wrote_is_not_sent_again() {
    for first in [asking(429, "1"), asking(503, "1")] {
        let (client, stage) = mounted([first.clone()]);
        let (mut upload, mut call) = client.upload(Request::new("POST", "/x"), Some(3)).unwrap();
        call.write_all(&client, &mut upload, b"abc").unwrap();
        call.finish(&mut upload).unwrap();
        assert_eq!(call.wait_for_head(&client).unwrap().status, first.status);
        assert_eq!(stage.attempts(), 1);
    }
}
