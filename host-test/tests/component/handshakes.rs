//! Handshakes that come to nothing: alerts, and servers that speak no TLS.

use crate::relay::{ALERT, APPLICATION_DATA, By, CHANGE_CIPHER_SPEC, HANDSHAKE, Step};
use crate::relayed::{Relayed, assert_failed};
use crate::support::{Cluster, Transport, client, connection, get, limits, within_reason};
use host_test::api_server::ApiServer;
use host_test::pod::client::types::ConnectionFailure;

/// An alert of the server's, as anyone on the way can make one: fatal, but for those that end a session in peace.
fn alert(code: u8) -> Vec<u8> {
    let level = if [0, 90].contains(&code) { 1 } else { 2 };
    vec![ALERT, 3, 3, 0, 2, level, code]
}

#[tokio::test]
async fn an_alert_in_the_handshake_is_told_by_its_number() {
    within_reason(async {
        let relayed = Relayed::start().await;
        for number in [0, 2] {
            for code in [40, 42, 45, 48, 70, 80, 86, 112, 116, 120, 255] {
                let what = format!("alert {code} in place of {number}");
                let (received, sent) = relayed
                    .send(&what, limits(), move |record| match record.is(By::Server, number) {
                        true => vec![Step::Send(alert(code)), Step::Cut],
                        false => record.pass(),
                    })
                    .await;
                let error = connection(sent.expect_err(&what));
                let found = (error.failure, error.code.as_str());
                assert_eq!(found, (ConnectionFailure::Tls, "TLS-alert-received"), "{what}");
                assert!(error.message.contains(&format!("alert {code}")), "{what}: {error:?}");
                assert_eq!(received, 0, "{what}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_alert_that_anyone_could_have_made_ends_no_answer_well() {
    within_reason(async {
        let relayed = Relayed::start().await;
        // Of the handshake, and of the answer.
        for number in [0, 2, 4, 5, 6] {
            for code in [0, 90, 20] {
                let what = format!("alert {code} in place of {number}");
                let (_, sent) = relayed
                    .send(&what, limits(), move |record| match record.is(By::Server, number) {
                        true => vec![Step::Send(alert(code)), Step::Cut],
                        false => record.pass(),
                    })
                    .await;
                let failures = [ConnectionFailure::Tls, ConnectionFailure::Terminated];
                assert_failed(&what, sent, &failures);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_tls_is_told_apart() {
    within_reason(async {
        let relayed = Relayed::start().await;
        let (tls, terminated) = (ConnectionFailure::Tls, ConnectionFailure::Terminated);
        for (what, bytes, failure) in [
            ("HTTP", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec(), tls),
            ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), tls),
            ("zeros", vec![0; 1000], tls),
            ("ones", vec![0xff; 1000], tls),
            ("nothing", Vec::new(), terminated),
            ("a part of a header", vec![HANDSHAKE, 3], terminated),
            ("a record that is too long", vec![HANDSHAKE, 3, 3, 0xff, 0xff], tls),
            ("empty records", [HANDSHAKE, 3, 3, 0, 0].repeat(1000), tls),
            ("nothing for middleboxes", [CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1].repeat(1000), tls),
            ("no handshake", vec![APPLICATION_DATA, 3, 3, 0, 1, 1], tls),
            ("a message that is too long", vec![HANDSHAKE, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff], tls),
        ] {
            let (received, sent) = relayed
                .send(what, limits(), move |record| match record.is(By::Server, 0) {
                    true => vec![Step::Send(bytes.clone()), Step::Cut],
                    false => record.pass(),
                })
                .await;
            assert_failed(what, sent, &[failure]);
            assert_eq!(received, 0, "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_of_plain_http_is_sent_nothing() {
    within_reason(async {
        let server = ApiServer::builder().plain_http().start().await.unwrap();
        let cluster = Cluster::with(server);
        let mut client = client(cluster.pod_at("127.0.0.1", cluster.server.address())).await;
        let error = connection(client.send(&get("/api"), None).await.unwrap().unwrap_err());
        assert_eq!(error.failure, ConnectionFailure::Tls, "{error:?}");
        let says = match Transport::current() {
            Transport::WasiHttp => "TLS failed",
            Transport::Sockets => "does not speak TLS",
        };
        assert!(error.message.contains(says), "{error:?}");
        assert_eq!(cluster.server.journal().requests().len(), 0);
    })
    .await;
}
