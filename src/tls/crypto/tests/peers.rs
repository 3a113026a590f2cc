//! A client with this provider and a server with ring's, joined in memory.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, ConnectionCommon, Error, NamedGroup,
    RootCertStore, ServerConfig, ServerConnection, SideData, SupportedCipherSuite,
};

use crate::tls::crypto::provider;

/// What the server's certificate is for.
pub(super) const NAME: &str = "kubernetes.default.svc";

/// The kinds of keys that a certificate can have.
#[derive(Clone, Copy, Debug)]
pub(super) enum KeyKind {
    P256,
    P384,
    Ed25519,
    Rsa,
}

impl KeyKind {
    pub(super) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::Ed25519, Self::Rsa];

    pub(super) fn pair(self) -> KeyPair {
        match self {
            Self::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Self::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
            Self::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
            // ring makes none.
            Self::Rsa => KeyPair::from_pkcs8_der_and_sign_algo(
                &include_bytes!("rsa-2048.der")[..].into(),
                &PKCS_RSA_SHA256,
            ),
        }
        .unwrap()
    }
}

/// A certificate authority.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new(kind: KeyKind) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, kind.pair()).unwrap())
    }

    /// The certificate of the server, for `key`.
    pub(super) fn certify(&self, key: &KeyPair) -> CertificateDer<'static> {
        let params = CertificateParams::new([NAME.into()]).unwrap();
        params.signed_by(key, &self.0).unwrap().der().clone()
    }

    /// A client that trusts this authority alone.
    pub(super) fn client(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

/// What ring's provider has by one suite and one group.
pub(super) fn ring_with(suite: CipherSuite, group: NamedGroup) -> CryptoProvider {
    let group = ring::ALL_KX_GROUPS.iter().find(|ours| ours.name() == group).unwrap();
    CryptoProvider {
        cipher_suites: vec![of_ring(suite)],
        kx_groups: vec![*group],
        ..ring::default_provider()
    }
}

/// ring's own of a suite.
pub(super) fn of_ring(suite: CipherSuite) -> SupportedCipherSuite {
    *ring::ALL_CIPHER_SUITES.iter().find(|ours| ours.suite() == suite).unwrap()
}

/// A server that proves a certificate by `key`.
pub(super) fn server(
    provider: CryptoProvider,
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert([certificate].into(), key)
        .unwrap()
}

/// A client and a server.
pub(super) struct Peers {
    pub(super) client: ClientConnection,
    pub(super) server: ServerConnection,
}

impl Peers {
    pub(super) fn new(client: ClientConfig, server: ServerConfig) -> Self {
        let name = ServerName::try_from(NAME).unwrap();
        Self {
            client: ClientConnection::new(Arc::new(client), name).unwrap(),
            server: ServerConnection::new(Arc::new(server)).unwrap(),
        }
    }

    /// Two whose handshake is over, with one kind of keys.
    pub(super) fn connected(suite: CipherSuite, group: NamedGroup, kind: KeyKind) -> Self {
        let (authority, key) = (Authority::new(kind), kind.pair());
        let mut server = server(ring_with(suite, group), authority.certify(&key), &key);
        server.enable_secret_extraction = true;
        let mut peers = Self::new(authority.client(), server);
        peers.settle().unwrap();
        assert!(!peers.client.is_handshaking() && !peers.server.is_handshaking());
        peers
    }

    /// Lets both speak until neither has more to say.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        loop {
            let to_server = sent(&mut self.client);
            receive(&mut self.server, &to_server)?;
            let to_client = sent(&mut self.server);
            receive(&mut self.client, &to_client)?;
            if to_server.is_empty() && to_client.is_empty() {
                return Ok(());
            }
        }
    }
}

/// Sends a request and a response at once, and checks that they arrive.
pub(super) fn exchange(peers: &mut Peers, request: &[u8], response: &[u8]) {
    peers.client.writer().write_all(request).unwrap();
    peers.server.writer().write_all(response).unwrap();
    peers.settle().unwrap();
    assert_eq!(received(&mut peers.server), request);
    assert_eq!(received(&mut peers.client), response);
}

/// The data that a peer has received and not yet read.
pub(super) fn received<S: SideData>(peer: &mut ConnectionCommon<S>) -> Vec<u8> {
    let length = peer.process_new_packets().unwrap().plaintext_bytes_to_read();
    let mut data = vec![0; length];
    peer.reader().read_exact(&mut data).unwrap();
    data
}

/// The bytes that a peer has to send.
pub(super) fn sent<S: SideData>(peer: &mut ConnectionCommon<S>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while peer.wants_write() {
        peer.write_tls(&mut bytes).unwrap();
    }
    bytes
}

/// Gives a peer bytes, as many as it takes at a time.
pub(super) fn receive<S: SideData>(
    peer: &mut ConnectionCommon<S>,
    mut bytes: &[u8],
) -> Result<(), Error> {
    while !bytes.is_empty() {
        peer.read_tls(&mut bytes).unwrap();
        peer.process_new_packets()?;
    }
    Ok(())
}
