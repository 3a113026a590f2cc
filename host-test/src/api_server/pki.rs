//! The certificate authority that the server's certificates, good and bad, come from.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

/// The names that a certificate of kube-apiserver carries, and the loopback addresses that this server listens on.
pub const SERVER_NAMES: [&str; 7] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    "127.0.0.1",
    "::1",
];

/// A certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot issue a certificate for {subject}: {source}")]
pub struct IssueError {
    /// Whom the certificate was for.
    subject: String,
    /// What was wrong with it.
    source: rcgen::Error,
}

impl IssueError {
    fn of(subject: &str) -> impl Fn(rcgen::Error) -> Self + '_ {
        move |source| Self { subject: subject.to_owned(), source }
    }
}

/// A certificate authority with an ECDSA P-256 key, made for one test. Clones share the key.
#[derive(Clone)]
pub struct CertificateAuthority {
    issuer: Arc<CertifiedIssuer<'static, KeyPair>>,
    common_name: String,
}

impl CertificateAuthority {
    /// Makes an authority, valid from yesterday for ten years.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when no key can be generated.
    pub fn new(common_name: &str) -> Result<Self, IssueError> {
        let failed = IssueError::of(common_name);
        let mut params = subject(common_name, None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyCertSign,
        ];
        let now = OffsetDateTime::now_utc();
        params.not_before = now - Duration::DAY;
        params.not_after = now + Duration::days(3650);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(&failed)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(&failed)?;
        Ok(Self { issuer: Arc::new(issuer), common_name: common_name.to_owned() })
    }

    /// The authority's certificate in PEM: what a service account folder holds as `ca.crt`.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// The authority's certificate in DER.
    #[must_use]
    pub fn der(&self) -> &CertificateDer<'static> {
        self.issuer.der()
    }

    /// Issues a certificate for a server.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when a name can stand in no certificate, as one that is not ASCII.
    pub fn issue(&self, certificate: &ServerCertificate) -> Result<IssuedCertificate, IssueError> {
        let mut params = subject("kube-apiserver", None);
        params.subject_alt_names = CertificateParams::new(certificate.names.clone())
            .map_err(IssueError::of("kube-apiserver"))?
            .subject_alt_names;
        params.extended_key_usages = vec![match certificate.usage {
            Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Usage::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        self.sign("kube-apiserver", params, certificate.validity)
    }

    /// Issues a certificate for a client: the common name is the user, and the organization, `readers`, the group.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when no key can be generated.
    pub fn issue_client(&self, common_name: &str) -> Result<IssuedCertificate, IssueError> {
        self.issue_client_of_group(common_name, "readers")
    }

    /// The same with another group, such as `system:masters`.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when no key can be generated.
    pub fn issue_client_of_group(
        &self,
        common_name: &str,
        group: &str,
    ) -> Result<IssuedCertificate, IssueError> {
        let mut params = subject(common_name, Some(group));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(common_name, params, Validity::Valid)
    }

    fn sign(
        &self,
        common_name: &str,
        mut params: CertificateParams,
        validity: Validity,
    ) -> Result<IssuedCertificate, IssueError> {
        let failed = IssueError::of(common_name);
        (params.not_before, params.not_after) = validity.period(OffsetDateTime::now_utc());
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(&failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(&failed)?;
        Ok(IssuedCertificate {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            key_pem: key.serialize_pem(),
            key: key.serialize_der(),
        })
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority")
            .field("common_name", &self.common_name)
            .finish_non_exhaustive()
    }
}

/// What a server's certificate is to say. The default is a good certificate for [`SERVER_NAMES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCertificate {
    /// DNS names and IP addresses; what reads as an address becomes one.
    pub names: Vec<String>,
    /// When it is valid.
    pub validity: Validity,
    /// What it may be used for.
    pub usage: Usage,
}

impl Default for ServerCertificate {
    fn default() -> Self {
        Self {
            names: SERVER_NAMES.map(str::to_owned).to_vec(),
            validity: Validity::Valid,
            usage: Usage::Server,
        }
    }
}

/// When a certificate is valid, seen from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// From yesterday, for a year.
    Valid,
    /// Until yesterday.
    Expired,
    /// From tomorrow.
    NotYetValid,
}

impl Validity {
    fn period(self, now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
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
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct IssuedCertificate {
    pem: String,
    der: CertificateDer<'static>,
    key_pem: String,
    key: Vec<u8>,
}

impl IssuedCertificate {
    /// The certificate in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
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

fn subject(common_name: &str, organization: Option<&str>) -> CertificateParams {
    let mut name = DistinguishedName::new();
    if let Some(organization) = organization {
        name.push(DnType::OrganizationName, organization);
    }
    name.push(DnType::CommonName, common_name);
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params
}
