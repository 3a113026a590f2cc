//! Paths that lead where they say.

use alloc::vec::Vec;
/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It is not absolute.
    #[error("a path begins with `/`")]
    Relative,
    /// It has a query or fragment.
    #[error("a path holds no `?` or `#`: give the query apart, or encode them as `%3F` and `%23`")]
    Query,
    /// A segment has no text.
    #[error("it holds an empty segment: a name or namespace may be missing in it")]
    EmptySegment,
    /// A segment is `.` or `..`, encoded or not.
    #[error("a segment of it is `.` or `..`, which would lead elsewhere")]
    DotSegment,
    /// An encoded character that servers and proxies read differently.
    #[error("it holds an encoded `/`, `\\`, `%` or control character, which would lead elsewhere")]
    EncodedSeparator,
    /// A `%` that begins no encoded character.
    #[error("a `%` in it is not followed by two hexadecimal digits")]
    Encoding,
    /// A character that has to be encoded.
    #[error("it holds a character that has to be percent-encoded")]
    Character,
    /// Longer than servers take.
    #[error("with its query it is longer than 32768 bytes")]
    TooLong,
}

/// The most bytes of a path with its query. The API server takes a megabyte of
/// headers, but proxies and hosts in between take far less.
pub(crate) const MAX_LENGTH: usize = 32 * 1024;

/// Checks an absolute, percent-encoded path.
///
/// What is refused is what two readers of the same path could understand
/// differently: then the one that checks it would not be the one that obeys it.
///
/// # Errors
///
/// If the path might lead elsewhere than it says, or is none.
pub fn validate(path: &str) -> Result<(), PathError> {
    let rest = path.strip_prefix('/').ok_or(PathError::Relative)?;
    // One slash at the end is a path of its own, as in `/openapi/v3/`.
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.is_empty() {
        return if path == "/" { Ok(()) } else { Err(PathError::EmptySegment) };
    }
    rest.split('/').try_for_each(validate_segment)
}

fn validate_segment(segment: &str) -> Result<(), PathError> {
    if segment.is_empty() {
        return Err(PathError::EmptySegment);
    }
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => match decode(bytes.next(), bytes.next()) {
                None => return Err(PathError::Encoding),
                Some(b'/' | b'\\' | b'%' | 0..=0x1f | 0x7f) => {
                    return Err(PathError::EncodedSeparator);
                }
                Some(byte) => byte,
            },
            b'?' | b'#' => return Err(PathError::Query),
            byte if is_path_byte(byte) => byte,
            _ => return Err(PathError::Character),
        });
    }
    match decoded.as_slice() {
        b"." | b".." => Err(PathError::DotSegment),
        _ => Ok(()),
    }
}

fn decode(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// RFC 3986, `pchar` without `pct-encoded`.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::cases::cases;

    #[test]
    fn paths_of_the_api() {
        for path in [
            "/",
            "/api",
            "/openapi/v3/",
            "/api/v1/namespaces/shop/pods/web-0/log",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:basic-user",
            "/api/v1/namespaces/shop/services/https:web:443/proxy/a%20b/%E2%82%AC",
            "/api/v1/x/...",
            "/api/v1/x/.hidden",
        ] {
            assert_eq!(validate(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn paths_that_lead_elsewhere() {
        for (path, error) in [
            ("", PathError::Relative),
            ("api", PathError::Relative),
            ("https://evil.example/api", PathError::Relative),
            ("//evil.example/api", PathError::EmptySegment),
            ("//", PathError::EmptySegment),
            ("/api//v1", PathError::EmptySegment),
            ("/api/v1//", PathError::EmptySegment),
            ("/api/..", PathError::DotSegment),
            ("/api/../x", PathError::DotSegment),
            ("/api/./x", PathError::DotSegment),
            ("/api/%2e%2E/x", PathError::DotSegment),
            ("/api/.%2e/x", PathError::DotSegment),
            ("/api/a%2fb", PathError::EncodedSeparator),
            ("/api/a%2Fb", PathError::EncodedSeparator),
            ("/api/a%5cb", PathError::EncodedSeparator),
            ("/api/a%252fb", PathError::EncodedSeparator),
            ("/api/a%00b", PathError::EncodedSeparator),
            ("/api/a%0d%0ab", PathError::EncodedSeparator),
            ("/api/a%", PathError::Encoding),
            ("/api/a%2", PathError::Encoding),
            ("/api/a%zz", PathError::Encoding),
            ("/api/a%+f", PathError::Encoding),
            ("/api?watch=1", PathError::Query),
            ("/api#x", PathError::Query),
            ("/api/a b", PathError::Character),
            ("/api/a\r\nHost: evil", PathError::Character),
            ("/api/a\\b", PathError::Character),
            ("/api/é", PathError::Character),
        ] {
            assert_eq!(validate(path), Err(error), "{path}");
        }
    }

    /// What readers may take for the segments of a path: split and then decoded, decoded and then
    /// split, with `\` for a separator, and decoded twice.
    fn readings(path: &str) -> [Vec<Vec<u8>>; 4] {
        fn unescaped(bytes: &[u8]) -> Vec<u8> {
            let mut rest = bytes;
            let mut all = Vec::new();
            while let [first, more @ ..] = rest {
                rest = more;
                let byte = match more {
                    [high, low, ..] if *first == b'%' => decode(Some(*high), Some(*low)),
                    _ => None,
                };
                if byte.is_some() {
                    rest = &more[2..];
                }
                all.push(byte.unwrap_or(*first));
            }
            all
        }
        let split = |bytes: &[u8], and_backslash: bool| -> Vec<Vec<u8>> {
            let is_separator = |byte: &u8| *byte == b'/' || and_backslash && *byte == b'\\';
            bytes.split(is_separator).map(<[u8]>::to_vec).collect()
        };
        let once = unescaped(path.as_bytes());
        [
            split(path.as_bytes(), false).iter().map(|segment| unescaped(segment)).collect(),
            split(&once, false),
            split(&once, true),
            split(&unescaped(&once), true),
        ]
    }

    #[test]
    fn what_is_accepted_is_read_in_one_way() {
        let pieces = [
            "/",
            "/",
            "/",
            "a",
            "web",
            ".",
            "..",
            "%",
            "%2e",
            "%2E",
            "%2f",
            "%5c",
            "%25",
            "%00",
            "%0a",
            "%20",
            "%e2%82%ac",
            "%C3",
            "\\",
            "?",
            "#",
            ";",
            ":",
            "@",
            "é",
            " ",
            "\t",
            "\0",
            "2f",
            "%252f",
            "%%32%66",
            "%u002f",
            "\u{ff0f}",
        ];
        cases(9, 40, |random| {
            let paths = (0..5000).map(|_| {
                let count = random.below(8);
                (0..count).map(|_| random.of(&pieces)).collect::<String>()
            });
            let accepted: Vec<_> = paths.filter(|path| validate(path).is_ok()).collect();
            assert!(accepted.len() > 10, "{} were accepted", accepted.len());
            accepted.iter().for_each(|path| check(path));
        });
    }

    /// Checks that all readings of a path are the same, and lead nowhere else.
    fn check(path: &str) {
        assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path:?}");
        assert!(!path.contains(['?', '#', '\\']), "{path:?}");
        let [first, others @ ..] = readings(path);
        assert!(others.iter().all(|other| *other == first), "{path:?}");
        let (root, segments) = first.split_first().unwrap();
        let (last, inner) = segments.split_last().unwrap();
        assert!(root.is_empty() && inner.iter().all(|segment| !segment.is_empty()), "{path:?}");
        let dots = |segment: &Vec<u8>| matches!(segment.as_slice(), b"." | b"..");
        let control = |segment: &Vec<u8>| segment.iter().any(u8::is_ascii_control);
        assert!(!segments.iter().any(|s| dots(s) || control(s)), "{path:?}");
        // One slash may be the last.
        assert!(!last.is_empty() || path.ends_with('/'), "{path:?}");
    }
}
