//! Fields that hold bytes: in the kubeconfig as base64, or in a file of their own.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::Problem;

/// The entry of the kubeconfig that fields are read from, for example
/// `user "admin"`, and the folder that paths in it are relative to.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) folder: &'a Path,
}

/// What the bytes are to be.
#[derive(Clone, Copy)]
pub(super) enum Pem {
    Certificates,
    PrivateKey,
}

/// An empty field is one that is not there, as in Go.
pub(super) fn given(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

impl Entry<'_> {
    /// Where a path in the kubeconfig points to.
    pub(super) fn path(self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The bytes of a pair of fields, such as `client-key-data` and
    /// `client-key`. The first, the bytes themselves, wins.
    pub(super) fn pem(
        self,
        [data_field, file_field]: [&'static str; 2],
        data: &Option<String>,
        file: &Option<String>,
        kind: Pem,
    ) -> Result<Option<Vec<u8>>, Problem> {
        let (field, bytes) = if let Some(data) = given(data) {
            (data_field, self.decode(data_field, data)?)
        } else if let Some(file) = given(file) {
            (file_field, self.read(file_field, file)?)
        } else {
            return Ok(None);
        };
        match kind.check(&bytes) {
            true => Ok(Some(bytes)),
            false => {
                Err(Problem::NotPem { entry: self.name.to_owned(), field, expected: kind.name() })
            }
        }
    }

    fn decode(self, field: &'static str, data: &str) -> Result<Vec<u8>, Problem> {
        // YAML may have folded a long text.
        let text: String = data.split_ascii_whitespace().collect();
        STANDARD.decode(text).map_err(|_| Problem::NotBase64 { entry: self.name.to_owned(), field })
    }

    fn read(self, field: &'static str, file: &str) -> Result<Vec<u8>, Problem> {
        let path = self.path(file);
        std::fs::read(&path).map_err(|error| Problem::File {
            entry: self.name.to_owned(),
            field,
            path,
            error,
        })
    }
}

impl Pem {
    fn name(self) -> &'static str {
        match self {
            Pem::Certificates => "certificates",
            Pem::PrivateKey => "private key",
        }
    }

    pub(super) fn check(self, pem: &[u8]) -> bool {
        match self {
            Pem::Certificates => {
                let mut found = CertificateDer::pem_slice_iter(pem).peekable();
                found.peek().is_some() && found.all(|certificate| certificate.is_ok())
            }
            Pem::PrivateKey => PrivateKeyDer::from_pem_slice(pem).is_ok(),
        }
    }
}
