//! A bearer token that shows itself to nobody but the request it goes with.

use alloc::{borrow::Cow, boxed::Box, format, string::String, vec::Vec};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use core::fmt;
use k8s_in_cluster_json::{elements, find, unquote};

/// A bearer token, RFC 6750. Its `Debug` is redacted, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(Box<str>);

/// Why bytes are no bearer token. Never quotes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// A byte that no `Authorization` header can carry.
    #[error(
        "byte {offset} of it can't stand in a header: a token is one line of printable ASCII \
         without spaces"
    )]
    Byte {
        /// Its place in the file, from 0.
        offset: usize,
    },
    /// More than 32 KiB.
    #[error("it is longer than {MAX_LENGTH} bytes, more than a request can carry")]
    TooLong,
}

/// The most bytes of a token, white space around it aside. Those of service accounts have some
/// 1500; hosts take far less than the megabyte of headers that the API server takes, and not all
/// of them survive more.
const MAX_LENGTH: usize = 32 * 1024;

impl BearerToken {
    /// Takes the content of a token's file, without white space around it.
    ///
    /// # Errors
    ///
    /// If it is empty, too long, or holds a byte that no header can carry.
    pub fn parse(content: &[u8]) -> Result<Self, TokenError> {
        let trimmed = content.trim_ascii();
        if trimmed.is_empty() {
            return Err(TokenError::Empty);
        }
        if let Some(bad) = trimmed.iter().position(|byte| !byte.is_ascii_graphic()) {
            let start = content.len() - content.trim_ascii_start().len();
            return Err(TokenError::Byte { offset: start + bad });
        }
        if trimmed.len() > MAX_LENGTH {
            return Err(TokenError::TooLong);
        }
        Ok(Self(trimmed.iter().copied().map(char::from).collect::<String>().into()))
    }

    /// The value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Whom a service account's token (a JSON Web Token, RFC 7519) names as its audiences. None are
    /// known of a token of another kind.
    pub(crate) fn audiences(&self) -> Vec<String> {
        let claims = self.0.split('.').nth(1).map(Base64UrlUnpadded::decode_vec);
        let claims = claims.and_then(Result::ok).and_then(|claims| String::from_utf8(claims).ok());
        let claims = claims.unwrap_or_default();
        let audiences = find(&claims, &["aud"]).unwrap_or_default();
        let text = |value| unquote(value).map(Cow::into_owned);
        match text(audiences) {
            Some(one) => [one].into(),
            None => elements(audiences).map_while(Result::ok).filter_map(text).collect(),
        }
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn white_space_around_it_goes() {
        for content in ["abc.d-e_f", "abc.d-e_f\n", "\r\n abc.d-e_f\t\r\n"] {
            let token = BearerToken::parse(content.as_bytes()).unwrap();
            assert_eq!(token.authorization(), "Bearer abc.d-e_f");
        }
    }

    #[test]
    fn empty_is_none() {
        for content in ["", "\n", " \t\r\n"] {
            assert_eq!(BearerToken::parse(content.as_bytes()), Err(TokenError::Empty));
        }
    }

    #[test]
    fn what_no_header_carries_is_refused_and_not_quoted() {
        for (content, offset) in [
            (&b"secret\nX-Injected: 1"[..], 6),
            (b"\n\nsecret\rmore", 8),
            (b"secret token", 6),
            (b"sec\0ret", 3),
            (b"\xff\xfe\x00", 0),
            (b"secr\xc3\xa9t", 4),
            (b"secret\x7f!", 6),
        ] {
            let error = BearerToken::parse(content).unwrap_err();
            assert_eq!(error, TokenError::Byte { offset });
            assert!(!error.to_string().contains("sec"));
        }
    }

    #[test]
    fn what_no_request_carries_is_refused() {
        let mut longest = vec![b'x'; MAX_LENGTH];
        longest.push(b'\n');
        assert!(BearerToken::parse(&longest).is_ok());
        longest.insert(0, b'x');
        assert_eq!(BearerToken::parse(&longest), Err(TokenError::TooLong));
    }

    #[test]
    fn audiences_are_those_of_a_json_web_token() {
        let audiences = |claims: &str| {
            let claims = Base64UrlUnpadded::encode_string(claims.as_bytes());
            BearerToken::parse(format!("e30.{claims}.c2ln").as_bytes()).unwrap().audiences()
        };
        assert_eq!(audiences(r#"{"iss":"a","aud":["b","c\u003f"],"exp":1}"#), ["b", "c?"]);
        assert_eq!(audiences(r#"{"aud":"b"}"#), ["b"]);
        for other in [r#"{"aud":7}"#, r#"{"aud":[7]}"#, "{}", "", "x", "\u{e9}"] {
            assert!(audiences(other).is_empty(), "{other}");
        }
        for other in ["opaque", "a.b.c", "..", "a.%.c"] {
            assert!(BearerToken::parse(other.as_bytes()).unwrap().audiences().is_empty());
        }
    }

    #[test]
    fn debug_is_redacted() {
        let token = BearerToken::parse(b"secret").unwrap();
        assert_eq!(format!("{token:?}"), "BearerToken([redacted])");
    }
}
