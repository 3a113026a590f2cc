//! What the server's handle and its connections share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use rustls_pki_types::CertificateDer;
use tokio_rustls::rustls::{self, ServerConfig};

use super::answer::Answer;
use super::answers::Answers;
use super::authentication::{ClientCertificate, Tokens, Unauthenticated, User};
use super::authorization::Attributes;
use super::journal::{Journal, RecordedRequest};
use super::layout;
use super::misbehaviour::Misbehaviours;
use super::pki::IssuedCertificate;
use super::tls::TlsSettings;

/// Computes an answer from a request.
pub(super) type Route = Arc<dyn Fn(&RecordedRequest) -> Answer + Send + Sync>;

/// What the server's handle and its connections share.
pub(super) struct Shared {
    pub(super) journal: Journal,
    pub(super) misbehaviours: Misbehaviours,
    pub(super) tokens: Tokens,
    /// None where the server speaks plain HTTP.
    tls: Option<Tls>,
    answers: Answers,
    routes: Mutex<HashMap<(Method, String), Route>>,
}

struct Tls {
    settings: TlsSettings,
    config: Mutex<Arc<ServerConfig>>,
}

impl Shared {
    /// A server that speaks TLS with a certificate, or plain HTTP without.
    pub(super) fn new(
        answers: Answers,
        tls: Option<(TlsSettings, IssuedCertificate)>,
    ) -> Result<Self, rustls::Error> {
        let tls = match tls {
            Some((settings, certificate)) => {
                Some(Tls { config: Mutex::new(settings.with_certificate(&certificate)?), settings })
            }
            None => None,
        };
        Ok(Self {
            journal: Journal::default(),
            misbehaviours: Misbehaviours::default(),
            tokens: Tokens::default(),
            tls,
            answers,
            routes: Mutex::default(),
        })
    }

    /// How the next connection is to be secured, if it is.
    pub(super) fn tls_config(&self) -> Option<Arc<ServerConfig>> {
        let tls = self.tls.as_ref()?;
        let config = tls.config.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&config))
    }

    /// Presents another certificate from the next connection on. Without TLS there is none to present.
    pub(super) fn set_certificate(
        &self,
        certificate: &IssuedCertificate,
    ) -> Result<(), rustls::Error> {
        if let Some(tls) = &self.tls {
            let config = tls.settings.with_certificate(certificate)?;
            *tls.config.lock().unwrap_or_else(PoisonError::into_inner) = config;
        }
        Ok(())
    }

    /// What became of a client's certificate.
    pub(super) fn check_client(&self, chain: Option<&[CertificateDer<'_>]>) -> ClientCertificate {
        let clients = self.tls.as_ref().and_then(|tls| tls.settings.clients.as_ref());
        clients.map_or(ClientCertificate::Absent, |clients| clients.check(chain))
    }

    /// Answers a route from now on, before any answer of the server's own.
    pub(super) fn add_route(&self, method: Method, path: String, route: Route) {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner).insert((method, path), route);
    }

    /// The answer to a request: who sent it, may they, and what is it then.
    pub(super) fn answer(
        &self,
        certificate: ClientCertificate,
        request: &RecordedRequest,
    ) -> Answer {
        // Behind a proxy that authenticates, everyone is its user.
        let user = match self.tls {
            Some(_) => self.tokens.authenticate(certificate, &request.headers),
            None => Ok(User::Reader),
        };
        let user = match user {
            Ok(user) => user,
            Err(Unauthenticated) => {
                return layout::for_client(self.answers.unauthorized(), request);
            }
        };
        let key = (request.method.clone(), request.path.clone());
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        // The lock is not held while the route runs: it may add another.
        let route = routes.get(&key).cloned();
        drop(routes);
        let attributes = Attributes::of(request);
        let answer = match route {
            Some(route) if user == User::Reader => return route(request),
            None if attributes.allowed_to(user) => self.answers.to(request, &attributes),
            _ => self.answers.forbidden(&attributes, user),
        };
        layout::for_client(answer, request)
    }
}
