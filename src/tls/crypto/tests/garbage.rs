//! Nothing that comes from outside panics, or is taken for what it is not.

use rcgen::PublicKeyData as _;
use rustls::pki_types::{AlgorithmIdentifier, alg_id};
use rustls::{CipherSuite, NamedGroup, PeerMisbehaved};

use super::peers::{Authority, KeyKind, Peers, receive, ring_with, sent, server};
use crate::tls::crypto::provider;

/// Numbers that look random and are the same each time.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Something like `sample`: that with some bytes changed, or cut, or longer.
    fn like(&mut self, sample: &[u8]) -> Vec<u8> {
        let mut bytes = sample.to_vec();
        match self.below(4) {
            0 => bytes.truncate(self.below(sample.len() + 1)),
            1 => bytes.extend((0..=self.below(40)).map(|number| number as u8)),
            _ => {}
        }
        for _ in 0..=self.below(4) {
            if !bytes.is_empty() {
                let position = self.below(bytes.len());
                bytes[position] = self.next() as u8;
            }
        }
        bytes
    }
}

/// A key as it stands in a certificate, and a text in the place of its signature.
fn sample(key: AlgorithmIdentifier) -> (Vec<u8>, Vec<u8>) {
    let (kind, length) = match key {
        alg_id::ECDSA_P256 => (KeyKind::P256, 70),
        alg_id::ECDSA_P384 => (KeyKind::P384, 102),
        alg_id::ED25519 => (KeyKind::Ed25519, 64),
        alg_id::RSA_ENCRYPTION => (KeyKind::Rsa, 256),
        _ => panic!("{key:?}"),
    };
    let mut signature = vec![1; length];
    if let KeyKind::P256 | KeyKind::P384 = kind {
        // A sequence of two numbers.
        let number = (length - 6) / 2;
        signature[..4].copy_from_slice(&[0x30, length as u8 - 2, 2, number as u8]);
        signature[4 + number..6 + number].copy_from_slice(&[2, number as u8]);
    }
    (kind.pair().der_bytes().to_vec(), signature)
}

#[test]
fn keys_and_signatures_that_are_none_verify_nothing() {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for algorithm in provider().signature_verification_algorithms.all {
        let (key, signature) = sample(algorithm.public_key_alg_id());
        assert!(algorithm.verify_signature(&key, b"message", &signature).is_err());
        for length in 0..4 {
            let short = vec![0x30; length];
            assert!(algorithm.verify_signature(&short, b"", &signature).is_err());
            assert!(algorithm.verify_signature(&key, b"", &short).is_err());
        }
        for _ in 0..100 {
            let (key, signature) = (noise.like(&key), noise.like(&signature));
            assert!(algorithm.verify_signature(&key, b"message", &signature).is_err());
        }
    }
}

#[test]
fn public_keys_that_are_none_give_no_secret() {
    let mut noise = Noise(0x0123_4567_89ab_cdef);
    for group in provider().kx_groups {
        let own = group.start().unwrap().pub_key().to_vec();
        let refused = |peer: &[u8]| {
            let error = group.start().unwrap().complete(peer).err();
            assert_eq!(error, Some(PeerMisbehaved::InvalidKeyShare.into()), "{group:?}: {peer:?}");
        };
        for length in 0..own.len() {
            refused(&own[..length]);
        }
        refused(&[&own[..], &[0]].concat());
        refused(&vec![0; own.len()]);
        // A point in another form, or said to be: compressed, hybrid, or of no form.
        if group.name() != NamedGroup::X25519 {
            for form in (0..=255).filter(|form| *form != own[0]) {
                refused(&[&[form], &own[1..]].concat());
            }
        }
        for _ in 0..20 {
            // Any 32 bytes are a key of X25519.
            let _ = group.start().unwrap().complete(&noise.like(&own));
        }
    }
}

#[test]
fn two_keys_are_never_the_same() {
    for group in provider().kx_groups {
        let (one, other) = (group.start().unwrap(), group.start().unwrap());
        assert_ne!(one.pub_key(), other.pub_key());
        let (public, others) = (one.pub_key().to_vec(), other.pub_key().to_vec());
        let secret = one.complete(&others).unwrap();
        assert_eq!(secret.secret_bytes(), other.complete(&public).unwrap().secret_bytes());
    }
}

#[test]
fn flights_that_are_none_are_refused() {
    let mut noise = Noise(0xfeed_beef_0bad_cafe);
    let (authority, key) = (Authority::new(KeyKind::Ed25519), KeyKind::Ed25519.pair());
    let certificate = authority.certify(&key);
    for _ in 0..100 {
        let theirs = ring_with(CipherSuite::TLS13_AES_128_GCM_SHA256, NamedGroup::X25519);
        let mut peers = Peers::new(authority.client(), server(theirs, certificate.clone(), &key));
        let hello = sent(&mut peers.client);
        receive(&mut peers.server, &hello).unwrap();
        let flight = sent(&mut peers.server);
        // Of the plain part of it, so that it is read at all.
        let altered = noise.like(&flight[..150]);
        let whole = [&altered[..], &flight[150..]].concat();
        if receive(&mut peers.client, &whole).is_ok() {
            assert!(peers.client.is_handshaking());
        }
    }
}
