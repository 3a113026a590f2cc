//! Certificate authorities: of a cluster, below one, and some that should not be any.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls_pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

use super::IssueError;
use super::certificate::{self, IssuedCertificate, ServerCertificate, Usage, Validity, subject};
use super::key::{KeyType, Owner};

/// What an authority's certificate is to say. The default is a good one, with an ECDSA P-256 key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityCertificate {
    /// The kind of its key.
    pub key_type: KeyType,
    /// When it is valid: [`Validity::Valid`] is for ten years here.
    pub validity: Validity,
    /// Whether it says `CA:FALSE`, and so is the certificate of no authority.
    pub no_authority: bool,
    /// Whether its key usage leaves out that it signs certificates.
    pub no_signing: bool,
    /// Whether its extended key usage says that what it issues is for clients alone.
    pub for_clients: bool,
    /// How many authorities there may be between this one and a server's certificate. Any number if none.
    pub path_length: Option<u8>,
    /// DNS names, with all below them, and IP addresses that it may issue certificates for. Any if empty.
    pub permitted: Vec<String>,
    /// Those that it may not.
    pub excluded: Vec<String>,
    /// Its subject key identifier, where it is not to be a digest of the key: an impostor's.
    pub key_identifier: Option<Vec<u8>>,
}

impl AuthorityCertificate {
    fn params(&self, common_name: &str) -> CertificateParams {
        let mut params = subject(common_name, None);
        params.is_ca = match (self.no_authority, self.path_length) {
            (true, _) => IsCa::ExplicitNoCa,
            (false, None) => IsCa::Ca(BasicConstraints::Unconstrained),
            (false, Some(length)) => IsCa::Ca(BasicConstraints::Constrained(length)),
        };
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        if !self.no_signing {
            params.key_usages.push(KeyUsagePurpose::KeyCertSign);
        }
        if self.for_clients {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        let now = OffsetDateTime::now_utc();
        (params.not_before, params.not_after) = match self.validity {
            Validity::Valid => (now - Duration::DAY, now + Duration::days(3650)),
            validity => validity.period(now),
        };
        if !(self.permitted.is_empty() && self.excluded.is_empty()) {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: self.permitted.iter().map(|name| subtree(name)).collect(),
                excluded_subtrees: self.excluded.iter().map(|name| subtree(name)).collect(),
            });
        }
        if let Some(identifier) = &self.key_identifier {
            params.key_identifier_method = KeyIdMethod::PreSpecified(identifier.clone());
        }
        params
    }
}

fn subtree(name: &str) -> GeneralSubtree {
    match name.parse() {
        // By its mask: rcgen takes the number of bits for that of the host's part.
        Ok(IpAddr::V4(address)) => {
            GeneralSubtree::IpAddress(CidrSubnet::V4(address.octets(), [0xff; 4]))
        }
        Ok(IpAddr::V6(address)) => {
            GeneralSubtree::IpAddress(CidrSubnet::V6(address.octets(), [0xff; 16]))
        }
        Err(_) => GeneralSubtree::DnsName(name.to_owned()),
    }
}

/// A certificate authority, made for one test. Clones share the key.
#[derive(Clone)]
pub struct CertificateAuthority {
    issuer: Arc<CertifiedIssuer<'static, KeyPair>>,
    common_name: String,
    key_identifier: Vec<u8>,
    /// The certificates between this authority's and the one that clients trust; this one's first. None if it is that
    /// one itself.
    chain: Vec<CertificateDer<'static>>,
}

impl CertificateAuthority {
    /// Makes an authority with an ECDSA P-256 key, valid from yesterday for ten years.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when no key can be generated.
    pub fn new(common_name: &str) -> Result<Self, IssueError> {
        Self::with(common_name, &AuthorityCertificate::default())
    }

    /// Makes an authority whose certificate, signed by itself, says this.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when no key can be generated, or a name can't stand in a certificate.
    pub fn with(common_name: &str, certificate: &AuthorityCertificate) -> Result<Self, IssueError> {
        let failed = IssueError::of(common_name);
        let params = certificate.params(common_name);
        let key = certificate.key_type.key(Owner::Authority).map_err(&failed)?;
        let key_identifier = params.key_identifier(&key);
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(&failed)?;
        Ok(Self {
            issuer: Arc::new(issuer),
            common_name: common_name.to_owned(),
            key_identifier,
            chain: Vec::new(),
        })
    }

    /// Makes an authority below this one. Servers present its certificate with the ones that it issued.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when no key can be generated, or a name can't stand in a certificate.
    pub fn intermediate(
        &self,
        common_name: &str,
        certificate: &AuthorityCertificate,
    ) -> Result<Self, IssueError> {
        let failed = IssueError::of(common_name);
        let mut params = certificate.params(common_name);
        params.use_authority_key_identifier_extension = true;
        // The key that an authority of this type does not have, where there are but two.
        let key = certificate.key_type.key(Owner::Server).map_err(&failed)?;
        let key_identifier = params.key_identifier(&key);
        let issuer = CertifiedIssuer::signed_by(params, key, &self.issuer).map_err(&failed)?;
        let mut chain = vec![issuer.der().clone()];
        chain.extend_from_slice(&self.chain);
        Ok(Self {
            issuer: Arc::new(issuer),
            common_name: common_name.to_owned(),
            key_identifier,
            chain,
        })
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

    /// Its subject key identifier, by which certificates name their issuer.
    #[must_use]
    pub fn key_identifier(&self) -> &[u8] {
        &self.key_identifier
    }

    /// Issues a certificate for a server.
    ///
    /// # Errors
    ///
    /// [`IssueError`] when a name can stand in no certificate, as one that is not ASCII.
    pub fn issue(&self, certificate: &ServerCertificate) -> Result<IssuedCertificate, IssueError> {
        self.sign("kube-apiserver", certificate.params()?, certificate)
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
        let client = ServerCertificate { usage: Usage::Client, ..ServerCertificate::default() };
        let mut params = subject(common_name, Some(group));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(common_name, params, &client)
    }

    fn sign(
        &self,
        common_name: &str,
        mut params: CertificateParams,
        certificate: &ServerCertificate,
    ) -> Result<IssuedCertificate, IssueError> {
        let failed = IssueError::of(common_name);
        certificate::fill_in(&mut params, certificate.validity);
        params.use_authority_key_identifier_extension = true;
        let key = certificate.key_type.key(Owner::Server).map_err(&failed)?;
        let signed = params.signed_by(&key, &self.issuer).map_err(&failed)?;
        Ok(IssuedCertificate::new(&signed, &key, self.chain.clone()))
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority")
            .field("common_name", &self.common_name)
            .finish_non_exhaustive()
    }
}
