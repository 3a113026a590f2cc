//! The cryptography under TLS: a provider for rustls, put together from the
//! crates of RustCrypto and dalek.
//!
//! For a client that speaks TLS 1.3 and has no certificate: there is nothing to
//! sign with, and nothing of TLS 1.2. Each module fits one kind of algorithm to
//! the trait by which rustls calls it; the algorithms themselves are the crates'.
//! Why these, and what they promise in WebAssembly, is written down in
//! `docs/decisions/cryptography.md`.

mod curve;
mod exchange;
mod hash;
mod hmac;
mod random;
mod record;
mod signature;
mod suites;

#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::sync::Arc;

use rustls::crypto::{CryptoProvider, KeyProvider};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;

/// The provider for a client's [`rustls::ClientConfig`].
///
/// - Cipher suites, the preferred first: ChaCha20-Poly1305, which is by far the
///   fastest without a processor's own AES, then AES-128-GCM and AES-256-GCM.
/// - Key exchange: X25519, P-256, P-384.
/// - Signatures: ECDSA on P-256 and P-384, Ed25519, RSA of 2048 to 8192 bits.
///
/// It has no keys to load: a configuration with a client certificate is refused.
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: suites::ALL.to_vec(),
        kx_groups: exchange::ALL.to_vec(),
        signature_verification_algorithms: signature::ALL,
        secure_random: &random::Random,
        key_provider: &NoKeys,
    }
}

/// Refuses private keys.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(
        &self,
        _key: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General(String::from("client certificates are not supported")))
    }
}
