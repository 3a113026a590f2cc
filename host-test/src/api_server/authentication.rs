//! Who sent a request, decided as kube-apiserver does it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::token::Token;

/// Whom a request is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// `system:serviceaccount:shop:reader`.
    Reader,
    /// Nobody said who they are: `system:anonymous`.
    Anonymous,
}

impl User {
    /// The user's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reader => "system:serviceaccount:shop:reader",
            Self::Anonymous => "system:anonymous",
        }
    }
}

/// Credentials were given, and they are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unauthenticated;

/// What became of a client certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientCertificate {
    /// None was sent, or none is asked for.
    Absent,
    /// An accepted authority issued it.
    Accepted,
    /// It is not valid, or not of an accepted authority.
    Refused,
}

/// The tokens that are accepted.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashSet<Token>>);

impl Tokens {
    pub(super) fn accept(&self, token: Token) {
        self.lock().insert(token);
    }

    pub(super) fn revoke(&self, token: &str) {
        self.lock().remove(&Token(token.to_owned()));
    }

    /// Decides who sent a request. A client certificate counts first; a good token outweighs a bad certificate.
    pub(super) fn authenticate(
        &self,
        certificate: ClientCertificate,
        headers: &HeaderMap,
    ) -> Result<User, Unauthenticated> {
        if certificate == ClientCertificate::Accepted {
            return Ok(User::Reader);
        }
        match bearer_token(headers) {
            Some(token) if self.lock().contains(&token) => Ok(User::Reader),
            Some(_) => Err(Unauthenticated),
            None if certificate == ClientCertificate::Refused => Err(Unauthenticated),
            None => Ok(User::Anonymous),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The token of the first `Authorization` header. Another scheme, or two spaces before the token, is no token at all.
fn bearer_token(headers: &HeaderMap) -> Option<Token> {
    let value = std::str::from_utf8(headers.get(AUTHORIZATION)?.as_bytes()).ok()?;
    let mut parts = value.trim().splitn(3, ' ');
    let scheme = parts.next()?;
    let token = parts.next()?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| Token(token.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn user(authorization: Option<&str>) -> Result<User, Unauthenticated> {
        user_with(ClientCertificate::Absent, authorization)
    }

    fn user_with(
        certificate: ClientCertificate,
        authorization: Option<&str>,
    ) -> Result<User, Unauthenticated> {
        let tokens = Tokens::default();
        tokens.accept(Token("good".to_owned()));
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
        }
        tokens.authenticate(certificate, &headers)
    }

    #[test]
    fn a_bearer_token_is_the_second_word_and_the_scheme_has_no_case() {
        assert_eq!(user(Some("Bearer good")), Ok(User::Reader));
        assert_eq!(user(Some("bEARER good")), Ok(User::Reader));
        assert_eq!(user(Some("Bearer good and more")), Ok(User::Reader));
        assert_eq!(user(Some("Bearer bad")), Err(Unauthenticated));
    }

    #[test]
    fn what_is_no_bearer_token_is_anonymous() {
        for value in ["Basic Z29vZDpnb29k", "good", "Bearer", "Bearer  good", ""] {
            assert_eq!(user(Some(value)), Ok(User::Anonymous), "{value:?}");
        }
        assert_eq!(user(None), Ok(User::Anonymous));
    }

    #[test]
    fn a_bad_certificate_is_refused_unless_a_token_is_good() {
        use ClientCertificate::{Accepted, Refused};
        assert_eq!(user_with(Accepted, None), Ok(User::Reader));
        assert_eq!(user_with(Accepted, Some("Bearer bad")), Ok(User::Reader));
        assert_eq!(user_with(Refused, None), Err(Unauthenticated));
        assert_eq!(user_with(Refused, Some("Bearer good")), Ok(User::Reader));
    }
}
