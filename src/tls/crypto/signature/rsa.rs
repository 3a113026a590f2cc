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
