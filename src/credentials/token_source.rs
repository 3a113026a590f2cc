//! A token that is re-read as the kubelet rotates it.

use super::{BearerToken, CredentialsError, TokenLocation};
use crate::pod::Pod;
use alloc::{borrow::ToOwned, string::String};
use core::time::Duration;

/// The age at which a token is read again, on its next use: client-go's minute
/// less its leeway. The kubelet rotates at 80 % of a life of at least ten
/// minutes, so a token is never this close to its end.
pub const REREAD_AFTER: Duration = Duration::from_secs(50);

/// The current bearer token of a [`TokenLocation`].
#[derive(Debug)]
pub struct TokenSource(Kind);

#[derive(Debug)]
enum Kind {
    File { path: String, current: BearerToken, read_at: Duration },
    Value(BearerToken),
    None,
}

impl TokenSource {
    /// Reads the token for the first time.
    ///
    /// # Errors
    ///
    /// If a file is named and holds no usable token.
    pub fn load(pod: &impl Pod, location: &TokenLocation) -> Result<Self, CredentialsError> {
        Ok(Self(match location {
            TokenLocation::File(path) => {
                let read_at = pod.now();
                Kind::File { path: path.clone(), current: read(pod, path)?, read_at }
            }
            TokenLocation::Value(token) => Kind::Value(token.clone()),
            TokenLocation::None => Kind::None,
        }))
    }

    /// The token to send now: none for a proxy.
    ///
    /// A file is read again once the last good read is [`REREAD_AFTER`] old. If
    /// that fails, the last good token stays, and the next use tries again.
    pub fn current(&mut self, pod: &impl Pod, now: Duration) -> Option<&BearerToken> {
        match &mut self.0 {
            Kind::File { path, current, read_at } => {
                if now.saturating_sub(*read_at) >= REREAD_AFTER
                    && let Ok(token) = read(pod, path)
                {
                    *current = token;
                    *read_at = now;
                }
                Some(current)
            }
            Kind::Value(token) => Some(token),
            Kind::None => None,
        }
    }

    /// Called when the server did not accept `refused`: whether there is another
    /// token by now, because the file was rotated since.
    pub fn renewed_since(&mut self, pod: &impl Pod, refused: &BearerToken) -> bool {
        let Kind::File { path, current, read_at } = &mut self.0 else { return false };
        let now = pod.now();
        if let Ok(token) = read(pod, path) {
            *current = token;
            *read_at = now;
        }
        current != refused
    }
}

fn read(pod: &impl Pod, path: &str) -> Result<BearerToken, CredentialsError> {
    let content = pod
        .read(path)
        .map_err(|reason| CredentialsError::Read { path: path.to_owned(), reason })?;
    BearerToken::parse(&content)
        .map_err(|reason| CredentialsError::Token { path: path.to_owned(), reason })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::pod::FileError;
    use crate::pod::fake::FakePod;

    const PATH: &str = "/account/token";

    fn pod() -> FakePod {
        FakePod::default().with_file(PATH, b"first\n")
    }

    fn load(pod: &FakePod) -> TokenSource {
        TokenSource::load(pod, &TokenLocation::File(PATH.into())).unwrap()
    }

    fn sent(source: &mut TokenSource, pod: &FakePod) -> String {
        source.current(pod, pod.now()).unwrap().authorization()
    }

    #[test]
    fn a_token_is_read_again_at_fifty_seconds_and_not_before() {
        let pod = pod();
        let mut source = load(&pod);
        pod.write(PATH, Ok(b"second".to_vec()));
        pod.advance(REREAD_AFTER - Duration::from_nanos(1));
        for _ in 0..100 {
            assert_eq!(sent(&mut source, &pod), "Bearer first");
        }
        assert_eq!(pod.reads.get(), 1);
        pod.advance(Duration::from_nanos(1));
        for _ in 0..100 {
            assert_eq!(sent(&mut source, &pod), "Bearer second");
        }
        assert_eq!(pod.reads.get(), 2);
    }

    #[test]
    fn a_failing_read_keeps_the_last_good_token_and_is_tried_again() {
        let pod = pod();
        let mut source = load(&pod);
        for bad in [Err(FileError::NotFound), Ok(b"  \n".to_vec()), Ok(b"a\nb".to_vec())] {
            pod.write(PATH, bad);
            pod.advance(REREAD_AFTER);
            assert_eq!(sent(&mut source, &pod), "Bearer first");
        }
        pod.write(PATH, Ok(b"second".to_vec()));
        assert_eq!(sent(&mut source, &pod), "Bearer second");
    }

    #[test]
    fn a_refused_token_is_compared_with_the_file() {
        let pod = pod();
        let mut source = load(&pod);
        let refused = source.current(&pod, pod.now()).unwrap().clone();
        assert!(!source.renewed_since(&pod, &refused));
        pod.write(PATH, Err(FileError::NotFound));
        assert!(!source.renewed_since(&pod, &refused));
        pod.write(PATH, Ok(b"second".to_vec()));
        assert!(source.renewed_since(&pod, &refused));
        assert_eq!(sent(&mut source, &pod), "Bearer second");
        // Another call got the new token meanwhile; this one still had the old.
        assert!(source.renewed_since(&pod, &refused));
    }

    #[test]
    fn no_token_at_load_is_an_error_that_names_the_path() {
        for (content, expected) in [
            (Err(FileError::NotFound), "automountServiceAccountToken"),
            (Err(FileError::NotPreopened), "--dir"),
            (Ok(Vec::new()), "it is empty"),
            (Ok(b"secret\nsecret".to_vec()), "byte 6"),
        ] {
            let pod = FakePod::default();
            pod.write(PATH, content);
            let error = TokenSource::load(&pod, &TokenLocation::File(PATH.into())).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(PATH) && text.contains(expected), "{text}");
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn a_given_token_and_none_read_no_file() {
        let pod = FakePod::default();
        let token = BearerToken::parse(b"given").unwrap();
        let mut source = TokenSource::load(&pod, &TokenLocation::Value(token.clone())).unwrap();
        assert_eq!(sent(&mut source, &pod), "Bearer given");
        assert!(!source.renewed_since(&pod, &token));
        let mut none = TokenSource::load(&pod, &TokenLocation::None).unwrap();
        assert!(none.current(&pod, pod.now()).is_none());
        assert_eq!(pod.reads.get(), 0);
    }
}
