//! Where the API server is, and which namespace the pod lives in.
//!
//! Follows "Accessing the Kubernetes API from a Pod",
//! <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>.

mod discover;
mod error;
mod server;
mod settings;

pub use discover::discover;
pub use error::DiscoveryError;
pub use server::{Scheme, Server, ServerError};
pub use settings::{Overrides, RateLimit, TokenOverride, variables};

use crate::Impersonation;
use crate::credentials::TokenLocation;
use alloc::string::String;

/// The folder in which Kubernetes mounts a service account.
pub const SERVICE_ACCOUNT_FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The namespace of a pod that does not say otherwise.
pub const DEFAULT_NAMESPACE: &str = "default";

/// The cluster as the pod sees it. Holds no secret but a token that the operator
/// gave in place of a file.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// The API server, or a proxy to it on loopback.
    pub server: Server,
    /// The pod's own namespace.
    pub namespace: String,
    /// Who has to verify the API server's certificate.
    pub verification: Verification,
    /// Where the bearer token comes from.
    pub token: TokenLocation,
    /// Whether a caller may send an `Authorization` header of its own.
    pub allow_caller_authorization: bool,
    /// The `User-Agent` of requests that name none.
    pub user_agent: Option<String>,
    /// In whose name all requests are sent, in place of the pod's own.
    pub impersonation: Option<Impersonation>,
}

/// How the server's identity is established.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// By its certificate.
    Certificate {
        /// Path of the bundle of trust anchors, PEM.
        authority_path: String,
        /// The name that the certificate carries, if it is another than the
        /// server's host.
        server_name: Option<String>,
    },
    /// Not at all: plain HTTP to a proxy on loopback.
    LoopbackProxy,
}
