//! A list, a log, a watch and a request at the same time, over pollables: none delays another.

use crate::lists::{list, options, pods};
use crate::support::{Cluster, Transport, get, within_reason};
use host_test::api_server::{Answer, Misbehaviour, Pace, Steps};
use host_test::pod::client::logs::{Log, LogOptions};
use host_test::pod::client::objects::{ListOptions, Listing};
use host_test::pod::client::types::Scope;
use host_test::pod::client::watch::{Event, WatchOptions, Watcher};
use host_test::pod::client::{PendingResponse, PodClient, ResponseBody};
use http::{Method, StatusCode};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;

const PODS: &str = "/api/v1/namespaces/shop/pods";
const LOG: &str = "/api/v1/namespaces/shop/pods/web-1/log";
const PATH: &str = "/some";

/// How many bytes each is sent at a time: one item, one line, one event, one piece.
const CHUNK: usize = 100;

/// A text of that length, with a number in it.
fn padded(begin: &str, number: usize, end: &str) -> String {
    let length = CHUNK - begin.len() - end.len();
    format!("{begin}{number:x<length$}{end}")
}

/// Whatever is read as it comes.
enum Stream {
    List(Listing),
    Log(Log),
    Watch(Watcher),
    Head(PendingResponse),
    Body(ResponseBody),
}

impl Stream {
    async fn subscribe(&self, client: &mut PodClient) -> Resource<DynPollable> {
        match self {
            Self::List(listing) => listing.subscribe(client).await,
            Self::Log(log) => log.subscribe(client).await,
            Self::Watch(watcher) => watcher.subscribe(client).await,
            Self::Head(pending) => pending.subscribe(client).await,
            Self::Body(body) => body.subscribe(client).await,
        }
        .unwrap()
    }

    /// What is here, without waiting.
    async fn take(&mut self, client: &mut PodClient) -> Vec<String> {
        match self {
            Self::List(listing) => listing.next(client, 9).await.unwrap().unwrap().unwrap(),
            Self::Log(log) => log.lines(client, 9).await.unwrap().unwrap().unwrap(),
            Self::Watch(watcher) => {
                let events = watcher.next(client, 9).await.unwrap().unwrap();
                let text = |event| match event {
                    Event::Modified(text) | Event::Added(text) => text,
                    other => panic!("{other:?}"),
                };
                events.into_iter().map(text).collect()
            }
            Self::Head(pending) => {
                if let Some((_, body)) = pending.response(client).await.unwrap().unwrap() {
                    *self = Self::Body(body);
                }
                Vec::new()
            }
            Self::Body(body) => {
                let bytes = body.read(client, u64::MAX).await.unwrap().unwrap().unwrap();
                let text = String::from_utf8(bytes).unwrap();
                Vec::from_iter((!text.is_empty()).then_some(text))
            }
        }
    }

    /// What comes next, by the pollable.
    async fn next(&mut self, client: &mut PodClient) -> String {
        loop {
            let pollable = self.subscribe(client).await;
            client.wait(pollable).await.unwrap();
            let mut taken = self.take(client).await;
            if let Some(text) = taken.pop() {
                assert!(taken.is_empty(), "more than was sent: {taken:?}");
                return text;
            }
        }
    }

    /// Nothing has come.
    async fn check_silent(&mut self, client: &mut PodClient) {
        assert_eq!(self.take(client).await, [""; 0]);
        if Transport::current() == Transport::WasiHttp {
            let pollable = self.subscribe(client).await;
            assert!(!client.is_ready(&pollable).await.unwrap());
            client.drop_pollable(pollable).await.unwrap();
        }
    }
}

/// Bodies of which each piece has a number, and comes when it is released.
fn answer(cluster: &Cluster) {
    let pieces = |begin: &str, end: &str| -> Vec<String> {
        (0..9).map(|number| padded(begin, number, end)).collect()
    };
    let item = pieces(r#"{"metadata":{"name":"a"},"text":""#, "\"},");
    let beginning = r#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":["#;
    let list = format!("{beginning:<CHUNK$}{}", item.concat());
    let event = |number| {
        let begin = format!(
            r#"{{"type":"MODIFIED","object":{{"metadata":{{"name":"a","resourceVersion":"{number}"}},"a":""#
        );
        padded(&begin, number, "\"}}\n")
    };
    let watch: String = (2..9).map(event).collect();
    let (log, some) = (pieces("", "\n").concat(), pieces("", "").concat());
    let whole = |body: String| Answer::json(StatusCode::OK, &()).with_body(body).in_chunks();
    let (list, watch) = (whole(list), whole(watch));
    cluster.server.answer_with(Method::GET, PODS, move |sent| {
        let query = sent.query.as_deref().unwrap_or_default();
        if query.contains("watch=") { watch.clone() } else { list.clone() }
    });
    cluster.server.answer(Method::GET, LOG, Answer::text(StatusCode::OK, log).in_chunks());
    cluster.server.answer(Method::GET, PATH, Answer::text(StatusCode::OK, some).in_chunks());
}

async fn open(client: &mut PodClient, which: usize) -> Stream {
    match which {
        0 => Stream::List(list(client, ListOptions { page_size: Some(0), ..options() }).await),
        1 => {
            let options = LogOptions {
                container: None,
                previous: false,
                since: None,
                tail_lines: None,
                timestamps: false,
                limit_bytes: None,
                follow: true,
                limits: None,
            };
            Stream::Log(client.open_log(None, "web-1", &options).await.unwrap().unwrap())
        }
        2 => {
            let options = WatchOptions {
                label_selector: None,
                field_selector: None,
                metadata_only: false,
                after_resource_version: Some("1".into()),
                idle_limit: None,
                patience: None,
            };
            let watcher = client.watch(&pods(), &Scope::OwnNamespace, Some(&options)).await;
            Stream::Watch(watcher.unwrap().unwrap())
        }
        _ => Stream::Head(client.open(&get(PATH), None).await.unwrap().unwrap()),
    }
}

#[tokio::test]
async fn a_list_a_log_a_watch_and_a_request_do_not_wait_for_each_other() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            answer(&cluster);
            let mut client = cluster.client().await;
            let mut streams = Vec::new();
            for which in 0..4 {
                let steps = Steps::new();
                let pace = Pace::Stepped(steps.clone());
                cluster.server.misbehave(Misbehaviour::SlowBytes { chunk: CHUNK, pace });
                let mut stream = open(&mut client, which).await;
                // The misbehaviour is for this one.
                while cluster.server.journal().requests().len() <= which {
                    stream.take(&mut client).await;
                    tokio::task::yield_now().await;
                }
                streams.push((stream, steps, 0));
            }
            // The beginning of the list, which is no item.
            streams[0].1.release(1);
            let order = [3, 1, 2, 0, 0, 2, 1, 3, 2, 3, 0, 1];
            for next in order {
                let (stream, steps, came) = &mut streams[next];
                steps.release(1);
                let text = stream.next(&mut client).await;
                let number = if next == 2 { *came + 2 } else { *came };
                assert!(text.contains(&format!("{number}xxx")), "{number} is not in {text}");
                *came += 1;
                for (other, _, _) in &mut streams {
                    other.check_silent(&mut client).await;
                }
            }
        }
    })
    .await;
}
