//! What an [`Outgoing`] is made from.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::ServerName;

use super::observer::{Observer, Observing};
use super::pool::Pool;
use super::trust::Trust;
use super::{ClientCertificate, Destination, Inner, Outgoing};

/// What holds for each request, and for the connections kept between them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a connection may take, TLS included, where the guest sets no limit.
    pub connect: Duration,
    /// How long the answer may take to begin, where the guest sets no limit.
    pub first_byte: Duration,
    /// How long the answer may fall silent, where the guest sets no limit.
    pub between_bytes: Duration,
    /// The most bytes of an answer's status line and headers.
    pub response_head: usize,
    /// The most HTTP/1.1 connections that are kept for later, to each destination.
    pub max_idle: usize,
    /// How long an HTTP/1.1 connection without requests is kept.
    pub idle: Duration,
    /// How long an HTTP/2 connection may be silent before it is asked whether it is alive. It has half as long to answer.
    pub ping: Duration,
}

impl Default for Limits {
    /// 600 seconds for each phase and 128 KiB of headers, as in wasmtime; 25 connections for
    /// 90 seconds and a ping after 30, as in Go's Kubernetes client.
    fn default() -> Self {
        let phase = Duration::from_secs(600);
        Self {
            connect: phase,
            first_byte: phase,
            between_bytes: phase,
            response_head: 128 * 1024,
            max_idle: 25,
            idle: Duration::from_secs(90),
            ping: Duration::from_secs(30),
        }
    }
}

/// A setting that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Plain HTTP would carry the traffic over a network for all to read.
    #[error("{0} has no TLS and is not on loopback: use https")]
    PlainHttp(Destination),
    /// The name that the server's certificate should carry.
    #[error("{0:?} is no name that a certificate can carry: give a DNS name or an IP address")]
    ServerName(String),
    /// The certificate to present, or its key. The text quotes neither.
    #[error("the client certificate can't be used: {0}")]
    ClientCertificate(String),
}

/// Settings of an [`Outgoing`]. Without any, it denies every request.
#[derive(Default)]
pub struct Builder {
    destinations: Vec<Destination>,
    trust_anchors: Option<PathBuf>,
    server_name: Option<String>,
    client_certificate: Option<ClientCertificate>,
    without_http2: bool,
    without_authorization: bool,
    limits: Limits,
    observer: Option<Arc<dyn Observer>>,
}

impl Builder {
    /// Adds a server that guests may reach.
    #[must_use]
    pub fn destination(mut self, destination: Destination) -> Self {
        self.destinations.push(destination);
        self
    }

    /// The file of PEM certificates to verify servers by, as the pod has it mounted. It is looked
    /// at for each request and read again when it changed. A changed file that can't be used
    /// leaves the last good one in force; until there was a good one, nothing is sent over TLS.
    #[must_use]
    pub fn trust_anchors(mut self, file: impl Into<PathBuf>) -> Self {
        self.trust_anchors = Some(file.into());
        self
    }

    /// The name that the servers' certificates have to carry, instead of the host in the request.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// The certificate to present to servers that ask for one.
    #[must_use]
    pub fn client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// Whether to offer HTTP/2 to servers. True unless set.
    #[must_use]
    pub fn http2(mut self, offered: bool) -> Self {
        self.without_http2 = !offered;
        self
    }

    /// Sends no `Authorization` header that a guest gives: for a pod whose credentials are the
    /// client certificate, and whose token is there for form's sake.
    #[must_use]
    pub fn without_authorization(mut self) -> Self {
        self.without_authorization = true;
        self
    }

    /// Replaces the default limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Who is told of each request.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Checks the settings. Opens no connection, and leaves the trust anchors to the first request.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] for the setting that can't be used.
    pub fn build(self) -> Result<Outgoing, ConfigError> {
        for destination in &self.destinations {
            if !destination.is_tls() && !destination.connect_to().ip().is_loopback() {
                return Err(ConfigError::PlainHttp(destination.clone()));
            }
        }
        let server_name = match self.server_name {
            Some(name) => match ServerName::try_from(name.clone()) {
                Ok(parsed) => Some(parsed),
                Err(_) => return Err(ConfigError::ServerName(name)),
            },
            None => None,
        };
        let trust = Trust::new(self.trust_anchors, self.client_certificate, !self.without_http2)
            .map_err(|error| ConfigError::ClientCertificate(error.to_string()))?;
        let pool = || Arc::new(Pool::new(self.limits.max_idle, self.limits.idle));
        Ok(Outgoing(Arc::new(Inner {
            pools: self.destinations.iter().map(|_| pool()).collect(),
            destinations: self.destinations,
            trust,
            server_name,
            without_authorization: self.without_authorization,
            limits: self.limits,
            observing: Observing::new(self.observer),
        })))
    }
}
