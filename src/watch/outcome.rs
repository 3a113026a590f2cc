//! What a server's no means for a watch.

use crate::client::Status;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The resourceVersion, or the place in a list, is too old.
    Expired,
    /// The resourceVersion is newer than what the server has.
    TooLarge,
    /// Too many requests.
    Throttled,
    /// The credentials, or what they allow, are not enough.
    Unauthorized,
    /// The resource is not there.
    NotFound,
    /// The request is none that the server takes.
    Refused,
    /// The server, which may be better the next time.
    Server,
}

impl Failure {
    /// The reason decides, and the code where there is none.
    pub(super) fn of(status: &Status) -> Self {
        match status.reason.as_str() {
            "Expired" | "Gone" => return Self::Expired,
            "TooManyRequests" => return Self::Throttled,
            "Unauthorized" | "Forbidden" => return Self::Unauthorized,
            "NotFound" => return Self::NotFound,
            _ => {}
        }
        let causes = status.details.iter().flat_map(|details| &details.causes);
        if causes.map(|cause| cause.reason.as_str()).any(|cause| cause == "ResourceVersionTooLarge")
        {
            return Self::TooLarge;
        }
        match status.code {
            410 => Self::Expired,
            429 => Self::Throttled,
            401 | 403 => Self::Unauthorized,
            404 => Self::NotFound,
            408 | 500.. => Self::Server,
            _ => Self::Refused,
        }
    }
}
