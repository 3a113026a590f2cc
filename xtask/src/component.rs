//! Builds the component, for two targets from the same source.

use std::process::Command;

use anyhow::{Context as _, Result};
use wit_component::ComponentEncoder;

use crate::process;
use crate::strip::strip_names;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::{Workspace, write_if_changed};

/// The package of the component, and the name of its file.
pub(crate) const PACKAGE: &str = "k8s-in-cluster";

/// The same built with std, which adds imports: see `docs/decisions/component-build.md`.
const WITH_STD: &str = "k8s-in-cluster.wasip2";

/// The cargo profile of everything that is composed.
pub(crate) const PROFILE: &str = "component";

/// What the crate compiles to.
const FILE: &str = "k8s_in_cluster.wasm";

/// The arguments after a cargo command that select the component's code for a
/// target.
pub(crate) fn select(command: &mut Command, target: Target) -> &mut Command {
    command
        .args(["--package", PACKAGE, "--lib", "--features", "exports"])
        .args(["--target", target.triple()])
}

/// Builds the component that is released, tested and composed:
/// `target/component/k8s-in-cluster.wasm`.
pub(crate) fn build(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    let module = compile(workspace, toolchain, Target::Unknown)?;
    let component = componentize(&module)?;
    write_if_changed(&workspace.component(PACKAGE), &strip_names(component))?;
    Ok(())
}

/// Builds the component for wasm32-wasip2, where the linker makes it one:
/// `target/component/k8s-in-cluster.wasip2.wasm`.
pub(crate) fn build_with_std(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    let component = compile(workspace, toolchain, Target::Wasip2)?;
    write_if_changed(&workspace.component(WITH_STD), &strip_names(component))?;
    Ok(())
}

/// The crate type stands here and not in `Cargo.toml`, since cargo leaves out
/// link-time optimization for a library that is an `rlib` as well.
fn compile(workspace: &Workspace, toolchain: &Toolchain, target: Target) -> Result<Vec<u8>> {
    let mut cargo = toolchain.cargo(workspace);
    cargo.args(["rustc", "--profile", PROFILE, "--crate-type", "cdylib"]);
    process::run(select(&mut cargo, target))?;
    let built = toolchain.target_dir(workspace).join(target.triple()).join(PROFILE).join(FILE);
    std::fs::read(&built).with_context(|| format!("cargo did not build {}", built.display()))
}

fn componentize(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .debug_names(false)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .context(
            "the core module cannot be made a component: code for wasm32-unknown-unknown may \
             import what the WIT world lists and nothing else",
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_module_that_imports_what_no_world_lists_is_refused() {
        let module = wat::parse_str(r#"(module (import "env" "getenv" (func)))"#).unwrap();
        let error = format!("{:#}", componentize(&module).unwrap_err());
        assert!(error.contains("cannot be made a component"), "{error}");
        assert!(error.contains("env"), "{error}");
    }
}
