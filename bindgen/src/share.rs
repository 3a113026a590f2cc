//! Finds the pieces of code that exports have in common, and makes functions of them.

use std::fmt::Write as _;

/// The line before the one piece: `use super::super::…::types::Error as V71;`.
const ERROR: &str = "exports::k8s::in_cluster::types::Error as V";

/// The line before the other: the head of a function that frees a result.
const POST_RETURN: &str = "pub unsafe fn __post_return_";

/// An arm is shared from so many lines on: shorter ones are no errors.
const LONG: usize = 60;

/// The source with the pieces replaced by calls, and the functions behind it.
pub(crate) fn share(source: &str) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let mut shared = Shared::default();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    let mut frees = false;
    while let Some(line) = lines.get(at) {
        at += 1;
        frees = line.starts_with(POST_RETURN) || frees && !line.starts_with('}');
        let piece = piece(&lines, at);
        if let Some((to_root, error)) = lays_out(line, piece) {
            let (name, pointer) = shared.layout(line, to_root, piece);
            let _ = writeln!(out, "{to_root}shared::{name}({error}, {pointer});");
            at += piece.len();
        } else if frees && *line == "    _ => {" && piece.len() > LONG {
            let name = shared.release(&piece[..piece.len() - 1]);
            let _ = writeln!(out, "_ => super::super::super::super::shared::{name}(arg0),");
            at += piece.len();
        } else {
            let _ = writeln!(out, "{line}");
        }
    }
    let _ = writeln!(out, "mod shared {{\nuse super::_rt;\n{}}}", shared.functions);
    out
}

/// The way to the root of the bindings, and the name of an error, if a piece lays one out.
fn lays_out<'a>(line: &'a str, piece: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let (to_root, _) = line.trim_start().strip_prefix("use ")?.split_once(ERROR)?;
    let error = piece.first()?.trim_start().strip_prefix("match ")?.strip_suffix(" {")?;
    Some((to_root, error))
}

/// The lines from one on to the brace that closes it, or to the one that closes what is before.
fn piece<'a>(lines: &'a [&'a str], from: usize) -> &'a [&'a str] {
    let rest = lines.get(from..).unwrap_or_default();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let before = lines.get(from.wrapping_sub(1)).map_or(0, |line| indent(line));
    let end =
        rest.iter().position(|line| indent(line) == before && line.trim_start().starts_with('}'));
    end.and_then(|end| rest.get(..=end)).unwrap_or_default()
}

/// The name of the pointer through which a piece writes first.
fn pointer<'a>(piece: &[&'a str]) -> &'a str {
    let write = piece.iter().find_map(|line| line.trim_start().strip_prefix('*'));
    write.and_then(|write| write.split('.').next()).unwrap_or_default()
}

#[derive(Default)]
struct Shared {
    known: Vec<String>,
    functions: String,
}

impl Shared {
    /// The function that lays out an error, and the pointer to where.
    fn layout<'a>(&mut self, line: &str, to_root: &str, piece: &[&'a str]) -> (String, &'a str) {
        let pointer = pointer(piece);
        let inside = piece.get(1..).unwrap_or_default().join("\n");
        let body = format!("{line}\nmatch e {{\n{inside}").replace(to_root, "super::");
        let (body, parameter) = renumbered(&body, pointer);
        let error = ERROR.trim_end_matches(" as V");
        let parameters = format!("e: super::{error}, {parameter}: *mut u8");
        (self.function(body, &parameters), pointer)
    }

    /// The function that frees an error.
    fn release(&mut self, piece: &[&str]) -> String {
        let (body, _) = renumbered(&piece.join("\n"), "");
        self.function(body, "arg0: *mut u8")
    }

    fn function(&mut self, body: String, parameters: &str) -> String {
        let body: String = body.lines().flat_map(|line| [line.trim_start(), "\n"]).collect();
        let index = self.known.iter().position(|known| *known == body).unwrap_or_else(|| {
            let _ = writeln!(
                self.functions,
                "#[inline(never)]\npub(super) unsafe fn piece{}({parameters}) {{ unsafe {{\n{body}}} }}",
                self.known.len()
            );
            self.known.push(body);
            self.known.len() - 1
        });
        format!("piece{index}")
    }
}

/// A piece with the numbers at the ends of its names counted from one, and so the name of its
/// pointer: each export counts on from what stands before.
fn renumbered(piece: &str, pointer: &str) -> (String, String) {
    let mut numbers: Vec<&str> = Vec::new();
    let mut out = String::new();
    let mut new_pointer = pointer.to_owned();
    let mut rest = piece;
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| is_name(c) != is_name(first)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = &word[stem.len()..];
        let is_type = ["i", "u", "f", "as_i", "as_f", "arg"].contains(&stem);
        if stem.is_empty()
            || stem.starts_with(|c: char| c.is_ascii_digit())
            || number.is_empty()
            || is_type
        {
            out.push_str(word);
            continue;
        }
        let index = numbers.iter().position(|known| *known == number).unwrap_or_else(|| {
            numbers.push(number);
            numbers.len() - 1
        });
        let new = format!("{stem}{}", index + 1);
        if word == pointer {
            new_pointer.clone_from(&new);
        }
        out.push_str(&new);
    }
    (out, new_pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_from_one_and_types_stay() {
        let (piece, pointer) = renumbered("*ptr41.add(2) = vec7 as u8; as_i32(l41, vec9)", "ptr41");
        assert_eq!(piece, "*ptr1.add(2) = vec2 as u8; as_i32(l1, vec3)");
        assert_eq!(pointer, "ptr1");
    }
}
