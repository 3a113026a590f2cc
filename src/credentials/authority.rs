//! The bundle of trust anchors, `ca.crt`.

use crate::pod::FileError;
use alloc::vec::Vec;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The certificates of a bundle, as they stand in it. Whether each can be a trust anchor
/// is for a transport to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchors(Vec<CertificateDer<'static>>);

/// Why a bundle of trust anchors can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The file can't be read.
    #[error("it can't be read: {0}")]
    Read(FileError),
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// Text that begins a PEM block and does not end it well.
    #[error("it is damaged: a PEM block in it can't be decoded")]
    Damaged,
    /// No certificate in it.
    #[error("it holds no certificate: one begins with `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// Certificates, none of which a server's can be checked against.
    #[error("none of its certificates can be used as a trust anchor")]
    NoAnchor,
}

impl TrustAnchors {
    /// Takes the certificates out of a PEM bundle, and leaves what else is in it.
    ///
    /// # Errors
    ///
    /// If there is none, or a block is damaged.
    pub fn parse(bundle: &[u8]) -> Result<Self, AuthorityError> {
        if bundle.trim_ascii().is_empty() {
            return Err(AuthorityError::Empty);
        }
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(bundle)
            .collect::<Result<_, _>>()
            .map_err(|_| AuthorityError::Damaged)?;
        if certificates.is_empty() {
            return Err(AuthorityError::NoCertificate);
        }
        Ok(Self(certificates))
    }

    /// The certificates, DER, in the bundle's order. At least one.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    fn count(bundle: &str) -> Result<usize, AuthorityError> {
        TrustAnchors::parse(bundle.as_bytes()).map(|anchors| anchors.certificates().len())
    }

    #[test]
    fn bundles() {
        assert_eq!(count(ONE), Ok(1));
        assert_eq!(count(&format!("# comment\n{ONE}\n{ONE}")), Ok(2));
        let key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        assert_eq!(count(&format!("{key}{ONE}")), Ok(1));
        assert_eq!(count(key), Err(AuthorityError::NoCertificate));
    }

    #[test]
    fn what_is_no_bundle() {
        for (bundle, error) in [
            (&b""[..], AuthorityError::Empty),
            (b" \n", AuthorityError::Empty),
            (b"\x00\xff\x00", AuthorityError::NoCertificate),
            (b"certificate", AuthorityError::NoCertificate),
            (b"-----BEGIN CERTIFICATE-----\nMAA=\n", AuthorityError::Damaged),
            (
                b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
                AuthorityError::Damaged,
            ),
        ] {
            assert_eq!(TrustAnchors::parse(bundle), Err(error));
        }
    }
}
