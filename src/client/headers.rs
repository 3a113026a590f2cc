//! Which headers a caller may send, and which are added.

use super::InvalidRequest;
use crate::impersonation::PREFIX;
use crate::{Error, Impersonation};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Sent unless the caller gives one.
const ACCEPT: &str = "application/json";
const USER_AGENT: &str = concat!("k8s-in-cluster/", env!("CARGO_PKG_VERSION"), " (wasm)");

/// Headers that are about one connection, or that the transport writes itself.
const TRANSPORT: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The most headers of a caller, and the most bytes of their names and values. The API server takes
/// a megabyte, but hosts take far less, and may answer more by ending the component.
pub(crate) const MAX_COUNT: usize = 256;
pub(crate) const MAX_LENGTH: usize = 64 * 1024;

/// Checks the caller's headers and adds those that are missing.
pub(crate) fn complete(
    mut headers: Vec<(String, String)>,
    allow_authorization: bool,
    user_agent: Option<&str>,
) -> Result<Vec<(String, String)>, Error> {
    let length: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > MAX_COUNT || length > MAX_LENGTH {
        return Err(InvalidRequest::HeadersTooLong.into());
    }
    for (name, value) in &headers {
        validate(name, value)?;
        if name.eq_ignore_ascii_case("authorization") && !allow_authorization {
            return Err(Error::Denied(
                "a caller's own `Authorization` header is not allowed: the pod's credentials are \
                 added to each request. The operator can allow it with \
                 K8S_IN_CLUSTER_ALLOW_AUTHORIZATION=true",
            ));
        }
        if name.eq_ignore_ascii_case("proxy-authorization") {
            return Err(Error::Denied(
                "a caller's own `Proxy-Authorization` header is not allowed",
            ));
        }
    }
    for (name, value) in [("accept", ACCEPT), ("user-agent", user_agent.unwrap_or(USER_AGENT))] {
        if !contains(&headers, name) {
            validate(name, value)?;
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(headers)
}

/// Adds the headers by which somebody is impersonated: the operator's choice for all requests, or
/// the caller's for this one. A caller may write them itself as well, but not beside either.
pub(crate) fn impersonate(
    headers: &mut Vec<(String, String)>,
    always: Option<&Impersonation>,
    once: Option<&Impersonation>,
) -> Result<(), Error> {
    let is_own = |(name, _): &(String, String)| {
        name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
    };
    let own = headers.iter().any(is_own);
    if always.is_some() && (own || once.is_some()) {
        return Err(Error::Denied(
            "the operator has set whom this component impersonates \
             (K8S_IN_CLUSTER_IMPERSONATE_USER): a caller can't name another",
        ));
    }
    if own && once.is_some() {
        return Err(InvalidRequest::TwoImpersonations.into());
    }
    if let Some(impersonation) = always.or(once) {
        headers.extend(impersonation.headers().map_err(InvalidRequest::from)?);
    }
    Ok(())
}

/// Says whether the answer may be compressed, unless the caller does. Whether it is to be decoded.
pub(crate) fn accept_encoding(
    headers: &mut Vec<(String, String)>,
    compress: bool,
    is_watch: bool,
) -> bool {
    const NAME: &str = "accept-encoding";
    if contains(headers, NAME) {
        return false;
    }
    if is_watch {
        // Each event would be compressed by itself, which gains little and holds it up.
        headers.push((NAME.to_owned(), "identity".to_owned()));
    } else if compress {
        headers.push((NAME.to_owned(), "gzip".to_owned()));
    }
    // Some servers compress all the same.
    compress
}

/// Whether there is a header of that name.
pub(crate) fn contains(headers: &[(String, String)], name: &str) -> bool {
    headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
}

/// RFC 9110, sections 5.1 and 5.5.
fn validate(name: &str, value: &str) -> Result<(), InvalidRequest> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(InvalidRequest::HeaderName(name.chars().take(80).collect()));
    }
    if value.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
        return Err(InvalidRequest::HeaderValue(name.to_owned()));
    }
    if TRANSPORT.iter().any(|other| name.eq_ignore_ascii_case(other)) {
        return Err(InvalidRequest::TransportHeader(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn with(name: &str, value: &str) -> Result<Vec<(String, String)>, Error> {
        complete(vec![(name.into(), value.into())], false, None)
    }

    #[test]
    fn defaults_are_added_unless_given() {
        let headers = complete(Vec::new(), false, None).unwrap();
        assert_eq!(headers[0], ("accept".into(), "application/json".into()));
        assert!(headers[1].1.starts_with("k8s-in-cluster/"));
        let headers = with("ACCEPT", "application/json;as=Table").unwrap();
        assert_eq!(headers.len(), 2);
        assert_eq!(headers[0].1, "application/json;as=Table");
    }

    #[test]
    fn what_would_split_a_request_is_refused() {
        for (name, value) in [
            ("x", "a\r\nAuthorization: Bearer x"),
            ("x", "a\nb"),
            ("x", "a\0b"),
            ("x", "\x7f"),
            ("x y", "a"),
            ("x:", "a"),
            ("x\r\ny", "a"),
            ("", "a"),
            ("ä", "a"),
        ] {
            assert!(
                matches!(with(name, value), Err(Error::InvalidRequest(_))),
                "{name:?} {value:?}"
            );
        }
        assert!(with("x", "a\tb").is_ok());
    }

    #[test]
    fn more_than_hosts_take_is_refused() {
        let many = |count| vec![("x".to_owned(), String::new()); count];
        assert!(complete(many(MAX_COUNT), false, None).is_ok());
        let too_many = complete(many(MAX_COUNT + 1), false, None);
        assert!(matches!(too_many, Err(Error::InvalidRequest(InvalidRequest::HeadersTooLong))));
        assert!(with("x", &"x".repeat(MAX_LENGTH - 1)).is_ok());
        let too_long = with("x", &"x".repeat(MAX_LENGTH));
        assert!(matches!(too_long, Err(Error::InvalidRequest(InvalidRequest::HeadersTooLong))));
    }

    #[test]
    fn headers_of_the_connection_are_refused() {
        for name in ["Host", "connection", "Transfer-Encoding", "content-length", "TE", "Upgrade"] {
            assert!(
                matches!(
                    with(name, "x"),
                    Err(Error::InvalidRequest(InvalidRequest::TransportHeader(_)))
                ),
                "{name}"
            );
        }
    }

    #[test]
    fn credentials_of_a_caller_are_refused_unless_allowed() {
        for name in ["Authorization", "AUTHORIZATION", "authorization"] {
            assert!(matches!(with(name, "Bearer x"), Err(Error::Denied(_))));
            assert!(complete(vec![(name.into(), "Bearer x".into())], true, None).is_ok());
        }
        assert!(matches!(
            complete(vec![("proxy-authorization".into(), "x".into())], true, None),
            Err(Error::Denied(_))
        ));
    }
}
