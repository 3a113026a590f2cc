use crate::client::{InvalidRequest, Status};
use crate::cluster::DiscoveryError;
use crate::credentials::{AuthorityError, CredentialsError};
use crate::transport::ConnectionError;
use alloc::{boxed::Box, string::String};

/// What went wrong, sorted by who can mend it. No text in it holds the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The pod does not say where its cluster is.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// There is no usable bearer token.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// There is nothing to verify the API server by, and it falls to this side.
    #[error(
        "the certificate authority {path} can't be used: {reason}. Kubernetes mounts it beside the \
         token; without it no API server can be trusted, and none is"
    )]
    Authority {
        /// Path of the bundle.
        path: String,
        /// What is wrong with it.
        reason: AuthorityError,
    },
    /// The request is wrong, and was not sent.
    #[error("the request was not sent: {0}")]
    InvalidRequest(#[from] InvalidRequest),
    /// The request is not allowed here, and was not sent.
    #[error("the request was not sent: {0}")]
    Denied(&'static str),
    /// No complete answer came.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The call's deadline passed.
    #[error("{0}")]
    DeadlineExceeded(String),
    /// The API server said no.
    #[error("{}", .0.message)]
    Api(Box<Status>),
    /// The answer was over a limit, or was not understood.
    #[error("{0}")]
    Protocol(String),
}
