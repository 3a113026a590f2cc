//! `rest.upload`: bodies that are written as the connection takes them.

use crate::streaming::answer;
use crate::support::{Cluster, get, limits, meanwhile, milliseconds, request, within_reason};
use host_test::api_server::{Answer, BodyState, Misbehaviour, RecordedRequest};
use host_test::pod::client::rest::{Limits, Request};
use host_test::pod::client::types::Error;
use host_test::pod::client::{PendingResponse, PodClient, RequestBody};
use http::{Method, StatusCode, Version};

const PATH: &str = "/upload";

/// Clusters of both versions that answer an upload with its length, and a pod in each.
async fn clusters() -> [(Cluster, PodClient); 2] {
    let [http1, http2] = Cluster::of_each_version().await;
    for cluster in [&http1, &http2] {
        cluster.server.answer_with(Method::POST, PATH, |request: &RecordedRequest| {
            Answer::text(StatusCode::OK, request.body.len().to_string())
        });
    }
    let clients = [http1.client().await, http2.client().await];
    let [first, second] = clients;
    [(http1, first), (http2, second)]
}

async fn upload(client: &mut PodClient, length: Option<u64>) -> (RequestBody, PendingResponse) {
    client.upload(&request("POST", PATH), length).await.unwrap().unwrap()
}

/// Status and body of the answer.
async fn finished(client: &mut PodClient, pending: &PendingResponse) -> (u16, String) {
    let (head, body) = answer(client, pending).await;
    let mut text = Vec::new();
    while let Some(bytes) = body.blocking_read(client, 1000).await.unwrap().unwrap() {
        text.extend(bytes);
    }
    body.drop(client).await.unwrap();
    (head.status, String::from_utf8(text).unwrap())
}

fn check_invalid(error: &Error) {
    assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
}

async fn check_next_request(client: &mut PodClient) {
    let answer = client.send(&get("/api"), None).await.unwrap().unwrap();
    assert_eq!(answer.body.len(), 133);
}

#[tokio::test]
async fn a_body_arrives_as_it_was_written() {
    within_reason(async {
        for (cluster, mut client) in clusters().await {
            for length in [None, Some(11)] {
                cluster.server.journal().clear();
                let (body, pending) = upload(&mut client, length).await;
                for piece in ["a ", "", "body ", "here"] {
                    body.blocking_write(&mut client, piece.as_bytes()).await.unwrap().unwrap();
                }
                assert!(pending.response(&mut client).await.unwrap().unwrap().is_none());
                body.finish(&mut client).await.unwrap().unwrap();
                assert_eq!(finished(&mut client, &pending).await, (200, "11".to_owned()));
                for error in [
                    body.write(&mut client, b"x").await.unwrap().unwrap_err(),
                    body.blocking_write(&mut client, b"x").await.unwrap().unwrap_err(),
                    body.finish(&mut client).await.unwrap().unwrap_err(),
                ] {
                    check_invalid(&error);
                }

                let sent = &cluster.server.journal().wait_for(1).await[0];
                assert_eq!(sent.body_state, BodyState::Complete);
                assert_eq!(sent.body, b"a body here");
                assert_eq!(sent.header("content-length"), length.map(|_| "11"));
                // HTTP/2 needs no coding to tell where a body ends.
                let chunked = length.is_none() && cluster.version == Version::HTTP_11;
                assert_eq!(sent.header("transfer-encoding"), chunked.then_some("chunked"));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_body_is_one_too() {
    for (cluster, mut client) in clusters().await {
        for length in [None, Some(0)] {
            cluster.server.journal().clear();
            let (body, pending) = upload(&mut client, length).await;
            body.finish(&mut client).await.unwrap().unwrap();
            assert_eq!(finished(&mut client, &pending).await, (200, "0".to_owned()));
            let sent = &cluster.server.journal().wait_for(1).await[0];
            assert_eq!((sent.body_state, sent.body.len()), (BodyState::Complete, 0));
        }
    }
}

#[tokio::test]
async fn no_more_is_taken_than_the_connection_takes() {
    within_reason(async {
        let long: Vec<u8> = (0..6_000_000_u32).map(|n| (n % 251) as u8).collect();
        for (cluster, mut client) in clusters().await {
            for length in [None, Some(long.len() as u64)] {
                cluster.server.journal().clear();
                let (body, pending) = upload(&mut client, length).await;
                let (mut rest, mut full) = (&long[..], 0);
                while !rest.is_empty() {
                    // All of it each time would be copied into the component each time.
                    let offered = &rest[..rest.len().min(1 << 18)];
                    let count = body.write(&mut client, offered).await.unwrap().unwrap();
                    rest = &rest[usize::try_from(count).unwrap()..];
                    if count == 0 {
                        full += 1;
                        let writable = body.subscribe(&mut client).await.unwrap();
                        client.wait(writable).await.unwrap();
                    }
                }
                assert!(full > 0, "the connection took all at once");
                body.finish(&mut client).await.unwrap().unwrap();
                let expected = (200, long.len().to_string());
                assert_eq!(finished(&mut client, &pending).await, expected);
                let sent = &cluster.server.journal().wait_for(1).await[0];
                assert_eq!(sent.body_state, BodyState::Complete);
                assert!(sent.body == long, "{} bytes arrived", sent.body.len());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_dropped_at_once_is_an_error_at_once() {
    within_reason(async {
        for (_cluster, mut client) in clusters().await {
            for length in [None, Some(10)] {
                let (body, pending) = upload(&mut client, length).await;
                body.drop(&mut client).await.unwrap();
                assert!(pending.blocking_response(&mut client).await.unwrap().is_err());
                check_next_request(&mut client).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_read_holds_the_body_up_and_can_answer_all_the_same() {
    within_reason(async {
        let piece = vec![b'x'; 1 << 20];
        for (cluster, mut client) in clusters().await {
            cluster.server.misbehave(Misbehaviour::EarlyResponse);
            let (body, pending) = upload(&mut client, None).await;
            let mut taken = 0;
            loop {
                match body.write(&mut client, &piece).await.unwrap().unwrap() {
                    0 => break,
                    count => taken += count,
                }
            }
            assert!(taken > 0, "no byte was taken");
            let (status, text) = finished(&mut client, &pending).await;
            assert_eq!(status, 413);
            assert!(text.contains("RequestEntityTooLarge"), "{text}");
            body.drop(&mut client).await.unwrap();
            check_next_request(&mut client).await;
            let sent = &cluster.server.journal().requests()[0];
            assert_eq!(sent.body_state, BodyState::NotRead);
        }
    })
    .await;
}

#[tokio::test]
async fn writing_to_a_server_that_does_not_read_ends_with_the_deadline() {
    within_reason(async {
        let [_, (cluster, mut client)] = clusters().await;
        cluster.server.misbehave(Misbehaviour::EarlyResponse);
        let limits = Limits { deadline: milliseconds(300), ..limits() };
        let post = Request { limits: Some(limits), ..request("POST", PATH) };
        let (body, pending) = client.upload(&post, None).await.unwrap().unwrap();
        let piece = vec![b'x'; 1 << 20];
        let error = loop {
            if let Err(error) = body.blocking_write(&mut client, &piece).await.unwrap() {
                break error;
            }
        };
        let Error::DeadlineExceeded(text) = error else { panic!("{error:?}") };
        assert!(text.contains("POST /upload") && text.contains("request's body"), "{text}");
        body.drop(&mut client).await.unwrap();
        pending.drop(&mut client).await.unwrap();
        // On a slow machine the deadline passed before the server saw the request.
        cluster.server.behave();
        check_next_request(&mut client).await;
    })
    .await;
}

/// Something of the body has arrived, so that the server is in the middle of the request.
async fn arrived(cluster: &Cluster, bytes: &[u8]) {
    let began = |request: &RecordedRequest| request.body == bytes;
    let journal = cluster.server.journal();
    journal.wait_until(|entries| entries.requests.iter().any(began)).await;
}

#[tokio::test]
async fn a_body_that_is_too_short_is_never_a_complete_request() {
    within_reason(async {
        for (cluster, mut client) in clusters().await {
            for written in ["", "short"] {
                cluster.server.journal().clear();
                let (body, pending) = upload(&mut client, Some(10)).await;
                body.blocking_write(&mut client, written.as_bytes()).await.unwrap().unwrap();
                meanwhile(&mut client, &pending, arrived(&cluster, written.as_bytes())).await;
                let error = body.finish(&mut client).await.unwrap().unwrap_err();
                check_invalid(&error);
                let text = format!("{error:?}");
                assert!(text.contains("10") && text.contains(&written.len().to_string()), "{text}");
                assert!(pending.blocking_response(&mut client).await.unwrap().is_err());
                let sent = &cluster.server.journal().wait_for(1).await[0];
                assert_eq!(sent.body_state, BodyState::Broken);
                check_next_request(&mut client).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn bytes_too_many_are_refused_and_not_sent() {
    within_reason(async {
        for (cluster, mut client) in clusters().await {
            cluster.server.journal().clear();
            let (body, pending) = upload(&mut client, Some(10)).await;
            let error = body.write(&mut client, b"01234567890").await.unwrap().unwrap_err();
            check_invalid(&error);
            body.blocking_write(&mut client, b"01234").await.unwrap().unwrap();
            let error = body.blocking_write(&mut client, b"567890").await.unwrap().unwrap_err();
            check_invalid(&error);
            body.blocking_write(&mut client, b"56789").await.unwrap().unwrap();
            body.finish(&mut client).await.unwrap().unwrap();
            assert_eq!(finished(&mut client, &pending).await, (200, "10".to_owned()));
            assert_eq!(cluster.server.journal().wait_for(1).await[0].body, b"0123456789");
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_dropped_is_never_a_complete_request() {
    within_reason(async {
        for (cluster, mut client) in clusters().await {
            // Without a length announced, the end alone tells that a body is complete.
            for length in [None, Some(10)] {
                cluster.server.journal().clear();
                let (body, pending) = upload(&mut client, length).await;
                body.blocking_write(&mut client, b"some").await.unwrap().unwrap();
                meanwhile(&mut client, &pending, arrived(&cluster, b"some")).await;
                body.drop(&mut client).await.unwrap();
                assert!(pending.blocking_response(&mut client).await.unwrap().is_err());
                let sent = &cluster.server.journal().wait_for(1).await[0];
                assert_eq!(sent.body_state, BodyState::Broken);
                check_next_request(&mut client).await;
            }
        }
    })
    .await;
}
