//! What the server was sent, for tests to look at.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{AUTHORIZATION, COOKIE, HOST, PROXY_AUTHORIZATION};
use http::{HeaderMap, Method, Version};
use rustls_pki_types::CertificateDer;
use tokio::sync::watch;

/// Which connection, in the order in which they were accepted, from 1 on.
pub type ConnectionId = u64;

/// What the server was sent since it was built; it survives a restart. Clones are the same journal.
#[derive(Clone, Default)]
pub struct Journal {
    entries: Arc<watch::Sender<Entries>>,
}

/// Everything in the journal at one moment.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    /// The requests, in the order in which their heads arrived.
    pub requests: Vec<RecordedRequest>,
    /// How many connections were accepted.
    pub accepted_connections: u64,
    /// How many of them are still open.
    pub open_connections: u64,
    /// The connections that ended in the TLS handshake, in that order.
    pub failed_handshakes: Vec<FailedHandshake>,
    /// How many requests there have been: the number of the next one.
    next_request: u64,
}

/// A connection that never got through its TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedHandshake {
    /// The connection.
    pub connection: ConnectionId,
    /// The alert that the client sent, as rustls names it (`BadCertificate`, `UnknownCA`, `CertificateExpired`), if it sent one.
    pub alert: Option<String>,
    /// What was wrong, in words.
    pub error: String,
}

/// What a connection is, as it stands in each request that came over it.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    /// Which connection: the same for requests over one kept connection.
    pub id: ConnectionId,
    /// Where it came from.
    pub peer: SocketAddr,
    /// The name that the client asked for in the TLS handshake (SNI); none for an IP address, and none without TLS.
    pub server_name: Option<String>,
    /// The protocol that was agreed on in the TLS handshake (ALPN).
    pub alpn: Option<String>,
    /// The client's certificate, whether accepted or not.
    pub client_certificate: Option<CertificateDer<'static>>,
}

/// How much of a request's body is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyState {
    /// More may come.
    Arriving,
    /// All of it.
    Complete,
    /// It ended before it was complete.
    Broken,
    /// The server did not read it.
    NotRead,
}

/// A request as it was received. Its `Debug` does not show credentials.
#[derive(Clone)]
pub struct RecordedRequest {
    number: u64,
    /// The connection it came over.
    pub connection: ConnectionInfo,
    /// HTTP/1.1 or HTTP/2.
    pub version: Version,
    /// The method.
    pub method: Method,
    /// The path, as it was sent: nothing decoded.
    pub path: String,
    /// What followed the `?`, as it was sent.
    pub query: Option<String>,
    /// The `Host` header, or the `:authority` of HTTP/2.
    pub authority: Option<String>,
    /// All headers and values. Names are in the order in which they first appeared.
    pub headers: HeaderMap,
    /// The body so far.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub body_state: BodyState,
}

impl RecordedRequest {
    /// The first value of a header, where it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first value of a parameter of the query, not decoded.
    #[must_use]
    pub fn query_parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.as_deref()?.split('&');
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut headers = self.headers.clone();
        for name in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
            if let Some(value) = headers.get_mut(name) {
                // The http crate shows a sensitive value as `Sensitive`.
                value.set_sensitive(true);
            }
        }
        f.debug_struct("RecordedRequest")
            .field("connection", &self.connection.id)
            .field("version", &self.version)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("authority", &self.authority)
            .field("headers", &headers)
            .field("body", &String::from_utf8_lossy(&self.body))
            .field("body_state", &self.body_state)
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// The requests so far, in the order in which their heads arrived.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.entries.borrow().requests.clone()
    }

    /// Everything so far.
    #[must_use]
    pub fn entries(&self) -> Entries {
        self.entries.borrow().clone()
    }

    /// The handshakes that failed so far.
    #[must_use]
    pub fn failed_handshakes(&self) -> Vec<FailedHandshake> {
        self.entries.borrow().failed_handshakes.clone()
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn accepted_connections(&self) -> u64 {
        self.entries.borrow().accepted_connections
    }

    /// Forgets the requests and the failed handshakes; connections keep being counted.
    pub fn clear(&self) {
        self.entries.send_modify(|entries| {
            entries.requests.clear();
            entries.failed_handshakes.clear();
        });
    }

    /// Waits until there are as many requests whose bodies have ended, and returns all requests. Waits for as long as that takes.
    pub async fn wait_for(&self, count: usize) -> Vec<RecordedRequest> {
        let ended = |request: &&RecordedRequest| request.body_state != BodyState::Arriving;
        self.wait_until(|entries| entries.requests.iter().filter(ended).count() >= count)
            .await
            .requests
    }

    /// Waits until the journal is as the caller wants it, and returns it as it was then. Waits for as long as that takes.
    pub async fn wait_until(&self, wanted: impl FnMut(&Entries) -> bool) -> Entries {
        let mut receiver = self.entries.subscribe();
        match receiver.wait_for(wanted).await {
            Ok(entries) => entries.clone(),
            // The sender is held by `self`, so it cannot have gone.
            Err(_) => self.entries(),
        }
    }

    /// Counts a connection, which is open until the guard is dropped.
    pub(super) fn connection_accepted(&self) -> OpenConnection {
        let mut id = 0;
        self.entries.send_modify(|entries| {
            entries.accepted_connections += 1;
            entries.open_connections += 1;
            id = entries.accepted_connections;
        });
        OpenConnection { journal: self.clone(), id }
    }

    /// Puts down that a handshake failed.
    pub(super) fn handshake_failed(&self, failure: FailedHandshake) {
        self.entries.send_modify(|entries| entries.failed_handshakes.push(failure));
    }

    /// Puts down the head of a request, and returns the number by which its body can be added.
    pub(super) fn request_arrived(
        &self,
        head: http::request::Parts,
        connection: ConnectionInfo,
    ) -> u64 {
        let authority = match head.uri.authority() {
            Some(authority) => Some(authority.to_string()),
            None => head
                .headers
                .get(HOST)
                .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned()),
        };
        let mut request = RecordedRequest {
            number: 0,
            connection,
            version: head.version,
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            authority,
            headers: head.headers,
            body: Vec::new(),
            body_state: BodyState::Arriving,
        };
        let mut number = 0;
        self.entries.send_modify(|entries| {
            number = entries.next_request;
            entries.next_request += 1;
            request.number = number;
            entries.requests.push(request);
        });
        number
    }

    /// Adds to the body of a request.
    pub(super) fn body_arrived(&self, number: u64, bytes: &[u8]) {
        self.change(number, |request| request.body.extend_from_slice(bytes));
    }

    /// Ends the body of a request, and returns the request, unless it has been forgotten.
    pub(super) fn body_ended(&self, number: u64, state: BodyState) -> Option<RecordedRequest> {
        let mut ended = None;
        self.change(number, |request| {
            request.body_state = state;
            ended = Some(request.clone());
        });
        ended
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut RecordedRequest)) {
        self.entries.send_modify(|entries| {
            let mut newest_first = entries.requests.iter_mut().rev();
            if let Some(request) = newest_first.find(|request| request.number == number) {
                change(request);
            }
        });
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.borrow().fmt(f)
    }
}

/// An open connection; dropping it closes it in the journal.
pub(super) struct OpenConnection {
    journal: Journal,
    pub(super) id: ConnectionId,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.journal.entries.send_modify(|entries| entries.open_connections -= 1);
    }
}
