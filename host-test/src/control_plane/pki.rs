//! The keys and certificates of a cluster, and the files that hold them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::StartError;
use super::signing_key::SigningKey;
use crate::api_server::{CertificateAuthority, IssuedCertificate, ServerCertificate};

/// May do everything: no role is asked for.
const ADMINISTRATORS: &str = "system:masters";

/// The keys and certificates, in files that only their owner may read.
pub(super) struct Pki {
    folder: PathBuf,
    /// Issued the serving certificate.
    pub(super) servers: CertificateAuthority,
    /// What the API server presents, or will when it runs again.
    pub(super) serving: IssuedCertificate,
    /// The administrator's. Of an authority for clients, which stays when that for servers is replaced.
    pub(super) admin: IssuedCertificate,
    /// Signs service account tokens.
    pub(super) signing_key: SigningKey,
}

impl Pki {
    /// Makes everything anew, in a folder that is there.
    pub(super) fn new(folder: PathBuf, servers: CertificateAuthority) -> Result<Self, StartError> {
        let clients = CertificateAuthority::new("kubernetes-clients")?;
        let pki = Self {
            serving: servers.issue(&ServerCertificate::default())?,
            admin: clients.issue_client_of_group("kubernetes-admin", ADMINISTRATORS)?,
            signing_key: SigningKey::generate()?,
            servers,
            folder,
        };
        write(&pki.clients_file(), &clients.pem())?;
        write(&pki.signing_key_file(), pki.signing_key.pem())?;
        write(&pki.verifying_key_file(), pki.signing_key.public_pem())?;
        pki.write_authority()?;
        pki.write_serving()?;
        Ok(pki)
    }

    /// Certificates of the authority for servers.
    pub(super) fn servers_file(&self) -> PathBuf {
        self.folder.join("servers.crt")
    }

    /// Certificates of the authority for clients.
    pub(super) fn clients_file(&self) -> PathBuf {
        self.folder.join("clients.crt")
    }

    /// The serving certificate.
    pub(super) fn certificate_file(&self) -> PathBuf {
        self.folder.join("serving.crt")
    }

    /// The key of the serving certificate.
    pub(super) fn key_file(&self) -> PathBuf {
        self.folder.join("serving.key")
    }

    /// The key that signs tokens.
    pub(super) fn signing_key_file(&self) -> PathBuf {
        self.folder.join("service-accounts.key")
    }

    /// The key that verifies them.
    pub(super) fn verifying_key_file(&self) -> PathBuf {
        self.folder.join("service-accounts.pub")
    }

    /// Writes what verifies the serving certificate.
    pub(super) fn write_authority(&self) -> Result<(), StartError> {
        write(&self.servers_file(), &self.servers.pem())
    }

    /// Writes the serving certificate and its key. An API server that runs takes no notice of a pair that does not match.
    pub(super) fn write_serving(&self) -> Result<(), StartError> {
        write(&self.certificate_file(), &self.serving.chain_pem())?;
        write(&self.key_file(), self.serving.key_pem())
    }
}

/// Puts a file in place at once, so that nobody reads half of it.
fn write(file: &Path, content: &str) -> Result<(), StartError> {
    let written = || {
        let folder = file.parent().unwrap_or(file);
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(content.as_bytes())?;
        new.persist(file).map_err(|error| error.error)?;
        fs::metadata(file).map(drop)
    };
    written().map_err(|error| StartError::Write { path: file.to_owned(), error })
}
