//! Whatever a server sends: an error, or nothing, and never a panic, or a byte that was
//! not sent.

use super::peer::{Authority, NAME, NOW, Pair, session};
use crate::cases::cases;
use rustls::version;

#[test]
fn garbage_in_place_of_a_handshake() {
    let anchors = Authority::new().anchors();
    cases(4, 3000, |random| {
        let mut session = session(&anchors, NAME, NOW);
        session.advance(&mut Vec::new(), |_| panic!("plaintext")).unwrap();
        for _ in 0..1 + random.below(4) {
            let mut bytes = random.bytes(600);
            let length = bytes.len();
            // Every other time with the header of a record, or nothing gets further.
            if length > 5 && random.below(2) == 0 {
                let inner = (length - 5) as u16;
                let kind = [20, 21, 22, 23][random.below(4)];
                bytes[..5].copy_from_slice(&[kind, 3, 3, (inner >> 8) as u8, inner as u8]);
            }
            session.feed(bytes);
            if session.advance(&mut b"secret".to_vec(), |_| panic!("plaintext")).is_err() {
                break;
            }
        }
        assert!(!session.is_established());
    });
}

#[test]
fn a_handshake_that_is_tampered_with() {
    let authority = Authority::new();
    let (mut established, mut all) = (0, 0);
    cases(5, 300, |random| {
        let session = session(&authority.anchors(), NAME, NOW);
        let mut pair = Pair::new(session, authority.server(&version::TLS13));
        pair.advance().unwrap();
        let hello = std::mem::take(pair.session.outgoing());
        pair.server.read_tls(&mut &hello[..]).unwrap();
        pair.server.process_new_packets().unwrap();
        let mut flight = pair.server_writes();
        let genuine = flight.clone();
        random.damage(&mut flight);
        // What comes after is what the server sent, to no avail.
        flight.extend_from_slice(&genuine);
        pair.session.feed(flight.clone());
        pair.to_send = b"secret".to_vec();
        let result = pair.advance();
        if pair.session.is_established() {
            // What was damaged is only what followed a complete flight, or nothing.
            assert!(flight.starts_with(&genuine), "{result:?}");
            established += 1;
        }
        assert_eq!(pair.received, b"");
        all += 1;
    });
    assert!(established <= 1 + all / 10, "{established} of {all} were not damaged");
}

#[test]
fn traffic_that_is_tampered_with() {
    let text: Vec<u8> = (0..3000).map(|at| at as u8).collect();
    cases(6, 300, |random| {
        let mut pair = Pair::established();
        for piece in text.chunks(500) {
            pair.server_write(piece);
        }
        let mut bytes = pair.server_writes();
        random.damage(&mut bytes);
        let piece = 1 + random.below(bytes.len().max(1));
        for piece in bytes.chunks(piece) {
            pair.session.feed(piece.to_vec());
            if pair.advance().is_err() {
                break;
            }
        }
        assert!(text.starts_with(&pair.received), "what was not sent");
    });
}

#[test]
fn a_record_without_end_takes_no_memory_without_end() {
    let mut session = session(&Authority::new().anchors(), NAME, NOW);
    // A handshake message that says it is 16 MiB long.
    let mut record = vec![22, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff];
    record.resize(5 + 0x4000, 0);
    let refused = (0..100).any(|_| {
        session.feed(record.clone());
        session.advance(&mut Vec::new(), |_| {}).is_err()
    });
    assert!(refused);
}
