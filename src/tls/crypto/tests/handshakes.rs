//! Handshakes with every suite, group and kind of certificate, and the keys' update.

use rustls::crypto::ring;
use rustls::{CipherSuite, HandshakeKind, NamedGroup, ProtocolVersion};

use super::peers::{Authority, KeyKind, Peers, exchange, ring_with, server};
use crate::tls::crypto::provider;

/// More than one record.
static LONG: [u8; 20_000] = [0x5a; 20_000];

#[test]
fn every_suite_group_and_kind_of_certificate_completes_a_handshake_and_carries_data() {
    let mut count = 0;
    for kind in KeyKind::ALL {
        for suite in provider().cipher_suites {
            for group in provider().kx_groups {
                let mut peers = Peers::connected(suite.suite(), group.name(), kind);
                assert_eq!(peers.client.protocol_version(), Some(ProtocolVersion::TLSv1_3));
                // A key for the first group alone is sent unasked.
                let expected = match group.name() {
                    NamedGroup::X25519 => HandshakeKind::Full,
                    _ => HandshakeKind::FullWithHelloRetryRequest,
                };
                assert_eq!(peers.client.handshake_kind(), Some(expected));
                exchange(&mut peers, b"GET / HTTP/1.1\r\n\r\n", &LONG);
                exchange(&mut peers, &LONG, b"HTTP/1.1 200 OK\r\n\r\n");
                count += 1;
            }
        }
    }
    assert_eq!(count, 4 * 3 * 3);
}

#[test]
fn a_server_that_follows_the_client_takes_chacha20_poly1305_and_x25519() {
    let (authority, key) = (Authority::new(KeyKind::P256), KeyKind::P256.pair());
    let server = server(ring::default_provider(), authority.certify(&key), &key);
    assert!(!server.ignore_client_order);
    let mut peers = Peers::new(authority.client(), server);
    peers.settle().unwrap();
    let suite = peers.client.negotiated_cipher_suite().unwrap();
    assert_eq!(suite.suite(), CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
    let group = peers.client.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519);
}

#[test]
fn an_authority_may_have_another_kind_of_key_than_the_server() {
    for of_authority in KeyKind::ALL {
        for of_server in KeyKind::ALL {
            let (authority, key) = (Authority::new(of_authority), of_server.pair());
            let theirs = ring_with(CipherSuite::TLS13_AES_128_GCM_SHA256, NamedGroup::X25519);
            let server = server(theirs, authority.certify(&key), &key);
            let mut peers = Peers::new(authority.client(), server);
            peers.settle().unwrap();
            exchange(&mut peers, b"?", b"!");
        }
    }
}

#[test]
fn an_authority_of_the_same_name_and_kind_is_not_trusted() {
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Ed25519] {
        let (authority, other, key) = (Authority::new(kind), Authority::new(kind), kind.pair());
        let theirs = ring_with(CipherSuite::TLS13_AES_128_GCM_SHA256, NamedGroup::X25519);
        let server = server(theirs, other.certify(&key), &key);
        let error = Peers::new(authority.client(), server).settle().unwrap_err();
        let bad = rustls::CertificateError::BadSignature;
        assert_eq!(error, rustls::Error::InvalidCertificate(bad), "{kind:?}");
    }
}

#[test]
fn both_sides_change_their_keys_as_often_as_they_like() {
    for suite in provider().cipher_suites {
        let mut peers = Peers::connected(suite.suite(), NamedGroup::X25519, KeyKind::Ed25519);
        for _ in 0..3 {
            peers.client.refresh_traffic_keys().unwrap();
            exchange(&mut peers, b"by the client's new keys", &LONG);
            peers.server.refresh_traffic_keys().unwrap();
            exchange(&mut peers, &LONG, b"by the server's new keys");
            peers.client.refresh_traffic_keys().unwrap();
            peers.server.refresh_traffic_keys().unwrap();
            exchange(&mut peers, b"by new keys", b"on both sides");
        }
    }
}

#[test]
fn keys_of_a_client_are_refused() {
    let key = KeyKind::P256.pair().serialize_der();
    let error = provider().key_provider.load_private_key(key.try_into().unwrap()).unwrap_err();
    assert!(error.to_string().contains("client certificates are not supported"), "{error}");
}

#[test]
fn keys_of_a_connection_are_not_given_away() {
    let (authority, key) = (Authority::new(KeyKind::Ed25519), KeyKind::Ed25519.pair());
    let theirs = ring_with(CipherSuite::TLS13_AES_128_GCM_SHA256, NamedGroup::X25519);
    let server = server(theirs, authority.certify(&key), &key);
    let mut client = authority.client();
    client.enable_secret_extraction = true;
    let mut peers = Peers::new(client, server);
    peers.settle().unwrap();
    assert!(peers.client.dangerous_extract_secrets().is_err());
}
