//! The ciphers that protect the records of TLS 1.3, working in place.
//!
//! They are RustCrypto's. This crate gives their generic code the types that it is
//! used with, and no more: a compiler optimises such code as it does the crate
//! that names the types. The component is compiled for size, which would make the
//! ciphers five to ten times slower; this crate alone, in `[profile.component]`,
//! is compiled for speed.

#![no_std]
#![forbid(unsafe_code)]

use aes_gcm::aead::array::Array;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};

/// How long a nonce is, in bytes.
pub const NONCE_LEN: usize = 12;

/// How long a tag is, in bytes.
pub const TAG_LEN: usize = 16;

/// A cipher with its key, which is wiped from memory when it is dropped.
pub trait Cipher: Sized + Send + Sync + 'static {
    /// How long a key is, in bytes.
    const KEY_LEN: usize;

    /// The cipher with `key`, or `None` unless that is [`Self::KEY_LEN`] long.
    fn new(key: &[u8]) -> Option<Self>;

    /// Encrypts `data` in place, and returns the tag that vouches for it and for
    /// `aad`. `None` for data beyond what the cipher can take, which is gigabytes.
    ///
    /// No two calls with one key may have the same nonce.
    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG_LEN]>;

    /// Decrypts in place what stands in `data` before its last [`TAG_LEN`] bytes,
    /// which are the tag, and returns how long it is. `None`, and nothing is
    /// decrypted, if the tag is not right for it and `aad`, or if there is none.
    fn open(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], data: &mut [u8]) -> Option<usize>;
}

macro_rules! cipher {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $key_len:literal) => {
        $(#[$doc])*
        pub struct $name($inner);

        impl Cipher for $name {
            const KEY_LEN: usize = $key_len;

            fn new(key: &[u8]) -> Option<Self> {
                <$inner>::new_from_slice(key).ok().map(Self)
            }

            // Inlined, it would be compiled as its caller is.
            #[inline(never)]
            fn seal(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                data: &mut [u8],
            ) -> Option<[u8; TAG_LEN]> {
                let nonce = Array::from(*nonce);
                self.0.encrypt_inout_detached(&nonce, aad, data.into()).ok().map(|tag| tag.0)
            }

            #[inline(never)]
            fn open(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                data: &mut [u8],
            ) -> Option<usize> {
                let nonce = Array::from(*nonce);
                let (data, tag) = data.split_last_chunk_mut::<TAG_LEN>()?;
                let tag = Array::from(*tag);
                self.0.decrypt_inout_detached(&nonce, aad, (&mut *data).into(), &tag).ok()?;
                Some(data.len())
            }
        }
    };
}

cipher!(
    /// ChaCha20-Poly1305 (RFC 8439).
    ChaCha20Poly1305,
    chacha20poly1305::ChaCha20Poly1305,
    32
);

cipher!(
    /// AES-GCM with keys of 128 bits (NIST SP 800-38D).
    Aes128Gcm,
    aes_gcm::Aes128Gcm,
    16
);

cipher!(
    /// AES-GCM with keys of 256 bits.
    Aes256Gcm,
    aes_gcm::Aes256Gcm,
    32
);
