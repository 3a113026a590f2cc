//! What a caller asks for, and what of it is sent.

use super::limits::Kind;
use super::{Limits, PathError, headers, path, query};
use crate::cluster::{Cluster, Scheme};
use crate::leases::InvalidElection;
use crate::resource::NameError;
use crate::{Error, Impersonation, ImpersonationError};
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::fmt;

/// A request, but for its body. Its `Debug` leaves out the values of headers, which
/// may be credentials.
#[derive(Clone, Default)]
pub struct Request {
    /// An HTTP method, for example `GET`.
    pub method: String,
    /// Absolute and percent-encoded, without query and fragment.
    pub path: String,
    /// Names and values, not encoded.
    pub query: Vec<(String, String)>,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// In whose name it is sent. In the pod's own if none.
    pub impersonate: Option<Impersonation>,
    /// Whether the answer may be compressed. It is decoded here; a watch never is compressed.
    pub compress: bool,
    /// How long it may take, and how much it may hold.
    pub limits: Limits,
}

impl Request {
    /// A request without query, headers, or limits of its own.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &names)
            .field("impersonate", &self.impersonate)
            .field("compress", &self.compress)
            .field("limits", &self.limits)
            .finish()
    }
}

/// Why a request can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// Not an HTTP method, or one that does not suit.
    #[error("{0:?} is no method to use here: use `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, ...")]
    Method(String),
    /// Not a path, or one that might lead elsewhere.
    #[error("the path {path:?} can't be used: {reason}")]
    Path {
        /// The path, cut to a length that can be read.
        path: String,
        /// What is wrong with it.
        reason: PathError,
    },
    /// A name that can't be part of a path.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Not the name of a header.
    #[error("{0:?} is not the name of a header")]
    HeaderName(String),
    /// A value that would end the header.
    #[error("the value of the header `{0}` holds a line break or another control character")]
    HeaderValue(String),
    /// More headers than hosts take.
    #[error(
        "there are more than {} headers, or more than {} bytes of them",
        headers::MAX_COUNT,
        headers::MAX_LENGTH
    )]
    HeadersTooLong,
    /// Nobody can be impersonated so.
    #[error("nobody can be impersonated so: {0}")]
    Impersonation(#[from] ImpersonationError),
    /// Headers that impersonate somebody, and somebody to impersonate.
    #[error("there are `Impersonate-...` headers beside `impersonate`: leave out either")]
    TwoImpersonations,
    /// A header that the transport writes.
    #[error("the header `{0}` is written by the transport: leave it out")]
    TransportHeader(String),
    /// A body of another length than announced.
    #[error("the body is not as long as announced: {announced} bytes were, and {written} came")]
    BodyLength {
        /// The length that was announced.
        announced: u64,
        /// The length so far.
        written: u64,
    },
    /// A body was written after its end.
    #[error("the request's body has ended")]
    BodyEnded,
    /// A watch was to begin where none can.
    #[error(
        "a watch begins after a resourceVersion that a list or another watch has given: neither an \
         empty one nor `0` is one. For the state as it is, give none"
    )]
    ResourceVersion,
    /// An election that can't be held so.
    #[error(transparent)]
    Election(#[from] InvalidElection),
    /// What was to be a field is none.
    #[error("a field is named by a JSON Pointer, as `/spec/nodeName`: {0:?} is none")]
    Pointer(String),
    /// Something was asked for that is given once.
    #[error("the answer was taken already")]
    AnswerTaken,
    /// An error was asked for where there is none.
    #[error("the answer's status is {0}: it is no error")]
    NoError(u16),
}

/// A request that was checked and completed, for as many attempts as it takes.
pub(crate) struct CheckedRequest {
    pub(crate) method: String,
    pub(crate) path_with_query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) own_authorization: bool,
    pub(crate) is_watch: bool,
    /// Whether an answer that is compressed is decoded.
    pub(crate) decodes: bool,
    pub(crate) limits: Limits,
    pub(crate) kind: Kind,
    pub(crate) tls: bool,
    pub(crate) authority: String,
}

impl CheckedRequest {
    pub(crate) fn new(request: Request, cluster: &Cluster, kind: Kind) -> Result<Self, Error> {
        let Request { method, path, query, mut headers, impersonate, compress, limits } = request;
        check_method(&method)?;
        let invalid = |reason| InvalidRequest::Path { path: shortened(&path), reason };
        path::validate(&path).map_err(invalid)?;
        let is_watch = is_watch(&path, &query);
        let mut path_with_query = cluster.server.base_path().to_owned();
        path_with_query.push_str(&path);
        query::append(&mut path_with_query, &query);
        if path_with_query.len() > path::MAX_LENGTH {
            return Err(invalid(PathError::TooLong).into());
        }
        let always = cluster.impersonation.as_ref();
        headers::impersonate(&mut headers, always, impersonate.as_ref())?;
        let decodes = headers::accept_encoding(&mut headers, compress, is_watch);
        let agent = cluster.user_agent.as_deref();
        let headers = headers::complete(headers, cluster.allow_caller_authorization, agent)?;
        Ok(Self {
            own_authorization: headers::contains(&headers, "authorization"),
            is_watch,
            decodes,
            method,
            path_with_query,
            headers,
            limits,
            kind,
            tls: cluster.server.scheme() == Scheme::Https,
            authority: cluster.server.authority().to_owned(),
        })
    }

    pub(crate) fn set_query(&mut self, query: &[(String, String)]) {
        let path = self.path_with_query.find('?').unwrap_or(self.path_with_query.len());
        self.path_with_query.truncate(path);
        query::append(&mut self.path_with_query, query);
    }

    /// The path, for messages: without the query, which may be long.
    pub(crate) fn path(&self) -> &str {
        self.path_with_query.split('?').next().unwrap_or_default()
    }

    /// The request, for messages.
    pub(crate) fn outline(&self) -> String {
        let path = self.path();
        let scheme = if self.tls { "https" } else { "http" };
        format!("{} {path} at {scheme}://{}", self.method, self.authority)
    }
}

/// Whether the answer never ends by itself, as the API server reads the query, or an old path such as
/// `/api/v1/watch/pods`.
fn is_watch(path: &str, query: &[(String, String)]) -> bool {
    let mut segments = path.split('/').skip(1);
    let after_version = match segments.next() {
        Some("api") => segments.nth(1),
        Some("apis") => segments.nth(2),
        _ => None,
    };
    if after_version == Some("watch") {
        return true;
    }
    let value = query.iter().find(|(name, _)| name == "watch").map(|(_, value)| value.as_str());
    value.is_some_and(|value| value != "0" && !value.eq_ignore_ascii_case("false"))
}

fn check_method(method: &str) -> Result<(), InvalidRequest> {
    let token = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    // TRACE would have the server send the credentials back to the caller.
    if !token || method.len() > 32 || ["CONNECT", "TRACE"].contains(&method) {
        return Err(InvalidRequest::Method(shortened(method)));
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}
