//! Leaves the debugging names out of a component, as `strip` in the cargo
//! profile leaves them out of the module in it. They are 9 kB of our own.

/// The custom section that holds them.
const NAMES: &[u8] = b"\x0ecomponent-name";

/// Magic number and version of a WebAssembly binary.
const HEADER: usize = 8;

/// The component without the names of what is inside it. What is no WebAssembly
/// is returned as it is: to tell is the business of those who read it.
pub(crate) fn strip_names(component: Vec<u8>) -> Vec<u8> {
    stripped(&component).unwrap_or(component)
}

/// Copies section by section: an id, a length, and so many bytes.
fn stripped(component: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = component.split_at_checked(HEADER)?;
    let mut copy = header.to_vec();
    while let Some((id, after_id)) = rest.split_first() {
        let (length, content) = leb128(after_id)?;
        let (content, next) = content.split_at_checked(length)?;
        if *id != 0 || !content.starts_with(NAMES) {
            copy.extend_from_slice(&rest[..rest.len() - next.len()]);
        }
        rest = next;
    }
    Some(copy)
}

/// An unsigned number of at most 32 bits, and what follows it.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn contains(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    #[test]
    fn names_go_and_all_else_stays() {
        // The long name makes the length of a section take two bytes.
        let long = "n".repeat(200);
        let text = format!(
            r#"(component ${long}
                (core module $module (func (export "component-name")))
                (@custom "kept" "component-name"))"#
        );
        let component = wat::parse_str(text).unwrap();
        assert!(contains(&component, &long));
        let stripped = strip_names(component.clone());
        assert!(!contains(&stripped, &long));
        for kept in ["kept", "\u{e}component-name"] {
            assert!(contains(&stripped, kept), "{kept}");
        }
        assert_eq!(strip_names(stripped.clone()), stripped);
    }

    #[test]
    fn what_is_no_webassembly_is_left_alone() {
        for bytes in [&b""[..], b"\0asm", b"\0asm\x0d\0\x01\0\0\x7f", b"\0asm\x0d\0\x01\0\0\xff"] {
            assert_eq!(strip_names(bytes.to_vec()), bytes);
        }
    }
}
