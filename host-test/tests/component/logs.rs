//! `logs`: as they come, as lines and as bytes, and whatever ends them.

use crate::support::{
    Cluster, assert_error, client, connection, get, limits, milliseconds, on_both_versions, status,
    within_reason,
};
use host_test::api_server::{Answer, ApiServer, Framing, Misbehaviour, Pace, Steps};
use host_test::pod::client::PodClient;
use host_test::pod::client::logs::{Log, LogOptions, Since};
use host_test::pod::client::types::ConnectionFailure;
use http::{Method, StatusCode};

const PATH: &str = "/api/v1/namespaces/shop/pods/web-1/log";

pub(crate) fn options() -> LogOptions {
    LogOptions {
        container: None,
        previous: false,
        since: None,
        tail_lines: None,
        timestamps: false,
        limit_bytes: None,
        follow: false,
        limits: None,
    }
}

fn follow() -> LogOptions {
    LogOptions { follow: true, ..options() }
}

async fn open(client: &mut PodClient, options: &LogOptions) -> Log {
    client.open_log(None, "web-1", options).await.unwrap().unwrap()
}

/// What lines there are once the pollable is ready. None at the end.
async fn lines(client: &mut PodClient, log: &Log) -> Option<Vec<String>> {
    loop {
        let pollable = log.subscribe(client).await.unwrap();
        client.wait(pollable).await.unwrap();
        let lines = log.lines(client, u32::MAX).await.unwrap().unwrap();
        if lines.as_ref().is_none_or(|lines| !lines.is_empty()) {
            return lines;
        }
    }
}

/// Nothing is here, and the end is not either.
async fn check_silent(client: &mut PodClient, log: &Log) {
    assert_eq!(log.lines(client, 9).await.unwrap().unwrap(), Some(Vec::new()));
    let pollable = log.subscribe(client).await.unwrap();
    assert!(!client.is_ready(&pollable).await.unwrap());
    client.drop_pollable(pollable).await.unwrap();
}

/// A log that comes so many bytes at a time, when the test releases them.
fn stepped(cluster: &Cluster, log: &'static str, chunk: usize) -> Steps {
    let steps = Steps::new();
    cluster.server.answer(Method::GET, PATH, Answer::text(StatusCode::OK, log).in_chunks());
    let pace = Pace::Stepped(steps.clone());
    cluster.server.misbehave(Misbehaviour::SlowBytes { chunk, pace });
    steps
}

#[tokio::test]
async fn options_are_sent_and_the_log_is_read_to_its_end() {
    on_both_versions(async |cluster| {
        let log = "2026-11-24T14:17:09.123456789Z one\n\ntwo \u{1f980}\nno end";
        cluster.server.answer(Method::GET, PATH, Answer::text(StatusCode::OK, log));
        let path = "/api/v1/namespaces/other/pods/db/log";
        cluster.server.answer(Method::GET, path, Answer::text(StatusCode::OK, vec![0xff, b'\n']));
        let mut client = cluster.client().await;
        let all = LogOptions {
            container: Some("side&car".into()),
            previous: true,
            since: Some(Since::Time("2026-11-24T14:17:09Z".into())),
            tail_lines: Some(3),
            timestamps: true,
            limit_bytes: Some(1000),
            follow: true,
            limits: None,
        };
        let log = open(&mut client, &all).await;
        let expected = ["2026-11-24T14:17:09.123456789Z one", "", "two \u{1f980}"];
        let (first, rest) = expected.split_first().unwrap();
        assert_eq!(log.blocking_lines(&mut client, 1).await.unwrap().unwrap().unwrap(), [*first]);
        let mut read = Vec::new();
        while let Some(lines) = log.blocking_lines(&mut client, 9).await.unwrap().unwrap() {
            read.extend(lines);
        }
        assert_eq!(read, [rest, &["no end"]].concat());
        assert_eq!(log.lines(&mut client, 9).await.unwrap().unwrap(), None);
        assert_eq!(log.blocking_read(&mut client, 9).await.unwrap().unwrap(), None);
        log.drop(&mut client).await.unwrap();

        let since = LogOptions { since: Some(Since::Seconds(60)), ..options() };
        let log = client.open_log(Some("other"), "db", &since).await.unwrap().unwrap();
        let bytes = log.blocking_read(&mut client, 9).await.unwrap().unwrap();
        assert_eq!(bytes.as_deref(), Some(&b"\xff\n"[..]));

        let sent = cluster.server.journal().requests();
        let query = |index: usize| sent[index].query.as_deref().unwrap();
        assert_eq!(
            query(0),
            "container=side%26car&follow=true&limitBytes=1000&previous=true\
             &sinceTime=2026-11-24T14%3A17%3A09Z&tailLines=3&timestamps=true"
        );
        assert_eq!((sent[1].path.as_str(), query(1)), (path, "sinceSeconds=60"));
    })
    .await;
}

#[tokio::test]
async fn followed_lines_come_when_they_are_complete() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let steps = stepped(&cluster, "one\ntwo\nthree\nfour", 6);
            let log = open(&mut client, &follow()).await;
            assert_eq!(log.lines(&mut client, 9).await.unwrap().unwrap(), Some(Vec::new()));
            steps.release(1);
            assert_eq!(lines(&mut client, &log).await.unwrap(), ["one"]);
            check_silent(&mut client, &log).await;
            steps.release(1);
            assert_eq!(lines(&mut client, &log).await.unwrap(), ["two"]);
            check_silent(&mut client, &log).await;
            steps.release(1);
            // The half of it that is here already, as bytes.
            assert_eq!(log.read(&mut client, 2).await.unwrap().unwrap().unwrap(), b"th");
            assert_eq!(lines(&mut client, &log).await.unwrap(), ["ree"]);
            steps.release(1);
            assert_eq!(lines(&mut client, &log).await.unwrap(), ["four"]);
            assert_eq!(lines(&mut client, &log).await, None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_of_any_length_needs_little_memory() {
    within_reason(async {
        let line = "x".repeat(1023) + "\n";
        let long = line.repeat(64 << 10);
        for cluster in Cluster::of_each_version().await {
            let answer = Answer::text(StatusCode::OK, long.clone()).in_chunks();
            cluster.server.answer(Method::GET, PATH, answer);
            let mut client = client(cluster.pod().memory_limit(4 << 20)).await;
            let log = open(&mut client, &follow()).await;
            let first = log.blocking_lines(&mut client, 1).await.unwrap().unwrap().unwrap();
            assert_eq!(first, [line.trim_end()]);
            // Other requests do not wait for it.
            let version = client.send(&crate::support::get("/version"), None).await.unwrap();
            assert!(version.is_ok());
            let mut count = 1;
            while let Some(lines) = log.blocking_lines(&mut client, 1000).await.unwrap().unwrap() {
                assert!(lines.iter().all(|read| read.len() == 1023));
                count += lines.len();
            }
            assert_eq!(count, 64 << 10);
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_that_breaks_off_is_told_apart_from_one_that_ends() {
    let log = "one\nhalf a line";
    for cluster in Cluster::of_each_version().await {
        for framing in [Framing::Chunked, Framing::Length] {
            cluster.server.answer(Method::GET, PATH, Answer::text(StatusCode::OK, log));
            let mut client = cluster.client().await;
            cluster.server.misbehave(Misbehaviour::CutMidBody { after: 100, framing });
            let log = open(&mut client, &follow()).await;
            let mut read = Vec::new();
            let error = loop {
                match log.blocking_lines(&mut client, 9).await.unwrap() {
                    Ok(lines) => read.extend(lines.expect("no end of the log")),
                    Err(error) => break error,
                }
            };
            assert_eq!(read, ["one", "half a line"]);
            assert_eq!(connection(error).failure, ConnectionFailure::Terminated);
            let again = log.read(&mut client, 9).await.unwrap().unwrap_err();
            assert_eq!(connection(again).failure, ConnectionFailure::Terminated);
        }
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_told_by_the_log() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let log = client.open_log(None, "nope", &options()).await.unwrap().unwrap();
        for _ in 0..2 {
            let error = log.blocking_lines(&mut client, 9).await.unwrap().unwrap_err();
            assert_eq!(status(error).code, 404);
        }
        let log = client.open_log(Some("kube-system"), "a", &options()).await.unwrap().unwrap();
        let error = loop {
            let pollable = log.subscribe(&mut client).await.unwrap();
            client.wait(pollable).await.unwrap();
            match log.read(&mut client, 9).await.unwrap() {
                Ok(Some(bytes)) => assert!(bytes.is_empty()),
                Ok(None) => panic!("the end of a log that there is not"),
                Err(error) => break error,
            }
        };
        assert_eq!(status(error).reason, "Forbidden");

        for (namespace, pod) in [(None, "../secrets"), (Some(""), "a"), (Some("."), "a")] {
            let error = client.open_log(namespace, pod, &options()).await.unwrap().unwrap_err();
            assert_error(&error, "invalid-request", &[]);
        }
        assert_eq!(cluster.server.journal().requests().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_read_is_not_sent_either() {
    const CHUNK: usize = 64 << 10;
    const CHUNKS: usize = 1024;
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let line = format!("{}\n", "x".repeat(1023));
            let log = line.repeat(CHUNK * CHUNKS / 1024);
            cluster.server.answer(Method::GET, PATH, Answer::text(StatusCode::OK, log).in_chunks());
            let steps = Steps::new();
            steps.release(CHUNKS);
            let pace = Pace::Stepped(steps.clone());
            cluster.server.misbehave(Misbehaviour::SlowBytes { chunk: CHUNK, pace });
            let log = open(&mut client, &follow()).await;
            log.blocking_lines(&mut client, 1).await.unwrap().unwrap().unwrap();
            // The server would have the time to send all of it.
            let mut sent = 0;
            for _ in 0..100 {
                client.send(&get("/api"), None).await.unwrap().unwrap();
                sent = CHUNKS - steps.left();
                assert!(sent < CHUNKS / 4, "{sent} of {CHUNKS} chunks were sent to nobody");
            }
            // As it is read, more is sent.
            while CHUNKS - steps.left() < sent + 16 {
                log.blocking_lines(&mut client, 1000).await.unwrap().unwrap().unwrap();
            }
            log.drop(&mut client).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_log_is_cancelled() {
    within_reason(async {
        let cluster = Cluster::with(ApiServer::builder().without_http2().start().await.unwrap());
        let mut client = cluster.client().await;
        let journal = cluster.server.journal();
        cluster.server.answer(Method::GET, PATH, Answer::text(StatusCode::OK, "one\ntwo"));
        for misbehaviour in [Misbehaviour::StallMidBody { after: 6 }, Misbehaviour::StallBeforeHead]
        {
            cluster.server.misbehave(misbehaviour.clone());
            let log = open(&mut client, &follow()).await;
            if let Misbehaviour::StallMidBody { .. } = misbehaviour {
                let lines = log.blocking_lines(&mut client, 9).await.unwrap().unwrap();
                assert_eq!(lines.unwrap(), ["one"]);
            }
            journal.wait_until(|entries| entries.open_connections == 1).await;
            log.drop(&mut client).await.unwrap();
            journal.wait_until(|entries| entries.open_connections == 0).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_and_a_silence_end_a_followed_log() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = cluster.client().await;
        cluster.server.answer(Method::GET, PATH, Answer::text(StatusCode::OK, "one\ntwo"));
        cluster.server.misbehave_always(Misbehaviour::StallMidBody { after: 6 });
        let mut silence = limits();
        silence.between_bytes_timeout = milliseconds(300);
        let mut deadline = limits();
        deadline.deadline = milliseconds(300);
        for (limits, case) in [(silence, "connection"), (deadline, "deadline-exceeded")] {
            let log = open(&mut client, &LogOptions { limits: Some(limits), ..follow() }).await;
            let error = loop {
                match log.blocking_lines(&mut client, 9).await.unwrap() {
                    Ok(lines) => drop(lines.expect("no end of the log")),
                    Err(error) => break error,
                }
            };
            assert_error(&error, case, &[]);
        }
    })
    .await;
}
