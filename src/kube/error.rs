//! What can go wrong, in kube's terms.

use super::decode::Misfit;
use crate::client;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use kube_core::Status;
use kube_core::response::{StatusCause, StatusDetails, StatusSummary};

/// What went wrong. No text in it holds the token, or quotes an object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The API server said no.
    #[error("{}", .0.message)]
    Api(Box<Status>),
    /// The client has no answer to give.
    #[error(transparent)]
    Client(crate::Error),
    /// An object came that does not fit its Rust type.
    #[error(transparent)]
    Unreadable(Box<Unreadable>),
    /// What was to be sent is no JSON.
    #[error("what was to be sent can't be written as JSON: {0}")]
    Unwritable(Misfit),
    /// Parameters that kube-core does not take.
    #[error("the request was not sent: {0}")]
    BuildRequest(kube_core::request::Error),
}

/// An object that does not fit its Rust type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct Unreadable {
    /// Its kind, as the Rust type has it.
    pub kind: String,
    /// Its namespace, if it says one.
    pub namespace: Option<String>,
    /// Its name, if it says one.
    pub name: Option<String>,
    /// What happened to it, if a watch reported it. If you keep the state of the object, it is out
    /// of date from then on.
    pub event: Option<EventType>,
    /// What does not fit, and where.
    pub misfit: Misfit,
}

/// What happened to an object that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// It is there.
    Added,
    /// It changed.
    Modified,
    /// It is gone.
    Deleted,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} ", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        let name = self.name.as_deref().unwrap_or("without a name");
        write!(f, "{name} does not fit its Rust type: {}", self.misfit)
    }
}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Api(status) => Self::Api(Box::new(status_of(*status))),
            error => Self::Client(error),
        }
    }
}

impl From<kube_core::request::Error> for Error {
    fn from(error: kube_core::request::Error) -> Self {
        match error {
            kube_core::request::Error::SerializeBody(error) => super::decode::unwritable(&error),
            error => Self::BuildRequest(error),
        }
    }
}

/// The same as kube-core has it, which has no place for warnings.
fn status_of(status: client::Status) -> Status {
    let after = status.retry_after;
    let details = status.details.map(|details| StatusDetails {
        name: details.name,
        group: details.group,
        kind: details.kind,
        uid: details.uid,
        causes: details.causes.into_iter().map(cause_of).collect(),
        retry_after_seconds: after.unwrap_or_default(),
    });
    let waiting = |seconds| StatusDetails {
        name: String::new(),
        group: String::new(),
        kind: String::new(),
        uid: String::new(),
        causes: alloc::vec::Vec::new(),
        retry_after_seconds: seconds,
    };
    Status {
        status: Some(StatusSummary::Failure),
        code: status.code,
        message: status.message,
        metadata: None,
        reason: status.reason,
        details: details.or_else(|| after.map(waiting)),
    }
}

fn cause_of(cause: client::StatusCause) -> StatusCause {
    StatusCause { reason: cause.reason, message: cause.message, field: cause.field }
}
