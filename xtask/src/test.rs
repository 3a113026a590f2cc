//! `cargo xtask test`: the components, and every test.

use std::process::Command;

use anyhow::{Result, bail};

use crate::arguments::Choice;
use crate::browser::{self, Browser};
use crate::commands::{components, in_other_languages, with_kube, with_std};
use crate::component::Transport;
use crate::control_plane::ControlPlane;
use crate::examples;
use crate::hosts::{self, Hosts};
use crate::javascript;
use crate::kube;
use crate::languages::Languages;
use crate::native::{self, HARNESS};
use crate::openssl::{self, OpenSsl};
use crate::process;
use crate::python;
use crate::steps::Steps;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::Workspace;

/// Builds the components and runs every test, also after one has failed.
pub(crate) fn test(workspace: &Workspace, choice: Choice) -> Result<()> {
    let mut steps = Steps::new("test", 9);
    let control_plane = ControlPlane::find()?;
    let hosts = Hosts::find()?;
    let openssl = OpenSsl::find()?;
    let browser = Browser::find()?;
    let languages = Languages::find(&hosts)?;
    let examples = examples::list(workspace)?;
    let needs = [
        Need { found: hosts.has_node(), tests: hosts::NODE_TESTS, programs: &["hosts"] },
        Need {
            found: browser.is_found() && hosts.has_node(),
            tests: browser::TESTS,
            programs: &["hosts"],
        },
        Need { found: languages.node, tests: javascript::TESTS, programs: &["hosts"] },
        Need { found: languages.python.is_found(), tests: python::TESTS, programs: &["hosts"] },
        Need {
            found: openssl.is_found(),
            tests: openssl::TESTS,
            programs: &["component", "component_tls"],
        },
    ];
    let tests = native::start(workspace, &["test", "--no-run"])?;
    let toolchain = components(&mut steps, workspace, choice, &examples, &Transport::ALL)?;
    in_other_languages(&mut steps, workspace, &languages, None)?;
    with_kube(&mut steps, workspace, &toolchain)?;
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
            let mut run = |cargo: &mut Command| {
                let (printed, outcome) = process::run_and_read(cargo)?;
                counts.add(&printed);
                if outcome.is_err() {
                    failed.push(process::line(cargo));
                }
                anyhow::Ok(())
            };
            if toolchain.has_tests() {
                run(&mut vectors(workspace, &toolchain, &hosts))?;
            }
            let mut packages = native::packages(workspace, &examples)?;
            packages.extend(examples::with_tests(workspace, &examples)?);
            for package in packages {
                let runs = match package == HARNESS {
                    true => runs(control_plane.is_found(), &needs),
                    false => vec![vec![]],
                };
                for arguments in runs {
                    let mut cargo = native::cargo(workspace, &["test", "--no-fail-fast"], &package);
                    run(cargo.args(arguments))?;
                }
            }
            run(kube::library(workspace, "test").arg("--no-fail-fast"))?;
            if !failed.is_empty() {
                println!("tests: {}", counts.line());
                bail!("tests failed, and are named above: `{}`", failed.join("`, `"));
            }
            Ok(counts)
        },
    )?;
    eprintln!("{}", steps.summary());
    println!("tests: {}", counts.line());
    let vectors = (!toolchain.has_tests()).then(|| WITHOUT_VECTORS.to_owned());
    let skipped =
        [control_plane.skipped(), hosts.skipped(), openssl.skipped(), browser.skipped(), vectors];
    for line in skipped.into_iter().flatten().chain(languages.skipped()) {
        println!("{line}");
    }
    Ok(())
}

const WITHOUT_VECTORS: &str = "tests skipped: of the ciphers in WebAssembly: the toolchain that is made from Debian's \
    packages builds no tests; add the targets by rustup";

/// The tests of the ciphers for WebAssembly, where their code is another, under wasmtime. Of the other packages none is
/// built for it with its tests: these stand on ring, which takes a C compiler for WebAssembly.
fn vectors(workspace: &Workspace, toolchain: &Toolchain, hosts: &Hosts) -> Command {
    let target = Target::Wasip2.triple();
    let mut runner = hosts.wasmtime(workspace).into_os_string();
    runner.push(" run");
    let mut cargo = toolchain.cargo(workspace);
    cargo
        .args(["test", "--no-fail-fast", "--package", "k8s-in-cluster-aead", "--tests"])
        .args(["--target", target])
        .env(format!("CARGO_TARGET_{}_RUNNER", target.replace('-', "_").to_uppercase()), runner);
    cargo
}

/// Something that may not be there, and what needs it.
struct Need {
    found: bool,
    /// The module of the tests that need it, as the test programs know it.
    tests: &'static str,
    /// The test programs that have it.
    programs: &'static [&'static str],
}

/// The arguments of `cargo test` for the harness, once for each run of it. Tests that need what may not be there are
/// ignored unless asked for: those with a real API server may need more, and the others are asked for by themselves.
fn runs(control_plane: bool, needs: &[Need]) -> Vec<Vec<&'static str>> {
    if control_plane {
        let mut all = vec!["--", "--include-ignored"];
        for need in needs.iter().filter(|need| !need.found) {
            all.extend(["--skip", need.tests]);
        }
        return vec![all];
    }
    let asked_for = needs.iter().filter(|need| need.found).map(|need| {
        let programs = need.programs.iter().flat_map(|program| ["--test", program]);
        let tests = ["--", "--ignored", need.tests, "--skip", hosts::REAL_TESTS];
        programs.chain(tests).collect()
    });
    std::iter::once(Vec::new()).chain(asked_for).collect()
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
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_ciphers_are_tested_under_the_wasmtime_of_the_tests() {
        let workspace = Workspace::new();
        let hosts = Hosts::find().unwrap();
        let cargo = vectors(&workspace, &Toolchain::Active, &hosts);
        let runner = format!("{} run", hosts.wasmtime(&workspace).display());
        let set = cargo.get_envs().find(|(name, _)| *name == "CARGO_TARGET_WASM32_WASIP2_RUNNER");
        assert_eq!(set.unwrap().1.unwrap(), runner.as_str());
    }

    #[test]
    fn tests_that_lack_what_they_need_are_not_run() {
        let needs = |found| {
            let node = Need { found, tests: "node::", programs: &["hosts"] };
            [node, Need { found, tests: "openssl::", programs: &["one", "two"] }]
        };
        assert_eq!(runs(true, &needs(true)), [["--", "--include-ignored"]]);
        let skipping = runs(true, &needs(false));
        assert_eq!(skipping.len(), 1);
        assert!(skipping[0].ends_with(&["--skip", "node::", "--skip", "openssl::"]));
        assert_eq!(runs(false, &needs(false)), [[""; 0]]);
        let each: Vec<_> = runs(false, &needs(true)).iter().map(|all| all.join(" ")).collect();
        let ignored = |tests| format!("-- --ignored {tests} --skip on_a_real_api_server");
        let node = format!("--test hosts {}", ignored("node::"));
        let openssl = format!("--test one --test two {}", ignored("openssl::"));
        assert_eq!(each, [String::new(), node, openssl]);
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
