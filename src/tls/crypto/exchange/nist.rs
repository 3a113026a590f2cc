//! Key exchange on the curves P-256 and P-384.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use p256::NistP256;
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::{CurveArithmetic, FieldBytes, SecretKey};
use p384::NistP384;
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup};
use zeroize::Zeroize as _;

use super::super::{curve, random};
use super::invalid_key_share;

/// The group P-256, which TLS names secp256r1.
pub(super) static P256: OnCurve<NistP256> = OnCurve::new(NamedGroup::secp256r1);

/// The group P-384, which TLS names secp384r1.
pub(super) static P384: OnCurve<NistP384> = OnCurve::new(NamedGroup::secp384r1);

/// How often a private key is drawn. One in 2^32 is none on P-256, and far fewer
/// on P-384: a source that gives so many is broken.
const DRAWS: usize = 4;

/// The group of the curve `C`.
pub(super) struct OnCurve<C> {
    name: NamedGroup,
    curve: PhantomData<C>,
}

impl<C> OnCurve<C> {
    const fn new(name: NamedGroup) -> Self {
        Self { name, curve: PhantomData }
    }
}

impl<C> fmt::Debug for OnCurve<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl<C> SupportedKxGroup for OnCurve<C>
where
    C: CurveArithmetic + Send + Sync + 'static,
    SecretKey<C>: Send + Sync,
{
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = draw::<C>()?;
        Ok(Box::new(Started::with(self.name, private)))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

/// Draws a private key: numbers of the length of the curve's order until one is
/// below it, and not zero.
fn draw<C: CurveArithmetic>() -> Result<SecretKey<C>, GetRandomFailed> {
    let mut bytes = FieldBytes::<C>::default();
    for _ in 0..DRAWS {
        random::fill(&mut bytes)?;
        let private = SecretKey::from_bytes(&bytes);
        bytes.as_mut_slice().zeroize();
        if let Ok(private) = private {
            return Ok(private);
        }
    }
    Err(GetRandomFailed)
}

/// An exchange whose other half is awaited.
pub(in crate::tls::crypto) struct Started<C: CurveArithmetic> {
    name: NamedGroup,
    private: SecretKey<C>,
    public: Vec<u8>,
}

impl<C: CurveArithmetic> Started<C> {
    pub(in crate::tls::crypto) fn with(name: NamedGroup, private: SecretKey<C>) -> Self {
        let public = curve::write(&private.public_key());
        Self { name, private, public }
    }
}

impl<C> ActiveKeyExchange for Started<C>
where
    C: CurveArithmetic,
    SecretKey<C>: Send + Sync,
{
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let peer = curve::read::<C>(peer).ok_or_else(invalid_key_share)?;
        let secret = diffie_hellman(self.private.to_nonzero_scalar(), peer.as_affine());
        Ok(SharedSecret::from(secret.raw_secret_bytes().as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}
