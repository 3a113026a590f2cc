//! JSON (RFC 8259) as it comes, without a tree.
//!
//! Objects of Kubernetes pass through the component as text. What has to be known of
//! one is where it ends, and a field or two of it:
//!
//! - [`Scanner`] finds where a value ends, and resumes at any byte.
//! - [`Decoder`] makes text of bytes that come in pieces.
//! - [`Cursor`] goes through a text that still grows, value by value.
//! - [`members`], [`elements`] and [`find`] go through a text that is whole.
//! - [`unquote`], [`text`], [`texts`] and [`quote`] read and write strings.
//!
//! This is a crate of its own since every byte runs through the scanner: it is
//! compiled for speed, and the component around it for size.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod cursor;
mod scan;
mod string;
mod utf8;
mod whole;

pub use cursor::Cursor;
pub use scan::{MAX_DEPTH, Scanner};
pub use string::{quote, text, texts, unquote};
pub use utf8::Decoder;
pub use whole::{Elements, Members, elements, find, members};

/// Why a text is none of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A character stands where it can't.
    #[error("it is not JSON")]
    Syntax,
    /// It ends before it is complete.
    #[error("it ends in the middle")]
    Truncated,
    /// Its bytes are no text.
    #[error("it is not UTF-8")]
    Utf8,
    /// Objects and arrays stand in each other, deeper than [`MAX_DEPTH`].
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}
