//! Chains of certificates that were damaged, shuffled and made long, from a server that has
//! the key of a good one: none is taken that does not hold a good one whole.

use super::peer::{NAME, NOW, Pair, session};
use crate::cases::{Random, cases};
use crate::credentials::TrustAnchors;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, ServerConfig, ServerConnection, version};
use std::sync::{Arc, Mutex};

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Presents whatever it is given.
#[derive(Debug)]
struct Presents(Mutex<Arc<CertifiedKey>>);

impl ResolvesServerCert for Presents {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.lock().unwrap().clone())
    }
}

struct Server {
    anchors: TrustAnchors,
    /// Below the anchor, and each below the one before.
    between: Vec<Vec<u8>>,
    /// Certificates of the server: of the anchor, and of each of those between.
    own: Vec<Vec<u8>>,
    /// Good ones that are of no use.
    others: Vec<Vec<u8>>,
    presents: Arc<Presents>,
    config: Arc<ServerConfig>,
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn below(name: &str, issuer: &Issuer<'_, KeyPair>) -> Authority {
    let key = KeyPair::generate().unwrap();
    CertifiedIssuer::signed_by(authority_params(name), key, issuer).unwrap()
}

impl Server {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let root = KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(authority_params("root"), root).unwrap();
        let one = below("one", &root);
        let two = below("two", &one);
        let own = [&root, &one, &two].map(|issuer| {
            let params = CertificateParams::new([NAME.into()]).unwrap();
            params.signed_by(&key, issuer).unwrap().der().to_vec()
        });
        // Namesakes, which any path may lead through, and the root itself.
        let mut others = vec![root.der().to_vec()];
        for name in ["root", "one", "two", "one", "two"] {
            others.push(below(name, &root).der().to_vec());
            let key = KeyPair::generate().unwrap();
            let own = CertifiedIssuer::self_signed(authority_params(name), key).unwrap();
            others.push(own.der().to_vec());
        }
        let signing_key =
            ring::sign::any_ecdsa_type(&PrivateKeyDer::try_from(key.serialize_der()).unwrap());
        let nothing = CertifiedKey::new(Vec::new(), signing_key.unwrap());
        let presents = Arc::new(Presents(Mutex::new(Arc::new(nothing))));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(presents.clone());
        Self {
            anchors: TrustAnchors::parse(root.pem().as_bytes()).unwrap(),
            between: [&one, &two].map(|authority| authority.der().to_vec()).into(),
            own: own.into(),
            others,
            presents,
            config: Arc::new(config),
        }
    }

    /// A chain that is good.
    fn good(&self, random: &mut Random) -> Vec<Vec<u8>> {
        let length = random.below(self.own.len());
        let mut chain = vec![self.own[length].clone()];
        chain.extend(self.between[..length].iter().rev().cloned());
        chain
    }

    /// Whether what has to be there is there, to the byte.
    fn holds(&self, chain: &[Vec<u8>]) -> bool {
        let first = chain.first().and_then(|first| self.own.iter().position(|own| own == first));
        first.is_some_and(|length| self.between[..length].iter().all(|it| chain.contains(it)))
    }

    /// What a session says to a server that presents these.
    fn accepts(&self, chain: &[Vec<u8>]) -> Result<(), Error> {
        let presented = chain.iter().cloned().map(CertificateDer::from).collect();
        {
            let mut presents = self.presents.0.lock().unwrap();
            *presents = Arc::new(CertifiedKey::new(presented, presents.key.clone()));
        }
        let server = ServerConnection::new(self.config.clone()).unwrap();
        let mut pair = Pair::new(session(&self.anchors, NAME, NOW), server);
        pair.to_send = b"secret".to_vec();
        let result = pair.settle();
        assert_eq!(pair.session.is_established(), result.is_ok(), "{result:?}");
        let read = if result.is_ok() { &b"secret"[..] } else { b"" };
        assert_eq!(pair.server_read(), read);
        result
    }
}

/// Changes a chain in one of the ways in which it may be no good, or just unusual.
fn change(random: &mut Random, chain: &mut Vec<Vec<u8>>, others: &[Vec<u8>]) {
    let (at, to) = (random.below(chain.len()), random.below(chain.len()));
    let other = others[random.below(others.len())].clone();
    match random.below(10) {
        _ if chain.is_empty() => chain.push(other),
        0..=3 => random.damage(&mut chain[at]),
        // A byte of a header: of a type or of a length.
        4 => {
            let header = random.below(chain[at].len().min(60));
            if let Some(byte) = chain[at].get_mut(header) {
                *byte = random.of(&[0, 2, 3, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xa3, 0xff]);
            }
        }
        5 => chain.swap(at, to),
        6 => drop(chain.remove(at)),
        7 => chain.insert(at, other),
        8 => chain[at] = other,
        _ => chain.insert(to, chain[at].clone()),
    }
}

#[test]
fn a_chain_that_was_harmed_proves_nothing() {
    let server = Server::new();
    let (mut accepted, mut refused) = (0, 0);
    cases(8, 500, |random| {
        let mut chain = server.good(random);
        for _ in 0..random.below(4) {
            change(random, &mut chain, &server.others);
        }
        match server.accepts(&chain) {
            Ok(()) => {
                assert!(server.holds(&chain), "{chain:02x?}");
                accepted += 1;
            }
            Err(_) => refused += 1,
        }
    });
    if std::env::var_os("TEST_CASES").is_none() {
        assert!(accepted > 50 && refused > 50, "{accepted}, {refused}");
    }
}

#[test]
fn each_byte_of_a_certificate_counts() {
    let server = Server::new();
    let good = &server.own[0];
    server.accepts(std::slice::from_ref(good)).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(server.accepts(&[bad]).is_err(), "byte {at}");
    }
}

#[test]
fn a_long_chain_comes_to_an_end() {
    let server = Server::new();
    let leaf = &server.own[2];
    for (length, other) in [(30, 1), (100, 1), (100, 3), (100, 6), (400, 3)] {
        // Namesakes of which each may have signed any: paths without number.
        let mut chain = vec![leaf.clone()];
        let namesakes = server.others[other..].iter().cycle();
        chain.extend(namesakes.take(length).cloned());
        assert!(server.accepts(&chain).is_err(), "{length}");
        // What is good before them is found.
        chain.splice(1..1, server.between.iter().rev().cloned());
        if length < 100 {
            server.accepts(&chain).unwrap();
        } else {
            let _either = server.accepts(&chain);
        }
    }
    // One below the other, each good, and more than anyone needs.
    let root = KeyPair::generate().unwrap();
    let root = CertifiedIssuer::self_signed(authority_params("root"), root).unwrap();
    let mut chain = vec![root];
    for number in 0..12 {
        let next = below(&number.to_string(), chain.last().unwrap());
        chain.push(next);
    }
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([NAME.into()]).unwrap();
    let leaf = params.signed_by(&key, chain.last().unwrap()).unwrap().der().to_vec();
    let mut presented = vec![leaf];
    presented.extend(chain.iter().rev().map(|authority| authority.der().to_vec()));
    let anchors = TrustAnchors::parse(chain[0].pem().as_bytes()).unwrap();
    assert!(Server { anchors, ..server }.accepts(&presented).is_err());
}
