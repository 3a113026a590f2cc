//! What an operator sets for all requests: how many there are, and in whose name.

use crate::support::{
    Cluster, assert_error, client, connection, get, meanwhile, on_both_versions, within_reason,
};
use host_test::api_server::{Misbehaviour, RecordedRequest};
use host_test::pod::Clock;
use host_test::pod::client::rest::{Impersonation, Request};
use host_test::pod::client::types::ConnectionFailure;
use std::time::{Duration, Instant};

fn jane() -> Impersonation {
    Impersonation {
        user: "jane".to_owned(),
        groups: vec!["developers".to_owned(), "readers".to_owned()],
        uid: Some("7".to_owned()),
        extra: vec![("acme.com/Project".to_owned(), "a".to_owned())],
    }
}

fn impersonating() -> Request {
    Request { impersonate: Some(jane()), ..get("/api") }
}

/// All that a request has of an impersonation, in the order of its kinds.
fn impersonated(sent: &RecordedRequest) -> Vec<(&str, &str)> {
    let headers = sent.headers.iter().filter(|(name, _)| name.as_str().starts_with("impersonate"));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.sort_unstable();
    headers
}

const JANE: [(&str, &str); 5] = [
    ("impersonate-extra-acme.com%2fproject", "a"),
    ("impersonate-group", "developers"),
    ("impersonate-group", "readers"),
    ("impersonate-uid", "7"),
    ("impersonate-user", "jane"),
];

#[tokio::test]
async fn a_caller_asks_in_the_name_of_another() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        client.send(&impersonating(), None).await.unwrap().unwrap();
        client.send(&get("/api"), None).await.unwrap().unwrap();
        let requests = cluster.server.journal().requests();
        assert_eq!(impersonated(&requests[0]), JANE);
        assert!(impersonated(&requests[1]).is_empty());
        assert!(requests[0].header("authorization").unwrap().starts_with("Bearer "));
        let mut both = impersonating();
        both.headers = vec![("Impersonate-User".to_owned(), "admin".to_owned())];
        let error = client.send(&both, None).await.unwrap().unwrap_err();
        assert_error(&error, "invalid-request", &["`impersonate`"]);
        assert_eq!(cluster.server.journal().requests().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn whom_the_operator_impersonates_no_caller_can_change() {
    on_both_versions(async |cluster| {
        let pod = cluster
            .pod()
            .env("K8S_IN_CLUSTER_IMPERSONATE_USER", "jane")
            .env("K8S_IN_CLUSTER_IMPERSONATE_GROUPS", "developers,readers")
            .env("K8S_IN_CLUSTER_IMPERSONATE_UID", "7")
            .env("K8S_IN_CLUSTER_IMPERSONATE_EXTRA", "acme.com/project=a");
        let mut client = client(pod).await;
        client.send(&get("/api"), None).await.unwrap().unwrap();
        let mut raw = get("/api");
        raw.headers = vec![("IMPERSONATE-User".to_owned(), "admin".to_owned())];
        for request in [raw, impersonating()] {
            let error = client.send(&request, None).await.unwrap().unwrap_err();
            assert_error(&error, "denied", &["K8S_IN_CLUSTER_IMPERSONATE_USER"]);
        }
        let requests = cluster.server.journal().requests();
        assert_eq!(impersonated(&requests[0]), JANE);
        assert_eq!(requests.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn requests_are_held_back_to_a_rate() {
    on_both_versions(async |cluster| {
        let pod = cluster
            .pod()
            .env("K8S_IN_CLUSTER_REQUESTS_PER_SECOND", "5")
            .env("K8S_IN_CLUSTER_BURST", "1");
        let mut client = client(pod).await;
        let before = Instant::now();
        for _ in 0..3 {
            client.send(&get("/api"), None).await.unwrap().unwrap();
        }
        assert!(before.elapsed() >= Duration::from_millis(400));
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_polls_is_held_back_as_well() {
    within_reason(async {
        for mut cluster in Cluster::of_each_version().await {
            cluster.clock = Clock::stopped();
            let pod = cluster
                .pod()
                .env("K8S_IN_CLUSTER_REQUESTS_PER_SECOND", "1")
                .env("K8S_IN_CLUSTER_BURST", "1");
            let mut client = client(pod).await;
            client.send(&get("/api"), None).await.unwrap().unwrap();
            let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
            assert!(pending.response(&mut client).await.unwrap().unwrap().is_none());
            assert_eq!(cluster.server.journal().requests().len(), 1);
            cluster.clock.advance(Duration::from_secs(1));
            while pending.response(&mut client).await.unwrap().unwrap().is_none() {
                let pollable = pending.subscribe(&mut client).await.unwrap();
                client.wait(pollable).await.unwrap();
            }
            assert_eq!(cluster.server.journal().requests().len(), 2);
        }
    })
    .await;
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_the_operator_allows() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let pod = cluster.pod().env("K8S_IN_CLUSTER_MAX_REQUESTS", "2");
            let mut client = client(pod).await;
            cluster.server.misbehave(Misbehaviour::StallBeforeHead);
            let stalls = client.open(&get("/api"), None).await.unwrap().unwrap();
            let journal = cluster.server.journal();
            meanwhile(&mut client, &stalls, journal.wait_for(1)).await;
            let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
            let (_, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
            let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
            let error = connection(error);
            assert_eq!(error.failure, ConnectionFailure::LimitReached);
            assert!(error.message.contains("K8S_IN_CLUSTER_MAX_REQUESTS"), "{error:?}");
            assert_eq!(cluster.server.journal().requests().len(), 2);
            // An answer that is read to its end is under way no more, and one that is dropped.
            while body.blocking_read(&mut client, 1000).await.unwrap().unwrap().is_some() {}
            client.send(&get("/api"), None).await.unwrap().unwrap();
            let third = client.open(&get("/api"), None).await.unwrap().unwrap();
            client.send(&get("/api"), None).await.unwrap().unwrap_err();
            stalls.drop(&mut client).await.unwrap();
            client.send(&get("/api"), None).await.unwrap().unwrap();
            third.blocking_response(&mut client).await.unwrap().unwrap();
        }
    })
    .await;
}
