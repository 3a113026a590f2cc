//! What an authority issues: certificates of servers and clients, with their keys.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use super::key::{KeyType, Owner};
use super::{IssueError, SERVER_NAMES};

/// What a server's certificate is to say. The default is a good certificate for [`SERVER_NAMES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCertificate {
    /// DNS names and IP addresses; what reads as an address becomes one.
    pub names: Vec<String>,
    /// When it is valid.
    pub validity: Validity,
    /// What it may be used for.
    pub usage: Usage,
    /// The kind of its key.
    pub key_type: KeyType,
}

impl Default for ServerCertificate {
    fn default() -> Self {
        Self {
            names: SERVER_NAMES.map(str::to_owned).to_vec(),
            validity: Validity::Valid,
            usage: Usage::Server,
            key_type: KeyType::default(),
        }
    }
}

impl ServerCertificate {
    pub(super) fn params(&self) -> Result<CertificateParams, IssueError> {
        let mut params = subject("kube-apiserver", None);
        params.subject_alt_names = CertificateParams::new(self.names.clone())
            .map_err(IssueError::of("kube-apiserver"))?
            .subject_alt_names;
        params.extended_key_usages = match self.usage {
            Usage::Server => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Usage::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Usage::Unspecified => Vec::new(),
        };
        Ok(params)
    }
}

/// When a certificate is valid, seen from now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validity {
    /// From yesterday, for a year.
    #[default]
    Valid,
    /// Until yesterday.
    Expired,
    /// From tomorrow.
    NotYetValid,
}

impl Validity {
    pub(super) fn period(self, now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
        let year = Duration::days(365);
        match self {
            Self::Valid => (now - Duration::DAY, now + year),
            Self::Expired => (now - year, now - Duration::DAY),
            Self::NotYetValid => (now + Duration::DAY, now + year),
        }
    }
}

/// What a certificate may be used for: its extended key usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// TLS server authentication.
    Server,
    /// TLS client authentication, which no client accepts of a server.
    Client,
    /// Whatever there is: it does not say.
    Unspecified,
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct IssuedCertificate {
    pem: String,
    der: CertificateDer<'static>,
    key_pem: String,
    key: Vec<u8>,
    intermediates: Vec<CertificateDer<'static>>,
}

impl IssuedCertificate {
    pub(super) fn new(
        certificate: &Certificate,
        key: &KeyPair,
        intermediates: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            key_pem: key.serialize_pem(),
            key: key.serialize_der(),
            intermediates,
        }
    }

    /// A certificate that its own key signed, and no authority. `is_authority`: it claims to be one itself.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when a name can stand in no certificate.
    pub fn self_signed(
        certificate: &ServerCertificate,
        is_authority: bool,
    ) -> Result<Self, IssueError> {
        let failed = IssueError::of("kube-apiserver");
        let mut params = certificate.params()?;
        fill_in(&mut params, certificate.validity);
        if is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
        }
        let key = certificate.key_type.key(Owner::Server).map_err(&failed)?;
        let signed = params.self_signed(&key).map_err(&failed)?;
        Ok(Self::new(&signed, &key, Vec::new()))
    }

    /// A certificate and a key (PKCS #8) that something else made, in PEM. Certificates of the authorities between may
    /// follow the first one.
    ///
    /// # Errors
    ///
    /// If there is no certificate or no key in the texts, or a damaged one.
    pub fn from_pem(chain: &str, key: &str) -> Result<Self, pem::Error> {
        let mut certificates = CertificateDer::pem_slice_iter(chain.as_bytes());
        let der = certificates.next().ok_or(pem::Error::NoItemsFound)??;
        let intermediates = certificates.collect::<Result<_, _>>()?;
        Ok(Self {
            pem: chain.to_owned(),
            der,
            key_pem: key.to_owned(),
            key: PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes())?.secret_pkcs8_der().to_vec(),
            intermediates,
        })
    }

    /// The same certificate, presented without those of the authorities between.
    #[must_use]
    pub fn without_intermediates(mut self) -> Self {
        self.intermediates.clear();
        self
    }

    /// The certificates that a server presents with it: of the authorities between it and the one that clients trust.
    #[must_use]
    pub fn intermediates(&self) -> &[CertificateDer<'static>] {
        &self.intermediates
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The certificate and those of the authorities between, in PEM: what a server's file holds.
    #[must_use]
    pub fn chain_pem(&self) -> String {
        let mut chain = self.pem.clone();
        for der in &self.intermediates {
            chain.push_str("-----BEGIN CERTIFICATE-----\n");
            for line in STANDARD.encode(der).as_bytes().chunks(64) {
                chain.push_str(&String::from_utf8_lossy(line));
                chain.push('\n');
            }
            chain.push_str("-----END CERTIFICATE-----\n");
        }
        chain
    }

    /// The private key in PEM (PKCS #8).
    #[must_use]
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// The certificate in DER.
    #[must_use]
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// The private key in DER (PKCS #8).
    #[must_use]
    pub fn key_der(&self) -> PrivatePkcs8KeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone())
    }
}

impl fmt::Debug for IssuedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCertificate")
            .field("pem", &self.pem)
            .field("key", &"[redacted]")
            .finish()
    }
}

/// What every certificate has that is no authority's.
pub(super) fn fill_in(params: &mut CertificateParams, validity: Validity) {
    (params.not_before, params.not_after) = validity.period(OffsetDateTime::now_utc());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
}

pub(super) fn subject(common_name: &str, organization: Option<&str>) -> CertificateParams {
    let mut name = DistinguishedName::new();
    if let Some(organization) = organization {
        name.push(DnType::OrganizationName, organization);
    }
    name.push(DnType::CommonName, common_name);
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params
}
