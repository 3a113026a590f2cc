//! ECDSA on the curves P-256 and P-384.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

use super::super::curve;
use super::digest::Digest;

/// P-256 with SHA-256.
pub(super) static ECDSA_P256_SHA256: Ecdsa = Ecdsa::new(Curve::P256, Digest::Sha256);

/// P-256 with SHA-384.
pub(super) static ECDSA_P256_SHA384: Ecdsa = Ecdsa::new(Curve::P256, Digest::Sha384);

/// P-256 with SHA-512.
pub(super) static ECDSA_P256_SHA512: Ecdsa = Ecdsa::new(Curve::P256, Digest::Sha512);

/// P-384 with SHA-256.
pub(super) static ECDSA_P384_SHA256: Ecdsa = Ecdsa::new(Curve::P384, Digest::Sha256);

/// P-384 with SHA-384.
pub(super) static ECDSA_P384_SHA384: Ecdsa = Ecdsa::new(Curve::P384, Digest::Sha384);

/// P-384 with SHA-512.
pub(super) static ECDSA_P384_SHA512: Ecdsa = Ecdsa::new(Curve::P384, Digest::Sha512);

/// ECDSA on a curve, over a digest.
#[derive(Debug)]
pub(super) struct Ecdsa {
    curve: Curve,
    digest: Digest,
}

/// A curve.
#[derive(Clone, Copy, Debug)]
enum Curve {
    P256,
    P384,
}

impl Ecdsa {
    const fn new(curve: Curve, digest: Digest) -> Self {
        Self { curve, digest }
    }
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let digest = self.digest.of(message);
        match self.curve {
            Curve::P256 => verify_p256(public_key, digest.as_ref(), signature),
            Curve::P384 => verify_p384(public_key, digest.as_ref(), signature),
        }
        .ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.curve {
            Curve::P256 => alg_id::ECDSA_P256,
            Curve::P384 => alg_id::ECDSA_P384,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self.digest {
            Digest::Sha256 => alg_id::ECDSA_SHA256,
            Digest::Sha384 => alg_id::ECDSA_SHA384,
            Digest::Sha512 => alg_id::ECDSA_SHA512,
        }
    }
}

fn verify_p256(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from(curve::read(key)?);
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn verify_p384(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from(curve::read(key)?);
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}
