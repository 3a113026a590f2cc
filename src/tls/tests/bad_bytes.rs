//! Whatever a server sends: an error, or nothing, and never a panic, or a byte that was
//! not sent.

use super::peer::{Authority, NAME, NOW, Pair, session};
use rustls::version;

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> usize {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() % end
    }
}

/// Damages bytes in one of the ways that networks and attackers know.
fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let (at, to) = (numbers.below(bytes.len()), numbers.below(bytes.len()));
    match numbers.below(6) {
        0 => bytes[at] ^= 1 << numbers.below(8),
        1 => bytes.truncate(at),
        2 => bytes.swap(at, to),
        3 => bytes.insert(at, numbers.next() as u8),
        4 => drop(bytes.drain(at.min(to)..at.max(to))),
        _ => {
            let copy = bytes[at.min(to)..at.max(to)].to_vec();
            bytes.splice(at..at, copy);
        }
    }
}

#[test]
fn garbage_in_place_of_a_handshake() {
    let anchors = Authority::new().anchors();
    let mut numbers = Numbers(0x5eed);
    for _ in 0..3000 {
        let mut session = session(&anchors, NAME, NOW);
        session.advance(&mut Vec::new(), |_| panic!("plaintext")).unwrap();
        for _ in 0..1 + numbers.below(4) {
            let length = numbers.below(600);
            let mut bytes: Vec<u8> = (0..length).map(|_| numbers.next() as u8).collect();
            // Every other time with the header of a record, or nothing gets further.
            if length > 5 && numbers.below(2) == 0 {
                let inner = (length - 5) as u16;
                let kind = [20, 21, 22, 23][numbers.below(4)];
                bytes[..5].copy_from_slice(&[kind, 3, 3, (inner >> 8) as u8, inner as u8]);
            }
            session.feed(bytes);
            if session.advance(&mut b"secret".to_vec(), |_| panic!("plaintext")).is_err() {
                break;
            }
        }
        assert!(!session.is_established());
    }
}

#[test]
fn a_handshake_that_is_tampered_with() {
    let authority = Authority::new();
    let mut numbers = Numbers(0xface);
    let mut established = 0;
    for _ in 0..300 {
        let session = session(&authority.anchors(), NAME, NOW);
        let mut pair = Pair::new(session, authority.server(&version::TLS13));
        pair.advance().unwrap();
        let hello = std::mem::take(pair.session.outgoing());
        pair.server.read_tls(&mut &hello[..]).unwrap();
        pair.server.process_new_packets().unwrap();
        let mut flight = pair.server_writes();
        let genuine = flight.clone();
        damage(&mut flight, &mut numbers);
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
    }
    assert!(established < 30, "{established} of 300 were not damaged");
}

#[test]
fn traffic_that_is_tampered_with() {
    let mut numbers = Numbers(0xbeef);
    let text: Vec<u8> = (0..3000).map(|at| at as u8).collect();
    for _ in 0..300 {
        let mut pair = Pair::established();
        for piece in text.chunks(500) {
            pair.server_write(piece);
        }
        let mut bytes = pair.server_writes();
        damage(&mut bytes, &mut numbers);
        let piece = 1 + numbers.below(bytes.len().max(1));
        for piece in bytes.chunks(piece) {
            pair.session.feed(piece.to_vec());
            if pair.advance().is_err() {
                break;
            }
        }
        assert!(text.starts_with(&pair.received), "what was not sent");
    }
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
