//! The code blocks of a Markdown page, and what each promises.

use anyhow::{Result, bail};

/// A fenced code block.
#[derive(Debug, PartialEq)]
pub(crate) struct Block {
    /// Its first line's number in the page, from 1.
    pub(crate) line: usize,
    pub(crate) promise: Promise,
    /// What stands between the fences, each line with its line break.
    pub(crate) content: String,
}

/// What a reader is told of a block, by its language or the comment above it.
#[derive(Debug, PartialEq)]
pub(crate) enum Promise {
    /// `sh`: each line is a command that succeeds.
    Commands,
    /// `<!-- output -->`: the command before prints this, `…` standing for anything.
    Output,
    /// `<!-- file: PATH -->`: this is the content of a file.
    File(String),
    /// `<!-- part of: PATH -->`: these lines stand in a file, one after the other.
    PartOf(String),
    /// `<!-- wit: PATH -->`: this is how the WIT of a component begins.
    Wit(String),
    /// `<!-- dependencies of: PATH -->`: a manifest has these, by their paths.
    Dependencies(String),
    /// `<!-- run by: PATH -->`: this test takes it from the page and runs it.
    RunBy(String),
    /// `<!-- not run: WHY; PATH … -->`: nothing. Why not, and the test that takes it from the page and runs
    /// what can be run of it.
    Nothing(String),
}

impl Promise {
    /// The test that takes the block from the page: what the mark names, or of a reason the first path in it.
    pub(crate) fn test(&self) -> Option<&str> {
        match self {
            Self::RunBy(path) => Some(path),
            Self::Nothing(why) => {
                let (_, after) = why.split_once("; ")?;
                after.split([' ', ',', ';']).find(|word| word.ends_with(".rs"))
            }
            _ => None,
        }
    }
}

/// Finds the blocks of a page.
///
/// A block that promises nothing has to say why: none goes unchecked by mistake.
pub(crate) fn blocks(page: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut comment = None;
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if overlooked(line) {
                bail!("line {}: a code block begins with ``` at the start of a line", index + 1);
            }
            if !line.trim().is_empty() {
                comment = line.strip_prefix("<!-- ").and_then(|text| text.strip_suffix(" -->"));
            }
            continue;
        };
        let content: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        let Some(promise) = promise(language, comment.take()) else {
            bail!(
                "line {}: say what the code block is: `sh`, or a comment above it: `output`, \
                 `file: PATH`, `part of: PATH`, `wit: PATH`, `dependencies of: PATH`, `run by: PATH`, \
                 or `not run: WHY; PATH …`",
                index + 1
            );
        };
        blocks.push(Block { line: index + 2, promise, content });
    }
    Ok(blocks)
}

/// Whether a line begins a code block in one of Markdown's other ways, which nothing would check.
fn overlooked(line: &str) -> bool {
    let text = line.trim_start_matches([' ', '\t', '>']);
    ["```", "~~~", "<pre"].iter().any(|fence| text.starts_with(fence))
        || line.starts_with('\t')
        || line.starts_with("    ")
}

fn promise(language: &str, comment: Option<&str>) -> Option<Promise> {
    match comment.map(|text| text.split_once(": ").unwrap_or((text, ""))) {
        Some(("output", "")) => Some(Promise::Output),
        Some(("file", path)) => Some(Promise::File(path.to_owned())),
        Some(("part of", path)) => Some(Promise::PartOf(path.to_owned())),
        Some(("wit", path)) => Some(Promise::Wit(path.to_owned())),
        Some(("dependencies of", path)) => Some(Promise::Dependencies(path.to_owned())),
        Some(("run by", path)) => Some(Promise::RunBy(path.to_owned())),
        Some(("not run", why)) if !why.is_empty() => Some(Promise::Nothing(why.to_owned())),
        _ => (language == "sh").then_some(Promise::Commands),
    }
}

/// Whether the lines of `expected` stand in `output` one after the other. `…` in a
/// line stands for any text, a line of nothing else for any lines.
pub(crate) fn matches(expected: &str, output: &str) -> bool {
    let expected: Vec<&str> = expected.lines().collect();
    let output: Vec<&str> = output.lines().collect();
    (0..=output.len()).any(|start| lines_match(&expected, &output[start..]))
}

fn lines_match(expected: &[&str], output: &[&str]) -> bool {
    match (expected, output) {
        ([], _) => true,
        (["…", rest @ ..], _) => {
            (0..=output.len()).any(|skip| lines_match(rest, &output[skip..]))
        }
        ([first, rest @ ..], [line, others @ ..]) => {
            line_matches(first, line) && lines_match(rest, others)
        }
        _ => false,
    }
}

fn line_matches(expected: &str, line: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = if part.is_empty() { "" } else { &rest[found + part.len()..] };
        open = part.is_empty();
    }
    open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn blocks_are_found_with_what_they_promise() {
        let page = "text\n```sh\na\nb\n```\n\n<!-- output -->\n```text\nc\n```\n\
                    <!-- file: a/b.rs -->\n\n```rust\nd\n```\n<!-- part of: c.py -->\n```python\nf\n```\n<!-- not run: needs a cluster -->\n```\ne\n```\n\
                    <!-- dependencies of: d/Cargo.toml -->\n```toml\ng\n```\n<!-- run by: t.rs -->\n```sh\nh\n```\n";
        let found = blocks(page).unwrap();
        let promises: Vec<_> = found.iter().map(|block| &block.promise).collect();
        assert_eq!(
            promises,
            [
                &Promise::Commands,
                &Promise::Output,
                &Promise::File("a/b.rs".into()),
                &Promise::PartOf("c.py".into()),
                &Promise::Nothing("needs a cluster".into()),
                &Promise::Dependencies("d/Cargo.toml".into()),
                &Promise::RunBy("t.rs".into()),
            ]
        );
        assert_eq!((found[0].line, found[0].content.as_str()), (3, "a\nb\n"));
    }

    #[test]
    fn a_block_that_promises_nothing_says_why() {
        for page in ["```\nx\n```\n", "```rust\nx\n```\n", "<!-- not run -->\n```text\nx\n```\n"] {
            assert!(blocks(page).is_err(), "{page}");
        }
        for page in
            ["~~~\nx\n~~~\n", "- a\n  ```sh\n  b\n  ```\n", "a\n\n    b\n", "<pre>x</pre>\n"]
        {
            assert!(blocks(page).is_err(), "{page}");
        }
        // A comment counts for the block that follows at once, and for no other.
        assert!(blocks("<!-- output -->\ntext\n```text\nx\n```\n").is_err());
    }

    #[test]
    fn a_block_that_is_not_run_here_names_the_test_that_takes_it() {
        let nothing = |why: &str| Promise::Nothing(why.into());
        assert_eq!(Promise::RunBy("a.rs".into()).test(), Some("a.rs"));
        assert_eq!(nothing("needs b.rs; tests/c.rs has stand-ins").test(), Some("tests/c.rs"));
        assert_eq!(nothing("needs a cluster").test(), None);
        assert_eq!(nothing("needs a cluster; tests/folder does the same").test(), None);
        assert_eq!(Promise::Commands.test(), None);
    }

    #[test]
    fn outputs_match_with_gaps() {
        let output = "first\nat https://127.0.0.1:4711/api\n{\n  1,\n  2\n}\n";
        for expected in [
            "first\n",
            "at https://127.0.0.1:…\n",
            "at https://…/api\n{\n",
            "first\n…\n}\n",
            "first\n…\n  2\n",
            "…\n",
        ] {
            assert!(matches(expected, output), "{expected}");
        }
        for expected in [
            "second\n",
            "at https://127.0.0.1:\n",
            "at https://…/apis\n",
            "first\n{\n",
            "irst\n",
            "}\nfirst\n",
        ] {
            assert!(!matches(expected, output), "{expected}");
        }
    }
}
