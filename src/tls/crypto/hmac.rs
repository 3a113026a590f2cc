//! HMAC with SHA-256 and SHA-384, from which rustls derives every key of a
//! connection.

use alloc::boxed::Box;
use core::marker::PhantomData;

use ::hmac::digest::common::Key as PaddedKey;
use ::hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use rustls::crypto::hmac::{Key, Tag};
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroize as _;

/// HMAC-SHA-256.
pub(super) static HMAC_SHA256: HmacOver<Sha256> = HmacOver(PhantomData);

/// HMAC-SHA-384.
pub(super) static HMAC_SHA384: HmacOver<Sha384> = HmacOver(PhantomData);

/// HMAC over the digest `D`.
pub(super) struct HmacOver<D>(PhantomData<D>);

impl<D> rustls::crypto::hmac::Hmac for HmacOver<D>
where
    D: EagerHash + Send + Sync + 'static,
    Hmac<D>: Send + Sync,
{
    fn with_key(&self, key: &[u8]) -> Box<dyn Key> {
        // What HMAC does with a key first: hash it if it is longer than a block,
        // and pad it with zeros to one.
        let mut padded = PaddedKey::<Hmac<D>>::default();
        if key.len() <= padded.len() {
            padded[..key.len()].copy_from_slice(key);
        } else {
            let hashed = D::digest(key);
            padded[..hashed.len()].copy_from_slice(&hashed);
        }
        let keyed = Box::new(Keyed(Hmac::<D>::new(&padded)));
        padded.as_mut_slice().zeroize();
        keyed
    }

    fn hash_output_len(&self) -> usize {
        <D as Digest>::output_size()
    }
}

/// A key that is ready to use: the state of the hash after it.
struct Keyed<D: EagerHash>(Hmac<D>);

impl<D: EagerHash> Key for Keyed<D>
where
    Hmac<D>: Send + Sync,
{
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> Tag {
        let mut mac = self.0.clone();
        mac.update(first);
        for part in middle {
            mac.update(part);
        }
        mac.update(last);
        Tag::new(&mac.finalize().into_bytes())
    }

    fn tag_len(&self) -> usize {
        <D as Digest>::output_size()
    }
}
