//! `watch`: what is told, however the server and its connections behave.

mod errors;
mod half_open;
mod resuming;
mod telling;

use crate::support::{Cluster, Transport, get, milliseconds, within_reason};
use flate2::Compression;
use flate2::write::GzEncoder;
use host_test::api_server::{Answer, Framing, Misbehaviour, Pace, Steps};
use host_test::pod::client::PodClient;
use host_test::pod::client::types::{ApiResource, ConnectionFailure, Error, Scope};
use host_test::pod::client::watch::{Event, WatchOptions, Watcher};
use http::header::CONTENT_ENCODING;
use http::{HeaderValue, Method, StatusCode};
use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) const PATH: &str = "/api/v1/namespaces/shop/configmaps";

/// What a request for events, or for a list, meets.
pub(crate) enum Meets {
    /// An answer with this status and body, and its end.
    Whole(u16, String),
    /// Events, and then nothing more.
    Open(String),
    /// Events, and then the end of the connection.
    Cut(String),
    /// Events that the test releases, and then nothing more.
    Stepped(Vec<String>, Steps),
    /// Nothing at all.
    Silence,
    /// Events, each compressed by itself.
    Compressed(Vec<String>),
}

pub(crate) fn object(name: &str, version: u32) -> String {
    format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","resourceVersion":"{version}"}},"data":{{"é":"}}\"{{"}}}}"#
    )
}

pub(crate) fn line(kind: &str, name: &str, version: u32) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", object(name, version))
}

pub(crate) fn bookmark(version: u32) -> String {
    format!(
        "{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{\"resourceVersion\":\"{version}\"}}}}}}\n"
    )
}

/// The end of the initial state.
pub(crate) fn end(version: u32) -> String {
    format!(
        "{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{\"resourceVersion\":\"{version}\",\"annotations\":{{\"k8s.io/initial-events-end\":\"true\"}}}}}}}}\n"
    )
}

pub(crate) fn status(code: u16, reason: &str) -> String {
    format!(
        "{{\n  \"kind\": \"Status\",\n  \"status\": \"Failure\",\n  \"message\": \"the reason is {reason}\",\n  \"reason\": \"{reason}\",\n  \"code\": {code}\n}}\n"
    )
}

pub(crate) fn error_event(code: u16, reason: &str) -> String {
    format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status(code, reason))
}

fn added(name: &str, version: u32) -> Event {
    Event::Added(object(name, version))
}

fn synced(version: u32) -> Event {
    Event::Synced(version.to_string())
}

/// Has the server meet requests so, one after the other.
pub(crate) fn plan(cluster: &Cluster, plan: impl IntoIterator<Item = Meets>) {
    let answers: VecDeque<_> = plan.into_iter().map(answer).collect();
    let answers = Arc::new(Mutex::new(answers));
    cluster.server.answer_with(Method::GET, PATH, move |_| {
        answers.lock().unwrap().pop_front().unwrap_or_default()
    });
}

/// What a request meets, as the server is told.
pub(crate) fn answer(meets: Meets) -> Answer {
    let json = HeaderValue::from_static("application/json");
    let answer = |status: u16, body: String| {
        Answer::new(StatusCode::from_u16(status).unwrap())
            .with_header(http::header::CONTENT_TYPE, json.clone())
            .with_body(body)
            .in_chunks()
    };
    let all = 1 << 30;
    match meets {
        Meets::Whole(status, body) => answer(status, body),
        Meets::Open(body) => {
            answer(200, body).with_misbehaviour(Misbehaviour::StallMidBody { after: all })
        }
        Meets::Cut(body) => {
            let framing = Framing::Chunked;
            let cut = Misbehaviour::CutMidBody { after: all, framing };
            answer(200, body).with_misbehaviour(cut)
        }
        Meets::Stepped(lines, steps) => {
            // Of one length, and one more that is never sent.
            let length = lines.iter().map(String::len).max().unwrap();
            let blank = String::from("\n");
            let padded = |line: &String| line.clone() + &" ".repeat(length - line.len());
            let body = lines.iter().chain([&blank]).map(padded).collect();
            let pace = Pace::Stepped(steps);
            let slow = Misbehaviour::SlowBytes { chunk: length, pace };
            answer(200, body).with_misbehaviour(slow)
        }
        Meets::Silence => Answer::default().with_misbehaviour(Misbehaviour::StallBeforeHead),
        Meets::Compressed(lines) => {
            let body: Vec<u8> = lines.iter().flat_map(|line| gzip(line)).collect();
            answer(200, String::new())
                .with_body(body)
                .with_header(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
                .with_misbehaviour(Misbehaviour::StallMidBody { after: all })
        }
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn config_maps() -> ApiResource {
    ApiResource { group: String::new(), version: "v1".into(), resource: "configmaps".into() }
}

fn options() -> WatchOptions {
    WatchOptions {
        label_selector: None,
        field_selector: None,
        metadata_only: false,
        after_resource_version: None,
        idle_limit: None,
        patience: None,
    }
}

/// Begins after version 10.
fn after_10() -> WatchOptions {
    WatchOptions { after_resource_version: Some("10".into()), ..options() }
}

async fn watch(client: &mut PodClient, options: WatchOptions) -> Watcher {
    client.watch(&config_maps(), &Scope::OwnNamespace, Some(&options)).await.unwrap().unwrap()
}

/// The next events, one by one.
async fn take(client: &mut PodClient, watcher: &Watcher, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while events.len() < count {
        let next = watcher.blocking_next(client, 1).await.unwrap().unwrap();
        assert_eq!(next.len(), 1);
        events.extend(next);
    }
    events
}

#[track_caller]
fn assert_events(events: &[Event], expected: &[Event]) {
    assert_eq!(format!("{events:#?}"), format!("{expected:#?}"));
}

/// The queries of the requests so far: what was asked for, in short.
fn asked(cluster: &Cluster) -> Vec<String> {
    let requests = cluster.server.journal().requests();
    let short = |query: String| {
        query
            .split('&')
            .filter(|pair| {
                !["timeoutSeconds", "allowWatchBookmarks", "watch"]
                    .contains(&pair.split('=').next().unwrap())
            })
            .collect::<Vec<_>>()
            .join("&")
    };
    requests.into_iter().map(|request| short(request.query.unwrap_or_default())).collect()
}

const WATCH_LIST: &str = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";

/// Moves watches on until the server has been asked so often. None has an event by then.
async fn until_asked(
    cluster: &Cluster,
    client: &mut PodClient,
    watchers: &[&Watcher],
    count: usize,
) {
    while cluster.server.journal().requests().len() < count {
        for watcher in watchers {
            assert_events(&watcher.next(client, 10).await.unwrap().unwrap(), &[]);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Checks that no event is here, and that the pollable says so once all that is under way is here.
async fn check_silent(client: &mut PodClient, watcher: &Watcher) {
    loop {
        assert_events(&watcher.next(client, 10).await.unwrap().unwrap(), &[]);
        let pollable = watcher.subscribe(client).await.unwrap();
        let is_ready = client.is_ready(&pollable).await.unwrap();
        client.drop_pollable(pollable).await.unwrap();
        if !is_ready {
            return;
        }
    }
}

/// The next events, waited for by the pollable.
async fn poll(client: &mut PodClient, watcher: &Watcher, max: u32) -> Vec<Event> {
    loop {
        let pollable = watcher.subscribe(client).await.unwrap();
        client.wait(pollable).await.unwrap();
        let events = watcher.next(client, max).await.unwrap().unwrap();
        if !events.is_empty() {
            return events;
        }
    }
}
