//! A way through a text that still grows.

use crate::{Malformed, Scanner};
use core::ops::Range;

/// A place in a text, and how far a value was read from there.
///
/// Where the text does not reach far enough, its functions return none: they are to be
/// called again when more of it is here.
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    /// Where the value begins, once its first byte is known.
    start: Option<usize>,
    at: usize,
    scanner: Scanner,
}

impl Cursor {
    /// A cursor at the beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// From where on the text is still needed.
    pub fn start(&self) -> usize {
        self.start.unwrap_or(self.at)
    }

    /// That many bytes were taken off the beginning of the text.
    pub fn shift(&mut self, bytes: usize) {
        self.start = self.start.map(|start| start.saturating_sub(bytes));
        self.at = self.at.saturating_sub(bytes);
    }

    /// The next byte that is no white space. It stays the next.
    pub fn peek(&mut self, text: &str) -> Option<u8> {
        loop {
            match *text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Passes the byte that was peeked at.
    pub fn pass(&mut self) {
        self.at += 1;
    }

    /// The next value: where it stands.
    ///
    /// # Errors
    ///
    /// If it is not JSON.
    pub fn value(&mut self, text: &str) -> Result<Option<Range<usize>>, Malformed> {
        let start = match self.start {
            Some(start) => start,
            None => {
                if self.peek(text).is_none() {
                    return Ok(None);
                }
                *self.start.insert(self.at)
            }
        };
        let rest = text.as_bytes().get(self.at..).unwrap_or_default();
        match self.scanner.scan(rest)? {
            Some(length) => {
                self.at += length;
                self.start = None;
                Ok(Some(start..self.at))
            }
            None => {
                self.at = text.len();
                Ok(None)
            }
        }
    }

    /// The next value, if it is a string: where it stands, quotes included.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn string(&mut self, text: &str) -> Result<Option<Range<usize>>, Malformed> {
        match self.start.is_some().then_some(b'"').or_else(|| self.peek(text)) {
            Some(b'"') => self.value(text),
            Some(_) => Err(Malformed::Syntax),
            None => Ok(None),
        }
    }
}
