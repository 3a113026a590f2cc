//! An API server for tests, as real as it can be on the wire.
//!
//! It speaks TLS with certificates of an authority of its own, HTTP/1.1 and HTTP/2, checks credentials as kube-apiserver
//! does, answers what a real one was recorded to answer, puts down in a [`Journal`] what it was sent, and can be told to
//! [misbehave](Misbehaviour). It plays the server of a cluster whose namespace [`NAMESPACE`] has a service account
//! `reader`, three pods `web-1`, `web-2` and `web-3`, and a config map `web`.
//!
//! It lives on a thread of its own. Dropping the [`ApiServer`] ends that thread and cuts every connection.

mod answer;
mod answers;
mod authentication;
mod authorization;
mod body;
mod builder;
mod connection;
mod exchange;
mod journal;
mod layout;
mod misbehaviour;
mod pki;
mod recorded;
mod serve;
mod shared;
mod status;
mod tls;
mod token;
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io};

use http::Method;
use tokio::net::TcpSocket;
use tokio_rustls::rustls;

pub use answer::Answer;
pub use builder::{Builder, StartError};
pub use journal::{
    BodyState, ConnectionId, ConnectionInfo, Entries, FailedHandshake, Journal, RecordedRequest,
};
pub use misbehaviour::{Framing, Misbehaviour, Pace, Steps};
pub use pki::{
    AuthorityCertificate, CertificateAuthority, IssueError, IssuedCertificate, KeyType,
    SERVER_NAMES, ServerCertificate, Usage, Validity,
};
pub use recorded::RecordedError;
pub use tls::{ClientAuthorityError, KeyExchange, TlsVersion};
pub use tokio_rustls::rustls::CipherSuite;

pub(crate) use serve::bind;
pub(crate) use token::random_uuid;

use serve::Running;
use shared::Shared;
use token::Token;

/// The namespace that the server's recorded objects are in.
pub const NAMESPACE: &str = "shop";

/// How long a process may be one that was forked.
const FORKED: Duration = Duration::from_secs(5);

/// An API server for tests.
pub struct ApiServer {
    shared: Arc<Shared>,
    authority: CertificateAuthority,
    token: Token,
    plain: bool,
    /// IPv4 first.
    addresses: Vec<SocketAddr>,
    state: Mutex<State>,
}

enum State {
    Running(Running),
    /// Keeps the ports for a restart, as far as they could be had.
    Stopped(Vec<TcpSocket>),
}

impl ApiServer {
    /// Begins to set up a server.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens: a port of 127.0.0.1, the same for as long as the server exists.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Where it listens on `::1`, if it was asked to.
    #[must_use]
    pub fn ipv6_address(&self) -> Option<SocketAddr> {
        self.addresses.get(1).copied()
    }

    /// Its base URL, without a slash at the end: `https://127.0.0.1:PORT`, or `http://` where it speaks plain HTTP.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.plain { "http" } else { "https" };
        format!("{scheme}://{}", self.address())
    }

    /// The authority that issued its first certificate, for more of them.
    #[must_use]
    pub fn authority(&self) -> &CertificateAuthority {
        &self.authority
    }

    /// The certificate of that authority in PEM: what the pod's `ca.crt` is to hold.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// A bearer token of `system:serviceaccount:shop:reader` that it accepts until it is revoked.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token.0
    }

    /// Accepts another bearer token of the same service account.
    pub fn accept_token(&self, token: String) {
        self.shared.tokens.accept(Token(token));
    }

    /// Accepts a bearer token no more: requests with it are answered with 401.
    pub fn revoke_token(&self, token: &str) {
        self.shared.tokens.revoke(token);
    }

    /// Presents another certificate, of any authority, from the next connection on. Sessions of before cannot be
    /// resumed. A server of plain HTTP has no use for it.
    ///
    /// # Errors
    ///
    /// What rustls has against the certificate; the old one stays.
    pub fn set_certificate(&self, certificate: &IssuedCertificate) -> Result<(), rustls::Error> {
        self.shared.set_certificate(certificate)
    }

    /// Answers requests with this method and path, whatever the query, in this way from now on, provided that they come
    /// with good credentials. It goes before every answer of the server's own.
    pub fn answer(&self, method: Method, path: &str, answer: Answer) {
        self.answer_with(method, path, move |_| answer.clone());
    }

    /// The same with an answer that is computed from the request, once its body has arrived. The function runs on the
    /// server's thread and must not block it.
    pub fn answer_with(
        &self,
        method: Method,
        path: &str,
        answer: impl Fn(&RecordedRequest) -> Answer + Send + Sync + 'static,
    ) {
        self.shared.add_route(method, path.to_owned(), Arc::new(answer));
    }

    /// Misbehaves once: on the next connection or the next request, whichever the misbehaviour is of. Called several
    /// times, one after the other, in this order.
    pub fn misbehave(&self, misbehaviour: Misbehaviour) {
        self.shared.misbehaviours.add_once(misbehaviour);
    }

    /// Misbehaves on every connection or request for which nothing else is due, until [`behave`](Self::behave).
    pub fn misbehave_always(&self, misbehaviour: Misbehaviour) {
        self.shared.misbehaviours.set_always(misbehaviour);
    }

    /// Behaves from now on. What is stalled or slow already stays so.
    pub fn behave(&self) {
        self.shared.misbehaviours.clear();
    }

    /// What it was sent.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// Stops listening, so that connections are refused, and cuts those that are open. The ports stay reserved. A server
    /// that is stopped already stays so.
    pub async fn stop(&self) {
        let running = match &mut *self.state() {
            State::Stopped(_) => return,
            state => std::mem::replace(state, State::Stopped(Vec::new())),
        };
        if let State::Running(running) = running {
            running.stop().await;
        }
        // Where a port cannot be kept, the next start says so.
        let mut reserved = Vec::new();
        for &address in &self.addresses {
            reserved.extend(bind_again(address).await);
        }
        *self.state() = State::Stopped(reserved);
    }

    /// Listens again after [`stop`](Self::stop), on the same ports. A server that runs goes on.
    ///
    /// # Errors
    ///
    /// [`StartError::Bind`] or [`StartError::Listen`] when a port has been taken meanwhile.
    pub async fn start_again(&self) -> Result<(), StartError> {
        let mut sockets = match &mut *self.state() {
            State::Running(_) => return Ok(()),
            State::Stopped(reserved) => std::mem::take(reserved),
        };
        if sockets.len() != self.addresses.len() {
            sockets.clear();
            for &address in &self.addresses {
                let failed = |source| StartError::Bind { address, source };
                sockets.push(bind_again(address).await.map_err(failed)?);
            }
        }
        let running =
            Running::start(sockets, Arc::clone(&self.shared)).await.map_err(StartError::Listen)?;
        *self.state() = State::Running(running);
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Binds a port that was one's own before. A process that this one has just forked has all of its sockets until it is
/// another program, and the one that listened with them.
async fn bind_again(address: SocketAddr) -> io::Result<TcpSocket> {
    let begun = Instant::now();
    loop {
        match bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && begun.elapsed() < FORKED => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            result => return result,
        }
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiServer")
            .field("url", &self.url())
            .field("ipv6_address", &self.ipv6_address())
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
