//! Connections that are kept for the next request, and what becomes of that request when they end.

use crate::relay::{ALERT, APPLICATION_DATA, By, HANDSHAKE, Record, Step};
use crate::relayed::{PATH, Relayed, assert_answered, assert_failed};
use crate::support::{Cluster, Transport, get, get_once, within_reason};
use host_test::api_server::{Answer, ApiServer, Misbehaviour};
use host_test::pod::client::types::{ConnectionFailure, Error};
use host_test::pod::client::{PodClient, rest};
use http::header::{CONNECTION, HeaderValue};
use http::{Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Methods of requests that must not be sent twice, since the first may have been obeyed.
const OBEYED: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];

/// Sends a request that the component is not to send again on its own account.
async fn send(client: &mut PodClient, method: &str) -> Result<rest::Response, Error> {
    let body = (method != "GET").then_some(&b"{}"[..]);
    let once = rest::Request { method: method.to_owned(), ..get_once(PATH) };
    client.send(&once, body).await.unwrap()
}

/// The number of the answer's last record, and of the second request's first, on a connection.
async fn numbers(relayed: &Relayed) -> (usize, usize) {
    let last = relayed.records(By::Server).await.last().unwrap().number;
    let next = relayed.records(By::Client).await.last().unwrap().number + 1;
    (last, next)
}

#[tokio::test]
async fn the_end_of_an_idle_connection_costs_no_request() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let (last, _) = numbers(&relayed).await;
        let garbage = |kind, content: &[u8]| {
            let header = [kind, 3, 3, 0, u8::try_from(content.len()).unwrap()];
            Step::Send([&header, content].concat())
        };
        for (what, steps) in [
            ("the end", vec![Step::Cut]),
            ("an end that was announced by anyone", vec![garbage(ALERT, &[1, 0]), Step::Cut]),
            ("an alert of anyone", vec![garbage(ALERT, &[2, 80])]),
            ("a record that does not decrypt", vec![garbage(APPLICATION_DATA, &[0; 100])]),
            ("a handshake", vec![garbage(HANDSHAKE, &[0; 4])]),
            ("half a record", vec![Step::Send(vec![APPLICATION_DATA, 3, 3, 1]), Step::Cut]),
            ("no TLS", vec![Step::Send(b"HTTP/1.1 408 Request Timeout\r\n\r\n".to_vec())]),
        ] {
            for method in ["GET", "POST"] {
                let before = relayed.relay.seen().connections;
                let (go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
                let after = [
                    vec![Step::Wait(Arc::clone(&go))],
                    steps.clone(),
                    vec![Step::Tell(Arc::clone(&done))],
                ];
                let after = after.concat();
                relayed.relay.meddle(move |record| {
                    let ends = record.connection == before + 1 && record.is(By::Server, last);
                    if ends { [record.pass(), after.clone()].concat() } else { record.pass() }
                });
                let mut client = relayed.client().await;
                assert_answered(send(&mut client, "GET").await);
                go.notify_one();
                tokio::select! {
                    () = done.notified() => {}
                    () = relayed.relay.wait_until(|seen| seen.ended.contains(&(before + 1))) => {}
                }
                // The host takes note of what has come.
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                let journal = relayed.cluster.server.journal();
                journal.clear();
                match (Transport::current(), send(&mut client, method).await) {
                    // The host may lose it, and does not send it twice.
                    (Transport::WasiHttp, Err(error)) => {
                        assert_eq!(journal.requests().len(), 0, "{what}: {error:?}");
                    }
                    (_, answer) => {
                        assert_answered(answer);
                        assert_eq!(journal.requests().len(), 1, "{what}");
                        assert_eq!(relayed.relay.seen().connections, before + 2, "{what}");
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_lost_with_its_connection_is_sent_again_if_that_is_harmless() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let (_, next) = numbers(&relayed).await;
        let journal = relayed.cluster.server.journal();
        for method in OBEYED.into_iter().chain(["GET"]) {
            let before = relayed.relay.seen().connections;
            relayed.relay.meddle(move |record| {
                match record.connection == before + 1 && record.is(By::Client, next) {
                    true => vec![Step::Cut],
                    false => record.pass(),
                }
            });
            let mut client = relayed.client().await;
            assert_answered(send(&mut client, "GET").await);
            journal.clear();
            let sent = send(&mut client, method).await;
            match (Transport::current(), method) {
                (Transport::Sockets, "GET") => {
                    assert_answered(sent);
                    assert_eq!(journal.requests().len(), 1);
                }
                _ => {
                    assert_failed(method, sent, &[ConnectionFailure::Terminated]);
                    assert_eq!(journal.requests().len(), 0, "{method}");
                }
            }
            assert_answered(send(&mut client, "GET").await);
            assert_eq!(relayed.relay.seen().connections, before + 2, "{method}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_may_have_been_obeyed_is_not_sent_again() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let server = &relayed.cluster.server;
        for method in OBEYED {
            let mut client = relayed.client().await;
            assert_answered(send(&mut client, "GET").await);
            server.journal().clear();
            server.misbehave(Misbehaviour::CutBeforeHead);
            let sent = send(&mut client, method).await;
            assert_failed(method, sent, &[ConnectionFailure::Terminated]);
            assert_eq!(server.journal().requests().len(), 1, "{method}");
            assert_answered(send(&mut client, "GET").await);
        }
        // What asks alone is, but not without end.
        let mut client = relayed.client().await;
        assert_answered(send(&mut client, "GET").await);
        server.journal().clear();
        server.misbehave(Misbehaviour::CutBeforeHead);
        server.misbehave(Misbehaviour::CutBeforeHead);
        let sent = send(&mut client, "GET").await;
        assert_failed("GET", sent, &[ConnectionFailure::Terminated]);
        server.behave();
        let expected = match Transport::current() {
            Transport::WasiHttp => 1,
            Transport::Sockets => 2,
        };
        assert_eq!(server.journal().requests().len(), expected);
        assert_answered(send(&mut client, "GET").await);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_began_is_not_asked_for_again() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let (last, _) = numbers(&relayed).await;
        let before = relayed.relay.seen().connections;
        // Of the second answer over the connection, the first record comes.
        relayed.relay.meddle(move |record: &Record| {
            match record.connection == before + 1 && record.is(By::Server, last + 1) {
                true => [record.pass(), vec![Step::Cut]].concat(),
                false => record.pass(),
            }
        });
        let mut client = relayed.client().await;
        assert_answered(send(&mut client, "GET").await);
        let journal = relayed.cluster.server.journal();
        journal.clear();
        let sent = send(&mut client, "GET").await;
        assert_failed("GET", sent, &[ConnectionFailure::Terminated]);
        assert_eq!(journal.requests().len(), 1);
        assert_answered(send(&mut client, "GET").await);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_close_is_connected_to_for_each_request() {
    within_reason(async {
        let server = ApiServer::builder().without_http2().start().await.unwrap();
        let close = Answer::text(StatusCode::OK, "bye");
        let close = close.with_header(CONNECTION, HeaderValue::from_static("close"));
        server.answer(Method::GET, "/close", close.clone());
        server.answer(Method::GET, "/chunks", close.in_chunks());
        let cluster = Cluster::with(server);
        let mut client = cluster.client().await;
        for path in ["/close", "/chunks", "/close", "/chunks"] {
            let answer = client.send(&get(path), None).await.unwrap().unwrap();
            assert_eq!(answer.body, b"bye");
        }
        assert_eq!(cluster.server.journal().accepted_connections(), 4);
        assert_eq!(cluster.server.journal().requests().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn connections_are_kept_for_a_minute_and_sixteen_of_them() {
    within_reason(async {
        if Transport::current() == Transport::WasiHttp {
            // The host's affair.
            return;
        }
        let cluster = Cluster::start().await;
        let mut client = cluster.client().await;
        let mut accepted = Vec::new();
        for seconds in [0, 0, 59, 60, 61, 0] {
            cluster.clock.advance(Duration::from_secs(seconds));
            client.send(&get("/api"), None).await.unwrap().unwrap();
            accepted.push(cluster.server.journal().accepted_connections());
        }
        assert_eq!(accepted, [1, 1, 1, 2, 3, 3]);
        for expected in [20, 24] {
            let mut calls = Vec::new();
            for _ in 0..20 {
                let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
                let answer = pending.blocking_response(&mut client).await.unwrap().unwrap();
                calls.push((pending, answer.1));
            }
            for (pending, body) in calls {
                while body.blocking_read(&mut client, 1000).await.unwrap().unwrap().is_some() {}
                body.drop(&mut client).await.unwrap();
                pending.drop(&mut client).await.unwrap();
            }
            assert_eq!(cluster.server.journal().accepted_connections(), 2 + expected);
        }
    })
    .await;
}
