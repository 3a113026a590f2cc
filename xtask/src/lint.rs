//! The checks that run nothing: form, lints, documentation, dependencies.

use std::process::Command;

use anyhow::Result;

use crate::arguments::Choice;
use crate::component::{self, Transport};
use crate::deny;
use crate::examples::{self, Example};
use crate::hosts::Hosts;
use crate::kube;
use crate::languages::Languages;
use crate::native;
use crate::peers;
use crate::process;
use crate::python;
use crate::steps::Steps;
use crate::toolchain::{Target, Toolchain};
use crate::workflows;
use crate::workspace::Workspace;

/// Runs them all, the quick ones first.
pub(crate) fn lint(workspace: &Workspace, choice: Choice) -> Result<()> {
    let examples = examples::list(workspace)?;
    let packages = native::packages(workspace, &examples)?;
    let mut steps = Steps::new("lint", 9);
    steps.step("Format", "cargo fmt --all --check", || {
        process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
        // The example with kube needs it to be read at all.
        kube::change_runtime(workspace)?;
        for manifest in [peers::MANIFEST, kube::LIBRARY, kube::EXAMPLE] {
            let mut outside = workspace.cargo();
            process::run(outside.args(["fmt", "--check", "--manifest-path", manifest]))?;
        }
        Ok(())
    })?;
    steps.step("Clippy", "everything native (about 4 min the first time)", || {
        let tested = examples::with_tests(workspace, &examples)?;
        for package in packages.iter().chain(&tested) {
            let mut cargo = native::cargo(workspace, &["clippy", "--all-targets"], package);
            process::run(deny_warnings(&mut cargo))?;
        }
        process::run(deny_warnings(peers::cargo(workspace, "clippy").arg("--all-targets")))?;
        process::run(deny_warnings(kube::library(workspace, "clippy").arg("--all-targets")))
    })?;
    let languages = Languages::find(&Hosts::find()?)?;
    steps.step("Python", "mypy, ruff (about 20 s the first time)", || {
        if languages.python.is_found() { python::check(workspace) } else { Ok(()) }
    })?;
    let unchecked = steps
        .step("Workflows", workflows::ABOUT, || workflows::check(workspace, languages.python))?;
    let toolchain = steps.step("WebAssembly targets", "as for the components", || {
        Toolchain::ensure(workspace, choice)
    })?;
    steps.step(
        "Clippy for WebAssembly",
        "the component for both targets, the examples (about 30 s the first time)",
        || clippy_wasm(workspace, &toolchain, &examples),
    )?;
    steps.step("Documentation", "cargo doc (about 30 s the first time)", || {
        document(workspace, &toolchain, &packages)
    })?;
    let cargo_deny = steps.step(
        "Dependencies",
        "cargo-deny by deny.toml (about 2 min the first time, where it is installed)",
        || {
            let cargo_deny = deny::ensure(workspace)?;
            deny::check(workspace, &cargo_deny)?;
            Ok(cargo_deny)
        },
    )?;
    let advisories = steps.step("Advisories", "known vulnerabilities", || {
        deny::check_advisories(workspace, &cargo_deny)
    })?;
    eprintln!("{}", steps.summary());
    unchecked.iter().for_each(|line| eprintln!("lint: {line}"));
    languages.skipped().for_each(|line| eprintln!("lint: {line}"));
    if !advisories {
        eprintln!("lint: passed, without the advisories: their database cannot be fetched here");
    }
    Ok(())
}

fn clippy_wasm(workspace: &Workspace, toolchain: &Toolchain, examples: &[Example]) -> Result<()> {
    for target in [Target::Wasip2, Target::Unknown] {
        for transport in Transport::ALL {
            let mut clippy = toolchain.clippy(workspace);
            process::run(deny_warnings(component::select(&mut clippy, target, transport)))?;
        }
    }
    for example in examples {
        for transport in example.transports() {
            let mut clippy = toolchain.clippy(workspace);
            process::run(deny_warnings(examples::select(&mut clippy, example, *transport)))?;
        }
    }
    for mut clippy in kube::clippy(workspace, toolchain)? {
        process::run(deny_warnings(&mut clippy))?;
    }
    Ok(())
}

/// The native documentation, and the component's for the target it is made for.
fn document(workspace: &Workspace, toolchain: &Toolchain, packages: &[String]) -> Result<()> {
    for package in packages {
        let mut cargo = native::cargo(workspace, &["doc", "--no-deps"], package);
        process::run(cargo.env("RUSTDOCFLAGS", "-Dwarnings"))?;
    }
    let mut library = kube::document(workspace, toolchain);
    process::run(library.env("RUSTDOCFLAGS", "-Dwarnings"))?;
    let mut cargo = toolchain.cargo(workspace);
    cargo.args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings");
    process::run(
        component::select(&mut cargo, Target::Wasip2, Transport::Tls).args(["--features", "async"]),
    )
}

fn deny_warnings(clippy: &mut Command) -> &mut Command {
    clippy.args(["--", "-D", "warnings"])
}
