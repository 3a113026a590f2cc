//! The certificate that the host presents for its guests.

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::ConfigError;

/// A certificate and its private key, presented to servers that ask for one.
pub struct ClientCertificate {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl ClientCertificate {
    /// Reads a chain of certificates, the client's own first, and the key to it, each in PEM form.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ClientCertificate`] if either can't be read. The text quotes neither.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, ConfigError> {
        let failed = |what: &str, error: rustls_pki_types::pem::Error| {
            ConfigError::ClientCertificate(format!("{what}: {}", pem_reason(&error)))
        };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| failed("certificate", error))?;
        if chain.is_empty() {
            return Err(ConfigError::ClientCertificate(
                "certificate: holds none in PEM form".to_owned(),
            ));
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| failed("key", error))?;
        Ok(Self { chain, key })
    }
}

impl Clone for ClientCertificate {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("certificates", &self.chain.len())
            .field("key", &"[redacted]")
            .finish()
    }
}

/// The library's own texts quote lines of the input, which may be a part of the key.
fn pem_reason(error: &rustls_pki_types::pem::Error) -> &'static str {
    match error {
        rustls_pki_types::pem::Error::NoItemsFound => "holds none in PEM form",
        _ => "not valid PEM",
    }
}
