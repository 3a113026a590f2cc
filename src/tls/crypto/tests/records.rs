//! Records that are cut, repeated, in another order, too long or of no kind.

use std::io::{ErrorKind, Read as _};

use k8s_in_cluster_aead::{ChaCha20Poly1305, Cipher as _, TAG_LEN};
use rustls::crypto::cipher::{Iv, Nonce, make_tls13_aad};
use rustls::{
    CipherSuite, ClientConnection, ConnectionTrafficSecrets, Error, InvalidMessage, NamedGroup,
    PeerMisbehaved,
};

use super::peers::{KeyKind, Peers, receive, received, sent};
use crate::tls::crypto::provider;

/// What a record's header says of its content.
const APPLICATION_DATA: u8 = 23;

/// The most bytes that a record's content has.
const LIMIT: usize = 1 << 14;

/// A client, and a server that sends what it likes.
struct Sender {
    client: ClientConnection,
    cipher: ChaCha20Poly1305,
    iv: Iv,
    sequence: u64,
}

impl Sender {
    fn new() -> Self {
        let mut peers = peers(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
        // The session tickets, which are not for a client that resumes none.
        peers.settle().unwrap();
        let secrets = peers.server.dangerous_extract_secrets().unwrap();
        let (sequence, ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv }) = secrets.tx else {
            panic!("another suite")
        };
        let cipher = ChaCha20Poly1305::new(key.as_ref()).unwrap();
        Self { client: peers.client, cipher, iv, sequence }
    }

    /// A record with `content`, its type at the end.
    fn seal(&mut self, content: &[u8]) -> Vec<u8> {
        let length = content.len() + TAG_LEN;
        let mut body = content.to_vec();
        let nonce = Nonce::new(&self.iv, self.sequence).0;
        let tag = self.cipher.seal(&nonce, &make_tls13_aad(length), &mut body).unwrap();
        self.sequence += 1;
        let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
        [&[APPLICATION_DATA, 3, 3, high, low], &body[..], &tag].concat()
    }

    /// Has the client receive a record, and returns what came of it.
    fn send(&mut self, content: &[u8]) -> Result<Vec<u8>, Error> {
        let record = self.seal(content);
        receive(&mut self.client, &record)?;
        Ok(received(&mut self.client))
    }
}

fn peers(suite: CipherSuite) -> Peers {
    Peers::connected(suite, NamedGroup::X25519, KeyKind::Ed25519)
}

/// Some data of the server, each in a record of its own.
fn records(peers: &mut Peers, count: u8) -> Vec<Vec<u8>> {
    use std::io::Write as _;
    peers.settle().unwrap();
    let record = |number| {
        peers.server.writer().write_all(&[number; 10]).unwrap();
        sent(&mut peers.server)
    };
    (0..count).map(record).collect()
}

#[test]
fn records_count_in_their_order_alone() {
    for suite in provider().cipher_suites {
        for order in [&[1][..], &[1, 0], &[0, 0], &[0, 1, 0], &[0, 2], &[0, 1, 1, 2]] {
            let mut peers = peers(suite.suite());
            let records = records(&mut peers, 3);
            let mut expected = Vec::new();
            let mut next = 0;
            for number in order {
                let taken = receive(&mut peers.client, &records[*number]);
                if *number == next {
                    assert_eq!(taken, Ok(()));
                    expected.extend_from_slice(&[*number as u8; 10]);
                    next += 1;
                } else {
                    assert_eq!(taken, Err(Error::DecryptError), "{order:?}");
                    break;
                }
            }
            let mut data = vec![0; expected.len()];
            peers.client.reader().read_exact(&mut data).unwrap();
            assert_eq!(data, expected);
            // And it is not taken up again by the right one.
            assert!(receive(&mut peers.client, &records[next]).is_err());
        }
    }
}

#[test]
fn of_a_record_that_was_cut_nothing_is_given_out() {
    let mut peers = peers(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
    let record = records(&mut peers, 1).remove(0);
    receive(&mut peers.client, &record[..record.len() - 1]).unwrap();
    assert!(received(&mut peers.client).is_empty());
    // The connection ends there, without the alert by which it should.
    assert_eq!(peers.client.read_tls(&mut &[][..]).unwrap(), 0);
    peers.client.process_new_packets().unwrap();
    let error = peers.client.reader().read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn no_record_of_which_a_bit_was_changed_gives_out_data() {
    for suite in provider().cipher_suites {
        let length = records(&mut peers(suite.suite()), 1).remove(0).len();
        for position in 0..length {
            let mut peers = peers(suite.suite());
            let mut record = records(&mut peers, 1).remove(0);
            record[position] ^= 1 << (position % 8);
            let taken = receive(&mut peers.client, &record).is_ok();
            let mut data = [0xff; 10];
            let length = peers.client.reader().read(&mut data).unwrap_or(0);
            // The first bytes of a header are as good as fixed: the kind is that of
            // the content within, and the version says nothing.
            let harmless = position < 3 && taken && data == [0; 10];
            assert!(harmless || length == 0, "byte {position}: {data:?}");
        }
    }
}

#[test]
fn a_record_has_its_limit() {
    let mut content = vec![7; LIMIT];
    content.push(APPLICATION_DATA);
    assert_eq!(Sender::new().send(&content), Ok(vec![7; LIMIT]));

    // One more of content, or of what pads it.
    content.insert(0, 7);
    assert_eq!(Sender::new().send(&content), Err(Error::PeerSentOversizedRecord));
    content.remove(0);
    content.push(0);
    assert_eq!(Sender::new().send(&content), Err(Error::PeerSentOversizedRecord));

    // More than any could have is refused by its header.
    let mut sender = Sender::new();
    let header = [APPLICATION_DATA, 3, 3, 0x48, 0x01];
    let error = receive(&mut sender.client, &header).unwrap_err();
    assert_eq!(error, Error::InvalidMessage(InvalidMessage::MessageTooLarge));
}

#[test]
fn the_content_of_a_record_has_a_kind() {
    assert_eq!(Sender::new().send(b"data\x17"), Ok(b"data".to_vec()));
    assert_eq!(Sender::new().send(b"padded\x17\0\0\0"), Ok(b"padded".to_vec()));
    assert_eq!(Sender::new().send(b"\x17"), Ok(Vec::new()));
    for none in [&b""[..], b"\0", b"\0\0\0\0\0\0\0\0"] {
        let error = Sender::new().send(none).unwrap_err();
        assert_eq!(error, PeerMisbehaved::IllegalTlsInnerPlaintext.into());
    }
    let error = Sender::new().send(b"\x01\x14").unwrap_err();
    assert_eq!(error, PeerMisbehaved::IllegalMiddleboxChangeCipherSpec.into());
    // A kind that there is not.
    assert!(Sender::new().send(b"data\x63").is_err());
}

#[test]
fn a_record_without_room_for_a_tag_is_refused() {
    for length in 0..TAG_LEN as u8 {
        let mut sender = Sender::new();
        let record = [&[APPLICATION_DATA, 3, 3, 0, length][..], &vec![0; length.into()]].concat();
        assert_eq!(receive(&mut sender.client, &record), Err(Error::DecryptError));
    }
}
