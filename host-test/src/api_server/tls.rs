//! The server's side of TLS.

use std::sync::Arc;

use rustls_pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{
    self, CipherSuite, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
    SignatureScheme, SupportedProtocolVersion,
};

use super::authentication::ClientCertificate;
use super::pki::{CertificateAuthority, IssuedCertificate};

/// Whom the server offers to be, over which protocols, and whose clients it knows.
pub(super) struct TlsSettings {
    pub(super) alpn: Vec<Vec<u8>>,
    pub(super) clients: Option<ClientAuthority>,
    pub(super) handshake: Handshake,
}

/// What the server agrees to in the handshake. The default is all that there is.
#[derive(Clone, Debug, Default)]
pub(super) struct Handshake {
    pub(super) version: Option<TlsVersion>,
    pub(super) key_exchanges: Option<Vec<KeyExchange>>,
    pub(super) cipher_suites: Option<Vec<CipherSuite>>,
    /// How many session tickets follow a handshake.
    pub(super) tickets: Option<usize>,
}

impl Handshake {
    fn provider(&self) -> CryptoProvider {
        let mut provider = ring::default_provider();
        if let Some(suites) = &self.cipher_suites {
            provider.cipher_suites.retain(|suite| suites.contains(&suite.suite()));
        }
        if let Some(groups) = &self.key_exchanges {
            provider.kx_groups = groups.iter().map(|group| group.group()).collect();
        }
        provider
    }

    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        match self.version {
            None => rustls::ALL_VERSIONS.to_vec(),
            Some(TlsVersion::Tls12) => vec![&rustls::version::TLS12],
            Some(TlsVersion::Tls13) => vec![&rustls::version::TLS13],
        }
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// A group in which keys are exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyExchange {
    /// X25519
    X25519,
    /// ECDH on P-256
    P256,
    /// ECDH on P-384
    P384,
}

impl KeyExchange {
    fn group(self) -> &'static dyn SupportedKxGroup {
        match self {
            Self::X25519 => ring::kx_group::X25519,
            Self::P256 => ring::kx_group::SECP256R1,
            Self::P384 => ring::kx_group::SECP384R1,
        }
    }
}

impl TlsSettings {
    /// The configuration for connections that are accepted from now on.
    pub(super) fn with_certificate(
        &self,
        certificate: &IssuedCertificate,
    ) -> Result<Arc<ServerConfig>, rustls::Error> {
        let builder = ServerConfig::builder_with_provider(Arc::new(self.handshake.provider()))
            .with_protocol_versions(&self.handshake.versions())?;
        let builder = match &self.clients {
            Some(clients) => builder.with_client_cert_verifier(Arc::new(AskForCertificate(
                Arc::clone(&clients.verifier),
            ))),
            None => builder.with_no_client_auth(),
        };
        let chain = [&[certificate.der().clone()], certificate.intermediates()].concat();
        let mut config = builder.with_single_cert(chain, certificate.key_der().into())?;
        config.alpn_protocols.clone_from(&self.alpn);
        if let Some(tickets) = self.handshake.tickets {
            config.send_tls13_tickets = tickets;
        }
        Ok(Arc::new(config))
    }
}

/// The authority whose clients are accepted.
pub(super) struct ClientAuthority {
    verifier: Arc<dyn ClientCertVerifier>,
}

impl ClientAuthority {
    pub(super) fn new(authority: &CertificateAuthority) -> Result<Self, ClientAuthorityError> {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone())?;
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok(Self { verifier })
    }

    /// What became of the certificate that a client sent, if it sent one.
    pub(super) fn check(&self, chain: Option<&[CertificateDer<'_>]>) -> ClientCertificate {
        let Some((certificate, intermediates)) = chain.and_then(<[_]>::split_first) else {
            return ClientCertificate::Absent;
        };
        let now = UnixTime::now();
        match self.verifier.verify_client_cert(certificate, intermediates, now) {
            Ok(_) => ClientCertificate::Accepted,
            Err(_) => ClientCertificate::Refused,
        }
    }
}

/// A client authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientAuthorityError {
    /// Its certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] rustls::Error),
    /// No verifier can be built from it.
    #[error(transparent)]
    Verifier(#[from] VerifierBuilderError),
}

/// Asks clients for a certificate and takes whatever they send, as kube-apiserver does in the handshake: whether it is
/// any good is decided per request, where a bad one is answered with 401.
#[derive(Debug)]
struct AskForCertificate(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for AskForCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
