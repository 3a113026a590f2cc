//! Finds the records, variants and errors that exports read, lay out and free, and makes
//! functions of that code.
//!
//! Two pieces are the same if they differ only in the numbers that names end with and in where
//! they begin in memory. What types they have is read from the text: a wrong guess does not
//! compile.

use crate::idioms::SHARED;
use crate::offsets::relative;
use std::fmt::Write as _;

/// From the exports to the root of the bindings.
const ROOT: &str = "super::super::super::super::";

/// The type of an error.
const ERROR: &str = "exports::k8s::in_cluster::types::Error";

/// An arm is shared from so many lines on: shorter ones free no errors.
const LONG: usize = 30;

/// The lines with the pieces replaced by calls, and the functions.
pub(crate) fn share(lines: &[String]) -> (Vec<String>, String) {
    let mut shared = Shared::default();
    let lines = shared.replace(lines);
    (lines, shared.functions())
}

#[derive(Default)]
struct Shared {
    /// The name of the interface that is looked at.
    interface: String,
    /// The parameters of the export that is looked at.
    parameters: String,
    /// Whether that is the function which frees a result.
    frees: bool,
    /// The functions, and how often they are called.
    known: Vec<(Function, usize)>,
}

#[derive(PartialEq)]
struct Function {
    parameters: String,
    result: String,
    body: String,
}

impl Shared {
    fn replace(&mut self, lines: &[String]) -> Vec<String> {
        let mut out = Vec::with_capacity(lines.len());
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            self.enter(line);
            let piece = block(&lines[at..]);
            let call = match line.as_str() {
                _ if piece.len() < 3 => None,
                "_ => {" if self.frees && piece.len() > LONG => self.release(piece),
                _ => self
                    .layout(&mut out, piece)
                    .or_else(|| self.variant(&mut out, piece))
                    .or_else(|| self.option(piece)),
            };
            if let Some(call) = call {
                out.extend(call);
                at += piece.len();
            } else {
                out.push(line.clone());
                at += 1;
            }
        }
        out
    }

    /// Takes notice of where a line leads.
    fn enter(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(" {")) {
            name.clone_into(&mut self.interface);
        }
        if let Some(rest) = line.strip_prefix("pub unsafe fn ") {
            self.frees = rest.starts_with("__post_return_");
            let parameters = rest.split(['(', ')']).nth(1);
            parameters.unwrap_or_default().clone_into(&mut self.parameters);
        }
    }

    /// The call that lays out an error, if a piece does so.
    fn layout(&mut self, before: &mut Vec<String>, piece: &[String]) -> Option<Vec<String>> {
        let error = piece.first()?.strip_prefix("match ")?.strip_suffix(" {")?;
        let imported = before.last().filter(|line| line.contains(&format!("{ERROR} as V")))?;
        let write = piece.iter().find_map(|line| line.strip_prefix('*'))?;
        let pointer = write.split('.').next()?;
        let (inside, behind) = inside(piece)?;
        let (inside, offset) = relative(inside, pointer);
        let body = format!("{imported}\nmatch e {{\n{}\n}}", inside.join("\n"));
        before.pop();
        let parameters = format!("e: super::{ERROR}, at: *mut u8");
        let name = self.function(parameters, "()".to_owned(), renumbered(&body));
        Some(vec![format!("{SHARED}{name}({error}, {pointer}.add({offset}));"), behind])
    }

    /// The call that frees an error, if a piece does so.
    fn release(&mut self, piece: &[String]) -> Option<Vec<String>> {
        let (inside, behind) = inside(piece)?;
        let tag = inside.first()?.split_once("= i32::from(*")?.1;
        let pointer = tag.split('.').next()?;
        let (inside, offset) = relative(inside, pointer);
        let body = renumbered(&inside.join("\n"));
        let name = self.function("at: *mut u8".to_owned(), "()".to_owned(), body);
        Some(vec![format!("_ => {SHARED}{name}({pointer}.add({offset}))"), behind])
    }

    /// The call that reads a variant of another interface, if a piece does so.
    fn variant(&mut self, before: &mut Vec<String>, piece: &[String]) -> Option<Vec<String>> {
        let (head, tag) = piece.first()?.strip_suffix(" {")?.split_once("match l")?;
        let number = head.strip_prefix("let v")?.strip_suffix(" = ")?;
        let imported = before.last()?.clone();
        let result = imported.strip_prefix("use ")?.strip_suffix(&format!(" as V{number};"))?;
        let call = self.reads(head, tag, &imported, result, piece)?;
        before.pop();
        Some(call)
    }

    /// The call that reads an optional record, if a piece does so.
    fn option(&mut self, piece: &[String]) -> Option<Vec<String>> {
        let (head, tag) = piece.first()?.strip_suffix(" {")?.rsplit_once("match ")?;
        let record = piece.iter().find_map(|line| {
            let name = line.strip_prefix("let e = ").unwrap_or(line).strip_suffix('{')?;
            let is_path = name.chars().all(|c| c.is_alphanumeric() || c == ':' || c == '_');
            (is_path && !name.is_empty()).then_some(name)
        })?;
        if piece.get(1)? != "0 => None," {
            return None;
        }
        if tag.starts_with("arg") {
            return self.flat(head, tag, record, piece);
        }
        self.reads(head, tag.strip_prefix('l')?, "", &format!("Option<{record}>"), piece)
    }

    /// The call that reads a value from where the arguments are.
    fn reads(
        &mut self,
        head: &str,
        tag: &str,
        imported: &str,
        result: &str,
        piece: &[String],
    ) -> Option<Vec<String>> {
        let (inside, behind) = inside(piece)?;
        if !inside.iter().any(|line| line.contains("arg0.add(")) {
            return None;
        }
        let (inside, offset) = relative(&self.replace(inside), "arg0");
        let body =
            format!("{imported}\nlet l{tag} = tag;\nmatch l{tag} {{\n{}\n}}", inside.join("\n"));
        let parameters = "tag: i32, at: *mut u8".to_owned();
        let name = self.function(parameters, self.path(result), renumbered(&body));
        let call = format!("{SHARED}{name}(l{tag}, arg0.add({offset}))");
        Some(vec![head.to_owned(), call, behind.to_owned()])
    }

    /// The call that takes an optional record from among the arguments.
    fn flat(
        &mut self,
        head: &str,
        tag: &str,
        record: &str,
        piece: &[String],
    ) -> Option<Vec<String>> {
        let (inside, behind) = inside(piece)?;
        let inside = inside.join("\n");
        let parameters = self.parameters.clone();
        let used = parameters.split_terminator(',').filter_map(|parameter| {
            let (name, r#type) = parameter.split_once(": ")?;
            let is_used = name == tag || words(&inside).any(|word| word == name);
            is_used.then_some((name, r#type))
        });
        let used: Vec<_> = used.collect();
        let mut body = String::new();
        for word in words(&format!("match {tag} {{\n{inside}\n}}")) {
            match used.iter().position(|(name, _)| *name == word) {
                Some(index) => body.push_str(&format!("arg{index}")),
                None => body.push_str(word),
            }
        }
        let types = used.iter().enumerate();
        let parameters: Vec<_> =
            types.map(|(index, (_, r#type))| format!("arg{index}: {type}")).collect();
        let arguments: Vec<_> = used.iter().map(|(name, _)| *name).collect();
        let result = self.path(&format!("Option<{record}>"));
        let name = self.function(parameters.join(", "), result, body);
        Some(vec![head.to_owned(), format!("{SHARED}{name}({})", arguments.join(", ")), behind])
    }

    /// A type of the interface that is looked at, from the functions.
    fn path(&self, r#type: &str) -> String {
        if r#type.contains(ROOT) {
            return r#type.to_owned();
        }
        let here = format!("Option<{ROOT}exports::k8s::in_cluster::{}::", self.interface);
        r#type.replace("Option<", &here)
    }

    /// The name of a function, which is a new one if none like it is known.
    fn function(&mut self, parameters: String, result: String, body: String) -> String {
        let mut function = Function { parameters, result, body };
        if !function.result.contains("types::") && function.result != "()" {
            let here = format!("use {ROOT}exports::k8s::in_cluster::{}::*;\n", self.interface);
            function.body.insert_str(0, &here);
        }
        let index = self.known.iter().position(|(known, _)| *known == function);
        let index = index.unwrap_or_else(|| {
            self.known.push((function, 0));
            self.known.len() - 1
        });
        self.known[index].1 += 1;
        format!("piece{index}")
    }

    fn functions(&self) -> String {
        let mut out = String::new();
        for (index, (Function { parameters, result, body }, calls)) in self.known.iter().enumerate()
        {
            let body = format!("{parameters}) -> {result} {{ unsafe {{\n{body}\n}} }}");
            let body = body.replace(ROOT, "super::");
            let inline = if *calls > 1 { "#[inline(never)]" } else { "#[inline]" };
            let _ = writeln!(out, "{inline}\npub(super) unsafe fn piece{index}({body}");
        }
        out
    }
}

/// The lines up to that where each brace that they open is closed.
fn block(lines: &[String]) -> &[String] {
    let mut open = 0usize;
    for (index, line) in lines.iter().enumerate() {
        let from = if index == 0 && line.starts_with('}') { 1 } else { 0 };
        for c in line[from..].chars() {
            match c {
                '{' => open += 1,
                '}' => open = open.saturating_sub(1),
                _ => {}
            }
            if c == '}' && open == 0 && index > 0 {
                return &lines[..=index];
            }
        }
        if open == 0 {
            break;
        }
    }
    &[]
}

/// The lines between the braces of a block, and what stands behind it.
fn inside(block: &[String]) -> Option<(&[String], String)> {
    let [_, inside @ .., last] = block else { return None };
    Some((inside, last.strip_prefix('}')?.to_owned()))
}

/// The names and numbers of a piece, and what stands between them.
fn words(piece: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = piece;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| is_name(c) != is_name(first)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind;
        Some(word)
    })
}

/// A piece with the numbers at the ends of its names counted from one: each export counts on
/// from what stands before.
pub(crate) fn renumbered(piece: &str) -> String {
    let mut numbers: Vec<&str> = Vec::new();
    let mut out = String::new();
    for word in words(piece) {
        let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = &word[stem.len()..];
        let stays = ["i", "u", "f", "as_i", "as_f", "piece"].contains(&stem);
        let is_number = stem.is_empty() || stem.starts_with(|c: char| c.is_ascii_digit());
        if is_number || number.is_empty() || stays {
            out.push_str(word);
            continue;
        }
        let index = numbers.iter().position(|known| *known == number).unwrap_or_else(|| {
            numbers.push(number);
            numbers.len() - 1
        });
        let _ = write!(out, "{stem}{}", index + 1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_elsewhere_in_memory_is_the_same() {
        let export = |name: &str, tag: usize, at: usize| {
            format!(
                "pub unsafe fn _export_{name}_cabi(arg0: *mut u8) {{
                 T_::{name}(match l{tag} {{
                 0 => None,
                 1 => {{
                 let e = {{
                 let l{} = i32::from(*arg0.add({at}).cast::<u8>());
                 {ROOT}types::Limits{{
                 retries: l{},
                 }}
                 }};
                 Some(e)
                 }}
                 _ => _rt::invalid_enum_discriminant(),
                 }})
                 }}",
                tag + 1,
                tag + 1
            )
        };
        let source = export("get", 3, 16) + "\n" + &export("list", 7, 40);
        let lines: Vec<_> = source.lines().map(|line| line.trim().to_owned()).collect();
        let (lines, functions) = share(&lines);
        assert!(lines.contains(&format!("{SHARED}piece0(l3, arg0.add(16))")), "{lines:#?}");
        assert!(lines.contains(&format!("{SHARED}piece0(l7, arg0.add(40))")), "{lines:#?}");
        assert_eq!(functions.matches("unsafe fn").count(), 1, "{functions}");
    }

    #[test]
    fn names_are_counted_from_one_and_types_stay() {
        let piece = renumbered("*at.add(2) = vec7 as u8; as_i32(l41, vec9); piece3(l7)");
        assert_eq!(piece, "*at.add(2) = vec1 as u8; as_i32(l2, vec3); piece3(l1)");
    }
}
