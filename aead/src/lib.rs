//! The ciphers that protect the records of TLS 1.3, working in place.
//!
//! They are RustCrypto's, but for the blocks of ChaCha20. This crate gives their generic
//! code the types that it is used with: a compiler optimises such code as it does the crate
//! that names the types. The component is compiled for size, which would make the
//! ciphers five to ten times slower; this crate alone, in `[profile.component]`,
//! is compiled for speed.

#![no_std]
#![forbid(unsafe_code)]

mod chacha20;
mod lanes;

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
    chacha20poly1305::ChaChaPoly1305<chacha20::ChaCha20>,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What there is for each cipher alike. The vectors are in `tests`.
    fn check<C: Cipher>() {
        for length in (0..64).filter(|length| *length != C::KEY_LEN) {
            assert!(C::new(&[0; 64][..length]).is_none(), "{length}");
        }
        let cipher = C::new(&[7; 64][..C::KEY_LEN]).unwrap();
        let mut data = *b"data and room for its tag.......";
        let (plain, room) = data.split_at_mut(16);
        room.copy_from_slice(&cipher.seal(&[1; NONCE_LEN], b"aad", plain).unwrap());
        let sealed = data;
        // The nonce, the additional data, and each byte are vouched for.
        assert_eq!(cipher.open(&[2; NONCE_LEN], b"aad", &mut data), None);
        assert_eq!(cipher.open(&[1; NONCE_LEN], b"dad", &mut data), None);
        for position in 0..data.len() {
            data[position] ^= 1;
            assert_eq!(cipher.open(&[1; NONCE_LEN], b"aad", &mut data), None);
            data[position] ^= 1;
        }
        for length in 0..TAG_LEN {
            assert_eq!(cipher.open(&[1; NONCE_LEN], b"aad", &mut data[..length]), None);
        }
        assert_eq!(data, sealed);
        assert_eq!(cipher.open(&[1; NONCE_LEN], b"aad", &mut data), Some(16));
        assert_eq!(&data[..16], b"data and room fo");
    }

    #[test]
    fn a_cipher_opens_what_it_sealed_and_nothing_else() {
        check::<ChaCha20Poly1305>();
        check::<Aes128Gcm>();
        check::<Aes256Gcm>();
    }
}
