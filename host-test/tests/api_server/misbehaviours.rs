//! The other misbehaviours as a client sees them.

use bytes::Bytes;
use host_test::api_server::{Answer, ApiServer, BodyState, Misbehaviour};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode, Version};

use crate::VERSIONS;
use crate::client::{Client, get, request, server_and_client, within_reason};

#[tokio::test]
async fn a_stall_before_the_head_has_received_the_request() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            server.misbehave(Misbehaviour::StallBeforeHead);
            let mut answer = Box::pin(client.send(get(&server, "/api")));
            tokio::select! {
                _ = &mut answer => panic!("an answer to a stalled request"),
                requests = server.journal().wait_for(1) => assert_eq!(requests[0].path, "/api"),
            }
            // Other connections are answered meanwhile.
            let mut other = Client::of(&server, version).connect().await.unwrap();
            assert_eq!(other.get(&server, "/api").await.unwrap().status, StatusCode::OK);
            server.stop().await;
            assert!(answer.await.is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn a_cut_before_the_head_ends_the_connection() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            server.misbehave(Misbehaviour::CutBeforeHead);
            assert!(client.get(&server, "/api").await.is_err());
            client.closed().await;
            assert_eq!(server.journal().requests().len(), 1);
            let mut again = Client::of(&server, version).connect().await.unwrap();
            assert_eq!(again.get(&server, "/api").await.unwrap().status, StatusCode::OK);
        }
    })
    .await;
}

#[tokio::test]
async fn headers_are_as_huge_as_asked() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            server.misbehave(Misbehaviour::HugeHeaders { bytes: 1_000_000 });
            let answer = client.get(&server, "/api").await.unwrap();
            let size: usize = answer.headers.values().map(HeaderValue::len).sum();
            assert!((1_000_000..1_010_000).contains(&size), "{size}");
            assert_eq!(answer.body.len(), 182);
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_closes_after_the_answer_without_a_word() {
    within_reason(async {
        for version in VERSIONS {
            for path in ["/api", "/empty"] {
                let (server, mut client) = server_and_client(version).await;
                server.answer(Method::GET, "/empty", Answer::new(StatusCode::OK));
                server.misbehave(Misbehaviour::CloseAfterResponse);
                let answer = client.get(&server, path).await.unwrap();
                assert_eq!(answer.status, StatusCode::OK);
                assert_eq!(answer.headers.get("connection"), None);
                client.closed().await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_early_answer_comes_while_the_body_is_not_read() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            server.misbehave(Misbehaviour::EarlyResponse);
            // More than fits in any window or buffer.
            let body = Bytes::from(vec![7; 64 << 20]);
            let upload = request(&server, Method::POST, "/upload", "text/x", body);
            let answer = client.whole(upload).await.unwrap();
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(answer.json()["reason"], "RequestEntityTooLarge");
            let requests = server.journal().wait_for(1).await;
            assert_eq!(requests[0].body_state, BodyState::NotRead);
            assert!(requests[0].body.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn redirects_and_other_answers_go_before_credentials() {
    within_reason(async {
        for version in VERSIONS {
            let (server, mut client) = server_and_client(version).await;
            let location = HeaderValue::from_static("https://example.com/api");
            let status = StatusCode::TEMPORARY_REDIRECT;
            server.misbehave(Misbehaviour::Redirect { status, location: location.clone() });
            let busy = Answer::text(StatusCode::SERVICE_UNAVAILABLE, "<html>busy</html>")
                .with_header(RETRY_AFTER, HeaderValue::from_static("1"));
            server.misbehave(Misbehaviour::Status(busy));

            let redirect = client.get(&server, "/api").await.unwrap();
            assert_eq!(redirect.status, status);
            assert_eq!(redirect.headers.get(LOCATION), Some(&location));
            let busy = client.get(&server, "/api").await.unwrap();
            assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(busy.headers.get(RETRY_AFTER).unwrap(), "1");
            assert_eq!(busy.body, "<html>busy</html>");
            // Each was for one request.
            assert_eq!(client.get(&server, "/api").await.unwrap().status, StatusCode::OK);
        }
    })
    .await;
}

#[tokio::test]
async fn always_lasts_until_told_to_behave() {
    within_reason(async {
        let (server, mut client) = server_and_client(Version::HTTP_2).await;
        let unauthorized = Answer::new(StatusCode::UNAUTHORIZED);
        server.misbehave_always(Misbehaviour::Status(unauthorized));
        server.misbehave(Misbehaviour::Status(Answer::new(StatusCode::BAD_GATEWAY)));
        let mut codes = Vec::new();
        for _ in 0..3 {
            codes.push(client.get(&server, "/api").await.unwrap().status.as_u16());
        }
        assert_eq!(codes, [502, 401, 401]);
        server.behave();
        assert_eq!(client.get(&server, "/api").await.unwrap().status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn connections_that_say_nothing_sensible() {
    within_reason(async {
        for version in VERSIONS {
            let server = ApiServer::builder().start().await.unwrap();
            let client = Client::of(&server, version);

            server.misbehave(Misbehaviour::NotTls);
            let error = client.connect().await.err().unwrap();
            assert!(error.to_string().contains("corrupt message"), "{error}");

            server.misbehave(Misbehaviour::Garbage);
            let answer =
                async { client.connect().await?.get(&server, "/api").await.map_err(Into::into) };
            let error: crate::client::Error = answer.await.unwrap_err();
            assert!(error.is::<hyper::Error>(), "{error}");
            assert!(server.journal().requests().is_empty());

            server.misbehave(Misbehaviour::StallTlsHandshake);
            let accepted = server.journal().accepted_connections();
            let journal = server.journal().clone();
            let mut connecting = Box::pin(client.connect());
            tokio::select! {
                _ = &mut connecting => panic!("a stalled handshake ended"),
                _ = journal.wait_until(|entries| entries.accepted_connections > accepted) => {}
            }
            server.stop().await;
            assert!(connecting.await.is_err());
        }
    })
    .await;
}
