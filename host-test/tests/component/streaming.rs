//! `rest.open`: answers that are read as they come, several at a time.

use crate::support::{Cluster, Transport, get, meanwhile, within_reason};
use host_test::api_server::{Answer, Misbehaviour, Pace, Steps};
use host_test::pod::client::rest::ResponseHead;
use host_test::pod::client::types::Error;
use host_test::pod::client::{PendingResponse, PodClient, ResponseBody};
use http::{Method, StatusCode, Version};

/// Opens a request, and waits by its pollable for the answer to begin.
async fn begin(client: &mut PodClient, path: &str) -> (ResponseHead, ResponseBody) {
    let pending = client.open(&get(path), None).await.unwrap().unwrap();
    let answer = answer(client, &pending).await;
    pending.drop(client).await.unwrap();
    answer
}

pub(crate) async fn answer(
    client: &mut PodClient,
    pending: &PendingResponse,
) -> (ResponseHead, ResponseBody) {
    loop {
        let pollable = pending.subscribe(client).await.unwrap();
        client.wait(pollable).await.unwrap();
        match pending.response(client).await.unwrap().unwrap() {
            Some(answer) => return answer,
            // A component that connects itself is woken by whatever arrives.
            None => assert_eq!(Transport::current(), Transport::Sockets, "ready without an answer"),
        }
    }
}

/// What there is to read once the pollable is ready. None at the end.
async fn read(client: &mut PodClient, body: &ResponseBody) -> Option<Vec<u8>> {
    loop {
        let pollable = body.subscribe(client).await.unwrap();
        client.wait(pollable).await.unwrap();
        match body.read(client, u64::MAX).await.unwrap().unwrap() {
            Some(bytes) if bytes.is_empty() => {
                assert_eq!(Transport::current(), Transport::Sockets, "ready without a byte");
            }
            bytes => return bytes,
        }
    }
}

/// Nothing is here, and the end is not either.
async fn check_silent(client: &mut PodClient, body: &ResponseBody) {
    assert_eq!(body.read(client, 1000).await.unwrap().unwrap(), Some(Vec::new()));
    let pollable = body.subscribe(client).await.unwrap();
    assert!(!client.is_ready(&pollable).await.unwrap());
    client.drop_pollable(pollable).await.unwrap();
}

/// A body that comes so many bytes at a time, when the test releases them.
fn stepped(cluster: &Cluster, chunk: usize) -> Steps {
    let steps = Steps::new();
    let pace = Pace::Stepped(steps.clone());
    cluster.server.misbehave(Misbehaviour::SlowBytes { chunk, pace });
    steps
}

#[tokio::test]
async fn the_head_comes_first_and_then_each_chunk_as_it_is_sent() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let whole = client.send(&get("/api"), None).await.unwrap().unwrap().body;
            let steps = stepped(&cluster, 60);

            let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
            let (head, body) = answer(&mut client, &pending).await;
            assert_eq!(head.status, 200);
            assert!(head.headers.contains(&("content-type".into(), "application/json".into())));
            let twice = pending.response(&mut client).await.unwrap().unwrap_err();
            assert!(matches!(twice, Error::InvalidRequest(_)), "{twice:?}");
            let twice = pending.blocking_response(&mut client).await.unwrap().unwrap_err();
            assert!(matches!(twice, Error::InvalidRequest(_)), "{twice:?}");

            check_silent(&mut client, &body).await;
            steps.release(1);
            let first = read(&mut client, &body).await.unwrap();
            assert_eq!(first, whole[..60]);
            check_silent(&mut client, &body).await;
            steps.release(1);
            let second = body.blocking_read(&mut client, 1000).await.unwrap().unwrap().unwrap();
            assert_eq!(second, whole[60..120]);
            check_silent(&mut client, &body).await;
            steps.release(1);
            // Fewer bytes than are here, and then the rest.
            let third = body.blocking_read(&mut client, 2).await.unwrap().unwrap().unwrap();
            assert_eq!(third, whole[120..122]);
            assert_eq!(read(&mut client, &body).await.unwrap(), whole[122..]);

            assert_eq!(read(&mut client, &body).await, None);
            for _ in 0..2 {
                assert_eq!(body.read(&mut client, 1000).await.unwrap().unwrap(), None);
                assert_eq!(body.blocking_read(&mut client, 1000).await.unwrap().unwrap(), None);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_chunk_is_longer_than_asked_for_or_than_1_mib() {
    within_reason(async {
        let long: Vec<u8> = (0..5_000_000_u32).map(|n| (n % 251) as u8).collect();
        for cluster in Cluster::of_each_version().await {
            cluster.server.answer(Method::GET, "/long", Answer::text(StatusCode::OK, long.clone()));
            let mut client = cluster.client().await;
            let (_, body) = begin(&mut client, "/long").await;
            assert_eq!(body.blocking_read(&mut client, 0).await.unwrap().unwrap(), Some(vec![]));
            let mut arrived = Vec::new();
            let mut sizes = [1, 7, 100_000, 1 << 20, 1 << 32, u64::MAX].into_iter().cycle();
            loop {
                let max = sizes.next().unwrap();
                let bytes = body.blocking_read(&mut client, max).await.unwrap().unwrap();
                let Some(bytes) = bytes else { break };
                assert!(!bytes.is_empty() && bytes.len() as u64 <= max.min(1 << 20));
                arrived.extend(bytes);
            }
            assert!(arrived == long, "{} bytes arrived", arrived.len());
        }
    })
    .await;
}

#[tokio::test]
async fn an_error_is_made_of_an_answer_that_says_no() {
    for cluster in Cluster::of_each_version().await {
        let mut client = cluster.client().await;
        let path = "/api/v1/namespaces/shop/pods/nope";
        let sent = client.send(&get(path), None).await.unwrap().unwrap_err();
        let (head, body) = begin(&mut client, path).await;
        assert_eq!(head.status, 404);
        let made = body.into_error(&mut client).await.unwrap();
        assert_eq!(format!("{made:?}"), format!("{sent:?}"));
        let Error::Api(status) = made else { panic!("{made:?}") };
        assert_eq!((status.code, status.reason.as_str()), (404, "NotFound"));

        let (head, body) = begin(&mut client, "/api").await;
        assert_eq!(head.status, 200);
        let made = body.into_error(&mut client).await.unwrap();
        assert!(matches!(&made, Error::InvalidRequest(text) if text.contains("200")), "{made:?}");
    }
}

#[tokio::test]
async fn requests_at_the_same_time_do_not_wait_for_each_other() {
    within_reason(async {
        for cluster in &Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let whole = client.send(&get("/api"), None).await.unwrap().unwrap().body;
            let first_steps = stepped(cluster, 100);
            let (_, first) = begin(&mut client, "/api").await;
            let second_steps = stepped(cluster, 100);
            let (_, second) = begin(&mut client, "/api").await;
            cluster.server.misbehave(Misbehaviour::StallBeforeHead);
            let third = client.open(&get("/api"), None).await.unwrap().unwrap();
            // The misbehaviour is for this one.
            meanwhile(&mut client, &third, cluster.server.journal().wait_for(4)).await;

            second_steps.release(1);
            assert_eq!(read(&mut client, &second).await.unwrap(), whole[..100]);
            check_silent(&mut client, &first).await;
            first_steps.release(1);
            assert_eq!(read(&mut client, &first).await.unwrap(), whole[..100]);
            check_silent(&mut client, &second).await;
            let fourth = client.send(&get("/api"), None).await.unwrap().unwrap();
            assert_eq!(fourth.body, whole);

            first_steps.release(1);
            assert_eq!(read(&mut client, &first).await.unwrap(), whole[100..]);
            assert_eq!(read(&mut client, &first).await, None);
            second_steps.release(1);
            assert_eq!(read(&mut client, &second).await.unwrap(), whole[100..]);
            assert_eq!(read(&mut client, &second).await, None);
            assert!(third.response(&mut client).await.unwrap().unwrap().is_none());
            let pollable = third.subscribe(&mut client).await.unwrap();
            assert!(!client.is_ready(&pollable).await.unwrap());
            client.drop_pollable(pollable).await.unwrap();
            third.drop(&mut client).await.unwrap();

            // HTTP/1.1 has a connection for each at its time, HTTP/2 one for all.
            let expected = if cluster.version == Version::HTTP_2 { 1 } else { 4 };
            assert_eq!(cluster.server.journal().accepted_connections(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_comes_to_who_asks_again_and_again_without_waiting() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            let whole = client.send(&get("/api"), None).await.unwrap().unwrap().body;
            let steps = stepped(&cluster, 100);
            let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
            let body = loop {
                if let Some((_, body)) = pending.response(&mut client).await.unwrap().unwrap() {
                    break body;
                }
                tokio::task::yield_now().await;
            };
            steps.release(100);
            let mut arrived = Vec::new();
            while let Some(bytes) = body.read(&mut client, 70).await.unwrap().unwrap() {
                arrived.extend(bytes);
                tokio::task::yield_now().await;
            }
            assert_eq!(arrived, whole);
        }
    })
    .await;
}
