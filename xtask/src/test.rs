//! `cargo xtask test`: the components, and every test.

use anyhow::{Result, bail};

use crate::arguments::Choice;
use crate::commands::{components, with_std};
use crate::component::Transport;
use crate::control_plane::ControlPlane;
use crate::examples;
use crate::hosts::{self, Hosts};
use crate::native::{self, HARNESS};
use crate::openssl::{self, OpenSsl};
use crate::process;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Builds the components and runs every test, also after one has failed.
pub(crate) fn test(workspace: &Workspace, choice: Choice) -> Result<()> {
    let mut steps = Steps::new("test", 7);
    let control_plane = ControlPlane::find()?;
    let hosts = Hosts::find()?;
    let openssl = OpenSsl::find()?;
    let examples = examples::list(workspace)?;
    let tests = native::start(workspace, &["test", "--no-run"])?;
    let toolchain = components(&mut steps, workspace, choice, &examples, &Transport::ALL)?;
    with_std(&mut steps, workspace, &toolchain)?;
    steps.step("API server", &control_plane.about(), || control_plane.build(workspace))?;
    steps.step("Hosts", &hosts.about(), || hosts.install(workspace))?;
    let counts = steps.step(
        "Tests",
        "cargo test, compiling since the first step (about 3 min in all the first time)",
        || {
            tests.finish()?;
            let mut counts = Counts::default();
            let mut failed = Vec::new();
            let mut packages = native::packages(workspace, &examples)?;
            packages.extend(examples::with_tests(workspace, &examples)?);
            for package in packages {
                let runs = match package == HARNESS {
                    true => runs(control_plane.is_found(), hosts.has_node(), openssl.is_found()),
                    false => vec![vec![]],
                };
                for arguments in runs {
                    let mut cargo = native::cargo(workspace, &["test", "--no-fail-fast"], &package);
                    cargo.args(arguments);
                    let (printed, outcome) = process::run_and_read(&mut cargo)?;
                    counts.add(&printed);
                    if outcome.is_err() {
                        failed.push(process::line(&cargo));
                    }
                }
            }
            if !failed.is_empty() {
                println!("tests: {}", counts.line());
                bail!("tests failed, and are named above: `{}`", failed.join("`, `"));
            }
            Ok(counts)
        },
    )?;
    eprintln!("{}", steps.summary());
    println!("tests: {}", counts.line());
    for line in [control_plane.skipped(), hosts.skipped(), openssl.skipped()].into_iter().flatten()
    {
        println!("{line}");
    }
    Ok(())
}

/// The arguments of `cargo test` for the harness, once for each run of it. Tests that need what may not be there are
/// ignored unless asked for: those with a real API server may need more, and the others are asked for by themselves.
fn runs(control_plane: bool, node: bool, openssl: bool) -> Vec<Vec<&'static str>> {
    if control_plane {
        let mut all = vec!["--", "--include-ignored"];
        for (found, tests) in [(node, hosts::NODE_TESTS), (openssl, openssl::TESTS)] {
            if !found {
                all.extend(["--skip", tests]);
            }
        }
        return vec![all];
    }
    let mut runs = vec![vec![]];
    if node {
        runs.push(vec!["--test", "hosts", "--", "--ignored", "--skip", hosts::REAL_TESTS]);
    }
    if openssl {
        let component = ["--test", "component", "--test", "component_tls"];
        runs.push([&component[..], &["--", "--ignored", openssl::TESTS]].concat());
    }
    runs
}

/// How many tests there were, added up over cargo's test programs.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counts {
    /// Adds what lines say such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, printed: &str) {
        for line in printed.lines() {
            let Some(result) = line.strip_prefix("test result: ") else {
                continue;
            };
            let words: Vec<_> = result.split_whitespace().collect();
            for pair in words.windows(2) {
                let Ok(number) = pair[0].parse::<u64>() else {
                    continue;
                };
                match pair[1] {
                    "passed;" => self.passed += number,
                    "failed;" => self.failed += number,
                    "ignored;" => self.ignored += number,
                    _ => {}
                }
            }
        }
    }

    fn line(&self) -> String {
        let Self { passed, failed, ignored } = self;
        match ignored {
            0 => format!("{passed} passed, {failed} failed"),
            _ => format!("{passed} passed, {failed} failed, {ignored} skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_lack_what_they_need_are_not_run() {
        assert_eq!(runs(true, true, true), [["--", "--include-ignored"]]);
        let skipping = runs(true, false, false);
        assert_eq!(skipping.len(), 1);
        assert!(skipping[0].ends_with(&["--skip", "node::", "--skip", "openssl::"]));
        assert_eq!(runs(false, false, false), [[""; 0]]);
        let each = runs(false, true, true);
        assert!(each.len() == 3 && each[0].is_empty());
        assert!(each[1].ends_with(&["--ignored", "--skip", "on_a_real_api_server"]));
        assert!(each[2].ends_with(&["component_tls", "--", "--ignored", "openssl::"]));
    }

    #[test]
    fn counts_are_added_up_over_the_test_programs() {
        let printed = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s
a line of a test's own: test result: 9 passed;
test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out
";
        let mut counts = Counts::default();
        assert_eq!(counts.line(), "0 passed, 0 failed");
        counts.add(printed);
        assert_eq!(counts.line(), "7 passed, 2 failed, 1 skipped");
        counts.add("test result: ok. 1 passed; 0 failed; 0 ignored;");
        assert_eq!(counts.line(), "8 passed, 2 failed, 1 skipped");
    }
}
