//! The code blocks of the repository's pages, for the tests that take them from there and run them.

use std::io;
use std::path::Path;

/// The blocks of a page that are marked as a test's own: the comment above them names its file.
///
/// # Errors
///
/// When the page can't be read, or has no such block.
pub fn blocks(page: &str, test: &str) -> io::Result<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let found = marked(&std::fs::read_to_string(path)?, test);
    match found.is_empty() {
        true => Err(io::Error::other(format!("{page} has no block that is marked with {test}"))),
        false => Ok(found),
    }
}

fn marked(page: &str, test: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        let mark = line.strip_prefix("<!-- ").and_then(|it| it.strip_suffix(" -->"));
        let named = mark.is_some_and(|it| it.split([' ', ',', ';']).any(|word| word == test));
        if named && lines.next_if(|it| it.starts_with("```")).is_some() {
            let content = lines.by_ref().take_while(|it| *it != "```");
            found.push(content.map(|it| format!("{it}\n")).collect());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn blocks_are_found_by_the_test_that_their_mark_names() {
        let page = "```sh\na\n```\n<!-- run by: tests/a.rs -->\n```sh\nb \\\n  c\n\nd\n```\n\
                    <!-- not run: needs x; tests/b.rs has it -->\n```js\ne\n```\n<!-- run by: tests/a.rs -->\ntext\n";
        assert_eq!(marked(page, "tests/a.rs"), ["b \\\n  c\n\nd\n"]);
        assert_eq!(marked(page, "tests/b.rs"), ["e\n"]);
        assert_eq!(marked(page, "tests/c.rs"), [""; 0]);
    }
}
