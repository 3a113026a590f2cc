//! Why a control plane is not there.

use std::io;
use std::path::PathBuf;

use super::{AdminError, NoControlPlane, SignError};
use crate::api_server::IssueError;

/// A control plane could not be started, or changed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no program to run.
    #[error(transparent)]
    NoControlPlane(#[from] NoControlPlane),
    /// A certificate cannot be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The key for service account tokens cannot be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A file or folder of it cannot be written.
    #[error("the API server cannot be set up: {}: {error}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is no free port, or the one that was asked for is taken.
    #[error("the API server cannot have port {port}: {error}")]
    Port {
        /// The port; 0 for any.
        port: u16,
        /// What the system said.
        error: io::Error,
    },
    /// The program cannot be run.
    #[error("the API server cannot be run: {0}")]
    Run(#[source] io::Error),
    /// It ended, or said what it was not asked for.
    #[error("the API server did not start: {0}")]
    Ended(String),
    /// It does not answer.
    #[error("the API server does not get ready: {0}")]
    NotReady(#[source] AdminError),
    /// It goes on presenting the certificate that it had.
    #[error("the API server has not taken its new certificate within {seconds} s: {reason}")]
    Certificate {
        /// How long it was given.
        seconds: u64,
        /// What it does instead.
        reason: String,
    },
}

/// Why etcd was not compacted.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// It does not run.
    #[error("the control plane is stopped")]
    Stopped,
    /// It is envtest's.
    #[error("envtest's programs can't be told to compact: build the control plane with Go")]
    Envtest,
    /// The signal was not sent.
    #[error("the control plane could not be sent a signal: {0}")]
    Signal(std::io::Error),
    /// Something else was answered.
    #[error("the control plane answered: {0}")]
    Answer(String),
}
