//! What the journal holds.

use bytes::Bytes;
use host_test::api_server::{ApiServer, BodyState};
use http::{HeaderValue, Method, Version};
use tokio::io::AsyncWriteExt;

use crate::VERSIONS;
use crate::client::{Client, get, request, within_reason};

#[tokio::test]
async fn a_request_is_put_down_as_it_was_sent() {
    within_reason(async {
        for version in VERSIONS {
            let server = ApiServer::builder().start().await.unwrap();
            let mut client = Client::of(&server, version).connect().await.unwrap();
            let path = "/api/v1/namespaces/shop/pods/a%2Fb?x=%20&y";
            let mut sent = request(&server, Method::POST, path, "text/x", Bytes::from("body"));
            for value in ["one", "two"] {
                sent.headers_mut().append("x-twice", HeaderValue::from_static(value));
            }
            client.whole(sent).await.unwrap();

            let requests = server.journal().requests();
            assert_eq!(requests.len(), 1);
            let request = &requests[0];
            assert_eq!(request.method, Method::POST);
            assert_eq!(request.path, "/api/v1/namespaces/shop/pods/a%2Fb");
            assert_eq!(request.query.as_deref(), Some("x=%20&y"));
            assert_eq!(request.version, version);
            assert_eq!(request.authority.as_deref(), Some("kubernetes.default.svc"));
            assert_eq!(request.body, b"body");
            assert_eq!(request.body_state, BodyState::Complete);
            let twice: Vec<_> = request.headers.get_all("x-twice").iter().collect();
            assert_eq!(twice, ["one", "two"]);
            let names: Vec<_> = request.headers.keys().map(http::HeaderName::as_str).collect();
            let authorization = names.iter().position(|name| *name == "authorization");
            let content_type = names.iter().position(|name| *name == "content-type");
            assert!(authorization < content_type, "in the order sent: {names:?}");

            let connection = &request.connection;
            assert_eq!(connection.id, 1);
            assert_eq!(connection.server_name.as_deref(), Some("kubernetes.default.svc"));
            let alpn = if version == Version::HTTP_2 { "h2" } else { "http/1.1" };
            assert_eq!(connection.alpn.as_deref(), Some(alpn));
            assert!(connection.peer.ip().is_loopback());
        }
    })
    .await;
}

#[tokio::test]
async fn no_debug_shows_a_token() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let mut client = Client::of(&server, Version::HTTP_11).connect().await.unwrap();
        client.get(&server, "/api").await.unwrap();
        let journal = server.journal();
        let shown =
            format!("{:?} {journal:?} {:?} {server:?}", journal.requests(), journal.entries());
        assert!(shown.contains("/api"), "{shown}");
        assert!(shown.contains("authorization"), "{shown}");
        let parts = server.token().split('.');
        assert!(
            parts.into_iter().all(|part| !shown.contains(part)),
            "a part of the token is shown"
        );
    })
    .await;
}

#[tokio::test]
async fn kept_connections_are_told_from_new_ones() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let client = Client::of(&server, Version::HTTP_11);
        let mut first = client.connect().await.unwrap();
        first.get(&server, "/api").await.unwrap();
        first.get(&server, "/api").await.unwrap();
        let mut second = client.connect().await.unwrap();
        second.get(&server, "/api").await.unwrap();
        let requests = server.journal().requests();
        let ids: Vec<_> = requests.iter().map(|request| request.connection.id).collect();
        assert_eq!(ids, [1, 1, 2]);
        assert_eq!(server.journal().accepted_connections(), 2);

        drop(first);
        let entries = server.journal().wait_until(|entries| entries.open_connections == 1).await;
        assert_eq!(entries.accepted_connections, 2);
    })
    .await;
}

#[tokio::test]
async fn a_test_waits_for_requests_without_sleeping() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let journal = server.journal().clone();
        let waiting = tokio::spawn(async move { journal.wait_for(2).await });
        let mut client = Client::of(&server, Version::HTTP_2).connect().await.unwrap();
        client.get(&server, "/api").await.unwrap();
        client.whole(get(&server, "/apis")).await.unwrap();
        assert_eq!(waiting.await.unwrap()[1].path, "/apis");
    })
    .await;
}

#[tokio::test]
async fn a_body_is_seen_while_it_arrives_and_when_it_breaks_off() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let mut tls = Client::of(&server, Version::HTTP_11).tls().await.unwrap();
        tls.write_all(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
            .await
            .unwrap();
        tls.flush().await.unwrap();
        let half = |entries: &host_test::api_server::Entries| {
            entries.requests.first().is_some_and(|request| request.body == b"half")
        };
        let entries = server.journal().wait_until(half).await;
        assert_eq!(entries.requests[0].body_state, BodyState::Arriving);
        drop(tls);
        let requests = server.journal().wait_for(1).await;
        assert_eq!(requests[0].body_state, BodyState::Broken);
        assert_eq!(requests[0].body, b"half");
    })
    .await;
}
