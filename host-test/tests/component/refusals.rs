//! Complete answers that say no, by the server or by what stands before it.

use crate::support::{Cluster, get, get_once, request, within_reason};
use host_test::api_server::{Answer, BodyState, Misbehaviour};
use host_test::pod::client::types::{Error, Status};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;

fn status(error: Error) -> Status {
    match error {
        Error::Api(status) => status,
        other => panic!("not the server's answer: {other:?}"),
    }
}

#[tokio::test]
async fn a_body_that_the_server_does_not_read_is_answered_all_the_same() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            let mut client = cluster.client().await;
            // One that fits in every buffer on the way, one that a server may refuse, and one that fits in none.
            for length in [0, 10, 3 << 20, 24 << 20] {
                cluster.server.journal().clear();
                cluster.server.misbehave(Misbehaviour::EarlyResponse);
                let post = request("POST", "/api/v1/namespaces/shop/configmaps");
                let answer = client.send(&post, Some(&vec![b'x'; length])).await.unwrap();
                let status = status(answer.unwrap_err());
                assert_eq!((status.code, status.reason.as_str()), (413, "RequestEntityTooLarge"));
                assert!(status.message.contains("limit is 3145728"), "{}", status.message);

                let answer = client.send(&get("/api"), None).await.unwrap().unwrap();
                assert_eq!(answer.body.len(), 133);
                let requests = cluster.server.journal().wait_for(2).await;
                assert_eq!(requests[0].body_state, BodyState::NotRead);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_page_of_a_proxy_is_quoted() {
    let cluster = Cluster::start().await;
    let mut client = cluster.client().await;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    for (code, reason) in [(500, "InternalError"), (502, "InternalError"), (504, "Timeout")] {
        let page = Answer::new(StatusCode::from_u16(code).unwrap())
            .with_header(CONTENT_TYPE, html.clone())
            .with_body("<html>\r\n<h1>upstream failed</h1>\r\n</html>");
        cluster.server.misbehave(Misbehaviour::Status(page));
        let status = status(client.send(&get_once("/api"), None).await.unwrap().unwrap_err());
        assert_eq!((status.code, status.reason.as_str()), (code, reason));
        assert!(status.message.contains("<h1>upstream failed</h1>"), "{}", status.message);
        assert!(status.message.contains(&code.to_string()), "{}", status.message);
        assert_eq!(status.retry_after, None);
    }
}

#[tokio::test]
async fn when_to_try_again_is_handed_on() {
    let with_header = |code: StatusCode| {
        Answer::text(code, "busy").with_header(RETRY_AFTER, HeaderValue::from_static("7"))
    };
    let in_status = |code: StatusCode| {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code.as_u16(),
            "message": "too many requests, please try again later",
            "details": {"retryAfterSeconds": 7},
        });
        Answer::json(code, &status).with_header(RETRY_AFTER, HeaderValue::from_static("1"))
    };
    for cluster in Cluster::of_each_version().await {
        let mut client = cluster.client().await;
        for code in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
            for answer in [with_header(code), in_status(code)] {
                cluster.server.journal().clear();
                cluster.server.misbehave(Misbehaviour::Status(answer));
                let status =
                    status(client.send(&get_once("/api"), None).await.unwrap().unwrap_err());
                assert_eq!((status.code, status.retry_after), (code.as_u16(), Some(7)));
                assert_eq!(cluster.server.journal().requests().len(), 1, "sent once only");
            }
        }
        // What is no number of seconds is no advice.
        let date = HeaderValue::from_static("Tue, 24 Nov 2026 14:17:09 GMT");
        let answer = Answer::new(StatusCode::SERVICE_UNAVAILABLE).with_header(RETRY_AFTER, date);
        cluster.server.misbehave(Misbehaviour::Status(answer));
        let status = status(client.send(&get_once("/api"), None).await.unwrap().unwrap_err());
        assert_eq!(status.retry_after, None);
    }
}
