//! Key exchange on Curve25519 (RFC 7748).

use alloc::boxed::Box;

use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::Zeroizing;

use super::super::random;
use super::invalid_key_share;

/// How long private keys, public keys and shared secrets are.
const LEN: usize = 32;

/// The group X25519.
#[derive(Debug)]
pub(super) struct X25519;

impl SupportedKxGroup for X25519 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        // Any 32 bytes are a private key: the function itself sets the bits that
        // have to be.
        let mut private = Zeroizing::new([0; LEN]);
        random::fill(&mut *private)?;
        Ok(Box::new(Started::with(private)))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// An exchange whose other half is awaited.
pub(in crate::tls::crypto) struct Started {
    private: Zeroizing<[u8; LEN]>,
    public: [u8; LEN],
}

impl Started {
    pub(in crate::tls::crypto) fn with(private: Zeroizing<[u8; LEN]>) -> Self {
        let public = x25519(*private, X25519_BASEPOINT_BYTES);
        Self { private, public }
    }
}

impl ActiveKeyExchange for Started {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let peer = peer.try_into().map_err(|_| invalid_key_share())?;
        let secret = Zeroizing::new(x25519(*self.private, peer));
        // All zeros come of points of small order, which leave nothing secret
        // (RFC 8446, 7.4.2). Read to its end, whatever it is.
        if secret.iter().fold(0, |seen, byte| seen | byte) == 0 {
            return Err(invalid_key_share());
        }
        Ok(SharedSecret::from(&secret[..]))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}
