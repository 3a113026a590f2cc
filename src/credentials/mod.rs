//! Who the pod is: the bearer token, and the trust anchors, as they rotate.
//!
//! Both are re-read on use; nothing here knows HTTP. Bound service account
//! tokens and their rotation:
//! <https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/>.

mod anchor_source;
mod authority;
mod token;
mod token_source;

pub use anchor_source::{AnchorCheck, AnchorSource};
pub use authority::{AuthorityError, TrustAnchors};
pub use token::{BearerToken, TokenError};
pub use token_source::{REREAD_AFTER, TokenSource};

use crate::pod::FileError;
use alloc::string::String;

/// Where the bearer token comes from.
#[derive(Debug, Clone)]
pub enum TokenLocation {
    /// This file, re-read as the kubelet rotates it.
    File(String),
    /// Given by the operator, for good.
    Value(BearerToken),
    /// Nowhere: a proxy brings its own credentials.
    None,
}

/// Why there is no usable bearer token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The token's file can't be read.
    #[error(
        "the service account token {path} can't be read: {reason}. Kubernetes mounts it unless \
         `automountServiceAccountToken: false` is set on the pod or its service account"
    )]
    Read {
        /// Path of the file.
        path: String,
        /// Why not.
        reason: FileError,
    },
    /// The token's file was read and holds no token.
    #[error("the service account token {path} can't be used: {reason}")]
    Token {
        /// Path of the file.
        path: String,
        /// Why not.
        reason: TokenError,
    },
}
