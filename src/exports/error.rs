use super::bindings::exports::k8s::in_cluster::types as wit;
use crate::Error;
use crate::client::{Status, StatusDetails};
use crate::cluster::DiscoveryError;
use crate::credentials::CredentialsError;
use crate::pod::FileError;
use crate::transport::{ConnectionError, ConnectionFailure};
use alloc::{borrow::ToOwned, string::ToString};

impl From<Error> for wit::Error {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Discovery(DiscoveryError::TwoTokens | DiscoveryError::Token { .. }) => {
                Self::Credentials(text)
            }
            Error::Discovery(_) | Error::Authority { .. } => Self::NotInCluster(text),
            Error::Credentials(CredentialsError::Read {
                reason: FileError::NotFound | FileError::NotPreopened,
                ..
            }) => Self::NotInCluster(text),
            Error::Credentials(_) => Self::Credentials(text),
            Error::InvalidRequest(_) => Self::InvalidRequest(text),
            Error::Denied(_) => Self::Denied(text),
            Error::Connection(error) => Self::Connection(error.into()),
            Error::DeadlineExceeded(_) => Self::DeadlineExceeded(text),
            Error::Api(status) => Self::Api((*status).into()),
            Error::Protocol(_) => Self::Protocol(text),
        }
    }
}

impl From<ConnectionError> for wit::ConnectionError {
    fn from(error: ConnectionError) -> Self {
        Self { failure: error.failure.into(), code: error.code.to_owned(), message: error.message }
    }
}

impl From<ConnectionFailure> for wit::ConnectionFailure {
    fn from(failure: ConnectionFailure) -> Self {
        match failure {
            ConnectionFailure::Dns => Self::Dns,
            ConnectionFailure::Denied => Self::Denied,
            ConnectionFailure::Unreachable => Self::Unreachable,
            ConnectionFailure::Refused => Self::Refused,
            ConnectionFailure::ConnectTimeout => Self::ConnectTimeout,
            ConnectionFailure::ReadTimeout => Self::ReadTimeout,
            ConnectionFailure::WriteTimeout => Self::WriteTimeout,
            ConnectionFailure::Terminated => Self::Terminated,
            ConnectionFailure::LimitReached => Self::LimitReached,
            ConnectionFailure::Certificate => Self::Certificate,
            ConnectionFailure::Tls => Self::Tls,
            ConnectionFailure::Http => Self::Http,
            ConnectionFailure::Other => Self::Other,
        }
    }
}

impl From<Status> for wit::Status {
    fn from(status: Status) -> Self {
        Self {
            code: status.code,
            reason: status.reason,
            message: status.message,
            details: status.details.map(Into::into),
            retry_after: status.retry_after,
            warnings: status.warnings,
        }
    }
}

impl From<StatusDetails> for wit::StatusDetails {
    fn from(details: StatusDetails) -> Self {
        let causes = details
            .causes
            .into_iter()
            .map(|cause| wit::StatusCause {
                reason: cause.reason,
                message: cause.message,
                field: cause.field,
            })
            .collect();
        Self {
            name: details.name,
            group: details.group,
            kind: details.kind,
            uid: details.uid,
            causes,
        }
    }
}
