//! Strings, read and written.

use crate::elements;
use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt::Write as _;

/// What a value's text says, if it is a string. An escape that stands for half a character
/// gives U+FFFD, as in Go.
pub fn unquote(text: &str) -> Option<Cow<'_, str>> {
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    let Some(first) = text.find('\\') else { return Some(Cow::Borrowed(text)) };
    let (plain, mut rest) = text.split_at_checked(first)?;
    let mut out = String::with_capacity(text.len());
    out.push_str(plain);
    while let Some(escaped) = rest.strip_prefix('\\') {
        let mut characters = escaped.chars();
        let character = match characters.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => code_point(&mut characters)?,
            same @ ('"' | '\\' | '/') => same,
            _ => return None,
        };
        out.push(character);
        rest = characters.as_str();
        let next = rest.find('\\').unwrap_or(rest.len());
        let (plain, behind) = rest.split_at_checked(next)?;
        out.push_str(plain);
        rest = behind;
    }
    Some(Cow::Owned(out))
}

/// What a value's text says if it is a string, and nothing if it is not.
pub fn text(value: &str) -> String {
    unquote(value).map(Cow::into_owned).unwrap_or_default()
}

/// What the elements of an array say, and nothing for those that are no strings.
pub fn texts(value: &str) -> Vec<String> {
    elements(value).map_while(Result::ok).map(text).collect()
}

/// The character of an escape `\u`, and of the one behind it if they are a pair.
fn code_point(characters: &mut core::str::Chars<'_>) -> Option<char> {
    let first = unit(characters.as_str())?;
    *characters = characters.as_str().get(4..)?.chars();
    let second = || characters.as_str().strip_prefix("\\u").and_then(unit);
    let pair = match first {
        0xd800..0xdc00 => second().filter(|second| (0xdc00..0xe000).contains(second)),
        _ => None,
    };
    let Some(second) = pair else {
        return Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
    };
    *characters = characters.as_str().get(6..)?.chars();
    char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
}

fn unit(text: &str) -> Option<u32> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|d| d.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// Appends a string, with its quotes.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..' ' => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
