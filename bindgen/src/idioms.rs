//! What wit-bindgen writes out for each string and each list of strings, and the function
//! that does the same.
//!
//! In a pattern, `$n` is the same text wherever it stands, `$o+4` a number that is four more
//! than `$o`, and `@` the way to the functions, which stand in `values.rs`.

/// From the exports to the functions.
pub(crate) const SHARED: &str = "super::super::super::super::shared::";

/// Pairs of what is written and what is to stand there: each may use what those before it left.
const IDIOMS: &[(&str, &str)] = &[
    (
        "$hlet vec$n = ($v.into_bytes()).into_boxed_slice();
         let ptr$n = vec$n.as_ptr().cast::<u8>();
         let len$n = vec$n.len();
         ::core::mem::forget(vec$n);
         *$p.add($o+4).cast::<usize>() = len$n;
         *$p.add($o).cast::<*mut u8>() = ptr$n.cast_mut();",
        "$h
         @store_string($v, $p.add($o));",
    ),
    (
        "$hlet vec$n = <_ as Into<_rt::Vec<_>>>::into($v).into_boxed_slice();
         let ptr$n = vec$n.as_ptr().cast::<u8>();
         let len$n = vec$n.len();
         ::core::mem::forget(vec$n);
         *$p.add($o+4).cast::<usize>() = len$n;
         *$p.add($o).cast::<*mut u8>() = ptr$n.cast_mut();",
        "$h
         @store_bytes($v, $p.add($o));",
    ),
    (
        "$hlet vec$n = $v;
         let len$n = vec$n.len();
         let layout$n = _rt::alloc::Layout::from_size_align(vec$n.len() * (8), 4).unwrap();
         let (result$n, _cleanup$n) = wit_bindgen::rt::Cleanup::new(layout$n);\
         if let Some(cleanup) = _cleanup$n { cleanup.forget(); }
         for (i, e) in vec$n.into_iter().enumerate() {
         let base = result$n.add(i * (8));
         {
         @store_string(e, base.add(0));
         }
         }
         *$p.add($o+4).cast::<usize>() = len$n;
         *$p.add($o).cast::<*mut u8>() = result$n;",
        "$h
         @store_strings($v, $p.add($o));",
    ),
    (
        "$hmatch $v {
         Some(e) => {
         *$p.add($o).cast::<u8>() = (1i32) as u8;
         @store_string(e, $p.add($o+4));
         },
         None => {
         {
         *$p.add($o).cast::<u8>() = (0i32) as u8;
         }
         },
         };$t",
        "$h
         @store_option_string($v, $p.add($o));
         $t",
    ),
    (
        "let l$a = *$p.add($o).cast::<*mut u8>();
         let l$b = *$p.add($o+4).cast::<usize>();
         _rt::cabi_dealloc(l$a, l$b, 1);",
        "@free_bytes($p.add($o));",
    ),
    (
        "let l$a = *$p.add($o).cast::<*mut u8>();
         let l$b = *$p.add($o+4).cast::<usize>();
         let base$n = l$a;
         let len$n = l$b;
         _rt::cabi_dealloc(base$n, len$n * 1, 1);",
        "@free_bytes($p.add($o));",
    ),
    (
        "let l$a = *$p.add($o).cast::<*mut u8>();
         let l$b = *$p.add($o+4).cast::<usize>();
         let base$n = l$a;
         let len$n = l$b;
         for i in 0..len$n {
         let base = base$n.add(i * (8));
         {
         @free_bytes(base.add(0));
         }
         }
         _rt::cabi_dealloc(base$n, len$n * (8), 4);",
        "@free_strings($p.add($o));",
    ),
    (
        "let l$a = i32::from(*$p.add($o).cast::<u8>());
         match l$a {
         0 => (),
         _ => {
         @free_bytes($p.add($o+4));
         },
         }",
        "@free_option_bytes($p.add($o));",
    ),
    (
        "let l$a = *$p.add($o).cast::<*mut u8>();
         let l$b = *$p.add($o+4).cast::<usize>();
         let len$n = l$b;
         let bytes$n = _rt::Vec::from_raw_parts(l$a.cast(), len$n, len$n);",
        "let bytes$n = @read_bytes($p.add($o));",
    ),
    (
        "let base$n = $p;
         let len$n = $l;
         let mut result$n = _rt::Vec::with_capacity(len$n);
         for i in 0..len$n {
         let base = base$n.add(i * (8));
         let e$n = {
         let bytes$m = @read_bytes(base.add(0));
         _rt::string_lift(bytes$m)
         };
         result$n.push(e$n);
         }
         _rt::cabi_dealloc(base$n, len$n * (8), 4);",
        "let result$n = @read_strings($p, $l);",
    ),
    (
        "let base$n = $p;
         let len$n = $l;
         let mut result$n = _rt::Vec::with_capacity(len$n);
         for i in 0..len$n {
         let base = base$n.add(i * (16));
         let e$n = {
         let bytes$k = @read_bytes(base.add(0));
         let bytes$m = @read_bytes(base.add(8));
         (_rt::string_lift(bytes$k), _rt::string_lift(bytes$m))
         };
         result$n.push(e$n);
         }
         _rt::cabi_dealloc(base$n, len$n * (16), 4);",
        "let result$n = @read_pairs($p, $l);",
    ),
    (
        "$hmatch l$a {
         0 => None,
         1 => {
         let e = {
         let bytes$m = @read_bytes($p.add($o+4));
         _rt::string_lift(bytes$m)
         };
         Some(e)
         }
         _ => _rt::invalid_enum_discriminant(),
         }$t",
        "$h
         @read_option_string($p.add($o))
         $t",
    ),
];

/// The lines with each idiom replaced.
pub(crate) fn replace(lines: Vec<String>) -> Vec<String> {
    IDIOMS.iter().fold(lines, |lines, (from, to)| {
        let pattern = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.trim().replace('@', SHARED)).collect()
        };
        replace_one(lines, &pattern(from), &pattern(to))
    })
}

fn replace_one(lines: Vec<String>, from: &[String], to: &[String]) -> Vec<String> {
    let mut out = Vec::with_capacity(lines.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if let Some(holes) = holes(from, &lines[at..]) {
            out.extend(to.iter().map(|line| fill(line, &holes)).filter(|line| !line.is_empty()));
            at += from.len();
        } else {
            out.push(line.clone());
            at += 1;
        }
    }
    out
}

type Holes = Vec<(char, String)>;

/// What stands in the pattern's holes, if the lines begin with it.
fn holes(pattern: &[String], lines: &[String]) -> Option<Holes> {
    let lines = lines.get(..pattern.len())?;
    let mut holes = Holes::new();
    let mut pairs = pattern.iter().zip(lines);
    pairs.all(|(pattern, line)| fits(pattern, line, &mut holes).is_some()).then_some(holes)
}

fn fits(pattern: &str, mut line: &str, holes: &mut Holes) -> Option<()> {
    let mut pieces = pattern.split('$');
    line = line.strip_prefix(pieces.next()?)?;
    for piece in pieces {
        let (name, more, literal) = hole(piece)?;
        let end = if literal.is_empty() { line.len() } else { line.find(literal)? };
        let (text, rest) = line.split_at(end);
        let text = match more {
            0 => text.to_owned(),
            more => text.parse::<usize>().ok()?.checked_sub(more)?.to_string(),
        };
        match holes.iter().find(|(known, _)| *known == name) {
            Some((_, known)) if *known != text => return None,
            Some(_) => {}
            None => holes.push((name, text)),
        }
        line = &rest[literal.len()..];
    }
    line.is_empty().then_some(())
}

/// The name of a hole, how much more it is than its name says, and the text behind it.
fn hole(piece: &str) -> Option<(char, usize, &str)> {
    let mut rest = piece.chars();
    let name = rest.next()?;
    let Some(behind) = rest.as_str().strip_prefix('+') else {
        return Some((name, 0, rest.as_str()));
    };
    let literal = behind.trim_start_matches(|c: char| c.is_ascii_digit());
    let more = behind[..behind.len() - literal.len()].parse().ok()?;
    Some((name, more, literal))
}

/// A line of what is to stand there, with its holes filled.
fn fill(pattern: &str, holes: &Holes) -> String {
    let mut pieces = pattern.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for (name, _, literal) in pieces.filter_map(hole) {
        let text = holes.iter().find(|(known, _)| *known == name);
        out.extend(text.map(|(_, text)| text.as_str()));
        out.push_str(literal);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn a_string_is_freed_by_a_call() {
        let freed = lines(
            "let l7 = *arg0.add(12).cast::<*mut u8>();
             let l8 = *arg0.add(16).cast::<usize>();
             _rt::cabi_dealloc(l7, l8, 1);
             _ => (),",
        );
        assert_eq!(replace(freed), [&format!("{SHARED}free_bytes(arg0.add(12));"), "_ => (),"]);
    }

    #[test]
    fn what_differs_stays() {
        let other = lines(
            "let l7 = *arg0.add(12).cast::<*mut u8>();
             let l8 = *arg0.add(20).cast::<usize>();
             _rt::cabi_dealloc(l7, l8, 1);",
        );
        assert_eq!(replace(other.clone()), other);
    }
}
