//! The serving certificate, replaced while the server runs or stands still.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

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
        let old = std::mem::replace(&mut self.pki.servers, authority);
        self.pki.serving = self.pki.servers.issue(&ServerCertificate::default())?;
        self.pki.write_serving()?;
        if self.process.is_some() {
            self.wait_for_certificate(&old).await?;
        }
        self.pki.write_authority()
    }

    async fn wait_for_certificate(&self, old: &CertificateAuthority) -> Result<(), StartError> {
        let start = Instant::now();
        loop {
            let reason = match self.presented(old).await {
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
    async fn presented(
        &self,
        old: &CertificateAuthority,
    ) -> Result<Option<CertificateDer<'static>>, String> {
        let mut roots = RootCertStore::empty();
        for authority in [old, &self.pki.servers] {
            roots.add(authority.der().clone()).map_err(|error| error.to_string())?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
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
