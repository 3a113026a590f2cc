//! Offsets as numbers: wit-bindgen writes them for pointers of any width, and a component's
//! have four bytes.

/// What each offset is written with, as in `8+2*::core::mem::size_of::<*const u8>()`.
const POINTER: &str = "::core::mem::size_of::<*const u8>()";

/// The source with each such sum worked out.
pub(crate) fn fold(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut pieces = source.split(POINTER);
    out.extend(pieces.next());
    for behind in pieces {
        let pointers = take(&mut out, '*').unwrap_or(1);
        let bytes = take(&mut out, '+').unwrap_or(0);
        out.push_str(&(bytes + 4 * pointers).to_string());
        out.push_str(behind);
    }
    out
}

/// Takes a number and the operator behind it off the end.
fn take(out: &mut String, operator: char) -> Option<usize> {
    let before = out.strip_suffix(operator)?;
    let start = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let number = before[start..].parse().ok()?;
    out.truncate(start);
    Some(number)
}

/// Lines with the offsets from a pointer counted from the least of them, which is returned too,
/// and the pointer called `at`.
pub(crate) fn relative(lines: &[String], pointer: &str) -> (Vec<String>, usize) {
    let access = format!("{pointer}.add(");
    let offset = |behind: &str| behind.split_once(')')?.0.parse::<usize>().ok();
    // In a loop over a list `base` is where an element of that is.
    let mut inner = 0;
    let is_outer = |line: &String| {
        if line.starts_with("for ") || inner > 0 {
            inner += line.matches('{').count();
            inner -= line.matches('}').count();
        }
        pointer != "base" || inner == 0
    };
    let outer: Vec<bool> = lines.iter().map(is_outer).collect();
    let accesses = lines.iter().zip(&outer).filter(|(_, outer)| **outer);
    let offsets = accesses.flat_map(|(line, _)| line.split(&access).skip(1).filter_map(offset));
    let least = offsets.min().unwrap_or(0);
    let count_on = |(line, outer): (&String, &bool)| {
        let mut pieces = line.split(&access);
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for behind in pieces {
            match offset(behind).filter(|_| *outer) {
                Some(offset) => {
                    out.push_str(&format!("at.add({}", offset - least));
                    out.push_str(behind.trim_start_matches(|c: char| c.is_ascii_digit()));
                }
                None => out.extend([&access, behind]),
            }
        }
        out
    };
    (lines.iter().zip(&outer).map(count_on).collect(), least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_four_bytes() {
        let size = POINTER;
        let source = format!("*p.add(8+3*{size}) = i * (2*{size}), {size}; q.add(1+1*{size})");
        assert_eq!(fold(&source), "*p.add(20) = i * (8), 4; q.add(5)");
    }

    #[test]
    fn the_least_offset_becomes_none() {
        let lines = ["*p.add(12) = 1;", "store(e, p.add(20)); base.add(4)"].map(str::to_owned);
        let (lines, least) = relative(&lines, "p");
        assert_eq!(lines, ["*at.add(0) = 1;", "store(e, at.add(8)); base.add(4)"]);
        assert_eq!(least, 12);
    }

    #[test]
    fn the_elements_of_an_inner_list_have_their_own_offsets() {
        let lines = ["*base.add(8)", "for i in 0..3 {", "*base.add(4)", "}", "*base.add(12)"];
        let (lines, least) = relative(&lines.map(str::to_owned), "base");
        assert_eq!(lines, ["*at.add(0)", "for i in 0..3 {", "*base.add(4)", "}", "*at.add(4)"]);
        assert_eq!(least, 8);
    }
}
