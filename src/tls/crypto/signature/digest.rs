//! The digests that are signed.

use rustls::crypto::hash::Output;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A hash function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    /// The digest of `message`.
    pub(super) fn of(self, message: &[u8]) -> Output {
        match self {
            Self::Sha256 => Output::new(&Sha256::digest(message)),
            Self::Sha384 => Output::new(&Sha384::digest(message)),
            Self::Sha512 => Output::new(&Sha512::digest(message)),
        }
    }
}
