//! A server's first flight, altered on the way.

use rustls::{CipherSuite, NamedGroup};

use super::peers::{Authority, KeyKind, Peers, exchange, receive, ring_with, sent, server};

/// How long a record's header is.
const HEADER: usize = 5;

#[test]
fn no_handshake_completes_over_a_flight_of_which_a_bit_was_changed() {
    for (suite, group, kind) in [
        (CipherSuite::TLS13_CHACHA20_POLY1305_SHA256, NamedGroup::X25519, KeyKind::P256),
        (CipherSuite::TLS13_AES_128_GCM_SHA256, NamedGroup::X25519, KeyKind::Ed25519),
        (CipherSuite::TLS13_AES_256_GCM_SHA384, NamedGroup::X25519, KeyKind::Rsa),
    ] {
        flip_bits(suite, group, kind);
    }
}

fn flip_bits(suite: CipherSuite, group: NamedGroup, kind: KeyKind) {
    let (authority, key) = (Authority::new(kind), kind.pair());
    let certificate = authority.certify(&key);
    let flight_of = |peers: &mut Peers| {
        let hello = sent(&mut peers.client);
        receive(&mut peers.server, &hello).unwrap();
        sent(&mut peers.server)
    };
    let peers = || {
        Peers::new(authority.client(), server(ring_with(suite, group), certificate.clone(), &key))
    };
    let mut refused = 0;
    for (position, bit) in bits(&flight_of(&mut peers())) {
        let mut peers = peers();
        let mut flight = flight_of(&mut peers);
        // A signature of ECDSA may be shorter this time.
        let Some(byte) = flight.get_mut(position) else { continue };
        *byte ^= 1 << bit;
        let completed = receive(&mut peers.client, &flight).is_ok()
            && !peers.client.is_handshaking()
            && peers.settle().is_ok();
        if completed {
            // A header's version says nothing, and is not to be looked at (RFC 8446,
            // 5.1); nor is the kind of a record whose content has one of its own.
            let harmless = headers(&flight).any(|header| {
                let first = if header == 0 { header + 1 } else { header };
                (first..header + 3).contains(&position)
            });
            assert!(harmless, "{suite:?}: bit {bit} of byte {position} was changed");
            exchange(&mut peers, b"as it was", b"meant");
        } else {
            refused += 1;
        }
    }
    assert!(refused > 1000, "{refused}");
}

/// What is changed: each bit of the server's hello, and one of each byte behind it.
fn bits(flight: &[u8]) -> Vec<(usize, usize)> {
    let hello = headers(flight).nth(1).unwrap();
    let of_hello = (0..hello).flat_map(|position| (0..8).map(move |bit| (position, bit)));
    of_hello.chain((hello..flight.len()).map(|position| (position, position % 8))).collect()
}

/// Where the records begin.
fn headers(flight: &[u8]) -> impl Iterator<Item = usize> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let at = next;
        let header = flight.get(at..at + HEADER)?;
        next += HEADER + usize::from(u16::from_be_bytes([header[3], header[4]]));
        Some(at)
    })
}

#[test]
fn no_handshake_completes_over_a_flight_that_was_cut() {
    let kind = KeyKind::Ed25519;
    let (authority, key) = (Authority::new(kind), kind.pair());
    let certificate = authority.certify(&key);
    for part in 1..20 {
        let theirs = ring_with(CipherSuite::TLS13_AES_128_GCM_SHA256, NamedGroup::X25519);
        let mut peers = Peers::new(authority.client(), server(theirs, certificate.clone(), &key));
        let hello = sent(&mut peers.client);
        receive(&mut peers.server, &hello).unwrap();
        let flight = sent(&mut peers.server);
        receive(&mut peers.client, &flight[..flight.len() * part / 20]).unwrap();
        assert!(peers.client.is_handshaking());
        // The rest still completes it.
        receive(&mut peers.client, &flight[flight.len() * part / 20..]).unwrap();
        assert!(!peers.client.is_handshaking());
    }
}
