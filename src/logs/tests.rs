#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::client::Limits;
use crate::client::tests::mounted;
use crate::client::tests::script::{Ready, Script, Stage, Step, answer};
use crate::transport::ConnectionFailure;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn open(script: Script, options: &LogOptions) -> (Client<Stage, Stage>, Stage, Log<Played>) {
    let (client, stage) = mounted([script]);
    let log = client.open_log(None, "web-1", options).unwrap();
    (client, stage, log)
}

type Played = <Stage as Transport>::Exchange;

fn script(body: Vec<Step>) -> Script {
    Script { body, ..answer(200, b"") }
}

#[test]
fn options_are_those_of_the_api() {
    let asked = |namespace, options: &LogOptions| {
        let (client, stage) = mounted([answer(200, b"")]);
        client.open_log(namespace, "web-1", options).unwrap();
        let url = stage.sent(0).url.clone();
        url.strip_prefix("https://10.96.0.1:443/api/v1/namespaces/").unwrap().to_owned()
    };
    assert_eq!(asked(None, &LogOptions::default()), "shop/pods/web-1/log");
    let all = LogOptions {
        container: Some("side car".into()),
        previous: true,
        since: Some(Since::Seconds(60)),
        tail_lines: Some(0),
        timestamps: true,
        limit_bytes: Some(u64::MAX),
        follow: true,
        limits: Limits::default(),
    };
    assert_eq!(
        asked(Some("other"), &all),
        "other/pods/web-1/log?container=side%20car&follow=true&limitBytes=18446744073709551615\
         &previous=true&sinceSeconds=60&tailLines=0&timestamps=true"
    );
    let since = Some(Since::Time("2026-11-24T14:17:09.5+01:00".into()));
    assert_eq!(
        asked(None, &LogOptions { since, ..LogOptions::default() }),
        "shop/pods/web-1/log?sinceTime=2026-11-24T14%3A17%3A09.5%2B01%3A00"
    );
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let (client, stage) = mounted([]);
    for (namespace, pod) in [(None, ""), (None, ".."), (Some(""), "a"), (Some("a/b"), "a")] {
        let result = client.open_log(namespace, pod, &LogOptions::default());
        assert!(matches!(result, Err(Error::InvalidRequest(_))));
    }
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn lines_come_as_they_are_complete() {
    let body = vec![
        Step::Bytes(b"one\ntwo\nth"),
        Step::Silence(SECOND),
        Step::Bytes(b"ree\nlast"),
        Step::Silence(SECOND),
    ];
    let (client, stage, mut log) = open(script(body), &LogOptions::default());
    assert_eq!(log.subscribe(&client), Some(Ready::For(Interest::Head)));
    assert_eq!(log.lines(&client, 1, false).unwrap().unwrap(), ["one"]);
    assert_eq!(log.subscribe(&client), None);
    assert_eq!(log.lines(&client, 0, false).unwrap().unwrap(), Vec::<String>::new());
    assert_eq!(log.lines(&client, 9, true).unwrap().unwrap(), ["two"]);
    assert_eq!(log.subscribe(&client), Some(Ready::For(Interest::Read)));
    assert_eq!(log.lines(&client, 9, false).unwrap().unwrap(), Vec::<String>::new());
    assert_eq!(stage.pod.now.get(), Duration::ZERO);
    assert_eq!(log.lines(&client, 9, true).unwrap().unwrap(), ["three"]);
    assert_eq!(log.lines(&client, 9, true).unwrap().unwrap(), ["last"]);
    for wait in [true, false, true] {
        assert_eq!(log.lines(&client, 9, wait).unwrap(), None);
        assert_eq!(log.read(&client, 9, wait).unwrap(), None);
    }
    assert_eq!(log.subscribe(&client), None);
}

#[test]
fn bytes_come_as_they_are() {
    let body = vec![Step::Bytes(b"one\n\xff\0two"), Step::Silence(SECOND), Step::Bytes(b"\r\n")];
    let (client, _, mut log) = open(script(body), &LogOptions::default());
    assert_eq!(log.read(&client, 0, true).unwrap().unwrap(), b"");
    assert_eq!(log.lines(&client, 1, true).unwrap().unwrap(), ["one"]);
    assert_eq!(log.read(&client, 2, true).unwrap().unwrap(), b"\xff\0");
    assert_eq!(log.read(&client, 9, true).unwrap().unwrap(), b"two");
    assert_eq!(log.read(&client, 9, false).unwrap().unwrap(), b"");
    assert_eq!(log.read(&client, 9, true).unwrap().unwrap(), b"\r\n");
    assert_eq!(log.read(&client, 9, true).unwrap(), None);
}

#[test]
fn a_log_without_a_byte_is_empty() {
    for status in [200, 204] {
        let (client, _, mut log) = open(answer(status, b""), &LogOptions::default());
        assert_eq!(log.lines(&client, 9, true).unwrap(), None);
    }
}

#[test]
fn nothing_is_read_that_is_not_asked_for() {
    const LOG: &[u8] = &[b'\n'; 3 * CHUNK];
    let (client, stage, mut log) = open(script(vec![Step::Bytes(LOG)]), &LogOptions::default());
    assert_eq!(stage.sent(0).read.get(), 0);
    for _ in 0..CHUNK {
        assert_eq!(log.lines(&client, 1, true).unwrap().unwrap(), [""]);
        assert_eq!(stage.sent(0).read.get(), CHUNK);
    }
    log.lines(&client, 1, true).unwrap();
    assert_eq!(stage.sent(0).read.get(), 2 * CHUNK);
}

#[test]
fn what_the_server_refuses_is_its_status() {
    const STATUS: &[u8] =
        br#"{"kind":"Status","reason":"BadRequest","code":400,"message":"a container name must"#;
    let body = vec![
        Step::Silence(SECOND),
        Step::Bytes(STATUS),
        Step::Silence(SECOND),
        Step::Bytes(br#" be specified"}"#),
    ];
    let refused = Script { status: 400, ..script(body) };
    let (client, stage, mut log) = open(refused, &LogOptions::default());
    // Not before it is all here.
    assert_eq!(log.lines(&client, 9, false).unwrap().unwrap(), Vec::<String>::new());
    assert_eq!(log.subscribe(&client), Some(Ready::For(Interest::Read)));
    let error = log.lines(&client, 9, true).unwrap_err();
    assert_eq!(error.to_string(), "a container name must be specified");
    assert!(matches!(error, Error::Api(_)));
    assert_eq!(log.read(&client, 9, false).unwrap_err(), error);
    assert_eq!(log.subscribe(&client), None);
    assert_eq!(stage.pod.now.get(), SECOND * 2);
}

#[test]
fn a_refusal_without_an_end_is_read_as_far_as_a_status_may_be_long() {
    const LONG: &[u8] = &[b'x'; 4 * MAX_STATUS];
    let refused = Script { status: 403, ..script(vec![Step::Bytes(LONG)]) };
    let (client, stage, mut log) = open(refused, &LogOptions::default());
    let error = log.lines(&client, 9, true).unwrap_err();
    assert!(matches!(error, Error::Api(status) if status.reason == "Forbidden"));
    assert!(stage.sent(0).read.get() <= MAX_STATUS + 2 * CHUNK);
}

#[test]
fn a_log_that_breaks_off_is_not_one_that_ends() {
    let body = || vec![Step::Bytes(b"one\nhal"), Step::Cut];
    let (client, _, mut log) = open(script(body()), &LogOptions::default());
    assert_eq!(log.lines(&client, 9, true).unwrap().unwrap(), ["one"]);
    assert_eq!(log.lines(&client, 9, true).unwrap().unwrap(), ["hal"]);
    for _ in 0..2 {
        let error = log.lines(&client, 9, true).unwrap_err();
        let Error::Connection(error) = error else { panic!("{error:?}") };
        assert_eq!(error.failure, ConnectionFailure::Terminated);
    }
    let (client, _, mut log) = open(script(body()), &LogOptions::default());
    assert_eq!(log.read(&client, 99, true).unwrap().unwrap(), b"one\nhal");
    assert!(log.read(&client, 99, true).is_err());
}

#[test]
fn a_followed_log_may_be_silent_for_hours() {
    let hours = SECOND * 3600 * 20;
    let followed = LogOptions { follow: true, ..LogOptions::default() };
    let body = || vec![Step::Silence(hours), Step::Bytes(b"at last\n")];
    let silent = Script { head_after: Some(hours), ..script(body()) };
    let (client, _, mut log) = open(silent, &followed);
    assert_eq!(log.lines(&client, 9, true).unwrap().unwrap(), ["at last"]);
    let (client, _, mut log) = open(script(body()), &LogOptions::default());
    assert!(matches!(log.lines(&client, 9, true), Err(Error::Connection(_))));

    let mut limited = followed.clone();
    limited.limits.between_bytes = Some(SECOND * 60);
    let (client, stage, mut log) = open(script(body()), &limited);
    assert!(matches!(log.lines(&client, 9, true), Err(Error::Connection(_))));
    assert!(stage.pod.now.get() < SECOND * 70);
    let mut limited = followed;
    limited.limits.deadline = Some(SECOND * 60);
    let (client, _, mut log) = open(script(body()), &limited);
    assert!(matches!(log.lines(&client, 9, true), Err(Error::DeadlineExceeded(_))));
}
