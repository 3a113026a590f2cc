//! How long a call may take, and how much it may hold.

use crate::support::{Cluster, client, get, get_within, limits, milliseconds, within_reason};
use host_test::api_server::{Answer, Misbehaviour};
use host_test::pod::client::rest::Limits;
use host_test::pod::client::types::Error;
use http::{Method, StatusCode};
use std::time::Duration;

const MIB: usize = 1 << 20;

/// Linear memory that is small beside a long answer.
const SMALL_MEMORY: usize = 4 * MIB;

fn check_over(error: &Error, limit: usize) {
    let Error::Protocol(text) = error else { panic!("{error:?}") };
    for part in ["GET /body", &format!("{limit} bytes"), "`max-buffered`", "as a stream"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_body_is_buffered_up_to_the_limit_and_no_byte_more() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            for size in [0, 1, 1000, 300_000] {
                let whole = Answer::text(StatusCode::OK, vec![b'x'; size]);
                for answer in [whole.clone(), whole.in_chunks()] {
                    cluster.server.answer(Method::GET, "/body", answer);
                    for max in [size as u64, size as u64 + 1, u64::MAX] {
                        let limits = Limits { max_buffered: Some(max), ..limits() };
                        let answer = client.send(&get_within("/body", limits), None).await;
                        assert_eq!(answer.unwrap().unwrap().body.len(), size);
                    }
                    let Some(less) = size.checked_sub(1) else { continue };
                    for max in [less, 0] {
                        let limits = Limits { max_buffered: Some(max as u64), ..limits() };
                        let answer = client.send(&get_within("/body", limits), None).await;
                        check_over(&answer.unwrap().unwrap_err(), max);
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_of_a_failed_call_is_buffered_up_to_the_limit_as_well() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let page = Answer::text(StatusCode::BAD_GATEWAY, vec![b'x'; 1000]);
    cluster.server.answer(Method::GET, "/body", page);
    for (max, fits) in [(1000, true), (999, false)] {
        let request = get_within("/body", Limits { max_buffered: Some(max), ..limits() });
        let sent = client.send(&request, None).await.unwrap().unwrap_err();
        let pending = client.open(&request, None).await.unwrap().unwrap();
        let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        let made = body.into_error(&mut client).await.unwrap();
        for error in [sent, made] {
            match error {
                Error::Api(status) if fits => assert_eq!(status.code, 502),
                error => check_over(&error, 999),
            }
        }
    }
}

#[tokio::test]
async fn sixteen_mib_are_buffered_unless_set() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let mut client = cluster.client().await;
        let body = |size| Answer::text(StatusCode::OK, vec![0; size]);
        cluster.server.answer(Method::GET, "/body", body(16 * MIB));
        let answer = client.send(&get("/body"), None).await.unwrap().unwrap();
        assert_eq!(answer.body.len(), 16 * MIB);
        cluster.server.answer(Method::GET, "/body", body(16 * MIB + 1));
        let error = client.send(&get("/body"), None).await.unwrap().unwrap_err();
        check_over(&error, 16 * MIB);
    })
    .await;
}

#[tokio::test]
async fn a_stream_of_any_length_takes_little_memory() {
    const SIZE: usize = 32 * MIB;
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let long = Answer::text(StatusCode::OK, vec![0; SIZE]);
            cluster.server.answer(Method::GET, "/body", long);
            let mut client = client(cluster.pod().memory_limit(SMALL_MEMORY)).await;
            let pending = client.open(&get("/body"), None).await.unwrap().unwrap();
            let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            let mut arrived = 0;
            while let Some(bytes) =
                body.blocking_read(&mut client, u64::MAX).await.unwrap().unwrap()
            {
                arrived += bytes.len();
            }
            assert_eq!(arrived, SIZE);
            // There was no more memory than that.
            assert!(client.send(&get("/body"), None).await.is_err(), "16 MiB were buffered");
        }
    })
    .await;
}

#[tokio::test]
async fn durations_may_be_as_long_as_they_like() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            for longest in [u64::MAX, u64::MAX - 1, i64::MAX as u64, i64::MAX as u64 + 1, 1 << 60] {
                let limits = Limits {
                    deadline: Some(longest),
                    connect_timeout: Some(longest),
                    first_byte_timeout: Some(longest),
                    between_bytes_timeout: Some(longest),
                    max_buffered: Some(u64::MAX),
                    retries: Some(u32::MAX),
                };
                let request = get_within("/api", limits);
                let answer = client.send(&request, None).await.unwrap().unwrap();
                assert_eq!(answer.body.len(), 133);
                let pending = client.open(&request, None).await.unwrap().unwrap();
                let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
                while body.blocking_read(&mut client, longest).await.unwrap().unwrap().is_some() {}
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_is_kept_below_longer_timeouts() {
    within_reason(async {
        let cluster = Cluster::start().await;
        let hour = milliseconds(3_600_000);
        let mut client = cluster.client().await;
        // None at all has passed already, however good the server is.
        for (misbehaviour, deadline) in [
            (Some(Misbehaviour::StallTlsHandshake), 100),
            (Some(Misbehaviour::StallBeforeHead), 100),
            (None, 0),
        ] {
            let what = format!("{misbehaviour:?}");
            if let Some(misbehaviour) = misbehaviour {
                cluster.server.misbehave(misbehaviour);
            }
            let limits = Limits {
                deadline: milliseconds(deadline),
                connect_timeout: hour,
                first_byte_timeout: hour,
                between_bytes_timeout: hour,
                max_buffered: None,
                retries: None,
            };
            let request = get_within("/api", limits);
            let error = client.send(&request, None).await.unwrap().unwrap_err();
            assert!(matches!(error, Error::DeadlineExceeded(_)), "{what}: {error:?}");
            let answer = client.send(&get("/api"), None).await.unwrap().unwrap();
            assert_eq!(answer.body.len(), 133);
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_holds_for_a_stream_to_its_end() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            cluster.server.misbehave(Misbehaviour::StallMidBody { after: 100 });
            let limits = Limits { deadline: milliseconds(3_600_000), ..limits() };
            let pending = client.open(&get_within("/api", limits), None).await.unwrap().unwrap();
            let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            assert!(body.blocking_read(&mut client, 10).await.unwrap().unwrap().is_some());
            cluster.clock.advance(Duration::from_secs(3600));
            for error in [
                body.read(&mut client, 10).await.unwrap().unwrap_err(),
                body.blocking_read(&mut client, 10).await.unwrap().unwrap_err(),
            ] {
                let Error::DeadlineExceeded(text) = error else { panic!("{error:?}") };
                assert!(text.contains("GET /api at ") && text.contains("3600 s"), "{text}");
            }
        }
    })
    .await;
}
