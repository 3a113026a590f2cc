//! Trust in the mounted certificate authority, and in it alone.

use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;

use super::{ClientCertificate, SendError};

/// More than any cluster's bundle holds; a larger file is taken for a mistake.
const MAX_BUNDLE: u64 = 1024 * 1024;

/// The trust anchors in a file, re-read when the file changes.
pub(super) struct Trust {
    path: Option<PathBuf>,
    client_certificate: Option<ClientCertificate>,
    http2: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The file as it was when it was last read; none if it could not be looked at.
    seen: Option<Fingerprint>,
    /// Whether the last read failed for that very reason, so that it is told once.
    failed: Option<String>,
    good: Option<Arc<Anchors>>,
}

/// A TLS configuration that trusts one state of the bundle.
pub(super) struct Anchors {
    /// Counts the different bundles. Connections made under another one are not used again.
    pub(super) generation: u64,
    pub(super) config: Arc<ClientConfig>,
    bundle: Vec<u8>,
}

/// What tells one state of a file from the next, seen through the links that lead to it.
#[derive(PartialEq, Eq)]
struct Fingerprint {
    place: (u64, u64),
    modified: Option<SystemTime>,
    len: u64,
}

impl Trust {
    pub(super) fn new(
        path: Option<PathBuf>,
        client_certificate: Option<ClientCertificate>,
        http2: bool,
    ) -> Result<Self, rustls::Error> {
        // So that a client certificate that can't be used is found now.
        client_config(RootCertStore::empty(), client_certificate.as_ref(), http2)?;
        Ok(Self { path, client_certificate, http2, state: Mutex::default() })
    }

    /// The anchors to verify by. The text, if any, says why a changed bundle was not taken.
    ///
    /// Fails as long as there never was a good bundle.
    pub(super) fn current(&self) -> Result<(Arc<Anchors>, Option<String>), SendError> {
        let Some(path) = &self.path else {
            return Err(SendError::new(
                ErrorCode::TlsCertificateError,
                "there is no certificate authority to verify the server by",
            ));
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = fs::metadata(path).ok().map(|meta| Fingerprint::of(&meta));
        if let Some(good) = &state.good
            && seen.is_some()
            && seen == state.seen
        {
            return Ok((good.clone(), None));
        }
        let read = read(path).and_then(|bundle| self.anchors(bundle, state.good.as_ref()));
        state.seen = seen;
        match (read, &state.good) {
            (Ok(anchors), _) => {
                state.good = Some(anchors.clone());
                state.failed = None;
                Ok((anchors, None))
            }
            (Err(reason), Some(good)) => {
                let good = good.clone();
                let reason = format!(
                    "certificate authority {}: {reason}; the one read before stays in use",
                    path.display()
                );
                let told = state.failed.as_ref() == Some(&reason);
                state.failed = Some(reason.clone());
                Ok((good, Some(reason).filter(|_| !told)))
            }
            (Err(reason), None) => Err(SendError::new(
                ErrorCode::TlsCertificateError,
                format!(
                    "certificate authority {}: {reason}; no server can be verified without it",
                    path.display()
                ),
            )),
        }
    }

    fn anchors(
        &self,
        bundle: Vec<u8>,
        last: Option<&Arc<Anchors>>,
    ) -> Result<Arc<Anchors>, String> {
        // The kubelet writes the folder anew with each token: the same bundle in another file
        // is no reason to part with a connection.
        if let Some(last) = last.filter(|last| last.bundle == bundle) {
            return Ok(last.clone());
        }
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&bundle) {
            let certificate = certificate.map_err(|_| "is not valid PEM")?;
            roots
                .add(certificate)
                .map_err(|error| format!("holds an unusable certificate: {error}"))?;
        }
        if roots.is_empty() {
            return Err("holds no certificate in PEM form".to_owned());
        }
        let config = client_config(roots, self.client_certificate.as_ref(), self.http2)
            .map_err(|error| error.to_string())?;
        Ok(Arc::new(Anchors {
            generation: last.map_or(1, |last| last.generation + 1),
            config: Arc::new(config),
            bundle,
        }))
    }
}

impl Fingerprint {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let place = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let place = (0, 0);
        Self { place, modified: metadata.modified().ok(), len: metadata.len() }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut bundle = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_BUNDLE + 1).read_to_end(&mut bundle))
        .map_err(|error| error.to_string())?;
    if bundle.is_empty() {
        return Err("is empty".to_owned());
    }
    if bundle.len() as u64 > MAX_BUNDLE {
        return Err(format!("is larger than {MAX_BUNDLE} bytes"));
    }
    Ok(bundle)
}

fn client_config(
    roots: RootCertStore,
    client_certificate: Option<&ClientCertificate>,
    http2: bool,
) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let mut config = match client_certificate {
        Some(certificate) => {
            builder.with_client_auth_cert(certificate.chain.clone(), certificate.key.clone_key())?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = match http2 {
        true => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        false => vec![b"http/1.1".to_vec()],
    };
    // A resumed session would pass over the certificate; each new connection is to verify it.
    config.resumption = Resumption::disabled();
    Ok(config)
}
