use super::peer::{Authority, NAME, NOW, Pair, session};
use rustls::version;

/// Bytes that no two places have in common.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

#[test]
fn whatever_the_pieces_both_sides_get_what_was_sent() {
    for piece in [1, 5, 6, 1000, 16 * 1024 + 5, usize::MAX] {
        let authority = Authority::new();
        let session = session(&authority.anchors(), "10.96.0.1", NOW);
        let mut pair = Pair::new(session, authority.server(&version::TLS13));
        pair.piece = piece;
        pair.to_send = bytes(40_000);
        pair.settle().unwrap();
        assert_eq!(pair.server_read(), bytes(40_000), "in pieces of {piece}");
        pair.server.set_buffer_limit(None);
        pair.server_write(&bytes(70_000));
        pair.settle().unwrap();
        assert_eq!(pair.received, bytes(70_000), "in pieces of {piece}");
    }
}

#[test]
fn nothing_of_a_request_is_sent_before_the_server_is_verified() {
    let authority = Authority::new();
    let session = session(&authority.anchors(), NAME, NOW);
    let mut pair = Pair::new(session, authority.server(&version::TLS13));
    pair.to_send = b"Authorization: Bearer secret".to_vec();
    pair.advance().unwrap();
    assert!(!pair.session.is_established());
    assert_eq!(pair.to_send, b"Authorization: Bearer secret");
    pair.settle().unwrap();
    assert!(pair.to_send.is_empty());
    assert!(!pair.sent.windows(6).any(|window| window == b"secret"));
    assert_eq!(pair.server_read(), b"Authorization: Bearer secret");
}

#[test]
fn the_server_may_change_its_keys_at_any_time() {
    let mut pair = Pair::established();
    for round in 0..20_u8 {
        pair.server.refresh_traffic_keys().unwrap();
        pair.server_write(&[round; 3]);
        pair.to_send = vec![round; 2];
        pair.settle().unwrap();
        assert_eq!(pair.received.split_off(0), [round; 3]);
        assert_eq!(pair.server_read(), [round; 2]);
    }
}

#[test]
fn an_end_is_told_from_a_cut() {
    let mut pair = Pair::established();
    pair.server_write(b"last words");
    pair.server.send_close_notify();
    pair.settle().unwrap();
    assert_eq!(pair.received, b"last words");
    assert!(pair.session.is_ended());

    let mut pair = Pair::established();
    pair.server_write(b"last words");
    pair.settle().unwrap();
    assert!(!pair.session.is_ended());
}

#[test]
fn the_server_is_told_of_the_end() {
    let mut pair = Pair::established();
    pair.session.close();
    assert!(pair.session.has_outgoing());
    let goodbye = std::mem::take(pair.session.outgoing());
    pair.server.read_tls(&mut &goodbye[..]).unwrap();
    assert!(pair.server.process_new_packets().unwrap().peer_has_closed());
}
