//! Bodies that stall, break off or come slowly, as a client sees them.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use host_test::api_server::{Answer, Framing, Misbehaviour, Pace, Steps};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use crate::VERSIONS;
use crate::client::{get, server_and_client, within_reason};

/// Reads so many bytes of a body.
async fn read(body: &mut Incoming, bytes: usize) -> Vec<u8> {
    let mut read = Vec::new();
    while read.len() < bytes {
        let frame = body.frame().await.expect("not the end").expect("no error");
        read.extend_from_slice(&frame.into_data().unwrap());
    }
    read
}

/// Whether nothing has arrived, and the end has not either.
async fn is_silent(body: &mut Incoming) -> bool {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *body).poll_frame(cx).is_pending())).await
}

#[tokio::test]
async fn a_body_stalls_after_so_many_bytes() {
    within_reason(async {
        for version in VERSIONS {
            for after in [0, 10] {
                let (server, mut client) = server_and_client(version).await;
                server.misbehave(Misbehaviour::StallMidBody { after });
                let mut body = client.send(get(&server, "/api")).await.unwrap().into_body();
                assert_eq!(read(&mut body, after).await.len(), after);
                assert!(is_silent(&mut body).await);
                server.stop().await;
                assert!(body.frame().await.unwrap().is_err());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_is_cut_after_so_many_bytes() {
    within_reason(async {
        for version in VERSIONS {
            // The body has 182 bytes; even one that is sent whole is cut short of its end.
            for (after, arrive) in [(0, 0), (1, 1), (100, 100), (182, 182), (500, 182)] {
                for framing in [Framing::Length, Framing::Chunked] {
                    let (server, mut client) = server_and_client(version).await;
                    server.misbehave(Misbehaviour::CutMidBody { after, framing });
                    let answer = client.send(get(&server, "/api")).await.unwrap();
                    assert_eq!(answer.status(), StatusCode::OK);
                    let length = answer.headers().get(CONTENT_LENGTH).is_some();
                    assert_eq!(length, framing == Framing::Length);
                    if version == Version::HTTP_11 {
                        let chunked = answer.headers().get(TRANSFER_ENCODING).is_some();
                        assert_eq!(chunked, framing == Framing::Chunked);
                    }
                    let mut body = answer.into_body();
                    assert_eq!(read(&mut body, arrive).await.len(), arrive);
                    let error = body.frame().await.expect("not the end").unwrap_err();
                    if version == Version::HTTP_2 {
                        let reset = error.source().unwrap().to_string();
                        assert!(reset.contains("stream error received"), "{reset}");
                        // The connection is as good as before.
                        client.get(&server, "/api").await.unwrap();
                    } else {
                        client.closed().await;
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_large_body_is_cut_where_it_was_meant_to_be() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            let large = Answer::text(StatusCode::OK, vec![b'x'; 3_000_000]);
            server.answer(Method::GET, "/large", large);
            let (after, framing) = (2_500_000, Framing::Length);
            server.misbehave(Misbehaviour::CutMidBody { after, framing });
            let mut body = client.send(get(&server, "/large")).await.unwrap().into_body();
            assert_eq!(read(&mut body, after).await.len(), after);
            assert!(body.frame().await.expect("not the end").is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn slow_bytes_come_when_the_test_releases_them() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            let steps = Steps::new();
            let pace = Pace::Stepped(steps.clone());
            server.misbehave(Misbehaviour::SlowBytes { chunk: 80, pace });
            let mut body = client.send(get(&server, "/api")).await.unwrap().into_body();
            let mut arrived = Vec::new();
            for bytes in [80, 80, 22] {
                assert!(is_silent(&mut body).await);
                steps.release(1);
                let chunk = read(&mut body, bytes).await;
                assert_eq!(chunk.len(), bytes);
                arrived.extend(chunk);
            }
            assert!(body.frame().await.is_none());
            assert_eq!(arrived, client.get(&server, "/api").await.unwrap().body);

            let pace = Pace::Stepped(steps.clone());
            server.misbehave(Misbehaviour::SlowBytes { chunk: 80, pace });
            let mut body = client.send(get(&server, "/api")).await.unwrap().into_body();
            steps.release(1);
            assert_eq!(read(&mut body, 80).await.len(), 80);
            server.stop().await;
            let next = body.frame().await.expect("not the end");
            assert!(next.is_err(), "bytes that were not released");
        }
    })
    .await;
}

#[tokio::test]
async fn slow_bytes_come_at_a_pace() {
    within_reason(async {
        let (server, mut client) = server_and_client(Version::HTTP_2).await;
        let pause = Duration::from_millis(1);
        let start = std::time::Instant::now();
        server.misbehave(Misbehaviour::SlowBytes { chunk: 10, pace: Pace::Every(pause) });
        assert_eq!(client.get(&server, "/api").await.unwrap().body.len(), 182);
        assert!(start.elapsed() >= 19 * pause);
    })
    .await;
}
