//! The token's rotation: by the kubelet's swap of a link, seen by age or by a 401.

use crate::support::{Cluster, Transport, client, get, on_both_versions, request, status};
use host_test::api_server::{Answer, Journal};
use host_test::pod::Clock;
use host_test::service_account::{Contents, File};
use http::{Method, StatusCode};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// The token of each request, in order.
fn tokens(journal: &Journal) -> Vec<String> {
    let token = |value: Option<&str>| value.unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    journal.requests().iter().map(|sent| token(sent.header("authorization"))).collect()
}

#[tokio::test]
async fn a_rotated_token_is_sent_once_the_last_read_is_fifty_seconds_old() {
    on_both_versions(async |cluster| {
        let first = cluster.server.token().to_owned();
        cluster.server.accept_token("second-token".to_owned());
        cluster.server.accept_token("third-token".to_owned());
        let clock = Clock::stopped();
        let mut client = client(cluster.pod().clock(&clock)).await;
        client.send(&get("/api"), None).await.unwrap().unwrap();
        for token in ["second-token", "third-token"] {
            cluster.volume.set_token(token).unwrap();
            clock.advance(50 * SECOND - Duration::from_nanos(1));
            client.send(&get("/api"), None).await.unwrap().unwrap();
            clock.advance(Duration::from_nanos(1));
            client.send(&get("/api"), None).await.unwrap().unwrap();
        }
        let expected = [&first, &first, "second-token", "second-token", "third-token"];
        assert_eq!(tokens(cluster.server.journal()), expected);
    })
    .await;
}

#[tokio::test]
async fn a_failing_read_keeps_the_last_good_token_and_is_tried_again() {
    let cluster = Cluster::start().await;
    let first = cluster.server.token().to_owned();
    let mut client = cluster.client().await;
    client.send(&get("/api"), None).await.unwrap().unwrap();
    for bad in [None, Some(&b""[..]), Some(b"\n"), Some(b"two\nlines"), Some(b"\xff\x00")] {
        let token = bad.map(<[u8]>::to_vec);
        cluster.volume.replace(&Contents { token, ..cluster.volume.contents() }).unwrap();
        cluster.clock.advance(60 * SECOND);
        client.send(&get("/api"), None).await.unwrap().unwrap();
    }
    assert_eq!(tokens(cluster.server.journal()), [first.as_str(); 6]);
    // No further age is waited for.
    cluster.server.accept_token("second-token".to_owned());
    cluster.volume.set_token("second-token").unwrap();
    client.send(&get("/api"), None).await.unwrap().unwrap();
    assert_eq!(tokens(cluster.server.journal())[6], "second-token");
}

#[tokio::test]
async fn the_whole_folder_may_go_and_come_back() {
    let cluster = Cluster::start().await;
    let contents = cluster.volume.contents();
    let mut client = cluster.client().await;
    client.send(&get("/api"), None).await.unwrap().unwrap();
    // The host's trust stays too: this is the folder that it reads the anchors from.
    cluster.volume.replace(&Contents::default()).unwrap();
    cluster.clock.advance(60 * SECOND);
    client.send(&get("/api"), None).await.unwrap().unwrap();
    cluster.volume.replace(&contents).unwrap();
    client.send(&get("/api"), None).await.unwrap().unwrap();
    assert_eq!(tokens(cluster.server.journal()), [cluster.server.token(); 3]);
}

#[tokio::test]
async fn a_401_is_met_once_with_the_rotated_token_and_the_same_body() {
    on_both_versions(async |cluster| {
        const PATH: &str = "/api/v1/namespaces/shop/things";
        let made = Answer::text(StatusCode::CREATED, "made");
        cluster.server.answer(Method::POST, PATH, made);
        let first = cluster.server.token().to_owned();
        let body: Vec<u8> = (0..200_000u32).map(|byte| byte as u8).collect();
        let mut post = request("POST", PATH);
        post.query = vec![("fieldManager".to_owned(), "a b".to_owned())];
        post.headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];

        let mut client = cluster.client().await;
        client.send(&get("/api"), None).await.unwrap().unwrap();
        cluster.server.revoke_token(&first);
        cluster.server.accept_token("second-token".to_owned());
        cluster.volume.set_token("second-token\n").unwrap();
        let response = client.send(&post, Some(&body)).await.unwrap().unwrap();
        assert_eq!((response.head.status, response.body.as_slice()), (201, &b"made"[..]));

        let journal = cluster.server.journal();
        let expected = [&first, &first, "second-token"];
        assert_eq!(tokens(journal), expected);
        for sent in &journal.wait_for(3).await[1..] {
            assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", PATH));
            assert_eq!(sent.query.as_deref(), Some("fieldManager=a%20b"));
            assert_eq!(sent.header("content-type"), Some("application/json"));
            assert_eq!(sent.header("content-length"), Some("200000"));
            assert!(sent.body == body, "{} bytes", sent.body.len());
        }
        // From now on the new one is sent at once.
        client.send(&get("/api"), None).await.unwrap().unwrap();
        assert_eq!(tokens(journal)[3..], ["second-token"]);
    })
    .await;
}

#[tokio::test]
async fn a_streamed_answer_of_401_is_met_too() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        client.discover().await.unwrap().unwrap();
        cluster.server.revoke_token(cluster.server.token());
        cluster.server.accept_token("second-token".to_owned());
        cluster.volume.set_token("second-token").unwrap();
        let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
        let (head, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        assert_eq!(head.status, 200);
        let bytes = body.blocking_read(&mut client, 1 << 20).await.unwrap().unwrap().unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains("APIVersions"));
        assert_eq!(tokens(cluster.server.journal()), [cluster.server.token(), "second-token"]);
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_polls_sees_a_401_as_no_answer_yet() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        client.discover().await.unwrap().unwrap();
        cluster.server.revoke_token(cluster.server.token());
        cluster.server.accept_token("second-token".to_owned());
        cluster.volume.set_token("second-token").unwrap();
        let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
        // Held for longer than the request that it was for.
        let early = pending.subscribe(&mut client).await.unwrap();
        let mut polls = 0;
        let (head, _body) = loop {
            let ready = pending.subscribe(&mut client).await.unwrap();
            client.wait(ready).await.unwrap();
            polls += 1;
            match pending.response(&mut client).await.unwrap().unwrap() {
                Some(answer) => break answer,
                // A component that connects itself is woken by whatever arrives.
                None if Transport::current() == Transport::Sockets => {}
                None => assert_eq!(polls, 1, "ready without an answer"),
            }
        };
        assert_eq!(head.status, 200);
        assert!(client.is_ready(&early).await.unwrap());
        client.wait(early).await.unwrap();
        assert_eq!(tokens(cluster.server.journal()).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_401_is_final_where_the_file_holds_no_other_token() {
    on_both_versions(async |cluster| {
        let first = cluster.server.token().to_owned();
        let mut client = cluster.client().await;
        client.discover().await.unwrap().unwrap();
        cluster.server.revoke_token(&first);
        for file in [Some(first.as_bytes()), Some(b"\n"), Some(b"two\nlines"), None] {
            let token = file.map(<[u8]>::to_vec);
            cluster.volume.replace(&Contents { token, ..cluster.volume.contents() }).unwrap();
            let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
            cluster.assert_shows_no_token(&error);
            let status = status(error);
            assert_eq!((status.code, status.reason.as_str()), (401, "Unauthorized"));
        }
        assert_eq!(tokens(cluster.server.journal()), [first.as_str(); 4]);
    })
    .await;
}

#[tokio::test]
async fn a_second_401_is_final() {
    on_both_versions(async |cluster| {
        let first = cluster.server.token().to_owned();
        let mut client = cluster.client().await;
        client.discover().await.unwrap().unwrap();
        cluster.server.revoke_token(&first);
        cluster.volume.set_token("of-no-use-either").unwrap();
        let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
        cluster.assert_shows_no_token(&error);
        assert_eq!(status(error).code, 401);
        let expected = [first.as_str(), "of-no-use-either"];
        assert_eq!(tokens(cluster.server.journal()), expected);
    })
    .await;
}

#[tokio::test]
async fn an_upload_is_not_sent_again() {
    on_both_versions(async |cluster| {
        let mut client = cluster.client().await;
        client.discover().await.unwrap().unwrap();
        cluster.server.revoke_token(cluster.server.token());
        cluster.server.accept_token("second-token".to_owned());
        cluster.volume.set_token("second-token").unwrap();
        let post = request("POST", "/api/v1/namespaces/shop/configmaps");
        let (body, pending) = client.upload(&post, Some(2)).await.unwrap().unwrap();
        body.blocking_write(&mut client, b"{}").await.unwrap().unwrap();
        body.finish(&mut client).await.unwrap().unwrap();
        let (head, answer) = pending.blocking_response(&mut client).await.unwrap().unwrap();
        assert_eq!(head.status, 401);
        let status = status(answer.into_error(&mut client).await.unwrap());
        assert_eq!(status.reason, "Unauthorized");
        assert_eq!(tokens(cluster.server.journal()), [cluster.server.token()]);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_goes_missing_for_good_is_used_for_as_long_as_it_is_accepted() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    client.send(&get("/api"), None).await.unwrap().unwrap();
    cluster.volume.remove(File::Token).unwrap();
    cluster.clock.advance(3600 * SECOND);
    client.send(&get("/api"), None).await.unwrap().unwrap();
    cluster.server.revoke_token(cluster.server.token());
    let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
    assert_eq!(status(error).code, 401);
    let requests = cluster.server.journal().requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|sent| sent.version == cluster.version));
}
