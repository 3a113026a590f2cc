//! A record's encrypter and decrypter by themselves.

use rustls::SupportedCipherSuite;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, Iv, OutboundChunks, OutboundPlainMessage, Tls13AeadAlgorithm,
};
use rustls::{CipherSuite, ContentType, Error, ProtocolVersion};

use super::peers::of_ring;
use crate::tls::crypto::provider;

/// What a record's header says of its content.
fn algorithms()
-> impl Iterator<Item = (&'static dyn Tls13AeadAlgorithm, &'static dyn Tls13AeadAlgorithm)> {
    // Only rustls can make keys of 128 bits.
    [CipherSuite::TLS13_CHACHA20_POLY1305_SHA256, CipherSuite::TLS13_AES_256_GCM_SHA384]
        .into_iter()
        .map(|name| {
            let suites = provider().cipher_suites;
            let ours = suites.iter().find(|suite| suite.suite() == name).unwrap();
            (aead(*ours), aead(of_ring(name)))
        })
}

fn aead(suite: SupportedCipherSuite) -> &'static dyn Tls13AeadAlgorithm {
    suite.tls13().unwrap().aead_alg
}

fn key() -> AeadKey {
    AeadKey::from([0x42; 32])
}

fn iv() -> Iv {
    Iv::from([0x24; 12])
}

/// A record of data that is in several pieces.
fn encrypt(algorithm: &dyn Tls13AeadAlgorithm, sequence: u64) -> Vec<u8> {
    let chunks = [&b"in "[..], b"", b"pieces"];
    let message = OutboundPlainMessage {
        typ: ContentType::ApplicationData,
        version: ProtocolVersion::TLSv1_3,
        payload: OutboundChunks::new(&chunks),
    };
    let mut encrypter = algorithm.encrypter(key(), iv());
    let length = encrypter.encrypted_payload_len(message.payload.len());
    let record = encrypter.encrypt(message, sequence).unwrap().encode();
    assert_eq!(record.len(), 5 + length);
    record
}

fn decrypt(
    algorithm: &dyn Tls13AeadAlgorithm,
    record: &[u8],
    sequence: u64,
) -> Result<Vec<u8>, Error> {
    let mut body = record[5..].to_vec();
    let message = InboundOpaqueMessage::new(
        ContentType::ApplicationData,
        ProtocolVersion::TLSv1_2,
        &mut body,
    );
    let plain = algorithm.decrypter(key(), iv()).decrypt(message, sequence)?;
    assert_eq!(plain.typ, ContentType::ApplicationData);
    Ok(plain.payload.to_vec())
}

#[test]
fn a_record_is_ring_s_to_the_byte_and_opens_by_its_own_number_alone() {
    const NUMBERS: [u64; 6] = [0, 1, 255, 256, u32::MAX as u64 + 1, u64::MAX];
    for (ours, rings) in algorithms() {
        for sequence in NUMBERS {
            let record = encrypt(ours, sequence);
            assert_eq!(record, encrypt(rings, sequence));
            for number in NUMBERS {
                let expected = match number == sequence {
                    true => Ok(b"in pieces".to_vec()),
                    false => Err(Error::DecryptError),
                };
                assert_eq!(decrypt(ours, &record, number), expected);
            }
        }
    }
}

#[test]
fn a_key_of_a_wrong_length_protects_nothing() {
    let suites = provider().cipher_suites;
    let suite = suites.iter().find(|suite| suite.suite() == CipherSuite::TLS13_AES_128_GCM_SHA256);
    let algorithm = aead(*suite.unwrap());
    assert_eq!(algorithm.key_len(), 16);
    // This one has 32 bytes.
    let message = OutboundPlainMessage {
        typ: ContentType::ApplicationData,
        version: ProtocolVersion::TLSv1_3,
        payload: OutboundChunks::Single(b"?"),
    };
    let encrypted = algorithm.encrypter(key(), iv()).encrypt(message, 0);
    assert_eq!(encrypted.err(), Some(Error::EncryptError));
    assert_eq!(decrypt(algorithm, &[0; 40], 0), Err(Error::DecryptError));
}
