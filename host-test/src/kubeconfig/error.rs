//! Why a kubeconfig can't be used, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::{ServerError, TokenError};

/// A kubeconfig can't be used.
#[derive(Debug, thiserror::Error)]
#[error("kubeconfig {}: {problem}", path.display())]
pub struct KubeconfigError {
    /// The kubeconfig.
    pub path: PathBuf,
    /// What is wrong with it. Its text is part of this error's.
    pub problem: Problem,
}

/// What is wrong with a kubeconfig.
///
/// An `entry` is for example `user "admin"`. None of these holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file can't be read.
    #[error("can't be read: {error}; give the path of a kubeconfig, such as $HOME/.kube/config")]
    Unreadable {
        /// What the system said.
        error: io::Error,
    },
    /// The file is larger than a kubeconfig is.
    #[error("is larger than {limit} bytes; give the path of a kubeconfig")]
    TooLarge {
        /// The most bytes that are read.
        limit: u64,
    },
    /// The text of the file is not that of a kubeconfig.
    #[error(
        "line {line}, column {column}: expected {expected}; \
         correct it, or write the file anew with kubectl config view --raw"
    )]
    Invalid {
        /// Counted from 1; 0 where the place is not known.
        line: u64,
        /// Counted from 1; 0 where the place is not known.
        column: u64,
        /// What was expected there.
        expected: String,
    },
    /// The file holds another object than a kubeconfig.
    #[error(
        "holds an object of kind {kind:?} and apiVersion {api_version:?}, not Config of v1; \
         give the path of a kubeconfig"
    )]
    OtherKind {
        /// The object's kind.
        kind: String,
        /// The object's API version.
        api_version: String,
    },
    /// No context was named, and the file has no current one.
    #[error("has no current-context; name a context: {contexts}")]
    NoCurrentContext {
        /// The contexts that exist.
        contexts: Names,
    },
    /// There is no such context.
    #[error("has no context {context:?}; name one that exists: {contexts}")]
    NoSuchContext {
        /// The context.
        context: String,
        /// The contexts that exist.
        contexts: Names,
    },
    /// A context names no cluster, or no user.
    #[error("context {context:?} names no {field}; set one that exists: {existing}")]
    IncompleteContext {
        /// The context.
        context: String,
        /// `cluster` or `user`.
        field: &'static str,
        /// Those that exist.
        existing: Names,
    },
    /// A context names a cluster that does not exist.
    #[error(
        "context {context:?} names the cluster {cluster:?}, which the file does not have; set one that exists: {clusters}"
    )]
    NoSuchCluster {
        /// The context.
        context: String,
        /// The cluster.
        cluster: String,
        /// The clusters that exist.
        clusters: Names,
    },
    /// A context names a user that does not exist.
    #[error(
        "context {context:?} names the user {user:?}, which the file does not have; set one that exists: {users}"
    )]
    NoSuchUser {
        /// The context.
        context: String,
        /// The user.
        user: String,
        /// The users that exist.
        users: Names,
    },
    /// Two entries of the same kind have the same name.
    #[error("has {entry} more than once; remove or rename all but one")]
    Duplicate {
        /// The entry.
        entry: String,
    },
    /// The server's address can't be used.
    #[error("{entry}: server {reason}")]
    Server {
        /// The cluster.
        entry: String,
        /// Why not.
        reason: ServerError,
    },
    /// The kubeconfig asks not to verify the API server.
    #[error(
        "{entry}: insecure-skip-tls-verify is true, but the API server is always verified here: \
         whoever answers in its place would be given the credentials; remove the field and set \
         certificate-authority, and tls-server-name if the certificate has another name"
    )]
    Insecure {
        /// The cluster.
        entry: String,
    },
    /// A field asks for something that is not done here.
    #[error("{entry}: {field} is not supported here; {advice}")]
    Unsupported {
        /// The entry.
        entry: String,
        /// The field.
        field: &'static str,
        /// What to do instead.
        advice: &'static str,
    },
    /// A field is missing that another one needs.
    #[error("{entry}: {field} is missing; {advice}")]
    Missing {
        /// The entry.
        entry: String,
        /// The field.
        field: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A field has a value that it may not have.
    #[error("{entry}: {field} is {value:?}; it is to be {expected}")]
    Value {
        /// The entry.
        entry: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A field of bytes is no base64.
    #[error(
        "{entry}: {field} is no base64; write the output of base64 -w0 on the PEM file, or name the file in the field without -data"
    )]
    NotBase64 {
        /// The entry.
        entry: String,
        /// The field.
        field: &'static str,
    },
    /// A file that the kubeconfig refers to can't be read.
    #[error("{entry}: {field} {} can't be read: {error}; relative paths start at the kubeconfig's folder", path.display())]
    File {
        /// The entry.
        entry: String,
        /// The field.
        field: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The bytes are not what they are to be.
    #[error(
        "{entry}: {field} holds no {expected} in PEM that can be read, beginning with a line such as -----BEGIN ...-----; take the file from the cluster again"
    )]
    NotPem {
        /// The entry.
        entry: String,
        /// The field.
        field: &'static str,
        /// `certificates` or `private key`.
        expected: &'static str,
    },
    /// A token can't be used.
    #[error("{entry}: {field} {reason}")]
    Token {
        /// The entry.
        entry: String,
        /// `token` or `tokenFile` and its path.
        field: String,
        /// Why not.
        reason: TokenError,
    },
}

/// Names of a file's entries. `Display` lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        if self.0.is_empty() {
            return f.write_str("there are none");
        }
        for (index, name) in self.0.iter().take(SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name:?}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
