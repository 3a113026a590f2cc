//! Handshakes with every suite, group and kind of certificate.

use std::io::{Read as _, Write as _};

use rustls::HandshakeKind;
use rustls::crypto::ring;

use super::peers::{Authority, KeyKind, Peers, ring_with, server};
use crate::tls::crypto::provider;

#[test]
fn every_suite_group_and_kind_of_certificate_completes_a_handshake_and_carries_data() {
    let mut count = 0;
    for kind in KeyKind::ALL {
        let authority = Authority::new(kind);
        let key = kind.pair();
        let certificate = authority.certify(&key);
        for suite in provider().cipher_suites {
            for group in provider().kx_groups {
                let theirs = ring_with(of_ring(suite.suite()), group_of_ring(group.name()));
                let mut peers =
                    Peers::new(authority.client(), server(theirs, certificate.clone(), &key));
                peers.settle().unwrap();
                assert!(!peers.client.is_handshaking() && !peers.server.is_handshaking());
                let expected = match group.name() {
                    rustls::NamedGroup::X25519 => HandshakeKind::Full,
                    _ => HandshakeKind::FullWithHelloRetryRequest,
                };
                assert_eq!(peers.client.handshake_kind(), Some(expected));
                exchange(&mut peers, b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n");
                count += 1;
            }
        }
    }
    assert_eq!(count, 4 * 3 * 3);
}

/// Sends data both ways.
fn exchange(peers: &mut Peers, request: &[u8], response: &[u8]) {
    peers.client.writer().write_all(request).unwrap();
    peers.server.writer().write_all(response).unwrap();
    peers.settle().unwrap();
    let mut got = vec![0; request.len()];
    peers.server.reader().read_exact(&mut got).unwrap();
    assert_eq!(got, request);
    let mut got = vec![0; response.len()];
    peers.client.reader().read_exact(&mut got).unwrap();
    assert_eq!(got, response);
}

/// ring's own of a suite that has the same name.
fn of_ring(name: rustls::CipherSuite) -> rustls::SupportedCipherSuite {
    *ring::ALL_CIPHER_SUITES.iter().find(|suite| suite.suite() == name).unwrap()
}

/// ring's own of a group that has the same name.
fn group_of_ring(name: rustls::NamedGroup) -> &'static dyn rustls::crypto::SupportedKxGroup {
    *ring::ALL_KX_GROUPS.iter().find(|group| group.name() == name).unwrap()
}
