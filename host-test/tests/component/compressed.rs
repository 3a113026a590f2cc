//! Answers that are compressed: by choice, decoded, and within limits.

use crate::support::{Cluster, assert_error, client, get, limits, on_both_versions, within_reason};
use flate2::Compression;
use flate2::write::GzEncoder;
use host_test::api_server::{Answer, RecordedRequest};
use host_test::pod::client::rest::{Limits, Request};
use http::header::CONTENT_ENCODING;
use http::{HeaderValue, Method, StatusCode};
use std::io::Write as _;

const MIB: usize = 1 << 20;

/// As a kube-apiserver does it: one member, quickly.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn coded(body: Vec<u8>) -> Answer {
    Answer::text(StatusCode::OK, body)
        .with_header(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
}

/// Has the server compress what it is asked for, if the client lets it.
fn serve(cluster: &Cluster, body: Vec<u8>) {
    let compressed = gzip(&body);
    let answer = move |sent: &RecordedRequest| match sent.header("accept-encoding") {
        Some("gzip") => coded(compressed.clone()),
        _ => Answer::text(StatusCode::OK, body.clone()),
    };
    cluster.server.answer_with(Method::GET, "/list", answer);
}

fn compressing() -> Request {
    Request { compress: true, ..get("/list") }
}

#[tokio::test]
async fn a_long_list_is_compressed_on_its_way_if_asked_to() {
    let list = br#"{"metadata": {"name": "web-0"}, "spec": {}},"#.repeat(20_000);
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        serve(cluster, list.clone());
        for (request, accepts) in [(compressing(), Some("gzip")), (get("/list"), None)] {
            cluster.server.journal().clear();
            let answer = client.send(&request, None).await.unwrap().unwrap();
            assert!(answer.body == list, "{} bytes", answer.body.len());
            let names: Vec<_> = answer.head.headers.iter().map(|(name, _)| &**name).collect();
            assert!(!names.contains(&"content-encoding"), "{names:?}");
            let requests = cluster.server.journal().requests();
            assert_eq!(requests[0].header("accept-encoding"), accepts);
        }
        // The same as it comes, each wait by a pollable.
        let pending = client.open(&compressing(), None).await.unwrap().unwrap();
        let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        let mut read = Vec::new();
        while let Some(bytes) = body.read(&mut client, 10_000).await.unwrap().unwrap() {
            if bytes.is_empty() {
                let pollable = body.subscribe(&mut client).await.unwrap();
                client.wait(pollable).await.unwrap();
            }
            read.extend(bytes);
        }
        assert!(read == list, "{} bytes", read.len());
    })
    .await;
}

#[tokio::test]
async fn a_watch_is_never_compressed() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        serve(cluster, b"{}".to_vec());
        for request in [get("/list"), compressing()] {
            let query = vec![("watch".to_owned(), "true".to_owned())];
            let watch = Request { query, ..request };
            client.send(&watch, None).await.unwrap().unwrap();
        }
        for sent in cluster.server.journal().requests() {
            assert_eq!(sent.header("accept-encoding"), Some("identity"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_bomb_does_no_harm() {
    let bomb = gzip(&vec![0; 256 * MIB]);
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = client(cluster.pod().memory_limit(4 * MIB)).await;
            cluster.server.answer(Method::GET, "/list", coded(bomb.clone()));
            let limits = Limits { max_buffered: Some(MIB as u64), ..limits() };
            let request = Request { limits: Some(limits), ..compressing() };
            let error = client.send(&request, None).await.unwrap().unwrap_err();
            assert_error(&error, "protocol", &["GET /list", "1048576 bytes", "`max-buffered`"]);
            let pending = client.open(&request, None).await.unwrap().unwrap();
            let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            let mut length = 0;
            while length < 20 * MIB {
                let bytes = body.blocking_read(&mut client, u64::MAX).await.unwrap().unwrap();
                length += bytes.unwrap().len();
            }
            body.drop(&mut client).await.unwrap();
            assert!(client.send(&get("/api"), None).await.unwrap().is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_damaged_is_no_answer() {
    let good = gzip(&[b'x'; 1000]);
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let cut = good[..good.len() - 1].to_vec();
        let more = [&good[..], b"more"].concat();
        for body in [cut, more, b"{\"kind\": \"PodList\"}".to_vec()] {
            cluster.server.answer(Method::GET, "/list", coded(body));
            let error = client.send(&compressing(), None).await.unwrap().unwrap_err();
            assert_error(&error, "protocol", &["GET /list", "gzip"]);
        }
    })
    .await;
}
