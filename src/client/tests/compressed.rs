//! Answers that are compressed.

use super::script::{Ready, Script, Step, answer};
use super::{SECOND, get, mounted, status};
use crate::Error;
use crate::client::Request;
use crate::transport::Interest;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(bytes: &[u8]) -> &'static [u8] {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().leak()
}

/// An answer of these bytes, which are or are not what its head says.
fn coded(status: u16, coding: &'static str, body: &'static [u8]) -> Script {
    let headers = vec![("content-encoding", coding), ("content-length", "7"), ("x-mine", "a")];
    Script { headers, ..answer(status, body) }
}

fn compressing() -> Request {
    Request { compress: true, ..get("/api/v1/pods") }
}

fn accepts(request: Request) -> Option<String> {
    let (client, stage) = mounted([answer(200, b"")]);
    client.open(request, None).unwrap();
    let sent = stage.sent(0);
    let mut headers = sent.headers.iter().filter(|(name, _)| name == "accept-encoding");
    let value = headers.next().map(|(_, value)| value.clone());
    assert_eq!(headers.next(), None);
    value
}

#[test]
fn only_what_is_no_watch_may_be_compressed_and_if_so_by_choice() {
    let watch = |request: Request, value: &str| Request {
        query: vec![("limit".into(), "1".into()), ("watch".into(), value.into())],
        ..request
    };
    let own = |request: Request| Request {
        headers: vec![("accept-encoding".into(), "br".into())],
        ..request
    };
    assert_eq!(accepts(get("/api")), None);
    assert_eq!(accepts(compressing()).as_deref(), Some("gzip"));
    for value in ["true", "1", "TRUE", "", "yes"] {
        assert_eq!(accepts(watch(get("/api"), value)).as_deref(), Some("identity"), "{value:?}");
        assert_eq!(accepts(watch(compressing(), value)).as_deref(), Some("identity"));
    }
    for value in ["false", "0", "False"] {
        assert_eq!(accepts(watch(get("/api"), value)), None);
        assert_eq!(accepts(watch(compressing(), value)).as_deref(), Some("gzip"));
    }
    let at = |path: &str| Request { path: path.into(), ..compressing() };
    for path in ["/api/v1/watch/pods", "/apis/apps/v1/watch/namespaces/a/deployments/b"] {
        assert_eq!(accepts(at(path)).as_deref(), Some("identity"), "{path}");
    }
    for path in ["/api/v1/namespaces/watch", "/apis/watch/v1/x", "/watch/pods", "/api/v1/watches"] {
        assert_eq!(accepts(at(path)).as_deref(), Some("gzip"), "{path}");
    }
    assert_eq!(accepts(own(compressing())).as_deref(), Some("br"));
    assert_eq!(accepts(watch(own(get("/api")), "1")).as_deref(), Some("br"));
}

#[test]
fn an_answer_is_decoded_and_its_head_is_of_what_is_decoded() {
    let body = b"{\"kind\": \"PodList\"}".repeat(1000);
    for coding in ["gzip", " GZIP ", "x-gzip"] {
        let (client, _) = mounted([coded(200, coding, gzip(&body))]);
        let response = client.send(compressing(), None).unwrap();
        assert_eq!(response.body, body);
        assert_eq!(response.head.headers, [("x-mine".into(), "a".into())]);
    }
    // A server need not.
    let (client, _) = mounted([answer(200, b"{}")]);
    assert_eq!(client.send(compressing(), None).unwrap().body, b"{}");
}

#[test]
fn what_was_not_asked_for_is_left_as_it_comes() {
    let zip = gzip(b"{}");
    let own = Request { headers: vec![("Accept-Encoding".into(), "gzip".into())], ..compressing() };
    for (request, coding) in [(get("/api"), "gzip"), (own, "gzip"), (compressing(), "br")] {
        let (client, _) = mounted([coded(200, coding, zip)]);
        let response = client.send(request, None).unwrap();
        assert_eq!(response.body, zip);
        assert_eq!(response.head.header("content-encoding"), Some(coding));
    }
}

#[test]
fn the_status_of_a_failure_is_decoded_too() {
    let body = br#"{"kind": "Status", "reason": "Expired", "code": 410}"#;
    let (client, _) = mounted([coded(410, "gzip", gzip(body))]);
    assert_eq!(status(client.send(compressing(), None)).reason, "Expired");
}

#[test]
fn a_stream_is_decoded_while_it_comes() {
    let body = b"event ".repeat(20_000);
    let (first, second) = gzip(&body).split_at(100);
    let steps = vec![Step::Bytes(first), Step::Silence(SECOND), Step::Bytes(second)];
    let (client, _) = mounted([Script { body: steps, ..coded(200, "gzip", b"") }]);
    let mut call = client.open(compressing(), None).unwrap();
    call.wait_for_head(&client).unwrap();
    let mut decoded = call.read(&client, 10).unwrap().unwrap();
    assert_eq!(decoded, b"event even");
    // There is more without the server's doing.
    assert!(
        matches!(call.subscribe(&client, Interest::Read), Ready::After(time) if time.is_zero())
    );
    loop {
        match call.read(&client, 1000).unwrap().unwrap() {
            bytes if bytes.is_empty() => break,
            bytes => decoded.extend(bytes),
        }
    }
    assert!(decoded.len() < body.len());
    assert_eq!(call.subscribe(&client, Interest::Read), Ready::For(Interest::Read));
    while let Some(bytes) = call.wait_for_bytes(&client, 1000).unwrap() {
        decoded.extend(bytes);
    }
    assert_eq!(decoded, body);
}

#[test]
fn an_answer_without_a_body_has_none() {
    let (client, _) = mounted([coded(200, "gzip", b""), coded(304, "gzip", b"")]);
    let head = Request { method: "HEAD".into(), ..compressing() };
    assert_eq!(client.send(head, None).unwrap().body, b"");
    assert_eq!(status(client.send(compressing(), None)).code, 304);
}

#[test]
fn what_is_damaged_is_no_answer() {
    let zip = gzip(b"{}");
    for damaged in [b"{}", &zip[..zip.len() - 1], [zip, b"{}"].concat().leak()] {
        let (client, stage) = mounted([coded(200, "gzip", damaged)]);
        let error = client.send(compressing(), None).unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        assert!(
            error.to_string().contains("GET /api/v1/pods") && error.to_string().contains("gzip")
        );
        assert!(stage.sent(0).closed.get());
    }
}

#[test]
fn what_is_decoded_counts_for_the_limit() {
    let zip = gzip(&vec![0; 1 << 20]);
    assert!(zip.len() < 2000);
    let (client, stage) = mounted([coded(200, "gzip", zip), coded(200, "gzip", zip)]);
    let mut request = compressing();
    request.limits.max_buffered = Some(1 << 20);
    assert_eq!(client.send(request, None).unwrap().body.len(), 1 << 20);
    let mut request = compressing();
    request.limits.max_buffered = Some((1 << 20) - 1);
    let error = client.send(request, None).unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert!(stage.sent(1).closed.get());
}
