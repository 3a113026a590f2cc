//! No complete answer: what a caller is told, and that the next request works.

use crate::support::{Cluster, Transport, connection, get, get_within, limits, milliseconds, text};
use crate::support::{client, reaching, within_reason};
use host_test::api_server::{ApiServer, Framing, Misbehaviour};
use host_test::outgoing::Destination;
use host_test::pod::Pod;
use host_test::pod::client::PodClient;
use host_test::pod::client::rest::Limits;
use host_test::pod::client::types::{ConnectionFailure, Error};
use host_test::service_account::MOUNT_PATH;
use http::Version;

/// The server misbehaves so once, the call has these limits, and fails so.
struct Case {
    misbehaviour: Misbehaviour,
    limits: Limits,
    failure: ConnectionFailure,
    /// Over HTTP/1.1 and over HTTP/2.
    codes: [&'static str; 2],
    /// What the text says beside that.
    says: &'static str,
}

fn cut(after: usize, framing: Framing) -> Case {
    Case {
        misbehaviour: Misbehaviour::CutMidBody { after, framing },
        limits: Limits { retries: Some(0), ..limits() },
        failure: ConnectionFailure::Terminated,
        codes: ["HTTP-response-incomplete"; 2],
        says: "before the answer was complete",
    }
}

/// None of these depends on how fast anything is: a server that stalls does so for good.
fn cases() -> Vec<Case> {
    let short = milliseconds(100);
    let mut cases = vec![
        Case {
            misbehaviour: Misbehaviour::StallTlsHandshake,
            limits: Limits { connect_timeout: short, ..limits() },
            failure: ConnectionFailure::ConnectTimeout,
            codes: ["connection-timeout"; 2],
            says: "check the address",
        },
        Case {
            misbehaviour: Misbehaviour::StallBeforeHead,
            limits: Limits { first_byte_timeout: short, ..limits() },
            failure: ConnectionFailure::ReadTimeout,
            codes: ["connection-read-timeout"; 2],
            says: "raise the timeout",
        },
        Case {
            misbehaviour: Misbehaviour::StallMidBody { after: 10 },
            limits: Limits { between_bytes_timeout: short, ..limits() },
            failure: ConnectionFailure::ReadTimeout,
            codes: ["connection-read-timeout"; 2],
            says: "raise the timeout",
        },
        Case {
            misbehaviour: Misbehaviour::NotTls,
            limits: limits(),
            failure: ConnectionFailure::Tls,
            codes: ["TLS-protocol-error"; 2],
            says: match Transport::current() {
                Transport::WasiHttp => "TLS failed",
                Transport::Sockets => "does not speak TLS",
            },
        },
        Case {
            misbehaviour: Misbehaviour::Garbage,
            limits: limits(),
            failure: ConnectionFailure::Http,
            codes: ["HTTP-protocol-error"; 2],
            says: match Transport::current() {
                Transport::WasiHttp => "rules of HTTP",
                Transport::Sockets => "is not HTTP/1",
            },
        },
        Case {
            misbehaviour: Misbehaviour::HugeHeaders { bytes: 1_000_000 },
            limits: limits(),
            failure: ConnectionFailure::Http,
            // HTTP/2 limits them too, and has one error for whatever breaks its rules.
            codes: ["HTTP-response-header-section-size", "HTTP-protocol-error"],
            says: match Transport::current() {
                Transport::WasiHttp => "limit",
                Transport::Sockets => "longer than 64 KiB",
            },
        },
        Case {
            misbehaviour: Misbehaviour::CutBeforeHead,
            limits: Limits { retries: Some(0), ..limits() },
            failure: ConnectionFailure::Terminated,
            codes: ["connection-terminated"; 2],
            says: "try again",
        },
    ];
    // The body has 133 bytes; one that is sent whole is cut short of its end all the same.
    for after in [0, 1, 100, 133] {
        cases.extend([cut(after, Framing::Length), cut(after, Framing::Chunked)]);
    }
    cases
}

/// What holds for every error, whatever failed.
fn check(error: &Error, cluster: &Cluster, what: &str) {
    let server = cluster.server.url();
    assert!(text(error).contains(&server), "{what}: {error:?} does not name {server}");
    assert!(!format!("{error:?}").contains(cluster.server.token()), "{what}: the token is shown");
}

async fn check_next_request(client: &mut PodClient, what: &str) {
    let answer = client.send(&get("/api"), None).await.unwrap();
    let answer = answer.unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert_eq!((answer.head.status, answer.body.len()), (200, 133), "{what}");
}

#[tokio::test]
async fn each_failure_is_told_apart_and_the_next_request_works() {
    within_reason(async {
        for cluster in &Cluster::of_each_version().await {
            for Case { misbehaviour, limits, failure, codes, says } in cases() {
                let code = codes[usize::from(cluster.version == Version::HTTP_2)];
                let what = format!("{misbehaviour:?}");
                let mut client = cluster.client().await;
                cluster.server.misbehave(misbehaviour);
                let answer = client.send(&get_within("/api", limits), None).await.unwrap();
                let error = answer.expect_err(&what);
                check(&error, cluster, &what);
                let error = connection(error);
                assert_eq!((error.failure, error.code.as_str()), (failure, code), "{what}");
                assert!(error.message.contains(says), "{what}: {}", error.message);
                if Transport::current() == Transport::WasiHttp {
                    assert!(error.message.contains(code), "{what}: {}", error.message);
                }
                check_next_request(&mut client, &what).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_deadline_goes_before_every_timeout() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            for misbehaviour in [
                Misbehaviour::StallTlsHandshake,
                Misbehaviour::StallBeforeHead,
                Misbehaviour::StallMidBody { after: 10 },
            ] {
                let what = format!("{misbehaviour:?}");
                let mut client = cluster.client().await;
                cluster.server.misbehave(misbehaviour);
                let limits = Limits { deadline: milliseconds(100), ..limits() };
                let answer = client.send(&get_within("/api", limits), None).await.unwrap();
                let error = answer.expect_err(&what);
                check(&error, &cluster, &what);
                let Error::DeadlineExceeded(text) = error else { panic!("{what}: {error:?}") };
                assert!(text.starts_with("GET /api at "), "{text}");
                assert!(text.contains("0.100 s") && text.contains("the answer"), "{text}");
                check_next_request(&mut client, &what).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_broke_off_is_never_read_to_a_good_end() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            for framing in [Framing::Length, Framing::Chunked] {
                let mut client = cluster.client().await;
                cluster.server.misbehave(Misbehaviour::CutMidBody { after: 100, framing });
                let pending = client.open(&get("/api"), None).await.unwrap().unwrap();
                let (head, body) = pending.blocking_response(&mut client).await.unwrap().unwrap();
                assert_eq!(head.status, 200);
                let mut length = 0;
                let error = loop {
                    match body.blocking_read(&mut client, 1000).await.unwrap() {
                        Ok(bytes) => length += bytes.expect("no good end").len(),
                        Err(error) => break error,
                    }
                };
                assert_eq!(length, 100);
                assert_eq!(connection(error).failure, ConnectionFailure::Terminated);
                // However often it is asked for.
                for _ in 0..2 {
                    let again = body.read(&mut client, 1000).await.unwrap().unwrap_err();
                    assert_eq!(connection(again).failure, ConnectionFailure::Terminated);
                }
                body.drop(&mut client).await.unwrap();
                check_next_request(&mut client, "a body that broke off").await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_down_refuses_connections_until_it_is_back() {
    within_reason(async {
        for cluster in Cluster::of_each_version().await {
            cluster.server.stop().await;
            let mut down = cluster.client().await;
            for _ in 0..2 {
                let error = down.send(&get("/api"), None).await.unwrap().unwrap_err();
                check(&error, &cluster, "a server that is down");
                let error = connection(error);
                assert_eq!(error.failure, ConnectionFailure::Refused);
                assert_eq!(error.code, "connection-refused");
                assert!(error.message.contains("nothing listens"), "{}", error.message);
            }
            cluster.server.start_again().await.unwrap();
            check_next_request(&mut down, "a server that is back").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_host_that_lets_the_component_reach_nothing_is_told_apart() {
    let cluster = Cluster::start().await;
    let (code, says) = match Transport::current() {
        Transport::WasiHttp => ("HTTP-request-denied", "allow the destination"),
        Transport::Sockets => ("destination-IP-prohibited", "allow it the network"),
    };
    let other = ApiServer::builder().start().await.unwrap();
    let elsewhere = Destination::https("127.0.0.1", other.address().port(), other.address());
    for pod in [Pod::builder(), reaching(Pod::builder(), cluster.outgoing(), elsewhere)] {
        let pod = pod.service_account(cluster.volume.path(), MOUNT_PATH);
        let mut client = client(cluster.with_environment(pod)).await;
        let error = client.send(&get("/api"), None).await.unwrap().unwrap_err();
        check(&error, &cluster, "a host without the destination");
        let error = connection(error);
        assert_eq!((error.failure, error.code.as_str()), (ConnectionFailure::Denied, code));
        assert!(error.message.contains(says), "{}", error.message);
    }
    assert_eq!(cluster.server.journal().accepted_connections(), 0);
}
