//! Certificates, protocols, restarts and ends.

use std::net::SocketAddr;

use host_test::api_server::{
    ApiServer, CertificateAuthority, FailedHandshake, ServerCertificate, Usage, Validity,
};
use http::{StatusCode, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::VERSIONS;
use crate::client::{Client, within_reason};

async fn refused(address: SocketAddr) -> bool {
    match TcpStream::connect(address).await {
        Ok(_) => false,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
    }
}

/// Waits for the handshake that failed, and asserts that no request came with it.
async fn failure(server: &ApiServer) -> FailedHandshake {
    let failed = |entries: &host_test::api_server::Entries| !entries.failed_handshakes.is_empty();
    let entries = server.journal().wait_until(failed).await;
    assert!(entries.requests.is_empty(), "nothing was sent");
    server.journal().clear();
    entries.failed_handshakes[0].clone()
}

#[tokio::test]
async fn a_client_refuses_bad_certificates_and_the_journal_says_why() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let default = ServerCertificate::default;
        let names = vec!["example.com".to_owned()];
        let ours = server.authority().clone();
        // The authorities of all clusters have the same name, and a client only sees that the signature is wrong.
        let namesake = CertificateAuthority::new("kubernetes").unwrap();
        let stranger = CertificateAuthority::new("stranger").unwrap();
        let with = |certificate| (&ours, certificate);
        let cases = [
            (
                with(ServerCertificate { names, ..default() }),
                "BadCertificate",
                "not valid for name",
            ),
            (
                with(ServerCertificate { validity: Validity::Expired, ..default() }),
                "CertificateExpired",
                "certificate expired",
            ),
            (
                with(ServerCertificate { validity: Validity::NotYetValid, ..default() }),
                "CertificateExpired",
                "not valid yet",
            ),
            (
                with(ServerCertificate { usage: Usage::Client, ..default() }),
                "UnsupportedCertificate",
                "extended key usage",
            ),
            ((&namesake, default()), "DecryptError", "BadSignature"),
            ((&stranger, default()), "UnknownCA", "UnknownIssuer"),
        ];
        for version in VERSIONS {
            for ((authority, certificate), alert, words) in &cases {
                let issued = authority.issue(certificate).unwrap();
                server.set_certificate(&issued).unwrap();
                let error = Client::of(&server, version).connect().await.err().unwrap();
                assert!(error.to_string().contains(words), "{error}");
                let failure = failure(&server).await;
                assert_eq!(failure.alert.as_deref(), Some(*alert));
            }
        }
        let good = ours.issue(&ServerCertificate::default()).unwrap();
        server.set_certificate(&good).unwrap();
        let mut client = Client::of(&server, Version::HTTP_2).connect().await.unwrap();
        assert_eq!(client.get(&server, "/api").await.unwrap().status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn every_default_name_is_in_the_certificate() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        for server_name in host_test::api_server::SERVER_NAMES {
            let client = Client { server_name, ..Client::of(&server, Version::HTTP_11) };
            let mut client = client.connect().await.expect(server_name);
            client.get(&server, "/api").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_certificate_is_replaced_while_connections_stay() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let old = Client::of(&server, Version::HTTP_2);
        let mut kept = old.connect().await.unwrap();
        let other = CertificateAuthority::new("after").unwrap();
        let issued = other.issue(&ServerCertificate::default()).unwrap();
        server.set_certificate(&issued).unwrap();

        assert!(old.connect().await.is_err());
        let new = Client { ca_pem: other.pem(), ..old };
        let mut client = new.connect().await.unwrap();
        assert_eq!(client.get(&server, "/api").await.unwrap().status, StatusCode::OK);
        assert_eq!(kept.get(&server, "/api").await.unwrap().status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn protocols_are_offered_as_asked() {
    within_reason(async {
        let http1 = ApiServer::builder().without_http2().start().await.unwrap();
        let http2 = ApiServer::builder().without_http1().start().await.unwrap();
        let neither = ApiServer::builder().without_http1().without_http2().start().await.unwrap();
        for (server, version, alpn) in [
            (&http1, Version::HTTP_11, Some("http/1.1")),
            (&http2, Version::HTTP_2, Some("h2")),
            (&neither, Version::HTTP_11, None),
        ] {
            let client = Client { alpn: vec!["h2", "http/1.1"], ..Client::of(server, version) };
            let mut client = client.connect().await.unwrap();
            client.get(server, "/api").await.unwrap();
            let request = &server.journal().requests()[0];
            assert_eq!(request.version, version);
            assert_eq!(request.connection.alpn.as_deref(), alpn);
        }
        http1.journal().clear();
        assert!(Client::of(&http1, Version::HTTP_2).connect().await.is_err());
        failure(&http1).await;
    })
    .await;
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_told_so() {
    within_reason(async {
        let server = ApiServer::builder().start().await.unwrap();
        let mut tcp = TcpStream::connect(server.address()).await.unwrap();
        tcp.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("Client sent an HTTP request to an HTTPS server.\n"));
        assert!(failure(&server).await.error.contains("TLS"));
    })
    .await;
}

#[tokio::test]
async fn it_listens_on_ipv6_when_asked() {
    within_reason(async {
        let server = ApiServer::builder().with_ipv6().start().await.unwrap();
        let address = server.ipv6_address().unwrap();
        let client =
            Client { address, server_name: "::1", ..Client::of(&server, Version::HTTP_11) };
        client.connect().await.unwrap().get(&server, "/api").await.unwrap();
        let connection = server.journal().requests()[0].connection.clone();
        assert!(connection.peer.is_ipv6());
        assert_eq!(connection.server_name, None, "an address is no server name");
    })
    .await;
}

#[tokio::test]
async fn it_stops_refuses_and_starts_again_on_the_same_port() {
    within_reason(async {
        for version in VERSIONS {
            let server = ApiServer::builder().start().await.unwrap();
            let address = server.address();
            let client = Client::of(&server, version);
            let mut open = client.connect().await.unwrap();
            open.get(&server, "/api").await.unwrap();

            server.stop().await;
            open.closed().await;
            assert!(refused(address).await);
            server.stop().await;

            server.start_again().await.unwrap();
            server.start_again().await.unwrap();
            assert_eq!(server.address(), address);
            let mut again = client.connect().await.unwrap();
            again.get(&server, "/api").await.unwrap();
            assert_eq!(server.journal().requests().len(), 2, "the journal goes on");
        }
    })
    .await;
}

#[tokio::test]
async fn another_server_takes_over_a_port() {
    within_reason(async {
        let first = ApiServer::builder().start().await.unwrap();
        let port = first.address().port();
        assert!(ApiServer::builder().port(port).start().await.is_err());
        drop(first);
        let second = ApiServer::builder().port(port).start().await.unwrap();
        assert_eq!(second.address().port(), port);
    })
    .await;
}

#[tokio::test]
async fn dropping_it_cuts_connections_and_frees_the_port() {
    within_reason(async {
        for version in VERSIONS {
            let server = ApiServer::builder().start().await.unwrap();
            let address = server.address();
            let mut open = Client::of(&server, version).connect().await.unwrap();
            let mut silent = TcpStream::connect(address).await.unwrap();
            open.get(&server, "/api").await.unwrap();
            let both = |entries: &host_test::api_server::Entries| entries.open_connections == 2;
            let journal = server.journal().clone();
            journal.wait_until(both).await;

            drop(server);
            assert_eq!(journal.entries().open_connections, 0, "when the drop has returned");
            open.closed().await;
            assert!(matches!(silent.read(&mut [0]).await, Ok(0) | Err(_)));
            assert!(refused(address).await);
        }
    })
    .await;
}
