use super::ServerError;
use super::settings::{MAX_NUMBER, variables};
use crate::ImpersonationError;
use crate::credentials::TokenError;
use alloc::string::String;

/// Why the cluster could not be found: one variant per step that can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// Neither variable is set: this is no pod, or its environment was not
    /// handed on.
    #[error(
        "not in a cluster: {} and {} are not set. Kubernetes sets both in every pod; a host has to \
         hand them on to the component (`wasmtime run --env NAME`, `environment` in Spin)",
        variables::SERVICE_HOST,
        variables::SERVICE_PORT_HTTPS
    )]
    NotInCluster,
    /// The port is known, the host is not.
    #[error(
        "{} is not set, or empty, although the port is: hand the variable on to the component too",
        variables::SERVICE_HOST
    )]
    NoHost,
    /// The host is known, the port is not.
    #[error(
        "neither {} nor {} is set, although {} is: hand one of them on to the component too",
        variables::SERVICE_PORT_HTTPS,
        variables::SERVICE_PORT,
        variables::SERVICE_HOST
    )]
    NoPort,
    /// A variable that names the server can't be used.
    #[error("{variable} is {value:?}: {reason}")]
    Server {
        /// Name of the variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: ServerError,
    },
    /// A namespace that is no DNS label.
    #[error(
        "the namespace {value:?} of {origin} is none: a namespace has 1 to 63 lower-case letters, \
         digits and `-`, and begins and ends with a letter or digit"
    )]
    Namespace {
        /// The variable or file that it came from.
        origin: String,
        /// The value.
        value: String,
    },
    /// A setting that is either on or off, and neither.
    #[error("{variable} is {value:?}: use `true` or `false`")]
    Switch {
        /// Name of the variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// A setting that is a number, and none.
    #[error("{variable} is {value:?}: use a whole number of 1 to {MAX_NUMBER}")]
    Number {
        /// Name of the variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// A burst of no rate.
    #[error(
        "{} is set, and {} is not: set both, or neither",
        variables::BURST,
        variables::REQUESTS_PER_SECOND
    )]
    BurstAlone,
    /// An attribute of whoever is impersonated that has no value.
    #[error(
        "{} holds {value:?}: write `key=value`, and commas between several",
        variables::IMPERSONATE_EXTRA
    )]
    Extra {
        /// What was given in place of an attribute.
        value: String,
    },
    /// Nobody can be impersonated so.
    #[error(
        "nobody can be impersonated as {} and its like say: {reason}",
        variables::IMPERSONATE_USER
    )]
    Impersonation {
        /// What is wrong.
        reason: ImpersonationError,
    },
    /// Two settings that exclude each other.
    #[error("{} and {} are both set: leave one out", variables::TOKEN, variables::TOKEN_FILE)]
    TwoTokens,
    /// The token given in place of a file can't be used.
    #[error("{} can't be used: {reason}", variables::TOKEN)]
    Token {
        /// What is wrong with it.
        reason: TokenError,
    },
}
