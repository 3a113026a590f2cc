//! Requests that are sent again, and those that are not.

use crate::support::{
    Cluster, connection, get, get_within, limits, meanwhile, milliseconds, on_both_versions,
    request, status, text, within_reason,
};
use host_test::api_server::{Answer, ApiServer, Misbehaviour};
use host_test::pod::client::rest::Limits;
use host_test::pod::client::types::{ConnectionFailure, Error};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use std::time::{Duration, Instant};

/// An answer that says that it will pass.
fn busy(status: StatusCode, retry_after: Option<&'static str>) -> Misbehaviour {
    let answer = Answer::text(status, "busy");
    Misbehaviour::Status(match retry_after {
        Some(value) => answer.with_header(RETRY_AFTER, HeaderValue::from_static(value)),
        None => answer,
    })
}

fn unavailable() -> Misbehaviour {
    busy(StatusCode::SERVICE_UNAVAILABLE, None)
}

#[tokio::test]
async fn an_overloaded_server_is_asked_until_it_answers() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for (status, retry_after) in [
            (StatusCode::TOO_MANY_REQUESTS, None),
            (StatusCode::SERVICE_UNAVAILABLE, Some("0")),
            (StatusCode::GATEWAY_TIMEOUT, Some("soon")),
            (StatusCode::INTERNAL_SERVER_ERROR, Some("0")),
        ] {
            cluster.server.journal().clear();
            cluster.server.misbehave(busy(status, retry_after));
            cluster.server.misbehave(busy(status, retry_after));
            let mut post = request("POST", "/api/v1/namespaces/shop/configmaps");
            post.headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
            let body = br#"{"metadata": {"name": "a"}}"#;
            let answer = client.send(&post, Some(body)).await.unwrap().unwrap();
            assert_eq!(answer.head.status, 201);
            let requests = cluster.server.journal().requests();
            assert_eq!(requests.len(), 3, "{status}");
            for sent in &requests {
                assert_eq!((sent.path.as_str(), sent.body.as_slice()), (&*post.path, &body[..]));
                assert_eq!(sent.header("authorization"), requests[0].header("authorization"));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_is_not_asked_before_the_time_that_it_named() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        cluster.server.misbehave(busy(StatusCode::TOO_MANY_REQUESTS, Some("1")));
        let before = Instant::now();
        client.send(&get("/api"), None).await.unwrap().unwrap();
        assert!(before.elapsed() >= Duration::from_secs(1));
    })
    .await;
}

#[tokio::test]
async fn retries_end_where_they_are_said_to() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        for retries in [0, 1, 3] {
            cluster.server.journal().clear();
            cluster.server.misbehave_always(unavailable());
            let limits = Limits { retries: Some(retries), ..limits() };
            let sent = client.send(&get_within("/api", limits), None).await.unwrap();
            let status = status(sent.unwrap_err());
            assert_eq!((status.code, status.reason.as_str()), (503, "ServiceUnavailable"));
            assert_eq!(cluster.server.journal().requests().len(), retries as usize + 1);
            cluster.server.behave();
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_for_in_vain_is_not_waited_for() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        let within = Limits { deadline: milliseconds(60_000), ..limits() };
        for (limits, retry_after) in
            [(within, "60"), (limits(), "121"), (limits(), "18446744073709551616")]
        {
            cluster.server.journal().clear();
            cluster.server.misbehave(busy(StatusCode::TOO_MANY_REQUESTS, Some(retry_after)));
            let sent = client.send(&get_within("/api", limits), None).await.unwrap();
            let status = status(sent.unwrap_err());
            assert_eq!((status.code, status.retry_after), (429, retry_after.parse().ok()));
            assert_eq!(cluster.server.journal().requests().len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_says_what_the_attempt_before_met() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            cluster.server.misbehave(unavailable());
            cluster.server.misbehave(Misbehaviour::StallBeforeHead);
            let limits = Limits { deadline: milliseconds(2000), ..limits() };
            let sent = client.send(&get_within("/api", limits), None).await.unwrap();
            let error = sent.unwrap_err();
            assert!(matches!(error, Error::DeadlineExceeded(_)), "{error:?}");
            assert!(text(&error).ends_with("met: HTTP status 503"), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_get_whose_connection_was_cut_is_sent_once_more_and_a_post_is_not() {
    on_both_versions(async |cluster| {
        for (method, cuts, attempts) in [("GET", 1, 2), ("GET", 2, 2), ("POST", 1, 1)] {
            // No kept connection: the component replaces one that ends as it is used again at once.
            let mut client = cluster.client().await;
            cluster.server.journal().clear();
            for _ in 0..cuts {
                cluster.server.misbehave(Misbehaviour::CutBeforeHead);
            }
            let sent = client.send(&request(method, "/api"), None).await.unwrap();
            match sent {
                Ok(answer) => assert_eq!((answer.head.status, cuts), (200, 1)),
                Err(error) => {
                    assert!(attempts == cuts, "{method}: {error:?}");
                    assert_eq!(connection(error).failure, ConnectionFailure::Terminated);
                }
            }
            let requests = cluster.server.journal().requests();
            assert_eq!(requests.len(), attempts, "{method} {requests:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_connection_is_kept_from_one_attempt_to_the_next() {
    within_reason(async {
        let cluster = Cluster::with(ApiServer::builder().without_http2().start().await.unwrap());
        let mut client = cluster.client().await;
        for _ in 0..3 {
            cluster.server.misbehave(unavailable());
        }
        client.send(&get("/api"), None).await.unwrap().unwrap();
        let journal = cluster.server.journal();
        assert_eq!((journal.requests().len(), journal.accepted_connections()), (4, 1));
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_polls_is_woken_when_it_is_time() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        cluster.server.misbehave(unavailable());
        cluster.server.misbehave(busy(StatusCode::TOO_MANY_REQUESTS, Some("1")));
        let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
        // Kept all the while: what it was taken from stays.
        let kept = pending.subscribe(&mut client).await.unwrap();
        let (head, body) = loop {
            match pending.response(&mut client).await.unwrap().unwrap() {
                Some(answer) => break answer,
                None => {
                    let pollable = pending.subscribe(&mut client).await.unwrap();
                    client.wait(pollable).await.unwrap();
                }
            }
        };
        assert_eq!(head.status, 200);
        assert_eq!(cluster.server.journal().requests().len(), 3);
        assert!(client.is_ready(&kept).await.unwrap());
        client.drop_pollable(kept).await.unwrap();
        let bytes = body.blocking_read(&mut client, 1000).await.unwrap().unwrap();
        assert!(bytes.is_some_and(|bytes| !bytes.is_empty()));
        body.drop(&mut client).await.unwrap();
        pending.drop(&mut client).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_dropped_in_a_pause_sends_nothing_more() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            cluster.server.misbehave(busy(StatusCode::TOO_MANY_REQUESTS, Some("100")));
            let pending = client.open(&get("/version"), None).await.unwrap().unwrap();
            let journal = cluster.server.journal();
            meanwhile(&mut client, &pending, journal.wait_for(1)).await;
            // In the pause as a rule; if the answer is still on its way, the same holds.
            for _ in 0..20 {
                assert!(pending.response(&mut client).await.unwrap().unwrap().is_none());
                let pollable = pending.subscribe(&mut client).await.unwrap();
                client.drop_pollable(pollable).await.unwrap();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            pending.drop(&mut client).await.unwrap();
            cluster.clock.advance(Duration::from_secs(200));
            client.send(&get("/api"), None).await.unwrap().unwrap();
            let paths: Vec<_> = journal.requests().into_iter().map(|sent| sent.path).collect();
            assert_eq!(paths, ["/version", "/api"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_the_caller_wrote_is_not_sent_again() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        cluster.server.journal().clear();
        cluster.server.misbehave(unavailable());
        let upload = client.upload(&request("POST", "/upload"), Some(4)).await.unwrap();
        let (body, pending) = upload.unwrap();
        body.blocking_write(&mut client, b"some").await.unwrap().unwrap();
        body.finish(&mut client).await.unwrap().unwrap();
        let (head, _) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        assert_eq!(head.status, 503);
        assert_eq!(cluster.server.journal().requests().len(), 1);
    })
    .await;
}
