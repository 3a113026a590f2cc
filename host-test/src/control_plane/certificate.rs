//! The serving certificate, replaced while the server runs or stands still.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::{ControlPlane, StartError};
use crate::api_server::{CertificateAuthority, ServerCertificate};

/// kube-apiserver looks at the files when they change, and else once a minute.
const LIMIT: Duration = Duration::from_secs(180);

impl ControlPlane {
    /// Replaces the serving certificate by a new one of the same authority, and waits until connections get it. A server
    /// that is stopped presents it from its start.
    ///
    /// # Errors
    ///
    /// [`StartError::Issue`], [`StartError::Write`], or [`StartError::Certificate`] if the server does not take it.
    pub async fn renew_certificate(&mut self) -> Result<(), StartError> {
        let authority = self.pki.servers.clone();
        self.replace_authority(authority).await
    }

    /// Replaces the serving certificate by one of another authority, and waits likewise. It is the one in
    /// [`ca_pem`](Self::ca_pem) from then on. Clients have certificates of an authority that stays.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn replace_authority(
        &mut self,
        authority: CertificateAuthority,
    ) -> Result<(), StartError> {
        self.present(authority, &ServerCertificate::default()).await
    }

    /// Replaces the serving certificate by one of an authority that says this, be it good or bad, and waits likewise.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn present(
        &mut self,
        authority: CertificateAuthority,
        certificate: &ServerCertificate,
    ) -> Result<(), StartError> {
        self.pki.serving = authority.issue(certificate)?;
        self.pki.servers = authority;
        self.pki.write_serving()?;
        if self.process.is_some() {
            self.wait_for_certificate().await?;
        }
        self.pki.write_authority()
    }

    async fn wait_for_certificate(&self) -> Result<(), StartError> {
        let start = Instant::now();
        loop {
            let reason = match self.presented().await {
                Ok(Some(der)) if der == *self.pki.serving.der() => return Ok(()),
                Ok(_) => "it presents another".to_owned(),
                Err(error) => error,
            };
            if start.elapsed() > LIMIT {
                return Err(StartError::Certificate { seconds: LIMIT.as_secs(), reason });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The certificate that a connection gets now.
    async fn presented(&self) -> Result<Option<CertificateDer<'static>>, String> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Whatever(provider)))
            .with_no_client_auth();
        let tcp = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
        let connected = TlsConnector::from(Arc::new(config))
            .connect(ServerName::from(self.address.ip()), tcp)
            .await
            .map_err(|error| error.to_string())?;
        let chain = connected.get_ref().1.peer_certificates();
        Ok(chain.and_then(|chain| chain.first()).map(|first| first.clone().into_owned()))
    }
}

/// Takes any certificate, and sends nothing to who has it: the server may have a bad one.
#[derive(Debug)]
struct Whatever(Arc<CryptoProvider>);

impl ServerCertVerifier for Whatever {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
