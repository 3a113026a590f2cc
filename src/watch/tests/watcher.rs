//! A watch over a transport that plays a script: what is sent, what is waited for, and for how long.

use super::SECOND;
use crate::Error;
use crate::client::Client;
use crate::client::tests::script::{Ready, Script, Stage, Step, answer};
use crate::cluster::Overrides;
use crate::pod::Pod as _;
use crate::pod::fake::{FOLDER, FakePod};
use crate::resource::{ApiResource, Scope};
use crate::transport::{ConnectionFailure, Interest};
use crate::watch::{Event, Options, Watcher};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use std::rc::Rc;
use std::time::Duration;

type Played = <Stage as crate::transport::Transport>::Exchange;

const SYNCED: &str = "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"10\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n";

fn added(name: &str, version: u32) -> String {
    format!(r#"{{"metadata":{{"name":"{name}","resourceVersion":"{version}"}}}}"#)
}

fn line(name: &str, version: u32) -> String {
    format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", added(name, version))
}

fn bytes(text: impl Into<String>) -> Step {
    Step::Bytes(text.into().into_bytes().leak())
}

/// An answer that then says nothing, unless it is cut.
fn events(body: impl IntoIterator<Item = Step>) -> Script {
    let body = body.into_iter().chain([Step::Silence(SECOND * 1_000_000)]).collect();
    Script { body, ..answer(200, b"") }
}

fn started(
    options: Options,
    scripts: impl IntoIterator<Item = Script>,
) -> (Watcher<Played>, Client<Stage, Stage>, Stage) {
    let stage = Stage::new(FakePod::mounted(), scripts);
    let overrides = Overrides::from_environment(&stage).unwrap();
    let client = Client::in_cluster(stage.clone(), stage.clone(), &overrides).unwrap();
    let pods = ApiResource::new("", "v1", "pods");
    let watcher = Watcher::start(&client, &pods, &Scope::OwnNamespace, options).unwrap();
    (watcher, client, stage)
}

/// One that begins after version 10.
fn following(
    scripts: impl IntoIterator<Item = Script>,
) -> (Watcher<Played>, Client<Stage, Stage>, Stage) {
    let after_resource_version = Some("10".to_owned());
    started(Options { after_resource_version, ..Options::default() }, scripts)
}

fn query(stage: &Stage, attempt: usize) -> Vec<(String, String)> {
    let url = stage.sent(attempt).url.clone();
    let (path, query) = url.split_once('?').unwrap();
    assert_eq!(path, "https://10.96.0.1:443/api/v1/namespaces/shop/pods");
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.into(), value.into())).collect()
}

fn header(stage: &Stage, attempt: usize, name: &str) -> Option<String> {
    let sent = stage.sent(attempt);
    let mut values = sent.headers.iter().filter(|(other, _)| other == name);
    let value = values.next().map(|(_, value)| value.clone());
    assert_eq!(values.next(), None, "{name} twice");
    value
}

#[test]
fn what_is_sent() {
    let options = Options { label_selector: Some("app in (a)".into()), ..Options::default() };
    let (mut watcher, client, stage) = started(options, [events([bytes(SYNCED)])]);
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap(), [Event::Synced("10".into())]);
    let sent = stage.sent(0);
    assert_eq!(sent.method, "GET");
    assert_eq!(sent.authorization.as_deref(), Some("Bearer first-token"));
    assert_eq!(sent.timeouts.unwrap().between_bytes, SECOND * 150);
    assert_eq!(header(&stage, 0, "accept").as_deref(), Some("application/json"));
    assert_eq!(header(&stage, 0, "accept-encoding").as_deref(), Some("identity"));
    let names: Vec<_> = query(&stage, 0).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "labelSelector",
        "watch",
        "sendInitialEvents",
        "resourceVersionMatch",
        "allowWatchBookmarks",
        "timeoutSeconds",
    ];
    assert_eq!(names, expected);
    assert_eq!(query(&stage, 0)[0].1, "app%20in%20%28a%29");
}

#[test]
fn the_metadata_alone_is_asked_for_in_each_form() {
    let options = Options { metadata_only: true, ..Options::default() };
    let list = br#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"9"},"items":[]}"#;
    let (mut watcher, client, stage) =
        started(options, [answer(422, b""), answer(200, list), events([bytes(line("a", 11))])]);
    assert_eq!(watcher.wait_for_next(&client, 1).unwrap(), [Event::Synced("9".into())]);
    assert_eq!(watcher.wait_for_next(&client, 1).unwrap(), [Event::Added(added("a", 11))]);
    let accept = |attempt| header(&stage, attempt, "accept").unwrap();
    assert_eq!(accept(0), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
    assert_eq!(accept(1), "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
    assert_eq!(accept(2), accept(0));
}

#[test]
fn what_is_wrong_is_not_sent() {
    let stage = Stage::new(FakePod::mounted(), []);
    let overrides = Overrides::from_environment(&stage).unwrap();
    let client = Client::in_cluster(stage.clone(), stage.clone(), &overrides).unwrap();
    let start = |resource: &str, options| {
        let resource = ApiResource::new("", "v1", resource);
        Watcher::start(&client, &resource, &Scope::AllNamespaces, options).err().unwrap()
    };
    let after = |version: &str| Options {
        after_resource_version: Some(version.into()),
        ..Options::default()
    };
    for error in [
        start("", Options::default()),
        start("..", Options::default()),
        start("pods", after("")),
        start("pods", after("0")),
    ] {
        assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
    }
    assert_eq!(stage.attempts(), 0);
}

#[test]
fn events_come_in_batches() {
    let many: String = (11..16).map(|version| line("a", version)).collect();
    let (mut watcher, client, stage) =
        following([events([bytes(many), Step::Silence(SECOND), bytes(line("b", 20))])]);
    assert_eq!(watcher.next(&client, 0).unwrap(), []);
    assert_eq!(watcher.wait_for_next(&client, 0).unwrap(), []);
    assert_eq!(watcher.next(&client, 2).unwrap().len(), 2);
    // There are more: nothing is waited for.
    assert_eq!(watcher.subscribe(&client), Ready::After(Duration::ZERO));
    assert_eq!(watcher.wait_for_next(&client, 2).unwrap().len(), 2);
    assert_eq!(watcher.next(&client, 2).unwrap().len(), 1);
    assert_eq!(watcher.next(&client, 2).unwrap(), []);
    assert_eq!(watcher.subscribe(&client), Ready::For(Interest::Read));
    let before = stage.pod.now();
    assert_eq!(watcher.wait_for_next(&client, 2).unwrap(), [Event::Added(added("b", 20))]);
    assert_eq!(stage.pod.now() - before, SECOND);
    assert_eq!(stage.attempts(), 1);
}

#[test]
fn a_batch_holds_about_a_mebibyte() {
    let name = "x".repeat(100_000);
    let many: String = (11..51).map(|version| line(&name, version)).collect();
    let (mut watcher, client, _) = following([events([bytes(many)])]);
    for expected in [11, 11, 11, 7] {
        assert_eq!(watcher.next(&client, usize::MAX).unwrap().len(), expected);
    }
}

#[test]
fn it_resumes_from_the_last_version_however_it_was_cut() {
    let half = &line("c", 13)[..30];
    let cut = events([bytes(line("a", 11)), bytes(line("b", 12) + half), Step::Cut]);
    let (mut watcher, client, stage) = following([cut, events([bytes(line("c", 13))])]);
    let all: Vec<_> = (0..3).flat_map(|_| watcher.wait_for_next(&client, 1).unwrap()).collect();
    assert_eq!(all, [("a", 11), ("b", 12), ("c", 13)].map(|(n, v)| Event::Added(added(n, v))));
    assert!(query(&stage, 1).contains(&("resourceVersion".into(), "12".into())));
}

#[test]
fn pauses_are_slept_through() {
    let refused = Script { fails: Some(ConnectionFailure::Refused), ..answer(0, b"") };
    let throttled = Script { headers: vec![("retry-after", "7")], ..answer(429, b"") };
    let (mut watcher, client, stage) =
        following([refused, throttled, events([bytes(line("a", 11))])]);
    let before = stage.pod.now();
    assert_eq!(watcher.next(&client, 9).unwrap(), []);
    let Ready::After(pause) = watcher.subscribe(&client) else { panic!("no timer") };
    assert!(pause >= Duration::from_millis(800) && pause < SECOND * 2, "{pause:?}");
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap().len(), 1);
    let took = stage.pod.now() - before;
    assert!(took >= SECOND * 7 + pause && took < SECOND * 13, "{took:?}");
    assert_eq!(stage.attempts(), 3);
}

#[test]
fn silence_is_given_up() {
    let silent = events([bytes(line("a", 11))]);
    let never = Script { head_after: None, ..answer(200, b"") };
    let (mut watcher, client, stage) = following([silent, never, events([bytes(line("b", 12))])]);
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap().len(), 1);
    let before = stage.pod.now();
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap(), [Event::Added(added("b", 12))]);
    let took = stage.pod.now() - before;
    // The silence, the head that did not come, and a pause.
    assert!(took >= SECOND * 260 && took < SECOND * 265, "{took:?}");
}

#[test]
fn an_error_comes_after_the_events_before_it_and_does_not_end_the_watch() {
    let then = bytes("<html>");
    let (mut watcher, client, _) = following([
        events([bytes(line("a", 11)), then]),
        answer(403, b""),
        events([bytes(SYNCED)]),
    ]);
    let expected = [Event::Added(added("a", 11)), Event::Restarted];
    assert_eq!(watcher.next(&client, 9).unwrap(), expected);
    assert_eq!(watcher.subscribe(&client), Ready::After(Duration::ZERO));
    assert!(matches!(watcher.next(&client, 9), Err(Error::Protocol(_))));
    assert_eq!(watcher.next(&client, 9).unwrap(), []);
    assert!(matches!(watcher.wait_for_next(&client, 9), Err(Error::Api(_))));
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap(), [Event::Synced("10".into())]);
}

#[test]
fn a_renewed_token_is_taken_at_once() {
    let (mut watcher, client, stage) =
        following([answer(401, b""), events([bytes(line("a", 11))])]);
    stage.pod.write(&format!("{FOLDER}/token"), Ok("second-token".into()));
    let before = stage.pod.now();
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap().len(), 1);
    assert_eq!(stage.pod.now(), before);
    assert_eq!(stage.sent(1).authorization.as_deref(), Some("Bearer second-token"));
}

#[test]
fn events_that_are_compressed_all_the_same_are_read() {
    let member = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        Step::Bytes(encoder.finish().unwrap().leak())
    };
    let body = [member(&line("a", 11)), Step::Silence(SECOND), member(&line("b", 12)), Step::Cut];
    let script = Script { headers: vec![("content-encoding", "gzip")], ..events(body) };
    let (mut watcher, client, stage) = following([script, events([bytes(line("c", 13))])]);
    for (name, version) in [("a", 11), ("b", 12), ("c", 13)] {
        let event = Event::Added(added(name, version));
        assert_eq!(watcher.wait_for_next(&client, 1).unwrap(), [event]);
    }
    assert!(query(&stage, 1).contains(&("resourceVersion".into(), "12".into())));
}

#[test]
fn a_call_that_a_caller_may_wait_on_is_kept_for_a_while() {
    let cut = |version| events([bytes(line("a", version)), Step::Cut]);
    let (mut watcher, client, stage) = following([cut(11), cut(12), cut(13), events([])]);
    watcher.subscribe(&client);
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap().len(), 3);
    let kept = |stage: &Stage| -> Vec<bool> {
        stage.sent.borrow().iter().map(|sent| Rc::strong_count(sent) > 1).collect()
    };
    assert_eq!(kept(&stage), [true, false, false, true]);
    stage.pod.advance(SECOND * 60);
    watcher.next(&client, 9).unwrap();
    assert_eq!(kept(&stage), [false, false, false, true]);
}

#[test]
fn what_is_done_after_a_failure_is_the_watchs_own_business() {
    let options = Options {
        after_resource_version: Some("10".into()),
        patience: Some(Duration::ZERO),
        ..Options::default()
    };
    let cut = Script { fails: Some(ConnectionFailure::Terminated), ..answer(0, b"") };
    let asked = Script { headers: vec![("retry-after", "1")], ..answer(503, b"") };
    let (mut watcher, client, stage) =
        started(options, [asked, cut, events([bytes(line("a", 11))])]);
    for attempts in 1..=2 {
        watcher.wait_for_next(&client, 9).unwrap_err();
        assert_eq!(stage.attempts(), attempts);
    }
    let over = Event::Bookmark("10".into());
    let happened = Event::Added(added("a", 11));
    assert_eq!(watcher.wait_for_next(&client, 9).unwrap(), [over, happened]);
}
