//! The clients that the benchmarks compare with: kube-rs, natively and in a component, and client-go where there is Go.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::component::PROFILE;
use crate::control_plane::has_go;
use crate::kube;
use crate::process;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::{Workspace, write_if_changed};

/// The package with kube-rs, which is outside the workspace.
pub(crate) const MANIFEST: &str = "host-test/benches/kube/Cargo.toml";

/// What the step that builds them does.
pub(crate) const ABOUT: &str = "kube-rs (about 3 min the first time), in a component (about 3 min), client-go where Go is installed (about 2 min)";

/// Builds them, in the places where the benchmarks look for them.
pub(crate) fn build(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    kube::change_runtime(workspace)?;
    process::run(cargo(workspace, "build").arg("--release"))?;
    build_component(workspace, toolchain)?;
    if !has_go() {
        return Ok(());
    }
    let mut go = Command::new("go");
    // With the settings of the API server's build, most of which is there already.
    go.args(["build", "-ldflags=-s -w", "-o"])
        .arg(workspace.target("peers/bench-client-go"))
        .arg("./bench-client")
        .envs([("CGO_ENABLED", "0"), ("GOWORK", "off")])
        .current_dir(workspace.root().join("host-test/control-plane"));
    process::run(&mut go)
}

/// kube-rs in a component, with the settings in the package's `.cargo`: `target/peers/bench-kube.wasm`.
fn build_component(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    let mut cargo = toolchain.cargo(workspace);
    cargo.current_dir(workspace.root().join("host-test/benches/kube")).args([
        "build",
        "--locked",
        "--profile",
        PROFILE,
    ]);
    process::run(&mut cargo)?;
    let built = toolchain.target_dir(workspace).join(Target::Wasip2.triple()).join(PROFILE);
    let file = built.join("bench-kube.wasm");
    let bytes = std::fs::read(&file).with_context(|| format!("{} is not built", file.display()))?;
    write_if_changed(&workspace.target("peers/bench-kube.wasm"), &bytes)?;
    Ok(())
}

/// Cargo with a command for the package with kube-rs.
pub(crate) fn cargo(workspace: &Workspace, command: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo
        .args([command, "--locked", "--manifest-path", MANIFEST])
        .env("CARGO_TARGET_DIR", workspace.target("peers"));
    cargo
}
