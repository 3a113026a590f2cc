//! How a server is set up before it starts.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio_rustls::rustls::{self, CipherSuite, crypto::GetRandomFailed};

use super::answers::Answers;
use super::pki::{CertificateAuthority, IssueError, IssuedCertificate, ServerCertificate};
use super::recorded::RecordedError;
use super::serve::{Running, bind};
use super::shared::Shared;
use super::tls::{
    ClientAuthority, ClientAuthorityError, Handshake, KeyExchange, TlsSettings, TlsVersion,
};
use super::token::Token;
use super::{ApiServer, State};

/// A server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A recorded answer is damaged.
    #[error(transparent)]
    Recorded(#[from] RecordedError),
    /// The certificate authority or the certificate cannot be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The certificate cannot be presented.
    #[error("the certificate cannot be presented: {0}")]
    Certificate(#[source] rustls::Error),
    /// Clients of the given authority cannot be verified.
    #[error("clients cannot be verified: {0}")]
    ClientAuthority(#[from] ClientAuthorityError),
    /// There are no random numbers for a token.
    #[error("no token can be generated: the system gave no random numbers")]
    Random,
    /// The address cannot be bound.
    #[error("cannot bind {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The server's thread cannot be started, or the sockets do not listen.
    #[error("cannot listen: {0}")]
    Listen(#[source] io::Error),
}

impl From<GetRandomFailed> for StartError {
    fn from(_: GetRandomFailed) -> Self {
        Self::Random
    }
}

/// Sets up a server. Without any of it: TLS with a good certificate, HTTP/2 and HTTP/1.1, on a free port of 127.0.0.1.
#[derive(Debug, Default)]
pub struct Builder {
    authority: Option<CertificateAuthority>,
    certificate: Option<IssuedCertificate>,
    clients: Option<CertificateAuthority>,
    handshake: Handshake,
    without_http1: bool,
    without_http2: bool,
    plain_http: bool,
    ipv6: bool,
    port: u16,
}

impl Builder {
    /// The authority that issues the server's certificate, rather than a new one.
    #[must_use]
    pub fn authority(mut self, authority: CertificateAuthority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// The certificate to present, rather than a good one of the server's authority.
    #[must_use]
    pub fn certificate(mut self, certificate: IssuedCertificate) -> Self {
        self.certificate = Some(certificate);
        self
    }

    /// Asks clients for certificates, and accepts those that this authority issued.
    #[must_use]
    pub fn accept_clients_of(mut self, authority: &CertificateAuthority) -> Self {
        self.clients = Some(authority.clone());
        self
    }

    /// Speaks no other version of TLS than this.
    #[must_use]
    pub fn tls_version(mut self, version: TlsVersion) -> Self {
        self.handshake.version = Some(version);
        self
    }

    /// Exchanges keys in these groups alone.
    #[must_use]
    pub fn key_exchanges(mut self, groups: &[KeyExchange]) -> Self {
        self.handshake.key_exchanges = Some(groups.to_vec());
        self
    }

    /// Agrees to these cipher suites alone.
    #[must_use]
    pub fn cipher_suites(mut self, suites: &[CipherSuite]) -> Self {
        self.handshake.cipher_suites = Some(suites.to_vec());
        self
    }

    /// Sends so many session tickets after each handshake of TLS 1.3, rather than two.
    #[must_use]
    pub fn session_tickets(mut self, tickets: usize) -> Self {
        self.handshake.tickets = Some(tickets);
        self
    }

    /// Does not offer HTTP/2 in ALPN.
    #[must_use]
    pub fn without_http2(mut self) -> Self {
        self.without_http2 = true;
        self
    }

    /// Does not offer HTTP/1.1 in ALPN. A client that uses no ALPN is still spoken to in HTTP/1.1; with neither
    /// protocol offered, so is everyone.
    #[must_use]
    pub fn without_http1(mut self) -> Self {
        self.without_http1 = true;
        self
    }

    /// Speaks plain HTTP/1.1, as `kubectl proxy` does: everyone is authenticated, credentials do not matter.
    #[must_use]
    pub fn plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Listens on `::1` as well, on a port of its own.
    #[must_use]
    pub fn with_ipv6(mut self) -> Self {
        self.ipv6 = true;
        self
    }

    /// Listens on this port of 127.0.0.1, rather than on a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// [`StartError`], with a variant for each step.
    pub async fn start(self) -> Result<ApiServer, StartError> {
        let answers = Answers::load()?;
        let authority = match self.authority {
            Some(authority) => authority,
            None => CertificateAuthority::new("kubernetes")?,
        };
        let tls = if self.plain_http {
            None
        } else {
            let certificate = match self.certificate {
                Some(certificate) => certificate,
                None => authority.issue(&ServerCertificate::default())?,
            };
            let clients = self.clients.as_ref().map(ClientAuthority::new).transpose()?;
            let offered = [("h2", self.without_http2), ("http/1.1", self.without_http1)];
            let alpn = offered
                .into_iter()
                .filter(|(_, without)| !without)
                .map(|(name, _)| name.into())
                .collect();
            Some((TlsSettings { alpn, clients, handshake: self.handshake }, certificate))
        };
        let plain = tls.is_none();
        let shared = Arc::new(Shared::new(answers, tls).map_err(StartError::Certificate)?);
        let token = Token::generate()?;
        shared.tokens.accept(token.clone());

        let mut wanted = vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), self.port)];
        if self.ipv6 {
            wanted.push(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0));
        }
        let mut sockets = Vec::new();
        let mut addresses = Vec::new();
        for address in wanted {
            let failed = |source| StartError::Bind { address, source };
            let socket = bind(address).map_err(failed)?;
            addresses.push(socket.local_addr().map_err(failed)?);
            sockets.push(socket);
        }
        let running =
            Running::start(sockets, Arc::clone(&shared)).await.map_err(StartError::Listen)?;
        Ok(ApiServer {
            shared,
            authority,
            token,
            plain,
            addresses,
            state: Mutex::new(State::Running(running)),
        })
    }
}
