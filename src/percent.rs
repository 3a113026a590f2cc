//! Percent-encoding, RFC 3986.

use alloc::string::String;
use core::fmt::Write;

/// Appends a text of which every byte is encoded but the unreserved ones and those in `kept`.
pub(crate) fn encode(out: &mut String, text: &str, kept: &[u8]) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}
