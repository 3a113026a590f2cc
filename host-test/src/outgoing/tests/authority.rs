//! A certificate authority for one test.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use rustls_pki_types::PrivateKeyDer;
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::outgoing::ClientCertificate;

pub(super) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), issuer: Issuer::new(params, key), certificate }
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn write(&self, file: &Path) {
        std::fs::write(file, &self.pem).unwrap();
    }

    /// A server whose certificate carries a name, or an address, and is valid today.
    pub(super) fn server(&self, name: &str) -> Identity {
        let now = OffsetDateTime::now_utc();
        self.issue(name, now - Duration::days(1), now + Duration::days(1))
    }

    pub(super) fn expired_server(&self, name: &str) -> Identity {
        let now = OffsetDateTime::now_utc();
        self.issue(name, now - Duration::days(3), now - Duration::days(2))
    }

    pub(super) fn client(&self) -> ClientCertificate {
        let identity = self.server("client");
        ClientCertificate::from_pem(
            identity.certificate.pem().as_bytes(),
            identity.key.serialize_pem().as_bytes(),
        )
        .unwrap()
    }

    fn issue(&self, name: &str, from: OffsetDateTime, until: OffsetDateTime) -> Identity {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = vec![match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.try_into().unwrap()),
        }];
        params.not_before = from;
        params.not_after = until;
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }
}

pub(super) struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Identity {
    pub(super) fn config(&self, protocols: &[&str]) -> Arc<ServerConfig> {
        self.build(protocols, None)
    }

    /// Asks for a client certificate by this authority, and refuses clients without.
    pub(super) fn config_for_clients_of(&self, authority: &Authority) -> Arc<ServerConfig> {
        self.build(&["http/1.1"], Some(authority))
    }

    fn build(&self, protocols: &[&str], clients: Option<&Authority>) -> Arc<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate.der().clone()).unwrap();
                builder.with_client_cert_verifier(
                    WebPkiClientVerifier::builder_with_provider(roots.into(), provider)
                        .build()
                        .unwrap(),
                )
            }
            None => builder.with_no_client_auth(),
        };
        let mut config = builder
            .with_single_cert(
                vec![self.certificate.der().clone()],
                PrivateKeyDer::try_from(self.key.serialize_der()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols =
            protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}
