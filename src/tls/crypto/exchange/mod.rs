//! Key exchange: ephemeral keys, one for each handshake.

pub(super) mod nist;
pub(super) mod x25519;

use rustls::Error;
use rustls::PeerMisbehaved::InvalidKeyShare;
use rustls::crypto::SupportedKxGroup;

/// All groups, the preferred first.
pub(super) static ALL: &[&dyn SupportedKxGroup] = &[&x25519::X25519, &nist::P256, &nist::P384];

/// What the peer sent is no public key, or one that gives no secret.
fn invalid_key_share() -> Error {
    Error::PeerMisbehaved(InvalidKeyShare)
}
