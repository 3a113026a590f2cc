//! A bearer token.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A bearer token, fit for an HTTP header. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A text or a file is no bearer token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file could not be read.
    #[error("{} can't be read: {error}", path.display())]
    Unreadable {
        /// The token's file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is no text but white space.
    #[error("is empty; sign in again to obtain a token")]
    Empty,
    /// There are bytes that no token has.
    #[error(
        "holds a byte, number {position}, that no bearer token has: \
         visible ASCII characters only, on one line; write the bare token"
    )]
    Invalid {
        /// The byte's place, counted from 1 after leading white space.
        position: usize,
    },
}

impl Token {
    /// Takes a text for a token. White space around it is dropped.
    pub fn new(text: &str) -> Result<Token, TokenError> {
        let token = text.trim_ascii();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        match token.bytes().position(|byte| !byte.is_ascii_graphic()) {
            None => Ok(Token(token.to_owned())),
            Some(index) => Err(TokenError::Invalid { position: index + 1 }),
        }
    }

    /// Reads a token's file.
    pub fn read(path: &Path) -> Result<Token, TokenError> {
        let bytes = std::fs::read(path)
            .map_err(|error| TokenError::Unreadable { path: path.to_owned(), error })?;
        // A byte that is no UTF-8 becomes a character that is no ASCII.
        Token::new(&String::from_utf8_lossy(&bytes))
    }

    /// The token itself, for the header or the mounted file and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn white_space_around_it_is_dropped() {
        assert_eq!(Token::new(" abc.DEF-1\r\n").unwrap().expose(), "abc.DEF-1");
    }

    #[test]
    fn what_no_header_can_carry_is_refused_and_not_quoted() {
        for (text, position) in [("ab\ncd", 3), ("ab cd", 3), ("ab\u{e9}", 3), ("a\0", 2)] {
            let error = Token::new(text).unwrap_err();
            assert!(error.to_string().contains(&format!("number {position},")));
            assert!(!format!("{error} {error:?}").contains("ab"), "{error}");
        }
        assert!(matches!(Token::new(" \n"), Err(TokenError::Empty)));
    }

    #[test]
    fn debug_shows_nothing() {
        let token = Token::new("s3cret").unwrap();
        assert_eq!(format!("{:?}", Some(token)), "Some([redacted])");
    }

    #[test]
    fn files_may_hold_any_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let missing = Token::read(&path).unwrap_err().to_string();
        assert!(missing.contains(path.to_str().unwrap()), "{missing}");

        std::fs::write(&path, b"abc\xff").unwrap();
        let error = Token::read(&path).unwrap_err();
        assert!(matches!(error, TokenError::Invalid { position: 4 }));

        std::fs::write(&path, b"abc\n").unwrap();
        assert_eq!(Token::read(&path).unwrap().expose(), "abc");
    }
}
