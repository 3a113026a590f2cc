//! The component and OpenSSL: another implementation of TLS than its own.

use crate::openssl_server::{ANSWER, OpenSslServer, openssl};
use crate::support::{
    Elsewhere, TOKEN, Transport, connection, get, meanwhile, request, within_reason,
};
use host_test::api_server::{CertificateAuthority, IssuedCertificate, ServerCertificate};
use host_test::pod::client::types::{ConnectionError, ConnectionFailure, Error};
use host_test::pod::client::{ResponseBody, rest};
use std::path::Path;

/// An authority, and a certificate of it for a server at 127.0.0.1.
fn issued() -> (CertificateAuthority, IssuedCertificate) {
    let authority = CertificateAuthority::new("kubernetes").unwrap();
    let certificate = authority.issue(&ServerCertificate::default()).unwrap();
    (authority, certificate)
}

/// A server with options, and the component in a pod that trusts it.
async fn start(options: &[&str]) -> (OpenSslServer, Elsewhere) {
    let (authority, certificate) = issued();
    let server = OpenSslServer::start(&certificate, options).await;
    let pod = Elsewhere::new(server.address(), &authority.pem()).await;
    (server, pod)
}

/// What comes of a call while the server is being told what to say.
async fn while_told<T>(call: impl Future<Output = T>, told: impl Future<Output = ()>) -> T {
    let told = async {
        told.await;
        std::future::pending::<T>().await
    };
    tokio::select! {
        result = call => result,
        never = told => never,
    }
}

/// Sends a GET and has the server answer it, as the request of this number.
async fn exchange(
    server: &mut OpenSslServer,
    pod: &mut Elsewhere,
    number: usize,
) -> Result<rest::Response, Error> {
    let asked = get("/api");
    let answered = async {
        server.prints("user-agent: k8s-in-cluster/", number).await;
        server.say(ANSWER).await;
    };
    let response = while_told(pod.client.send(&asked, None), answered).await;
    response.unwrap()
}

/// Checks that a server with these options is understood.
async fn works(options: &[&str]) {
    let (mut server, mut pod) = start(options).await;
    for number in 1..=2 {
        let response = exchange(&mut server, &mut pod, number).await;
        let response = response.unwrap_or_else(|error| panic!("{options:?}: {error:?}"));
        assert_eq!((response.head.status, response.body.as_slice()), (200, &b"hello"[..]));
    }
    // Over one connection.
    assert_eq!(server.printed().matches("CIPHER is ").count(), 1, "{}", server.printed());
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
            works(&["-tls1_3", "-groups", group]).await;
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
            Transport::WasiHttp => works(&["-tls1_2"]).await,
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
            // A certificate of the client is asked for, as kube-apiserver does, and not needed.
            &["-verify", "1"],
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
async fn keys_may_be_updated_at_any_time() {
    within_reason(async {
        for command in ["K\n", "k\n"] {
            let (mut server, mut pod) = start(&["-tls1_3", "-msg"]).await;
            exchange(&mut server, &mut pod, 1).await.unwrap();
            for number in 2..6 {
                // Between two exchanges.
                server.say(command).await;
                server.prints(UPDATED, number - 1).await;
                exchange(&mut server, &mut pod, number).await.unwrap();
            }
            // In the middle of an answer.
            let pending = pod.client.open(&get("/api"), None).await.unwrap().unwrap();
            server.prints("user-agent: k8s-in-cluster/", 6).await;
            let (begun, rest) = ANSWER.split_at(ANSWER.len() - 3);
            server.say(begun).await;
            let (_, body) = pending.blocking_response(&mut pod.client).await.unwrap().unwrap();
            assert_eq!(read(&mut pod, &body, 2).await, b"he");
            server.say(command).await;
            server.prints(UPDATED, 5).await;
            server.say(rest).await;
            assert_eq!(read(&mut pod, &body, 3).await, b"llo");
            assert!(body.read(&mut pod.client, 1).await.unwrap().unwrap().is_none());
            exchange(&mut server, &mut pod, 7).await.unwrap();
            let printed = server.printed();
            assert_eq!(printed.matches("CIPHER is ").count(), 1);
            // The client does the same where that is asked for.
            let answered = printed.lines().filter(|line| is_update(line, "<<<")).count();
            let expected = if command == "K\n" { 5 } else { 0 };
            assert_eq!(answered, expected, "{printed}");
        }
    })
    .await;
}

/// How OpenSSL prints that it has new keys.
const UPDATED: &str = ">>> TLS 1.3, Handshake [length 0005], KeyUpdate";

fn is_update(line: &str, direction: &str) -> bool {
    line.starts_with(direction) && line.ends_with("KeyUpdate")
}

/// So many bytes of a body, which have to come.
async fn read(pod: &mut Elsewhere, body: &ResponseBody, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let more = (length - bytes.len()) as u64;
        let more = body.blocking_read(&mut pod.client, more).await.unwrap().unwrap();
        bytes.extend(more.expect("not the end yet"));
    }
    bytes
}

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

/// Has OpenSSL make an authority and a certificate of it for 127.0.0.1: how it makes the keys, and by which digests it signs.
struct Made<'a> {
    authority_key: &'a [&'a str],
    authority_digest: &'a str,
    key: &'a [&'a str],
}

const P256: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const P521: &[&str] = &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"];
const RSA_2048: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
const RSA_1024: &[&str] = &["RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
const RSA_PSS: &[&str] = &["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"];

impl Made<'_> {
    /// The bundle, and the certificate.
    fn make(&self, folder: &Path) -> (String, IssuedCertificate) {
        for (file, algorithm) in [("ca.key", self.authority_key), ("server.key", self.key)] {
            let generate = ["genpkey", "-out", file, "-algorithm"];
            openssl(&[&generate, algorithm].concat(), folder);
        }
        let digest = format!("-{}", self.authority_digest);
        let digest = digest.as_str();
        openssl(
            &[
                "req",
                "-x509",
                "-key",
                "ca.key",
                "-out",
                "ca.crt",
                "-days",
                "2",
                "-subj",
                "/CN=kubernetes",
                digest,
            ],
            folder,
        );
        openssl(
            &[
                "req",
                "-new",
                "-key",
                "server.key",
                "-out",
                "server.csr",
                "-subj",
                "/CN=kube-apiserver",
            ],
            folder,
        );
        std::fs::write(
            folder.join("extensions"),
            "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n",
        )
        .unwrap();
        openssl(
            &[
                "x509",
                "-req",
                "-in",
                "server.csr",
                "-CA",
                "ca.crt",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-out",
                "server.crt",
                "-days",
                "1",
                "-extfile",
                "extensions",
                digest,
            ],
            folder,
        );
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let certificate = IssuedCertificate::from_pem(&read("server.crt"), &read("server.key"));
        (read("ca.crt"), certificate.unwrap())
    }
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn signatures_that_clusters_use_are_good_and_weak_ones_are_not() {
    within_reason(async {
        let made =
            |authority_key, authority_digest, key| Made { authority_key, authority_digest, key };
        for (made, good) in [
            (made(P256, "sha256", P256), true),
            (made(P256, "sha384", P384), true),
            (made(P384, "sha256", P256), true),
            (made(P384, "sha384", RSA_2048), true),
            (made(RSA_2048, "sha256", P256), true),
            (made(RSA_2048, "sha384", RSA_2048), true),
            (made(RSA_2048, "sha512", RSA_2048), true),
            (made(&["ED25519"], "sha512", &["ED25519"]), true),
            // Weak: too short, or by a digest that is broken.
            (made(RSA_1024, "sha256", P256), false),
            (made(P256, "sha256", RSA_1024), false),
            (made(RSA_2048, "sha1", P256), false),
            (made(P256, "sha1", P256), false),
            // Not weak, but spoken by none of the libraries that verify here.
            (made(P521, "sha512", P256), false),
            (made(P256, "sha256", P521), false),
            (made(&["ED448"], "sha512", P256), false),
            (made(RSA_PSS, "sha256", P256), false),
        ] {
            let Made { authority_key, authority_digest, key } = made;
            let what = format!("{key:?} by {authority_key:?} with {authority_digest}");
            let folder = tempfile::tempdir().unwrap();
            let (bundle, certificate) = made.make(folder.path());
            // The weak ones are to be offered.
            let options = ["-cipher", "ALL:@SECLEVEL=0", "-naccept", "1"];
            let mut server = OpenSslServer::start(&certificate, &options).await;
            let mut pod = Elsewhere::new(server.address(), &bundle).await;
            if good {
                let response = exchange(&mut server, &mut pod, 1).await;
                response.unwrap_or_else(|error| panic!("{what}: {error:?}"));
                continue;
            }
            let error = pod.client.send(&get("/api"), None).await.unwrap().expect_err(&what);
            let shown = format!("{error:?}{}", server.printed());
            assert!(!shown.contains(TOKEN), "{shown}");
            let failure = connection(error).failure;
            // Where the server knows that the client can't verify its key, it is the one to end it.
            let ended = [ConnectionFailure::Certificate, ConnectionFailure::Tls];
            assert!(ended.contains(&failure), "{what}: {failure:?}");
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs OpenSSL: cargo xtask test runs it where that is installed"]
async fn a_long_body_goes_both_ways() {
    within_reason(async {
        // Files are served as they are, heads and all.
        let folder = tempfile::tempdir().unwrap();
        let body: Vec<u8> = (0..4_000_000_u32).map(|n| (n % 251) as u8).collect();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        let file = folder.path().join("api");
        std::fs::write(&file, [head.as_bytes(), &body].concat()).unwrap();
        let (authority, certificate) = issued();
        let options = ["-HTTP", "-max_send_frag", "1024"];
        let mut server = OpenSslServer::start_in(folder.path(), &certificate, &options).await;
        let mut pod = Elsewhere::new(server.address(), &authority.pem()).await;
        let answer = pod.client.send(&get("/api"), None).await.unwrap().unwrap();
        assert!(answer.body == body, "{} bytes", answer.body.len());
        drop(server);

        server = OpenSslServer::start(&certificate, &[]).await;
        let mut pod = Elsewhere::new(server.address(), &authority.pem()).await;
        let text = "a line of it\n".repeat(100_000);
        let post = request("POST", "/api");
        let answered = async {
            server.prints("a line of it\n", 100_000).await;
            server.say(ANSWER).await;
        };
        let answer = while_told(pod.client.send(&post, Some(text.as_bytes())), answered).await;
        assert_eq!(answer.unwrap().unwrap().body, b"hello");
    })
    .await;
}
