//! The bundle of trust anchors, `ca.crt`.

use crate::pod::FileError;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

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
}

/// The number of certificates in a PEM bundle: what the file says, not yet whether
/// each certificate is one.
///
/// # Errors
///
/// If there is none, or a block is damaged.
pub fn count_certificates(bundle: &[u8]) -> Result<u32, AuthorityError> {
    if bundle.trim_ascii().is_empty() {
        return Err(AuthorityError::Empty);
    }
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(bundle) {
        certificate.map_err(|_| AuthorityError::Damaged)?;
        count += 1;
    }
    if count == 0 { Err(AuthorityError::NoCertificate) } else { Ok(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

    #[test]
    fn bundles() {
        assert_eq!(count_certificates(ONE.as_bytes()), Ok(1));
        assert_eq!(count_certificates(format!("# comment\n{ONE}\n{ONE}").as_bytes()), Ok(2));
        let key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        assert_eq!(count_certificates(format!("{key}{ONE}").as_bytes()), Ok(1));
        assert_eq!(count_certificates(key.as_bytes()), Err(AuthorityError::NoCertificate));
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
            assert_eq!(count_certificates(bundle), Err(error));
        }
    }
}
