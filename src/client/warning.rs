//! `Warning` headers, RFC 7234, section 5.5: how the API server tells of
//! deprecated versions and unknown fields.

use alloc::{string::String, vec::Vec};
/// The texts of the warnings with code 299 in one header's value.
///
/// What can't be parsed ends the list: a warning is a courtesy, not an error.
pub(crate) fn texts(value: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = value.trim_start_matches([' ', '\t', ',']);
    while let Some((code, text, after)) = warning(rest) {
        if code == "299" {
            texts.push(text);
        }
        // A date may follow, quoted too.
        let after = after.trim_start();
        let after = quoted(after).map_or(after, |(_, after)| after);
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    texts
}

/// `warn-code SP warn-agent SP warn-text`, and what comes after.
fn warning(value: &str) -> Option<(&str, String, &str)> {
    let (code, rest) = value.split_once(' ')?;
    let (_agent, rest) = rest.trim_start().split_once(' ')?;
    let (text, rest) = quoted(rest.trim_start())?;
    Some((code, text, rest))
}

/// A quoted string without its quotes and escapes, and what comes after.
fn quoted(value: &str) -> Option<(String, &str)> {
    let inner = value.strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = inner.char_indices();
    while let Some((index, char)) = chars.next() {
        match char {
            '"' => return Some((text, inner.get(index + 1..)?)),
            '\\' => text.push(chars.next()?.1),
            char => text.push(char),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_the_api_server() {
        for (value, expected) in [
            (r#"299 - "unknown field \"dta\"""#, &[r#"unknown field "dta""#][..]),
            (r#"299 - "a, b", 299 kube "c""#, &["a, b", "c"]),
            (r#"299 - "a" "Tue, 24 Nov 2026 14:17:09 GMT", 299 - "b""#, &["a", "b"]),
            (r#"199 - "misc", 299 - "b\\c""#, &[r"b\c"]),
            (r#" , 299 - "größer""#, &["größer"]),
            (r#"299 - """#, &[""]),
        ] {
            assert_eq!(texts(value), expected, "{value}");
        }
    }

    #[test]
    fn what_is_no_warning_is_passed_over() {
        for value in [
            "",
            "299",
            "299 -",
            "299 - text",
            r#"299 - "open"#,
            r#"299 - "open\"#,
            ",,,",
            r#"299  "a"#,
        ] {
            assert!(texts(value).is_empty(), "{value}");
        }
        assert_eq!(texts(r#"299 - "a", garbage"#), ["a"]);
    }
}
