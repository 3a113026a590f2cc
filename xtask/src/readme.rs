//! Does what the READMEs say, and compares what comes of it with what they show.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use wit_component::{DecodedWasm, WitPrinter};

use crate::document::{self, Block, Promise};
use crate::process;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// The pages, in the order in which they are gone through. What is in `examples/deploy` needs a cluster.
const PAGES: [&str; 6] = [
    "README.md",
    "examples/controller/README.md",
    "examples/javascript/README.md",
    "examples/least-privilege/README.md",
    "examples/python/README.md",
    "examples/rust-library/README.md",
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
    let mut steps = Steps::new("readme", blocks.len());
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
            Promise::Nothing => steps.step(&what, "not run", || Ok(()))?,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_page_says_what_its_code_blocks_are() {
        for page in PAGES {
            let text = std::fs::read_to_string(Workspace::new().root().join(page)).unwrap();
            let blocks = document::blocks(&text).unwrap();
            assert!(blocks.iter().any(|it| it.promise == Promise::Commands), "{page}");
        }
    }

    #[test]
    fn the_page_of_each_example_is_gone_through() {
        let examples = Workspace::new().root().join("examples");
        for entry in std::fs::read_dir(examples).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name != "deploy" && entry.path().join("README.md").exists() {
                let page = format!("examples/{name}/README.md");
                assert!(PAGES.contains(&page.as_str()), "{page}");
            }
        }
    }
}
