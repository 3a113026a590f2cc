//! Does what the READMEs say, and compares what comes of it with what they show.

mod dependencies;
mod inline;

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use wit_component::{DecodedWasm, WitPrinter};

use inline::Programs;

use crate::document::{self, Block, Promise};
use crate::hosts::Hosts;
use crate::process;
use crate::steps::Steps;
use crate::workspace::{Workspace, without_package};

/// The pages with anything to run or compare, in the order in which they are gone through.
const PAGES: [&str; 14] = [
    "README.md",
    "docs/guide.md",
    "docs/harness.md",
    "docs/hosts.md",
    "docs/interfaces.md",
    "examples/controller/README.md",
    "examples/javascript/README.md",
    "examples/kube-client/README.md",
    "examples/kube-types/README.md",
    "examples/least-privilege/README.md",
    "examples/python/README.md",
    "examples/rust-library/README.md",
    "examples/web-page/README.md",
    "kube/README.md",
];
const CI: &str = ".ci/run";

/// Too long to be run from here, and so looked for in what CI runs.
const RUN_BY_CI: [&str; 2] = ["cargo xtask test", "cargo xtask bench"];

/// Runs the commands of the pages in order, and checks every code block.
pub(crate) fn readme(workspace: &Workspace) -> Result<()> {
    let read = |path: &str| {
        std::fs::read_to_string(workspace.root().join(path))
            .with_context(|| format!("cannot read {path}"))
    };
    let ci = read(CI)?;
    let mut blocks = Vec::new();
    for page in PAGES {
        let found = document::blocks(&read(page)?).context(page)?;
        blocks.extend(found.into_iter().map(|block| (page, block)));
    }
    let mut steps = Steps::new("readme", blocks.len() + 1);
    let wasmtime = Hosts::find()?.wasmtime(workspace);
    steps.step("text and tables", "the commands in them, with wasmtime's own help", || {
        let programs = Programs::new(workspace)?.asking(&wasmtime)?;
        for page in workspace.pages()? {
            for span in inline::spans(&read(&page)?) {
                programs.check(&span).with_context(|| format!("{page}: `{span}`"))?;
            }
        }
        Ok(())
    })?;
    let mut output = String::new();
    for (page, Block { line, promise, content }) in &blocks {
        let what = format!("{page}:{line}");
        match promise {
            Promise::Commands => steps.step(&what, content.trim_end(), || {
                output.clear();
                for command in content.lines() {
                    if RUN_BY_CI.contains(&command) {
                        check(ci.lines().any(|line| line == command), &what, "is not in .ci/run")?;
                    } else {
                        output += &run(workspace, command)?;
                    }
                }
                Ok(())
            })?,
            Promise::Output => steps.step(&what, "what that prints", || {
                check(document::matches(content, &output), &what, "is not what is printed")
            })?,
            Promise::File(path) => steps.step(&what, path, || {
                check(*content == read(path)?, &what, "is not what the file holds")
            })?,
            Promise::PartOf(path) => steps.step(&what, path, || {
                check(document::matches(content, &read(path)?), &what, "is not in the file")
            })?,
            Promise::Wit(path) => steps.step(&what, path, || {
                let component = std::fs::read(workspace.root().join(path))
                    .with_context(|| format!("cannot read {path}"))?;
                check(wit(&component)?.starts_with(content), &what, "is not the component's WIT")
            })?,
            Promise::Dependencies(path) => steps.step(&what, path, || {
                dependencies::check(content, &read(path)?).context(what.clone())
            })?,
            // By `cargo xtask test`, and there has to be such a test.
            Promise::RunBy(_) | Promise::Nothing(_) => {
                let test = promise.test().unwrap_or("by no test");
                steps.step(&what, test, || {
                    check(workspace.root().join(test).exists(), &what, "names no test")
                })?;
            }
        }
    }
    eprintln!("{}", steps.summary());
    Ok(())
}

fn check(holds: bool, what: &str, wrong: &str) -> Result<()> {
    if !holds {
        bail!("the code block at {what} {wrong}");
    }
    Ok(())
}

/// Runs a line as a user's shell would, and returns what it printed.
fn run(workspace: &Workspace, line: &str) -> Result<String> {
    let mut shell = Command::new("bash");
    shell.current_dir(workspace.root()).args(["-euo", "pipefail", "-c", line]);
    without_package(&mut shell);
    let (printed, outcome) = process::run_and_read(&mut shell)?;
    outcome?;
    Ok(printed)
}

/// What `wasm-tools component wit` prints of a component.
fn wit(component: &[u8]) -> Result<String> {
    let DecodedWasm::Component(resolve, world) = wit_component::decode(component)? else {
        bail!("a WIT package is no component");
    };
    let package = resolve.worlds[world].package.context("the component has no world")?;
    let mut printer = WitPrinter::default();
    printer.print(&resolve, package, &[])?;
    Ok(printer.output.to_string())
}

/// The blocks of a page that are marked as a test's own.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn marked(page: &str, test: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Workspace::new().root().join(page)).unwrap();
    let blocks = document::blocks(&text).unwrap().into_iter();
    blocks.filter(|it| it.promise.test() == Some(test)).map(|it| it.content).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::workspace::contents;

    /// Lines that a screen shows.
    const SCREEN: usize = 60;
    const TROUBLESHOOTING: &str = "docs/troubleshooting.md";

    /// The pages of the repository, with what their code blocks promise.
    fn pages() -> Vec<(String, Vec<Block>)> {
        let workspace = Workspace::new();
        let mut pages = Vec::new();
        for path in workspace.pages().unwrap() {
            let text = std::fs::read_to_string(workspace.root().join(&path)).unwrap();
            let blocks = document::blocks(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
            pages.push((path, blocks));
        }
        pages
    }

    #[test]
    fn each_page_with_anything_to_check_is_gone_through() {
        let pages = pages();
        for page in PAGES {
            assert!(pages.iter().any(|(path, _)| path == page), "{page}");
        }
        for (path, blocks) in &pages {
            let checked = blocks.iter().any(|it| it.promise.test().is_none());
            assert_eq!(PAGES.contains(&path.as_str()), checked, "{path}");
        }
    }

    /// A mark is not believed: the test that it names has the page's name in it, by which it takes the block from there.
    #[test]
    fn what_is_not_run_here_is_taken_from_the_page_by_a_test() {
        let workspace = Workspace::new();
        for (path, blocks) in pages() {
            for block in blocks {
                if !matches!(block.promise, Promise::RunBy(_) | Promise::Nothing(_)) {
                    continue;
                }
                let here = format!("{path}:{}", block.line);
                let test = block.promise.test().unwrap_or_else(|| panic!("{here} names no test"));
                let text = std::fs::read_to_string(workspace.root().join(test));
                let text = text.unwrap_or_else(|error| panic!("{here}: {test}: {error}"));
                let reads = text.contains("#[test]") || text.contains("#[tokio::test]");
                assert!(reads && text.contains(&format!("\"{path}\"")), "{here}: not in {test}");
            }
        }
    }

    /// What is shown of a file is of one that is built and run: those of an example that a test has, or of `kube/`.
    #[test]
    fn what_is_shown_is_part_of_what_tests_run() {
        let tested = Workspace::new().root().join("host-test/tests/examples.rs");
        let tested = std::fs::read_to_string(tested).unwrap();
        let mut seen = 0;
        for (path, blocks) in pages() {
            for block in blocks {
                let (Promise::File(file) | Promise::PartOf(file) | Promise::Dependencies(file)) =
                    &block.promise
                else {
                    continue;
                };
                let mut folders = file.split('/');
                let known = match (folders.next(), folders.next()) {
                    (Some("examples"), Some("deploy")) | (Some("kube"), _) => true,
                    (Some("examples"), Some(name)) => tested.contains(&format!("(\"{name}\", ")),
                    _ => false,
                };
                assert!(known, "{path}:{}: no test runs {file}", block.line);
                seen += 1;
            }
        }
        assert!(seen > 10, "{seen}");
    }

    #[test]
    fn an_example_takes_a_screen_to_read() {
        for (path, _) in pages() {
            if !path.starts_with("examples/") {
                continue;
            }
            let text = std::fs::read_to_string(Workspace::new().root().join(&path)).unwrap();
            let hidden = |line: &&str| line.starts_with("<!--") || line.starts_with("```");
            let shown = text.lines().filter(|line| !hidden(line));
            assert!(shown.count() <= SCREEN, "{path} has more than {SCREEN} lines");
        }
    }

    #[test]
    fn what_is_not_run_names_what_there_is() {
        let workspace = Workspace::new();
        for (path, blocks) in pages() {
            for block in blocks {
                for word in block.content.split_whitespace() {
                    let named = word.starts_with("examples/") && word.contains('.');
                    // What the commands before it put there.
                    let made = word.ends_with(".wasm");
                    let there = workspace.root().join(word).exists();
                    assert!(!named || made || there, "{path}:{}: {word}", block.line);
                    if let Some(file) = word.strip_prefix("target/component/") {
                        // Composed of what is elsewhere.
                        let elsewhere =
                            |it: &str| it.starts_with("cargo xtask compose") && it.ends_with(file);
                        if block.content.lines().any(elsewhere) {
                            continue;
                        }
                        let name = file.trim_end_matches(".wasm").trim_end_matches("-tls");
                        let name = name.trim_end_matches(".alone");
                        let example = workspace.root().join("examples").join(name).exists();
                        assert!(example || name == "k8s-in-cluster", "{path}: {word}");
                    }
                }
            }
        }
    }

    #[test]
    fn wasmtime_is_called_as_the_tests_call_it() {
        let hosts = Workspace::new().root().join("host-test/tests/hosts");
        let tests = contents(&[&hosts]).unwrap();
        let tests = String::from_utf8_lossy(&tests);
        let mut seen = 0;
        for (path, blocks) in pages() {
            for line in blocks.iter().flat_map(|block| block.content.lines()) {
                let Some(call) = line.strip_prefix("wasmtime ") else { continue };
                let (_, options) = call.split_once(' ').unwrap();
                let options = options.split(" --").next().unwrap();
                let options = options.trim_end_matches([' ', '\\']);
                assert!(tests.contains(options), "{path}: {options}");
                seen += 1;
            }
        }
        assert!(seen > 3);
    }

    #[test]
    fn the_texts_of_errors_are_those_of_the_source() {
        let workspace = Workspace::new();
        let page = std::fs::read_to_string(workspace.root().join(TROUBLESHOOTING)).unwrap();
        let source = contents(&[&workspace.root().join("src")]).unwrap();
        let source = String::from_utf8_lossy(&source);
        // As the compiler reads a literal that goes on in the next line.
        let lines: Vec<_> = source.split("\\\n").collect();
        let source = lines.iter().map(|line| line.trim_start()).collect::<String>();
        let texts: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `")).collect();
        assert!(texts.len() > 20, "{texts:?}");
        let wit = std::fs::read_to_string(workspace.root().join("wit/types.wit")).unwrap();
        for cases in ["variant error {", "enum connection-failure {"] {
            let (_, cases) = wit.split_once(cases).unwrap();
            let cases = cases.split('}').next().unwrap().lines().map(str::trim);
            for case in cases.filter(|line| !line.is_empty() && !line.starts_with("//")) {
                let case = case.split(['(', ',']).next().unwrap();
                assert!(page.contains(&format!("`{case}`")), "{case}");
            }
        }
        for text in texts {
            let text = text.split("` |").next().unwrap();
            for part in text.split('…').map(str::trim).filter(|part| !part.is_empty()) {
                assert!(source.contains(part), "{part:?} of {text:?}");
            }
        }
    }
}
