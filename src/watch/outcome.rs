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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{StatusCause, StatusDetails};
    use Failure as F;

    #[test]
    fn the_reason_decides_and_the_code_where_it_is_unknown() {
        for (code, reason, expected) in [
            (410, "Expired", F::Expired),
            (410, "Gone", F::Expired),
            (410, "", F::Expired),
            (410, "OfAnExtension", F::Expired),
            (500, "Expired", F::Expired),
            (429, "", F::Throttled),
            (503, "TooManyRequests", F::Throttled),
            (401, "", F::Unauthorized),
            (403, "OfAnExtension", F::Unauthorized),
            (500, "Forbidden", F::Unauthorized),
            (404, "", F::NotFound),
            (500, "NotFound", F::NotFound),
            (400, "BadRequest", F::Refused),
            (422, "Invalid", F::Refused),
            (302, "", F::Refused),
            (408, "", F::Server),
            (500, "InternalError", F::Server),
            (504, "Timeout", F::Server),
        ] {
            let status = Status { code, reason: reason.into(), ..Status::default() };
            assert_eq!(Failure::of(&status), expected, "{code} {reason:?}");
        }
        let cause =
            StatusCause { reason: "ResourceVersionTooLarge".into(), ..StatusCause::default() };
        let details = Some(StatusDetails { causes: [cause].into(), ..StatusDetails::default() });
        let status = Status { code: 504, reason: "Timeout".into(), details, ..Status::default() };
        assert_eq!(Failure::of(&status), F::TooLarge);
    }
}
