//! From trust anchors to what a session verifies a server by.

use super::crypto;
use crate::credentials::{AuthorityError, TrustAnchors};
use alloc::{sync::Arc, vec};
use rustls::client::{ClientConfig, Resumption};
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, version};

/// The protocol that is spoken inside (RFC 7301).
const HTTP_1_1: &[u8] = b"http/1.1";

/// Whether the bundle has a certificate that can be a trust anchor.
///
/// # Errors
///
/// If it has none. Others in it, which no server can be checked against, are left out, as
/// Go does.
pub(crate) fn check(anchors: &TrustAnchors) -> Result<(), AuthorityError> {
    if roots(anchors).is_empty() { Err(AuthorityError::NoAnchor) } else { Ok(()) }
}

fn roots(anchors: &TrustAnchors) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(anchors.certificates().iter().cloned());
    roots
}

/// What sessions begin with: trust in these anchors alone, TLS 1.3, no certificate of our
/// own, and no resumption: each connection verifies the server by the anchors of its time.
///
/// # Errors
///
/// If the provider has nothing for TLS 1.3.
pub(crate) fn config(
    anchors: &TrustAnchors,
    time: Arc<dyn TimeProvider>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut config = ClientConfig::builder_with_details(Arc::new(crypto::provider()), time)
        .with_protocol_versions(&[&version::TLS13])?
        .with_root_certificates(roots(anchors))
        .with_no_client_auth();
    config.alpn_protocols = vec![HTTP_1_1.into()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}
