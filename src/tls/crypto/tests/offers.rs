//! What is offered to a server, and in which order.

use rustls::crypto::ring;
use rustls::pki_types::{SignatureVerificationAlgorithm, alg_id};
use rustls::{CipherSuite, NamedGroup, SignatureScheme};

use crate::tls::crypto::provider;

#[test]
fn suites_and_groups_stand_in_the_order_of_preference() {
    let suites = provider().cipher_suites;
    assert_eq!(
        suites.iter().map(|suite| suite.suite()).collect::<Vec<_>>(),
        [
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            CipherSuite::TLS13_AES_128_GCM_SHA256,
            CipherSuite::TLS13_AES_256_GCM_SHA384,
        ]
    );
    let groups = provider().kx_groups;
    assert_eq!(
        groups.iter().map(|group| group.name()).collect::<Vec<_>>(),
        [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1,]
    );
}

#[test]
fn certificates_may_be_signed_as_ring_has_it_and_by_sha512_on_the_curves() {
    let names = |algorithms: &[&dyn SignatureVerificationAlgorithm]| {
        let names = algorithms.iter().map(|algorithm| {
            let ids = (algorithm.public_key_alg_id(), algorithm.signature_alg_id());
            (ids.0.to_vec(), ids.1.to_vec())
        });
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let ours = provider().signature_verification_algorithms.all;
    let mut expected = names(ring::default_provider().signature_verification_algorithms.all);
    for curve in [alg_id::ECDSA_P256, alg_id::ECDSA_P384] {
        expected.insert((curve.to_vec(), alg_id::ECDSA_SHA512.to_vec()));
    }
    assert_eq!(names(ours), expected);
    assert_eq!(ours.len(), expected.len());
}

#[test]
fn a_scheme_of_tls_1_3_has_one_curve_and_one_hash() {
    let mapping = provider().signature_verification_algorithms.mapping;
    let expected = [
        (SignatureScheme::ECDSA_NISTP256_SHA256, alg_id::ECDSA_P256, alg_id::ECDSA_SHA256),
        (SignatureScheme::ECDSA_NISTP384_SHA384, alg_id::ECDSA_P384, alg_id::ECDSA_SHA384),
        (SignatureScheme::ED25519, alg_id::ED25519, alg_id::ED25519),
        (SignatureScheme::RSA_PSS_SHA256, alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA256),
        (SignatureScheme::RSA_PSS_SHA384, alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA384),
        (SignatureScheme::RSA_PSS_SHA512, alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA512),
        (SignatureScheme::RSA_PKCS1_SHA256, alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA256),
        (SignatureScheme::RSA_PKCS1_SHA384, alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA384),
        (SignatureScheme::RSA_PKCS1_SHA512, alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA512),
    ];
    assert_eq!(mapping.len(), expected.len());
    for ((scheme, algorithms), (expected, key, signature)) in mapping.iter().zip(expected) {
        assert_eq!((*scheme, algorithms.len()), (expected, 1));
        assert_eq!(algorithms[0].public_key_alg_id(), key);
        assert_eq!(algorithms[0].signature_alg_id(), signature);
    }
}

#[test]
fn nothing_is_offered_for_tls_1_2() {
    assert!(provider().cipher_suites.iter().all(|suite| suite.tls13().is_some()));
}
