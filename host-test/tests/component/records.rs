//! TLS records that do not arrive as they were sent: nothing of it is taken for good, and nothing is sent twice.

use crate::harm::Harm::{First, Half, Last, Later, Longer, Never, Shorter, Twice, Type};
use crate::relay::{APPLICATION_DATA, By, CHANGE_CIPHER_SPEC, HANDSHAKE, Record, Relay, Step};
use crate::relayed::{Relayed, assert_answered, assert_failed};
use crate::support::{Elsewhere, connection, get, get_once, limits, milliseconds, within_reason};
use host_test::api_server::{CertificateAuthority, IssuedCertificate, ServerCertificate};
use host_test::pod::client::rest;
use host_test::pod::client::types::ConnectionFailure;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

#[tokio::test]
async fn what_the_server_says_is_taken_as_it_was_said_or_not_at_all() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let records = relayed.records(By::Server).await;
        // The server's hello, what is there for old middleboxes, the rest of the handshake, tickets, and the answer.
        let kinds: Vec<_> = records.iter().map(Record::kind).collect();
        assert_eq!(kinds[..3], [HANDSHAKE, CHANGE_CIPHER_SPEC, APPLICATION_DATA], "{kinds:?}");
        assert!(records.len() >= 7, "{kinds:?}");
        for record in &records {
            // After these the server says nothing before the client does.
            let last = [2, records.len() - 1].contains(&record.number);
            let encrypted = record.kind() == APPLICATION_DATA;
            for harm in [First, Last, Type, Longer, Shorter, Twice, Never, Later, Half] {
                match harm {
                    Longer | Never | Later if last => continue,
                    // Nobody looks for what may come after an answer.
                    Twice if record.number == records.len() - 1 => continue,
                    // The true type is inside.
                    Type if encrypted => continue,
                    _ => {}
                }
                let what = format!("{harm:?}, of {} by the server", record.number);
                let (_, sent) =
                    relayed.send(&what, limits(), harm.to(By::Server, record.number)).await;
                match (record.kind(), harm) {
                    (CHANGE_CIPHER_SPEC, Twice | Never) => assert_answered(sent),
                    (_, Half) => assert_failed(&what, sent, &[ConnectionFailure::Terminated]),
                    _ => assert_failed(&what, sent, &[ConnectionFailure::Tls]),
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_altered_on_the_way_to_the_server_is_not_received() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let records = relayed.records(By::Client).await;
        let kinds: Vec<_> = records.iter().map(Record::kind).collect();
        let hello_finished_request =
            [HANDSHAKE, CHANGE_CIPHER_SPEC, APPLICATION_DATA, APPLICATION_DATA];
        assert_eq!(kinds, hello_finished_request);
        for record in &records {
            for harm in [First, Last, Shorter, Twice, Never, Later, Half] {
                match (record.number, harm) {
                    // Nothing follows.
                    (0 | 3, Never | Later) | (0, Shorter) => continue,
                    // The answer may come before the server says what it thinks of it.
                    (3, Twice) => continue,
                    _ => {}
                }
                let what = format!("{harm:?}, of {} by the client", record.number);
                let (received, sent) =
                    relayed.send(&what, limits(), harm.to(By::Client, record.number)).await;
                if (record.kind(), sent.is_ok()) == (CHANGE_CIPHER_SPEC, true) {
                    assert!(matches!(harm, Twice | Never), "{what}");
                    continue;
                }
                assert_eq!(received, 0, "{what}");
                // The server says so, if that is still heard.
                let failures = [ConnectionFailure::Tls, ConnectionFailure::Terminated];
                assert_failed(&what, sent, &failures);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn bytes_may_come_one_at_a_time() {
    within_reason(async {
        let relayed = Relayed::start().await;
        for by in [By::Client, By::Server] {
            relayed.relay.meddle(move |record| match record.by == by {
                true => vec![Step::Trickle(record.bytes.clone())],
                false => record.pass(),
            });
            let mut client = relayed.client().await;
            for _ in 0..2 {
                let answer = client.send(&get("/api"), None).await.unwrap();
                assert_eq!(answer.unwrap().body.len(), 133, "{by:?}");
            }
        }
        assert_eq!(relayed.relay.seen().connections, 2);
    })
    .await;
}

/// Passes so many bytes of a record, and then nothing more.
fn stalling(by: By, number: usize, after: usize) -> impl FnMut(&Record) -> Vec<Step> + Send {
    move |record| match record.is(by, number) {
        true => vec![Step::Send(record.bytes[..after].to_vec()), Step::Stall],
        false => record.pass(),
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_waited_for_as_long_as_its_phase_may_take() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let short = milliseconds(100);
        let connecting = rest::Limits { connect_timeout: short, ..limits() };
        let beginning = rest::Limits { first_byte_timeout: short, ..limits() };
        let going_on = rest::Limits { between_bytes_timeout: short, ..limits() };
        let (connect, read) = (ConnectionFailure::ConnectTimeout, ConnectionFailure::ReadTimeout);
        for (by, number, after, limits, failure) in [
            (By::Client, 0, 0, connecting, connect),
            (By::Client, 0, 100, connecting, connect),
            (By::Server, 0, 0, connecting, connect),
            (By::Server, 0, 3, connecting, connect),
            (By::Server, 0, 100, connecting, connect),
            (By::Server, 1, 0, connecting, connect),
            (By::Server, 2, 0, connecting, connect),
            (By::Server, 2, 600, connecting, connect),
            (By::Client, 3, 1000, beginning, read),
            (By::Server, 3, 0, beginning, read),
            (By::Server, 4, 1000, beginning, read),
            (By::Server, 5, 0, going_on, read),
            (By::Server, 5, 1000, going_on, read),
        ] {
            let what = format!("{after} bytes of {number} by {by:?}");
            let (_, sent) = relayed.send(&what, limits, stalling(by, number, after)).await;
            assert_failed(&what, sent, &[failure]);
        }
    })
    .await;
}

/// A server of TLS whose answers say no length: they end with their connections.
async fn without_length(certificate: &IssuedCertificate) -> SocketAddr {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], certificate.key_der().into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut tls) = acceptor.accept(tcp).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && tls.read_buf(&mut request).await.unwrap() > 0 {
            }
            let answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello";
            // With the alert that says so.
            let _gone = tls.write_all(answer).await;
            let _gone = tls.shutdown().await;
        }
    });
    address
}

#[tokio::test]
async fn an_answer_without_a_length_ends_when_the_server_says_so() {
    within_reason(async {
        let authority = CertificateAuthority::new("kubernetes").unwrap();
        let certificate = authority.issue(&ServerCertificate::default()).unwrap();
        let relay = Relay::start(without_length(&certificate).await).await;
        let mut pod = Elsewhere::new(relay.address(), &authority.pem()).await;
        let complete = pod.client.send(&get("/api"), None).await.unwrap().unwrap();
        assert_eq!(complete.body, b"hello");
        for half in [false, true] {
            relay.meddle(move |record| match (record.may_be_alert(), record.by) {
                (true, By::Server) if half => {
                    vec![Step::Send(record.bytes[..record.bytes.len() / 2].to_vec()), Step::Cut]
                }
                (true, By::Server) => vec![Step::Cut],
                _ => record.pass(),
            });
            let sent = pod.client.send(&get_once("/api"), None).await.unwrap();
            let error = connection(sent.expect_err("it may be cut short"));
            assert_eq!(error.failure, ConnectionFailure::Terminated, "{error:?}");
        }
        relay.pass();
        let complete = pod.client.send(&get("/api"), None).await.unwrap().unwrap();
        assert_eq!(complete.body, b"hello");
    })
    .await;
}
