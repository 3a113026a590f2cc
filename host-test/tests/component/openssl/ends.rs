//! How connections end, and what of an answer is complete then.

use super::server::{ANSWER, OpenSslServer};
use super::{issued, read, start, while_told};
use crate::relay::{ALERT, APPLICATION_DATA, By, Relay, Step};
use crate::support::{Elsewhere, connection, get, get_once, meanwhile, within_reason};
use host_test::pod::client::types::ConnectionFailure;

const CLOSE_DELIMITED: &str = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello";

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn the_end_of_a_connection_that_nobody_announced_is_no_end_of_an_answer() {
    within_reason(async {
        for (answer, complete) in [(CLOSE_DELIMITED, false), (ANSWER, true)] {
            // Closed, or gone: to TLS it is the same.
            for killed in [false, true] {
                let (mut server, mut pod) = start(&["-naccept", "1"]).await;
                let pending = pod.client.open(&get("/api"), None).await.unwrap().unwrap();
                let asked = server.prints("user-agent: k8s-in-cluster/", 1);
                meanwhile(&mut pod.client, &pending, asked).await;
                server.say(answer).await;
                let (_, body) = pending.blocking_response(&mut pod.client).await.unwrap().unwrap();
                assert_eq!(read(&mut pod, &body, 5).await, b"hello");
                match killed {
                    true => server.kill().await,
                    false => server.say("Q\n").await,
                }
                match body.blocking_read(&mut pod.client, 10).await.unwrap() {
                    Ok(end) => assert!(complete && end.is_none(), "{end:?} may be cut short"),
                    Err(error) => {
                        assert!(!complete, "{error:?}");
                        assert_eq!(connection(error).failure, ConnectionFailure::Terminated);
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn the_end_of_a_connection_that_is_announced_is_that_of_an_answer() {
    within_reason(async {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("api"), CLOSE_DELIMITED).unwrap();
        let (authority, certificate) = issued();
        let server = OpenSslServer::start_in(folder.path(), &certificate, &["-HTTP"]).await;
        let mut pod = Elsewhere::new(server.address(), &authority.pem()).await;
        for _ in 0..3 {
            let response = pod.client.send(&get("/api"), None).await.unwrap().unwrap();
            assert_eq!(response.body, b"hello");
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn only_the_server_itself_can_announce_the_end() {
    within_reason(async {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("api"), CLOSE_DELIMITED).unwrap();
        let (authority, certificate) = issued();
        let server = OpenSslServer::start_in(folder.path(), &certificate, &["-HTTP"]).await;
        let (tls, terminated) = (ConnectionFailure::Tls, ConnectionFailure::Terminated);
        for (what, in_its_place, failure) in [
            ("nothing", Vec::new(), terminated),
            ("half of it", vec![APPLICATION_DATA, 3, 3, 0, 19, 1, 2, 3], terminated),
            ("another", [&[APPLICATION_DATA, 3, 3, 0, 19][..], &[0; 19]].concat(), tls),
            ("one of anyone", vec![ALERT, 3, 3, 0, 2, 1, 0], tls),
        ] {
            let relay = Relay::start(server.address()).await;
            relay.meddle(move |record| match record.by == By::Server && record.may_be_alert() {
                true => vec![Step::Send(in_its_place.clone()), Step::Cut],
                false => record.pass(),
            });
            let mut pod = Elsewhere::new(relay.address(), &authority.pem()).await;
            let sent = pod.client.send(&get_once("/api"), None).await.unwrap();
            let error = connection(sent.expect_err(what));
            assert_eq!(error.failure, failure, "{what}: {error:?}");
            relay.pass();
            let response = pod.client.send(&get("/api"), None).await.unwrap().unwrap();
            assert_eq!(response.body, b"hello");
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn what_follows_an_answer_is_not_that_of_the_next_request() {
    within_reason(async {
        let (mut server, mut pod) = start(&[]).await;
        let twice = [ANSWER, &ANSWER.replace("hello", "jello")].concat();
        let asked = get("/api");
        for number in 1..=3 {
            let answered = async {
                server.prints("user-agent: k8s-in-cluster/", number).await;
                server.say(&twice).await;
            };
            let response = while_told(pod.client.send(&asked, None), answered).await;
            assert_eq!(response.unwrap().unwrap().body, b"hello");
        }
        assert_eq!(server.printed().matches("CIPHER is ").count(), 3);
    })
    .await;
}
