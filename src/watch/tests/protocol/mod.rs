//! What is done next, row by row.

mod beginning;
mod failures;
mod going_on;

use super::{Driven, PATH, SECOND, failure, head};
use crate::Error;
use crate::transport::ConnectionFailure;
use crate::watch::{Event, Options};
use std::time::Duration;

const SYNCED: &str = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"10","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;

fn object(name: &str, version: u32) -> String {
    format!(r#"{{"metadata":{{"name":"{name}","resourceVersion":"{version}"}}}}"#)
}

fn line(kind: &str, name: &str, version: u32) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", object(name, version))
}

fn bookmark(version: &str) -> String {
    format!("{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{{version}}}}}}}\n")
}

fn status(code: u16, reason: &str) -> String {
    format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"no","reason":"{reason}","code":{code}}}"#
    )
}

fn error_line(code: u16, reason: &str) -> String {
    format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status(code, reason))
}

fn list(items: &[String], token: &str) -> String {
    let items = items.join(",");
    format!(
        r#"{{"kind":"ThingList","apiVersion":"v1","metadata":{{"resourceVersion":"20","continue":"{token}"}},"items":[{items}]}}"#
    )
}

fn named<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// The request is for the initial state, as events.
#[track_caller]
fn assert_watch_list(driven: &mut Driven) -> Duration {
    let (ask, pause) = driven.ask();
    assert!(!ask.list);
    for (name, value) in [
        ("watch", "true"),
        ("sendInitialEvents", "true"),
        ("resourceVersionMatch", "NotOlderThan"),
        ("allowWatchBookmarks", "true"),
    ] {
        assert_eq!(named(&ask.query, name), Some(value), "{ask:?}");
    }
    assert_eq!(named(&ask.query, "resourceVersion"), None);
    let seconds: u64 = named(&ask.query, "timeoutSeconds").unwrap().parse().unwrap();
    assert!((290..=600).contains(&seconds), "{seconds}");
    pause
}

/// The request is for what followed a version.
#[track_caller]
fn assert_follows(driven: &mut Driven, version: &str) -> Duration {
    let (ask, pause) = driven.ask();
    assert!(!ask.list);
    assert_eq!(named(&ask.query, "watch"), Some("true"));
    assert_eq!(named(&ask.query, "resourceVersion"), Some(version));
    assert_eq!(named(&ask.query, "allowWatchBookmarks"), Some("true"));
    assert!(named(&ask.query, "timeoutSeconds").is_some());
    assert_eq!(named(&ask.query, "sendInitialEvents"), None);
    assert_eq!(named(&ask.query, "resourceVersionMatch"), None);
    pause
}

/// The request is for a page of a list, or for all of it.
#[track_caller]
fn assert_lists(driven: &mut Driven, limit: Option<&str>, token: Option<&str>) -> Duration {
    let (ask, pause) = driven.ask();
    assert!(ask.list, "{ask:?}");
    assert_eq!(named(&ask.query, "limit"), limit);
    assert_eq!(named(&ask.query, "continue"), token);
    assert_eq!(named(&ask.query, "watch"), None);
    pause
}

fn started() -> Driven {
    Driven::new(Options::default())
}

/// A watch whose initial state is complete, at version 10.
fn synced() -> Driven {
    let mut driven = started();
    assert_eq!(assert_watch_list(&mut driven), Duration::ZERO);
    driven.answer(200, &line("ADDED", "a", 3));
    driven.receive(SYNCED);
    assert_eq!(driven.events(), [Event::Added(object("a", 3)), Event::Synced("10".into())]);
    driven
}

#[track_caller]
fn assert_pause(pause: Duration) {
    assert!(pause >= Duration::from_millis(800) && pause < SECOND * 2, "{pause:?}");
}
