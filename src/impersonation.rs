//! To ask as somebody else:
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation>.

use crate::percent::encode;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// What the names of all headers of an impersonation begin with, in lower case.
pub(crate) const PREFIX: &str = "impersonate-";

/// What a header's name may hold beside what is never encoded (RFC 9110, section 5.6.2), but for
/// the `%` itself.
const KEPT: &[u8] = b"!#$&'*+^`|";

/// Somebody in whose name requests are sent. Whether that is permitted is up to the API server:
/// the pod's own account needs the verb `impersonate` on each part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impersonation {
    /// The user's name, for example `system:serviceaccount:shop:reader`.
    pub user: String,
    /// The groups that the user is in.
    pub groups: Vec<String>,
    /// The user's UID.
    pub uid: Option<String>,
    /// Further attributes: keys, in lower case, and values. A key may stand several times.
    pub extra: Vec<(String, String)>,
}

/// Why nobody can be impersonated so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImpersonationError {
    /// Whoever has groups has a name too.
    #[error("the user has no name")]
    NoUser,
    /// An attribute without a key.
    #[error("a key of `extra` is empty")]
    NoKey,
    /// A value that would end the header.
    #[error("it holds a line break or another control character")]
    ControlCharacter,
}

impl Impersonation {
    /// The headers that ask for it, their names in lower case.
    pub(crate) fn headers(&self) -> Result<Vec<(String, String)>, ImpersonationError> {
        if self.user.is_empty() {
            return Err(ImpersonationError::NoUser);
        }
        let mut headers = Vec::new();
        push(&mut headers, "user", "", &self.user)?;
        for group in &self.groups {
            push(&mut headers, "group", "", group)?;
        }
        if let Some(uid) = &self.uid {
            push(&mut headers, "uid", "", uid)?;
        }
        for (key, value) in &self.extra {
            if key.is_empty() {
                return Err(ImpersonationError::NoKey);
            }
            push(&mut headers, "extra-", key, value)?;
        }
        Ok(headers)
    }
}

fn push(
    headers: &mut Vec<(String, String)>,
    part: &str,
    key: &str,
    value: &str,
) -> Result<(), ImpersonationError> {
    if value.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(ImpersonationError::ControlCharacter);
    }
    let mut name = PREFIX.to_owned();
    name.push_str(part);
    encode(&mut name, key, KEPT);
    // As names of headers go, and as the API server reads them.
    name.make_ascii_lowercase();
    headers.push((name, value.to_owned()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> Impersonation {
        Impersonation { user: "jane".into(), ..Impersonation::default() }
    }

    #[test]
    fn the_four_headers() {
        let jane = Impersonation {
            groups: vec!["developers".into(), "system:authenticated".into()],
            uid: Some("06f6ce97-e2c5-4ab8-7ba5-7654dd08d52b".into()),
            extra: vec![
                ("scopes".into(), "view".into()),
                ("scopes".into(), "development".into()),
                ("acme.com/project".into(), "some project".into()),
            ],
            ..somebody()
        };
        let headers = jane.headers().unwrap_or_default();
        let headers: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            headers,
            [
                ("impersonate-user", "jane"),
                ("impersonate-group", "developers"),
                ("impersonate-group", "system:authenticated"),
                ("impersonate-uid", "06f6ce97-e2c5-4ab8-7ba5-7654dd08d52b"),
                ("impersonate-extra-scopes", "view"),
                ("impersonate-extra-scopes", "development"),
                ("impersonate-extra-acme.com%2fproject", "some project"),
            ]
        );
    }

    #[test]
    fn keys_are_escaped_as_far_as_names_of_headers_need_it() {
        for (key, name) in [
            ("Scopes", "scopes"),
            ("!#$&'*+-.^_`|~09az", "!#$&'*+-.^_`|~09az"),
            ("100%", "100%25"),
            ("%2f", "%252f"),
            ("a b:c=d,e\"", "a%20b%3ac%3dd%2ce%22"),
            ("(<@>)[\\]{?};\u{7f}\r\n", "%28%3c%40%3e%29%5b%5c%5d%7b%3f%7d%3b%7f%0d%0a"),
            ("größe", "gr%c3%b6%c3%9fe"),
        ] {
            let jane = Impersonation { extra: vec![(key.into(), "x".into())], ..somebody() };
            let name = Some(format!("impersonate-extra-{name}"));
            let headers = jane.headers().unwrap_or_default();
            assert_eq!(headers.last().map(|(name, _)| name.clone()), name);
        }
    }

    #[test]
    fn what_makes_no_header_is_refused() {
        use ImpersonationError::{ControlCharacter, NoKey, NoUser};
        let nobody = Impersonation { groups: vec!["system:masters".into()], ..Default::default() };
        assert_eq!(nobody.headers(), Err(NoUser));
        let no_key = Impersonation { extra: vec![(String::new(), "x".into())], ..somebody() };
        assert_eq!(no_key.headers(), Err(NoKey));
        let bad = || "a\r\nAuthorization: Bearer x".to_owned();
        for jane in [
            Impersonation { user: bad(), ..somebody() },
            Impersonation { groups: vec![bad()], ..somebody() },
            Impersonation { uid: Some(bad()), ..somebody() },
            Impersonation { extra: vec![("a".into(), bad())], ..somebody() },
        ] {
            assert_eq!(jane.headers(), Err(ControlCharacter));
        }
    }
}
