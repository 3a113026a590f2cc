//! Why a plugin gave no credentials, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::kubeconfig::TokenError;

/// A credential plugin gave no credentials.
#[derive(Debug, thiserror::Error)]
#[error("credential plugin {}: {problem}", command.display())]
pub struct ExecError {
    /// The plugin's command.
    pub command: PathBuf,
    /// What went wrong. Its text is part of this error's.
    pub problem: ExecProblem,
}

/// What went wrong with a credential plugin.
///
/// None of these quotes the plugin's standard output.
#[derive(Debug, thiserror::Error)]
pub enum ExecProblem {
    /// There is no such command.
    #[error(
        "the command is not there; install it, or put its folder into PATH{}",
        hint(install_hint)
    )]
    NotFound {
        /// What the kubeconfig says about how to install it.
        install_hint: Option<String>,
    },
    /// The command could not be run.
    #[error("the command can't be run: {error}; check that it is a program that you may run")]
    Spawn {
        /// What the system said.
        error: io::Error,
    },
    /// The plugin needs a terminal.
    #[error(
        "interactiveMode is Always, but standard input is no terminal; \
         run this in a terminal, without a redirection of its input"
    )]
    NoTerminal,
    /// The plugin's output could not be read.
    #[error("its output can't be read: {error}; try again")]
    Read {
        /// What the system said.
        error: io::Error,
    },
    /// The plugin wrote more than an `ExecCredential` holds.
    #[error("it wrote more than {limit} bytes; check that the command is a credential plugin")]
    TooLong {
        /// The most bytes that are read.
        limit: u64,
    },
    /// The plugin failed.
    #[error("it failed with {status}; run it by hand, or sign in again{}", said(stderr))]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The last 2 kB that it wrote to standard error.
        stderr: String,
    },
    /// The plugin wrote nothing.
    #[error("it wrote nothing to standard output; run it by hand, or sign in again")]
    NoOutput,
    /// The plugin wrote something else than JSON, or its fields are of other types.
    #[error(
        "what it wrote is no ExecCredential in JSON, from line {line}, column {column}; \
         check the command's arguments: some plugins want to be told the format"
    )]
    Output {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The plugin wrote another object.
    #[error("it wrote an object whose kind is not ExecCredential; check the command's arguments")]
    Kind,
    /// The plugin speaks another version than it was asked to.
    #[error(
        "it answered in another apiVersion than {expected}, which exec.apiVersion asks for; \
         update the plugin, or set exec.apiVersion to the one that it speaks"
    )]
    ApiVersion {
        /// The version that it was asked for.
        expected: &'static str,
    },
    /// There are no credentials in what the plugin wrote.
    #[error(
        "it gave neither a token nor a client certificate with its key; sign in again with \
         the tool that it belongs to"
    )]
    NoCredentials,
    /// There is a certificate without key, or a key without certificate.
    #[error(
        "it gave only one of clientCertificateData and clientKeyData, which are of use together; \
         update the plugin"
    )]
    HalfCertificate,
    /// The token can't be used.
    #[error("its token {0}")]
    Token(TokenError),
    /// A field is no PEM.
    #[error("its {field} is no PEM that can be read; update the plugin")]
    NotPem {
        /// The field.
        field: &'static str,
    },
    /// The time of expiry is none.
    #[error("its expirationTimestamp is no time in the form of RFC 3339; update the plugin")]
    Expiration,
}

fn hint(install_hint: &Option<String>) -> String {
    match install_hint {
        None => String::new(),
        Some(hint) => format!(". The kubeconfig says:\n{}", printable(hint.trim())),
    }
}

fn said(stderr: &str) -> String {
    match stderr {
        "" => ". It wrote nothing to standard error".to_owned(),
        stderr => format!(". It wrote:\n{stderr}"),
    }
}

/// Text of others, without what would steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
