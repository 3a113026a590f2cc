//! What the two sides agree on, and what they don't.

use super::server::OpenSslServer;
use super::{exchange, start};
use crate::support::{Elsewhere, TOKEN, Transport, connection, get, within_reason};
use host_test::api_server::{CertificateAuthority, KeyType, ServerCertificate};
use host_test::pod::client::types::{ConnectionError, ConnectionFailure};

/// Checks that a server with these options is understood. Returns what it printed.
async fn works(options: &[&str]) -> String {
    let (mut server, mut pod) = start(options).await;
    for number in 1..=2 {
        let response = exchange(&mut server, &mut pod, number).await;
        let response = response.unwrap_or_else(|error| panic!("{options:?}: {error:?}"));
        assert_eq!((response.head.status, response.body.as_slice()), (200, &b"hello"[..]));
    }
    // Over one connection.
    assert_eq!(server.printed().matches("CIPHER is ").count(), 1, "{}", server.printed());
    server.printed()
}

/// How many messages of a name the server received, by what it prints with `-msg`.
fn received(printed: &str, message: &str) -> usize {
    let lines = printed.lines().filter(|line| line.starts_with("<<< TLS 1.3, Handshake "));
    lines.filter(|line| line.ends_with(message)).count()
}

/// Checks that there is no connection to a server with these options, and that nothing is sent.
async fn fails(options: &[&str]) -> ConnectionError {
    let (server, mut pod) = start(options).await;
    let error = pod.client.send(&get("/api"), None).await.unwrap().expect_err("no common ground");
    let shown = format!("{error:?}{}", server.printed());
    assert!(!shown.contains(TOKEN) && !shown.contains("/api"), "{shown}");
    connection(error)
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn each_group_and_each_cipher_suite_is_agreed_on() {
    within_reason(async {
        for group in ["X25519", "P-256", "P-384"] {
            let printed = works(&["-tls1_3", "-msg", "-groups", group]).await;
            // The client is asked to begin again where it guessed another.
            let hellos = if group == "X25519" { 1 } else { 2 };
            assert_eq!(received(&printed, "ClientHello"), hellos, "{group}: {printed}");
        }
        for suite in
            ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"]
        {
            works(&["-tls1_3", "-ciphersuites", suite]).await;
            works(&["-tls1_3", "-ciphersuites", suite, "-groups", "P-384"]).await;
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn without_common_ground_there_is_no_connection() {
    within_reason(async {
        for options in [
            &["-tls1_3", "-groups", "P-521"][..],
            &["-tls1_3", "-groups", "X448"],
            &["-tls1_3", "-groups", "ffdhe2048"],
            &["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"],
            &["-alpn", "spdy/3"],
            // A certificate of the client, which it does not have.
            &["-Verify", "1"],
        ] {
            let error = fails(options).await;
            assert_eq!(error.failure, ConnectionFailure::Tls, "{options:?}: {error:?}");
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn a_server_that_speaks_tls_1_2_alone_is_told_apart() {
    within_reason(async {
        match Transport::current() {
            Transport::WasiHttp => drop(works(&["-tls1_2"]).await),
            Transport::Sockets => {
                let error = fails(&["-tls1_2"]).await;
                assert_eq!(error.failure, ConnectionFailure::Tls, "{error:?}");
                assert!(error.message.contains("1.3"), "{}", error.message);
            }
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn what_a_server_may_do_besides_is_of_no_consequence() {
    within_reason(async {
        for options in [
            &["-num_tickets", "0"][..],
            &["-num_tickets", "10"],
            &["-alpn", "http/1.1"],
            &["-alpn", "acme-tls/1,http/1.1"],
            &["-max_send_frag", "512"],
            &["-max_send_frag", "512", "-split_send_frag", "1"],
            &["-record_padding", "1000"],
            &["-record_padding", "1", "-num_tickets", "3"],
            &["-serverpref"],
            &["-early_data"],
        ] {
            works(options).await;
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn a_server_that_asks_for_a_certificate_is_given_none() {
    within_reason(async {
        // As kube-apiserver does: one is welcome, and not needed.
        let printed = works(&["-tls1_3", "-msg", "-verify", "1"]).await;
        assert_eq!(received(&printed, ", Certificate"), 1, "{printed}");
        let empty = "<<< TLS 1.3, Handshake [length 0008], Certificate";
        assert!(printed.contains(empty), "{printed}");
        assert_eq!(received(&printed, "CertificateVerify"), 0, "{printed}");
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn each_kind_of_key_signs_the_handshake() {
    within_reason(async {
        let authority = CertificateAuthority::new("kubernetes").unwrap();
        // That key is in a form that not every OpenSSL reads: `signatures` has one that OpenSSL made.
        for key_type in KeyType::ALL.into_iter().filter(|&it| it != KeyType::Ed25519) {
            let certificate = ServerCertificate { key_type, ..ServerCertificate::default() };
            let certificate = authority.issue(&certificate).unwrap();
            let mut server = OpenSslServer::start(&certificate, &["-tls1_3"]).await;
            let mut pod = Elsewhere::new(server.address(), &authority.pem()).await;
            let response = exchange(&mut server, &mut pod, 1).await;
            let response = response.unwrap_or_else(|error| panic!("{key_type:?}: {error:?}"));
            assert_eq!(response.body, b"hello", "{key_type:?}");
        }
    })
    .await;
}
