//! A server that has the keys of the session, and sends what it likes: an error, or what is
//! data of it, and never a panic, or memory without end.

use super::peer::{Authority, NAME, NOW, Pair, session};
use crate::cases::{Random, cases};
use crate::credentials::TrustAnchors;
use hmac::{Hmac, KeyInit as _, Mac as _};
use k8s_in_cluster_aead::{ChaCha20Poly1305, Cipher as _, TAG_LEN};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{Error, KeyLog, ServerConfig, ServerConnection, version};
use sha2::Sha256;
use std::sync::{Arc, Mutex};

/// The types of a record's content (RFC 8446, B.1).
const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// The types of messages of a handshake (RFC 8446, B.3).
const NEW_SESSION_TICKET: u8 = 4;
const CERTIFICATE_REQUEST: u8 = 13;
const KEY_UPDATE: u8 = 24;

const WARNING: u8 = 1;
const FATAL: u8 = 2;
const CLOSE_NOTIFY: u8 = 0;
const USER_CANCELED: u8 = 90;

/// The most plaintext of a record.
const LIMIT: usize = 1 << 14;

/// The most that a session may hold, whatever it is sent: some records, and a message that
/// is not whole.
const HELD: usize = 256 << 10;

/// What a server's side tells of its secrets.
#[derive(Debug, Default)]
struct Secrets(Mutex<Vec<u8>>);

impl KeyLog for Secrets {
    fn log(&self, label: &str, _: &[u8], secret: &[u8]) {
        if label == "SERVER_TRAFFIC_SECRET_0" {
            *self.0.lock().unwrap() = secret.to_vec();
        }
    }
}

/// Who there is to speak with.
struct Servers {
    anchors: TrustAnchors,
    config: Arc<ServerConfig>,
    secrets: Arc<Secrets>,
}

impl Servers {
    fn new() -> Self {
        let (authority, secrets) = (Authority::new(), Arc::<Secrets>::default());
        let provider = CryptoProvider {
            cipher_suites: vec![ring::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256],
            ..ring::default_provider()
        };
        let mut config = authority.config(provider, &version::TLS13, |_| {});
        config.key_log = secrets.clone();
        config.send_tls13_tickets = 0;
        Self { anchors: authority.anchors(), config: Arc::new(config), secrets }
    }

    /// After a handshake that was as it should be.
    fn connect(&self) -> Sender {
        let server = ServerConnection::new(self.config.clone()).unwrap();
        let mut pair = Pair::new(session(&self.anchors, NAME, NOW), server);
        pair.settle().unwrap();
        assert!(pair.session.is_established());
        let secret = self.secrets.0.lock().unwrap().clone();
        Sender { pair, keys: Keys::new(secret), data: Vec::new(), held: 0 }
    }
}

/// The keys of the server's direction (RFC 8446, 7.3).
struct Keys {
    secret: Vec<u8>,
    cipher: ChaCha20Poly1305,
    iv: Vec<u8>,
    sequence: u64,
}

impl Keys {
    fn new(secret: Vec<u8>) -> Self {
        let cipher = ChaCha20Poly1305::new(&expand(&secret, "key", 32)).unwrap();
        Self { cipher, iv: expand(&secret, "iv", 12), sequence: 0, secret }
    }

    /// The next ones.
    fn update(&mut self) {
        *self = Self::new(expand(&self.secret, "traffic upd", 32));
    }

    /// A record of what it is to be inside, which is its content, the content's type, and padding.
    fn seal(&mut self, inner: &[u8]) -> Vec<u8> {
        let mut nonce: [u8; 12] = self.iv[..].try_into().unwrap();
        for (byte, number) in nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()) {
            *byte ^= number;
        }
        self.sequence += 1;
        let mut record = header(DATA, inner.len() + TAG_LEN).to_vec();
        let mut body = inner.to_vec();
        let tag = self.cipher.seal(&nonce, &record, &mut body).unwrap();
        record.extend(body);
        record.extend(tag);
        record
    }
}

/// HKDF-Expand-Label of SHA-256 without a context, which gives one hash at most.
fn expand(secret: &[u8], label: &str, length: u8) -> Vec<u8> {
    let label = format!("tls13 {label}");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(&[0, length, label.len() as u8]);
    mac.update(label.as_bytes());
    mac.update(&[0, 1]);
    mac.finalize().into_bytes()[..length.into()].to_vec()
}

fn header(kind: u8, length: usize) -> [u8; 5] {
    let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
    [kind, 3, 3, high, low]
}

/// A message of a handshake.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

/// The body of a ticket (RFC 8446, 4.6.1).
fn ticket(random: &mut Random) -> Vec<u8> {
    let (nonce, mut ticket) = (random.bytes(255), random.bytes(3000));
    ticket.push(1);
    let mut body = random.next().to_be_bytes().to_vec();
    body.push(nonce.len() as u8);
    body.extend(nonce);
    body.extend((ticket.len() as u16).to_be_bytes());
    body.extend(ticket);
    // An extension that there is not, or none.
    body.extend(random.of(&[&[0, 0][..], &[0, 6, 0xfa, 0xfa, 0, 2, 7, 7]]));
    body
}

/// A session, and the server that it takes for its API server.
struct Sender {
    pair: Pair,
    keys: Keys,
    /// What was sent as data.
    data: Vec<u8>,
    /// The most that the session held.
    held: usize,
}

/// What a session has to make of what it is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    Taken,
    Refused,
    /// The server said that this is the end.
    Ended,
    /// Either, but it is no data.
    Anything,
}

use Expected::{Anything, Ended, Refused, Taken};

impl Sender {
    /// A record of this type, with padding.
    fn record(&mut self, random: &mut Random, kind: u8, content: &[u8]) -> Vec<u8> {
        let most = random.of(&[0, 1, 100, LIMIT]).min(LIMIT - content.len());
        let padding = vec![0; random.below(most + 1)];
        self.keys.seal(&[content, &[kind], &padding].concat())
    }

    /// Records with a message's bytes, in pieces.
    fn handshake(&mut self, random: &mut Random, message: &[u8]) -> Vec<u8> {
        let mut records = Vec::new();
        let most = random.of(&[1, 3, 500, LIMIT]).max(message.len() / 20);
        for piece in message.chunks(most) {
            records.extend(self.record(random, HANDSHAKE, piece));
        }
        records
    }

    fn key_update(&mut self, random: &mut Random, requested: u8) -> Vec<u8> {
        let records = self.handshake(random, &message(KEY_UPDATE, &[requested]));
        self.keys.update();
        records
    }

    fn alert(&mut self, random: &mut Random, level: u8, description: u8) -> Vec<u8> {
        self.record(random, ALERT, &[level, description])
    }

    /// Data, which the session is to receive.
    fn some_data(&mut self, random: &mut Random) -> Vec<u8> {
        let mut data = random.bytes(2000);
        data.push(1);
        self.data.extend(&data);
        self.record(random, DATA, &data)
    }

    /// What a server may send.
    fn good(&mut self, random: &mut Random) -> (Expected, Vec<u8>) {
        let records = match random.below(7) {
            0..=2 => self.some_data(random),
            3 => {
                let ticket = ticket(random);
                self.handshake(random, &message(NEW_SESSION_TICKET, &ticket))
            }
            4 => {
                let requested = random.below(2) as u8;
                self.key_update(random, requested)
            }
            5 => self.record(random, DATA, b""),
            // Two messages in one record.
            _ => {
                let one = ticket(random);
                let mut both = message(NEW_SESSION_TICKET, &one);
                both.extend(message(NEW_SESSION_TICKET, &ticket(random)));
                self.handshake(random, &both)
            }
        };
        (Taken, records)
    }

    /// What it may not.
    fn bad(&mut self, random: &mut Random) -> (Expected, Vec<u8>) {
        match random.below(16) {
            // Client certificates after the handshake were not offered.
            0 => (Refused, self.handshake(random, &message(CERTIFICATE_REQUEST, &[0, 0, 0]))),
            1 => {
                let known = [NEW_SESSION_TICKET, KEY_UPDATE];
                let kind = (0..=255).filter(|kind| !known.contains(kind)).collect::<Vec<_>>();
                let body = random.bytes(300);
                let kind = random.of(&kind);
                (Refused, self.handshake(random, &message(kind, &body)))
            }
            // Neither yes nor no, or too long, or nothing.
            2 => {
                let body = random.of(&[&[2][..], &[255], &[0, 0], &[]]);
                (Refused, self.handshake(random, &message(KEY_UPDATE, body)))
            }
            // One whose keys nobody uses.
            3 => {
                let mut records = self.handshake(random, &message(KEY_UPDATE, &[0]));
                records.extend(self.record(random, DATA, b"data by the old keys"));
                (Refused, records)
            }
            // One that ends in the middle of a record, and another message with it.
            4 => {
                let mut two = message(KEY_UPDATE, &[0]);
                two.extend(message(NEW_SESSION_TICKET, &ticket(random)));
                let records = self.keys.seal(&[&two[..], &[HANDSHAKE]].concat());
                (Refused, records)
            }
            5 => {
                let mut body = ticket(random);
                body.truncate(random.below(body.len()));
                (Refused, self.handshake(random, &message(NEW_SESSION_TICKET, &body)))
            }
            6 => {
                let ticket = ticket(random);
                let mut message = message(NEW_SESSION_TICKET, &ticket);
                random.damage(&mut message);
                (Anything, self.handshake(random, &message))
            }
            // Between the pieces of a message there is nothing else.
            7 => {
                let message = message(NEW_SESSION_TICKET, &ticket(random));
                let half = 1 + random.below(message.len() - 1);
                let mut records = self.record(random, HANDSHAKE, &message[..half]);
                let other = random.of(&[DATA, ALERT]);
                records.extend(self.record(random, other, &[WARNING, USER_CANCELED]));
                (Refused, records)
            }
            8 => {
                let kinds = (1..=255).filter(|kind| !(ALERT..=DATA).contains(kind));
                let kind = random.of(&kinds.collect::<Vec<_>>());
                let content = random.bytes(100);
                (Refused, self.record(random, kind, &content))
            }
            // No type at all, and nothing of a handshake or an alert.
            9 => (Refused, self.keys.seal(&vec![0; random.below(LIMIT)])),
            10 => {
                let kind = random.of(&[ALERT, HANDSHAKE]);
                (Anything, self.record(random, kind, b""))
            }
            11 => {
                let content = random.bytes(4);
                let expected = if content.len() == 2 { Anything } else { Refused };
                (expected, self.record(random, ALERT, &content))
            }
            12 => {
                let description = 1 + random.below(89) as u8;
                (Refused, self.alert(random, FATAL, description))
            }
            13 => {
                let mut record = self.record(random, DATA, b"not to be received");
                let at = 5 + random.below(record.len() - 5);
                record[at] ^= 1 << random.below(8);
                (Refused, record)
            }
            14 => {
                self.keys.sequence += 1 + random.below(3) as u64;
                (Refused, self.record(random, DATA, b"out of order"))
            }
            // In plaintext.
            _ => {
                let kind = random.of(&[CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA]);
                let content = random.of(&[&[1][..], &[2, 40], &[1, 0], b"plaintext"]);
                let expected = if content.len() < 3 { Anything } else { Refused };
                (expected, [&header(kind, content.len()), content].concat())
            }
        }
    }

    /// Has the session take bytes, in pieces.
    fn send(&mut self, random: &mut Random, bytes: &[u8]) -> Result<(), Error> {
        let pieces = random.pieces(bytes);
        let pieces = if pieces.len() > 50 { vec![bytes] } else { pieces };
        for piece in pieces {
            self.pair.session.feed(piece.to_vec());
            let result = self.pair.advance();
            self.held = self.held.max(self.pair.session.held());
            result?;
        }
        Ok(())
    }

    /// Whether both still understand each other.
    fn assert_answers(&mut self) {
        self.pair.to_send = b"a request".to_vec();
        self.pair.advance().unwrap();
        let bytes = std::mem::take(self.pair.session.outgoing());
        let mut rest = &bytes[..];
        let mut read = Vec::new();
        while !rest.is_empty() {
            self.pair.server.read_tls(&mut rest).unwrap();
            self.pair.server.process_new_packets().unwrap();
            let _would_block =
                std::io::Read::read_to_end(&mut self.pair.server.reader(), &mut read);
        }
        assert!(read.ends_with(b"a request"));
    }
}

#[test]
fn a_server_with_the_keys_gets_no_further_than_to_an_error() {
    let servers = Servers::new();
    let mut seen = [0; 4];
    cases(7, 200, |random| {
        let mut sender = servers.connect();
        let mut last = Taken;
        for _ in 0..random.below(20) {
            let (expected, bytes) = match random.below(10) {
                0 => sender.bad(random),
                1 if random.chance(4) => (Ended, sender.alert(random, WARNING, CLOSE_NOTIFY)),
                _ => sender.good(random),
            };
            // What is data only if it is taken is not.
            let result = sender.send(random, &bytes);
            last = match (expected, &result) {
                (Anything, Ok(())) if sender.pair.session.is_ended() => Ended,
                // It may wait for more of a message that was damaged.
                (Anything, Ok(())) => Anything,
                (Anything | Refused, Err(_)) => Refused,
                (Taken | Ended, Ok(())) => expected,
                _ => panic!("{expected:?}, but {result:?}"),
            };
            seen[last as usize] += 1;
            if last != Taken {
                break;
            }
        }
        assert_eq!(sender.pair.received, sender.data);
        match last {
            Taken => sender.assert_answers(),
            Anything => {}
            // Whatever comes then counts for nothing.
            Refused | Ended => {
                assert!(sender.pair.session.is_ended());
                let received = sender.pair.received.len();
                for _ in 0..random.below(5) {
                    let (_, bytes) =
                        if random.chance(2) { sender.good(random) } else { sender.bad(random) };
                    let _ = sender.send(random, &bytes);
                }
                assert_eq!(sender.pair.received.len(), received);
            }
        }
        assert!(sender.held <= HELD, "{}", sender.held);
    });
    if std::env::var_os("TEST_CASES").is_none() {
        assert!(seen.iter().all(|&count| count > 3), "{seen:?}");
    }
}

#[test]
fn what_says_nothing_may_not_come_forever() {
    let servers = Servers::new();
    let floods: [fn(&mut Sender, &mut Random) -> Vec<u8>; 5] = [
        |sender, random| sender.key_update(random, 0),
        |sender, random| sender.key_update(random, 1),
        |sender, random| sender.record(random, DATA, b""),
        |sender, random| sender.record(random, HANDSHAKE, b""),
        |sender, random| sender.alert(random, WARNING, USER_CANCELED),
    ];
    for flood in floods {
        let (mut sender, mut random) = (servers.connect(), Random::new(1));
        let refused = (0..100).find_map(|_| {
            let bytes = flood(&mut sender, &mut random);
            sender.send(&mut random, &bytes).err()
        });
        assert!(matches!(refused, Some(Error::PeerMisbehaved(_))), "{refused:?}");
        assert!(sender.pair.received.is_empty());
    }
}

#[test]
fn what_comes_with_data_may_come_forever_and_is_not_kept() {
    let servers = Servers::new();
    let (mut sender, mut random) = (servers.connect(), Random::new(2));
    // The server asks for new keys of the client each time, and reads nothing.
    for _ in 0..1000 {
        let update = message(KEY_UPDATE, &[1]);
        let mut bytes = sender.keys.seal(&[&update[..], &[HANDSHAKE]].concat());
        sender.keys.update();
        let ticket = message(NEW_SESSION_TICKET, &ticket(&mut random));
        bytes.extend(sender.keys.seal(&[&ticket[..], &[HANDSHAKE]].concat()));
        bytes.extend(sender.keys.seal(&[b'x', DATA]));
        sender.pair.session.feed(bytes);
        sender.pair.advance().unwrap();
        assert!(sender.pair.session.held() < 1000, "{}", sender.pair.session.held());
    }
    assert_eq!(sender.pair.received, [b'x'; 1000]);
    sender.assert_answers();
}

#[test]
fn a_message_without_end_is_refused_before_it_fills_the_memory() {
    let servers = Servers::new();
    for kind in [NEW_SESSION_TICKET, KEY_UPDATE, CERTIFICATE_REQUEST] {
        let (mut sender, mut random) = (servers.connect(), Random::new(3));
        let mut bytes = vec![kind, 0xff, 0xff, 0xff];
        bytes.resize(LIMIT, 0);
        let refused = (0..100).find_map(|_| {
            let record = sender.keys.seal(&[&bytes[..], &[HANDSHAKE]].concat());
            sender.send(&mut random, &record).err()
        });
        assert!(refused.is_some(), "{kind}");
        assert!(sender.held <= HELD + (64 << 10), "{kind}: {}", sender.held);
    }
}

#[test]
fn an_alert_in_the_middle_of_an_answer_is_its_end() {
    let servers = Servers::new();
    for description in [10, 20, 22, 40, 42, 45, 48, 50, 51, 80, 86, 109, 116, 120, 255] {
        for level in [WARNING, FATAL] {
            let (mut sender, mut random) = (servers.connect(), Random::new(4));
            let mut bytes = sender.record(&mut random, DATA, b"half of ");
            bytes.extend(sender.alert(&mut random, level, description));
            bytes.extend(sender.record(&mut random, DATA, b"an answer"));
            let error = sender.send(&mut random, &bytes).unwrap_err();
            assert!(matches!(error, Error::AlertReceived(_)), "{description}: {error:?}");
            assert_eq!(sender.pair.received, b"half of ");
            // One that says that it is fatal has no answer.
            assert_eq!(sender.pair.session.has_outgoing(), level == WARNING);
        }
    }
    let (mut sender, mut random) = (servers.connect(), Random::new(5));
    let of_no_level = sender.alert(&mut random, 7, 40);
    assert!(sender.send(&mut random, &of_no_level).is_err());
}
