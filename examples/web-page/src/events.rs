//! What happens to the pods, sent for as long as the browser listens.
//!
//! `start` takes all back: the state follows, as `pod`s, up to `synced`. From there on each change
//! is a `pod` or `gone`, and has the version as its ID: a browser that asks again with it is told
//! `resumed`, and what has happened since. `problem` says what is wrong; the watch goes on by itself.

use crate::bindings::k8s::in_cluster::cluster::discover;
use crate::bindings::k8s::in_cluster::types::{ApiResource, Error, Scope};
use crate::bindings::k8s::in_cluster::watch::{self, Event, WatchOptions, Watcher};
use crate::message::{event, id};
use crate::row::{row, version};
use serde_json::{Value, json};
use wstd::io::AsyncOutputStream;
use wstd::prelude::*;
use wstd::runtime::AsyncPollable;
use wstd::task::sleep_until;
use wstd::time::{Duration, Instant};

/// After how many seconds of silence a comment is sent, by which a proxy sees that the connection is in
/// use, and this component that the browser is gone: a write fails then, and nothing else tells.
const HEARTBEAT: u64 = 15;

/// Browsers take no notice of it.
const COMMENT: &str = ":\n\n";

/// After how many milliseconds a browser whose connection was cut asks again.
const RETRY: &str = "retry: 2000\n\n";

/// For how many nanoseconds the watch tries again without a word: ten seconds.
const PATIENCE: u64 = 10_000_000_000;

/// Sends events until the browser is gone.
pub(crate) async fn send(out: &AsyncOutputStream, after: Option<&str>) -> std::io::Result<()> {
    let mut text = String::from(RETRY);
    let (namespace, watcher) = match begin(after) {
        Ok(begun) => begun,
        // There is no watch that could go on: the browser asks again.
        Err(error) => {
            problem(&mut text, &error);
            return out.write_all(text.as_bytes()).await;
        }
    };
    let mut telling = Telling { namespace, synced: after.is_some() };
    match after {
        Some(_) => event(&mut text, "resumed", &json!({})),
        None => telling.start(&mut text),
    }
    let mut spoken = Instant::now();
    loop {
        match watcher.next(100) {
            Ok(events) => events.iter().for_each(|it| telling.tell(&mut text, it)),
            Err(error) => problem(&mut text, &error),
        }
        if !text.is_empty() {
            out.write_all(text.as_bytes()).await?;
            out.flush().await?;
            text.clear();
            spoken = Instant::now();
        }
        let silent = sleep_until(spoken + Duration::from_secs(HEARTBEAT));
        let something = AsyncPollable::new(watcher.subscribe());
        if something.wait_for().timeout(silent).await.is_err() {
            text.push_str(COMMENT);
        }
    }
}

/// The watch after a version, or with the state before it; and the namespace.
fn begin(after: Option<&str>) -> Result<(String, Watcher), Error> {
    let namespace = discover()?.namespace;
    let pods = ApiResource { group: String::new(), version: "v1".into(), resource: "pods".into() };
    let options = WatchOptions {
        label_selector: None,
        field_selector: None,
        metadata_only: false,
        after_resource_version: after.map(str::to_owned),
        idle_limit: None,
        patience: Some(PATIENCE),
    };
    Ok((namespace, watch::start(&pods, &Scope::OwnNamespace, Some(&options))?))
}

/// What the browser knows.
struct Telling {
    namespace: String,
    /// Whether it knows all pods, so that the version of a change is one to go on from.
    synced: bool,
}

impl Telling {
    fn start(&mut self, text: &mut String) {
        self.synced = false;
        id(text, "");
        event(text, "start", &json!({"namespace": self.namespace}));
    }

    fn tell(&mut self, text: &mut String, happened: &Event) {
        let (name, pod) = match happened {
            Event::Added(pod) | Event::Modified(pod) => ("pod", pod),
            Event::Deleted(pod) => ("gone", pod),
            Event::Restarted => return self.start(text),
            Event::Synced(at) | Event::Bookmark(at) => {
                self.synced = true;
                id(text, at);
                return event(text, "synced", &json!({}));
            }
        };
        let pod: Value = serde_json::from_str(pod).unwrap_or_default();
        if self.synced {
            id(text, version(&pod));
        }
        event(text, name, &row(&pod));
    }
}

/// Tells what is wrong, and what to do.
fn problem(text: &mut String, error: &Error) {
    let (title, explained, hint) = match error {
        Error::NotInCluster(text) => ("This is not in a cluster", text, ""),
        Error::Credentials(text) => ("The service account can't be used", text, ""),
        Error::Connection(error) => ("The API server is out of reach", &error.message, ""),
        Error::Api(status) if status.code == 403 => (
            "This page may not see the pods",
            &status.message,
            "Bind a Role that allows list and watch on pods to the service account of the pod that serves \
             this page, as manifests/web-page.yaml does. The page goes on by itself then.",
        ),
        Error::Api(status) => ("The API server refuses", &status.message, ""),
        Error::InvalidRequest(text)
        | Error::Denied(text)
        | Error::DeadlineExceeded(text)
        | Error::Protocol(text)
        | Error::Other(text) => ("Something is wrong", text, ""),
    };
    let data = json!({"title": title, "text": explained, "hint": hint});
    event(text, "problem", &data);
}
