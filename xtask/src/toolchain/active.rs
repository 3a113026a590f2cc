//! The toolchain that runs this program, and what rustup adds to it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Target, say, triples};
use crate::process;
use crate::workspace::Workspace;

/// How long rustup may take. It loads some 40 MB, and where it can reach
/// nothing it may try for long.
const LIMIT: Duration = Duration::from_secs(60);

/// Where the active toolchain's libraries are.
pub(super) fn sysroot(workspace: &Workspace) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.current_dir(workspace.root()).args(["--print", "sysroot"]);
    Ok(process::output(&mut command)?.into())
}

/// Has rustup add targets. `RUSTUP_TOOLCHAIN`, which rustup set for this
/// program, keeps it to the toolchain that is active.
pub(super) fn add_targets(workspace: &Workspace, targets: &[Target]) -> Result<()> {
    let mut command = Command::new("rustup");
    command
        .current_dir(workspace.root())
        // Its backtrace says nothing to who only wants the target.
        .env_remove("RUST_BACKTRACE")
        .args(["target", "add"])
        .args(targets.iter().map(|target| target.triple()));
    say(&format!("{} ({} s at most)", process::line(&command), LIMIT.as_secs()));
    process::run_within(&mut command, LIMIT).context("rustup could not add the WebAssembly targets")
}

/// What a user can do where nothing here helps.
pub(super) fn advice(targets: &[Target]) -> String {
    format!(
        "run `rustup target add {}` where it can download, or install the packages of your \
         system that hold Rust's standard library for these targets, and try again",
        triples(targets)
    )
}
