//! RSA: PKCS #1 v1.5 and PSS, by keys of 2048 to 8192 bits.

use core::ops::RangeInclusive;

use der::asn1::UintRef;
use der::{Decode as _, Reader as _, SliceReader};
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, PublicKey};
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use sha2::{Sha256, Sha384, Sha512};

use super::digest::Digest;

/// How many bits a modulus may have.
const MODULUS_BITS: RangeInclusive<usize> = 2048..=8192;

/// PKCS #1 v1.5 with SHA-256.
pub(super) static RSA_PKCS1_SHA256: Rsa =
    Rsa { padding: Padding::Pkcs1, digest: Digest::Sha256, signature: alg_id::RSA_PKCS1_SHA256 };

/// PKCS #1 v1.5 with SHA-384.
pub(super) static RSA_PKCS1_SHA384: Rsa =
    Rsa { padding: Padding::Pkcs1, digest: Digest::Sha384, signature: alg_id::RSA_PKCS1_SHA384 };

/// PKCS #1 v1.5 with SHA-512.
pub(super) static RSA_PKCS1_SHA512: Rsa =
    Rsa { padding: Padding::Pkcs1, digest: Digest::Sha512, signature: alg_id::RSA_PKCS1_SHA512 };

/// PKCS #1 v1.5 with SHA-256, named without the NULL that belongs behind it.
/// "Implementations MUST accept" both (RFC 4055, 5).
pub(super) static RSA_PKCS1_SHA256_ABSENT_PARAMS: Rsa = Rsa {
    padding: Padding::Pkcs1,
    digest: Digest::Sha256,
    signature: AlgorithmIdentifier::from_slice(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
};

/// PKCS #1 v1.5 with SHA-384, named without its NULL.
pub(super) static RSA_PKCS1_SHA384_ABSENT_PARAMS: Rsa = Rsa {
    padding: Padding::Pkcs1,
    digest: Digest::Sha384,
    signature: AlgorithmIdentifier::from_slice(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"),
};

/// PKCS #1 v1.5 with SHA-512, named without its NULL.
pub(super) static RSA_PKCS1_SHA512_ABSENT_PARAMS: Rsa = Rsa {
    padding: Padding::Pkcs1,
    digest: Digest::Sha512,
    signature: AlgorithmIdentifier::from_slice(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"),
};

/// PSS with SHA-256.
pub(super) static RSA_PSS_SHA256: Rsa =
    Rsa { padding: Padding::Pss, digest: Digest::Sha256, signature: alg_id::RSA_PSS_SHA256 };

/// PSS with SHA-384.
pub(super) static RSA_PSS_SHA384: Rsa =
    Rsa { padding: Padding::Pss, digest: Digest::Sha384, signature: alg_id::RSA_PSS_SHA384 };

/// PSS with SHA-512.
pub(super) static RSA_PSS_SHA512: Rsa =
    Rsa { padding: Padding::Pss, digest: Digest::Sha512, signature: alg_id::RSA_PSS_SHA512 };

/// RSA with a padding, over a digest.
#[derive(Debug)]
pub(super) struct Rsa {
    padding: Padding,
    digest: Digest,
    /// How a certificate names it.
    signature: AlgorithmIdentifier,
}

/// What stands around a digest.
#[derive(Clone, Copy, Debug)]
enum Padding {
    Pkcs1,
    /// With a salt as long as the digest, as TLS and these identifiers have it.
    Pss,
}

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = public_key_from_der(public_key).ok_or(InvalidSignature)?;
        let digest = self.digest.of(message);
        let digest = digest.as_ref();
        let verified = match (self.padding, self.digest) {
            (Padding::Pkcs1, Digest::Sha256) => {
                key.verify(Pkcs1v15Sign::new::<Sha256>(), digest, signature)
            }
            (Padding::Pkcs1, Digest::Sha384) => {
                key.verify(Pkcs1v15Sign::new::<Sha384>(), digest, signature)
            }
            (Padding::Pkcs1, Digest::Sha512) => {
                key.verify(Pkcs1v15Sign::new::<Sha512>(), digest, signature)
            }
            (Padding::Pss, Digest::Sha256) => key.verify(Pss::<Sha256>::new(), digest, signature),
            (Padding::Pss, Digest::Sha384) => key.verify(Pss::<Sha384>::new(), digest, signature),
            (Padding::Pss, Digest::Sha512) => key.verify(Pss::<Sha512>::new(), digest, signature),
        };
        verified.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// Reads a sequence of two numbers, the modulus and the exponent (RFC 8017,
/// A.1.1).
fn public_key_from_der(der: &[u8]) -> Option<PublicKey> {
    let mut reader = SliceReader::new(der).ok()?;
    let (modulus, exponent) = reader
        .sequence(|numbers| {
            Ok::<_, der::Error>((UintRef::decode(numbers)?, UintRef::decode(numbers)?))
        })
        .ok()?;
    reader.finish().ok()?;
    let number = |bytes: UintRef<'_>| BoxedUint::from_be_slice_vartime(bytes.as_bytes());
    PublicKey::new_with_size_limits(number(modulus), number(exponent), MODULUS_BITS).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use alloc::vec::Vec;

    use rsa::traits::PublicKeyParts as _;

    use super::*;

    /// An odd number of `bits` bits.
    fn number(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] >>= bytes.len() * 8 - bits;
        bytes
    }

    /// A positive integer in DER.
    fn integer(number: &[u8]) -> Vec<u8> {
        let sign: &[u8] = if number[0] < 0x80 { &[] } else { &[0] };
        tagged(2, &[sign, number].concat())
    }

    fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        match content.len() {
            0..0x80 => [&[tag, low], content].concat(),
            0x80..0x100 => [&[tag, 0x81, low], content].concat(),
            _ => [&[tag, 0x82, high, low], content].concat(),
        }
    }

    fn key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        tagged(0x30, &[integer(modulus), integer(exponent)].concat())
    }

    const F4: [u8; 3] = [1, 0, 1];

    #[test]
    fn a_modulus_has_2048_to_8192_bits() {
        for bits in [2048, 2049, 3072, 4095, 4096, 8191, 8192] {
            let key = public_key_from_der(&key(&number(bits), &F4)).unwrap();
            assert_eq!(
                (key.n().bit_width_vartime() as usize, key.size()),
                (bits, bits.div_ceil(8))
            );
        }
        for bits in [8, 512, 1024, 2040, 2047, 8193, 8200, 16384, 400_000] {
            assert!(public_key_from_der(&key(&number(bits), &F4)).is_none(), "{bits}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let mut modulus = number(2048);
        assert!(public_key_from_der(&key(&modulus, &[3])).is_some());
        // Exponents: zero, one, even, too large, and above the modulus.
        for exponent in [&[0][..], &[1], &[2], &[4], &[1, 0, 0], &[0x7f; 5], &number(2050)] {
            assert!(public_key_from_der(&key(&modulus, exponent)).is_none(), "{exponent:?}");
        }
        let whole = key(&modulus, &F4);
        assert!(public_key_from_der(&[&whole[..], &[0]].concat()).is_none());
        for length in 0..whole.len() {
            assert!(public_key_from_der(&whole[..length]).is_none(), "{length}");
        }
        let (n, e) = (integer(&modulus), integer(&F4));
        for content in [vec![], n.clone(), [&n[..], &e, &e].concat(), [&e[..], &n].concat()] {
            assert!(public_key_from_der(&tagged(0x30, &content)).is_none());
        }
        // Negative, and with a zero that is not needed.
        let negative = tagged(2, &modulus);
        assert!(public_key_from_der(&tagged(0x30, &[&negative[..], &e].concat())).is_none());
        let long = tagged(2, &[&[0, 0], &modulus[..]].concat());
        assert!(public_key_from_der(&tagged(0x30, &[&long[..], &e].concat())).is_none());
        // An even modulus.
        modulus[255] = 0xfe;
        assert!(public_key_from_der(&key(&modulus, &F4)).is_none());
    }
}
