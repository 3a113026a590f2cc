//! The native clients that the benchmarks compare with: kube-rs, and client-go where there is Go.

use std::process::Command;

use anyhow::Result;

use crate::control_plane::has_go;
use crate::process;
use crate::workspace::Workspace;

/// The package with kube-rs, which is outside the workspace.
pub(crate) const MANIFEST: &str = "host-test/benches/kube/Cargo.toml";

/// What the step that builds them does.
pub(crate) const ABOUT: &str =
    "kube-rs (about 3 min the first time), client-go where Go is installed (about 2 min)";

/// Builds them, in the places where the benchmarks look for them.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    process::run(cargo(workspace, "build").arg("--release"))?;
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

/// Cargo with a command for the package with kube-rs.
pub(crate) fn cargo(workspace: &Workspace, command: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo
        .args([command, "--locked", "--manifest-path", MANIFEST])
        .env("CARGO_TARGET_DIR", workspace.target("peers"));
    cargo
}
