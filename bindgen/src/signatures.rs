//! Finds exports of an interface that take the same arguments from memory, or lay out the same
//! result there, and makes functions of that code, beside the exports: their signatures say what
//! types these have.

use crate::share::renumbered;

/// The lines with what several exports of an interface do replaced by calls.
pub(crate) fn share(lines: &[String]) -> Vec<String> {
    let mut shared = Shared::default();
    shared.replace(lines);
    shared.counts = false;
    shared.replace(lines)
}

/// What a function of the trait takes and returns, by which an export calls it.
struct Signature {
    name: String,
    parameters: Vec<String>,
    result: String,
}

impl Signature {
    /// That of the function which an export calls, whose first line this is.
    fn of(export: &str, interface: &[String]) -> Option<Self> {
        let (cabi, rest) =
            export.strip_prefix("pub unsafe fn _export_")?.split_once("_cabi<T_: ")?;
        let (of, _) = rest.split_once('>')?;
        let heads = [format!("pub trait {of} {{"), format!("pub trait {of}: ")];
        let is_trait = |line: &String| heads.iter().any(|head| line.starts_with(head));
        let start = interface.iter().position(is_trait)?;
        let resource = snake_case(of.strip_prefix("Guest")?);
        let prefix = if resource.is_empty() { resource } else { format!("method_{resource}_") };
        let name = cabi.strip_prefix(&prefix)?;
        let functions = interface[start..].iter().skip(1);
        let functions = functions.take_while(|line| !line.starts_with("pub "));
        functions.filter_map(|line| Self::parse(line)).find(|signature| signature.name == name)
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, rest) = line.strip_prefix("fn ")?.split_once('(')?;
        let (parameters, result) = rest.strip_suffix(';')?.split_once(",) -> ")?;
        let types = split(parameters).into_iter().filter_map(|parameter| {
            let (_, r#type) = parameter.split_once(": ")?;
            Some(r#type.to_owned())
        });
        Some(Self { name: name.to_owned(), parameters: types.collect(), result: result.to_owned() })
    }
}

/// The name of a resource, as functions have it in theirs.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The parameters of a list of them.
fn split(list: &str) -> Vec<&str> {
    let mut open = 0usize;
    list.split(|c| {
        match c {
            '<' | '(' => open += 1,
            '>' | ')' => open = open.saturating_sub(1),
            _ => {}
        }
        c == ',' && open == 0
    })
    .collect()
}

struct Shared {
    /// Whether it is only counted who calls what.
    counts: bool,
    /// Where the interface that is looked at begins.
    interface: usize,
    known: Vec<Function>,
    /// The functions that are to stand before the export that is looked at.
    new: Vec<String>,
}

struct Function {
    interface: usize,
    head: String,
    body: String,
    calls: usize,
    is_written: bool,
}

impl Default for Shared {
    fn default() -> Self {
        Self { counts: true, interface: 0, known: Vec::new(), new: Vec::new() }
    }
}

impl Shared {
    fn replace(&mut self, lines: &[String]) -> Vec<String> {
        let mut out: Vec<String> = Vec::with_capacity(lines.len());
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            if line.starts_with("pub mod ") {
                self.interface = at;
            }
            out.push(line.clone());
            let Some(signature) = Signature::of(line, &lines[self.interface..]) else { continue };
            let Some(end) = lines[at..].iter().position(|line| line == "} }") else { continue };
            let body = &lines[at..at + end];
            let body = self.arguments(&signature, body).unwrap_or_else(|| body.to_vec());
            let body = self.result(&signature, &body).unwrap_or(body);
            // Its attributes stand before an export.
            let is_other = |line: &String| !line.starts_with("#[");
            let (_, before) = out.split_last().unwrap_or((line, &[]));
            let before = before.iter().rposition(is_other).map_or(0, |last| last + 1);
            out.splice(before..before, self.new.drain(..));
            out.extend(body);
            at += end;
        }
        out
    }

    /// The body with a call in place of what reads its arguments, if all of them are in memory.
    fn arguments(&mut self, signature: &Signature, body: &[String]) -> Option<Vec<String>> {
        let call = format!("T_::{}(", signature.name);
        let called = body.iter().position(|line| line.starts_with(&call))?;
        let end = called + body[called..].iter().position(|line| line == "};")?;
        let freed =
            body.get(end + 1).filter(|line| line.starts_with("_rt::cabi_dealloc(arg0, "))?;
        let (first, read) = body[..called].split_first()?;
        let values = body[called..end].join("\n");
        let values = values.strip_prefix(&call)?.strip_suffix(')')?;
        let read = format!("{}\nlet values = ({values},);\n{freed}\nvalues", read.join("\n"));
        let head = format!("(at: *mut u8) -> ({},)", signature.parameters.join(", "));
        let name = self.function("arguments", head, renumbered(&read.replace("arg0", "at")))?;
        let count = signature.parameters.len();
        let values: Vec<_> = (0..count).map(|index| format!("value{index}")).collect();
        let values = values.join(", ");
        let mut out = vec![first.clone(), format!("let ({values},) = {name}(arg0);")];
        out.extend([format!("{call}{values})"), "};".to_owned()]);
        out.extend_from_slice(&body[end + 2..]);
        Some(out)
    }

    /// The body with a call in place of what lays out its result.
    fn result(&mut self, signature: &Signature, body: &[String]) -> Option<Vec<String>> {
        let is_place = |line: &String| line.ends_with(" = (&raw mut _RET_AREA.0).cast::<u8>();");
        let place = body.iter().position(is_place)?;
        let (first, rest) = body.get(place + 1..)?.split_first()?;
        let result = first.strip_prefix("match ")?.strip_suffix(" {")?;
        let layout = format!("{}\nmatch result {{\n{}", body[place], rest.join("\n"));
        let head = format!("(result: {}) -> *mut u8", signature.result);
        let name = self.function("result", head, renumbered(&layout))?;
        let mut out = body[..place].to_vec();
        out.push(format!("{name}({result})"));
        Some(out)
    }

    /// The name of a function, if more exports than one call it.
    fn function(&mut self, kind: &str, head: String, body: String) -> Option<String> {
        let interface = self.interface;
        let is_same = |known: &Function| {
            known.interface == interface && known.head == head && known.body == body
        };
        let index = self.known.iter().position(is_same).unwrap_or_else(|| {
            let function = Function {
                interface,
                head: head.clone(),
                body: body.clone(),
                calls: 0,
                is_written: false,
            };
            self.known.push(function);
            self.known.len() - 1
        });
        let function = &mut self.known[index];
        if self.counts {
            function.calls += 1;
            return None;
        }
        if function.calls < 2 {
            return None;
        }
        let name = format!("{kind}{index}");
        if !function.is_written {
            function.is_written = true;
            let text =
                format!("#[inline(never)]\nunsafe fn {name}{head} {{ unsafe {{\n{body}\n}} }}");
            self.new.extend(text.lines().map(str::to_owned));
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_of_one_interface_read_the_same_arguments_by_a_call() {
        let export = |name: &str, number: usize| {
            format!(
                "#[doc(hidden)]
                 pub unsafe fn _export_{name}_cabi<T_: Guest>(arg0: *mut u8,) -> *mut u8 {{ unsafe {{
                 let result{number} = {{
                 let l{number} = i32::from(*arg0.add(8).cast::<u8>());
                 T_::{name}(l{number} as u8, _rt::string_lift(arg0.add(0)))
                 }};
                 _rt::cabi_dealloc(arg0, 12, 4);
                 let ptr{number} = (&raw mut _RET_AREA.0).cast::<u8>();
                 match result{number} {{
                 Ok(e) => {{ }},
                 Err(e) => {{ }},
                 }};ptr{number}
                 }} }}"
            )
        };
        let function = |name: &str| {
            format!("fn {name}(first: u8,second: Option<Map<u8,u8>>,) -> Result<u8,Error>;\n")
        };
        let source = format!(
            "pub mod objects {{\n{}\n{}\n{}\npub trait Guest {{\n{}{}}}",
            export("get", 3),
            export("begin_get", 7),
            export("get", 9)
                .replace("_get", "_other")
                .replace("::get", "::other")
                .replace("12, 4", "16, 4"),
            function("get") + &function("begin_get"),
            function("other").replace("Result<u8", "Result<u16"),
        );
        let lines: Vec<_> = source.lines().map(|line| line.trim().to_owned()).collect();
        let lines = share(&lines);
        let count = |line: &str| lines.iter().filter(|other| *other == line).count();
        assert_eq!(
            count("unsafe fn arguments0(at: *mut u8) -> (u8, Option<Map<u8,u8>>,) { unsafe {"),
            1
        );
        assert_eq!(count("let (value0, value1,) = arguments0(arg0);"), 2, "{lines:#?}");
        assert_eq!(count("unsafe fn result1(result: Result<u8,Error>) -> *mut u8 { unsafe {"), 1);
        assert_eq!((count("result1(result3)"), count("result1(result7)")), (1, 1), "{lines:#?}");
        assert_eq!(lines[1], "#[inline(never)]");
        // What nobody shares stays.
        assert_eq!((count("match result9 {"), count("_rt::cabi_dealloc(arg0, 16, 4);")), (1, 1));
    }
}
