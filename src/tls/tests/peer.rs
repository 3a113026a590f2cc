//! The server's side, and what both sides trust.

use crate::credentials::TrustAnchors;
use crate::tls::session::Session;
use crate::tls::trust;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{Error, ServerConfig, ServerConnection, SupportedProtocolVersion, version};
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

pub(super) const NAME: &str = "kubernetes.default.svc";

/// A moment at which the certificates are valid.
pub(super) const NOW: u64 = 1_700_000_000;

/// A clock that stands.
#[derive(Debug)]
pub(super) struct At(pub(super) u64);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0)))
    }
}

/// A certificate authority, and the servers that it vouches for.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::parse(self.0.pem().as_bytes()).unwrap()
    }

    pub(super) fn server(&self, version: &'static SupportedProtocolVersion) -> ServerConnection {
        self.server_with(version, |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        })
    }

    pub(super) fn server_with(
        &self,
        version: &'static SupportedProtocolVersion,
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerConnection {
        ServerConnection::new(Arc::new(self.config(ring::default_provider(), version, change)))
            .unwrap()
    }

    /// What a server begins with.
    pub(super) fn config(
        &self,
        provider: CryptoProvider,
        version: &'static SupportedProtocolVersion,
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerConfig {
        let mut params = CertificateParams::new([NAME.into(), "10.96.0.1".into()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        ServerConfig::builder_with_provider(provider.into())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap()
    }
}

/// A session with a server of that name, by trust in `anchors`, at that time.
pub(super) fn session(anchors: &TrustAnchors, name: &str, now: u64) -> Session {
    let config = trust::config(anchors, Arc::new(At(now))).unwrap();
    Session::new(config, ServerName::try_from(name.to_owned()).unwrap()).unwrap()
}

/// Both sides.
pub(super) struct Pair {
    pub(super) session: Session,
    pub(super) server: ServerConnection,
    /// What the session is to send, and what it received.
    pub(super) to_send: Vec<u8>,
    pub(super) received: Vec<u8>,
    /// All that was sent to the server.
    pub(super) sent: Vec<u8>,
    /// All that the server read.
    read: Vec<u8>,
    /// How many bytes the session gets at a time.
    pub(super) piece: usize,
}

impl Pair {
    pub(super) fn new(session: Session, server: ServerConnection) -> Self {
        Self {
            session,
            server,
            to_send: Vec::new(),
            received: Vec::new(),
            sent: Vec::new(),
            read: Vec::new(),
            piece: usize::MAX,
        }
    }

    pub(super) fn established() -> Self {
        let authority = Authority::new();
        let session = session(&authority.anchors(), NAME, NOW);
        let mut pair = Self::new(session, authority.server(&version::TLS13));
        pair.settle().unwrap();
        assert!(pair.session.is_established());
        pair
    }

    /// Lets both speak until neither has more to say.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        loop {
            let result = self.advance();
            let to_server = std::mem::take(self.session.outgoing());
            self.sent.extend_from_slice(&to_server);
            let mut rest = &to_server[..];
            while !rest.is_empty() {
                self.server.read_tls(&mut rest).unwrap();
                // What the server makes of an alert is its own business.
                let _ = self.server.process_new_packets();
                // Would block at the end, since nothing says that there is no more.
                let _ = self.server.reader().read_to_end(&mut self.read);
            }
            result?;
            let to_client = self.server_writes();
            if to_server.is_empty() && to_client.is_empty() {
                return Ok(());
            }
            for piece in to_client.chunks(self.piece.min(to_client.len().max(1))) {
                self.session.feed(piece.to_vec());
                self.advance()?;
            }
        }
    }

    pub(super) fn advance(&mut self) -> Result<(), Error> {
        let received = &mut self.received;
        self.session.advance(&mut self.to_send, |bytes| received.extend_from_slice(bytes))
    }

    /// What the server has to send.
    pub(super) fn server_writes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.server.wants_write() {
            self.server.write_tls(&mut bytes).unwrap();
        }
        bytes
    }

    /// What the server got in plaintext.
    pub(super) fn server_read(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.read)
    }

    pub(super) fn server_write(&mut self, bytes: &[u8]) {
        self.server.writer().write_all(bytes).unwrap();
    }
}
