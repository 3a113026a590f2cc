//! cargo-deny: licences, sources and advisories of the dependencies, by the
//! policies in `deny.toml`, of the workspace and of the packages outside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use crate::kube;
use crate::peers;
use crate::process;
use crate::workspace::Workspace;

/// The version that is installed where there is none.
const VERSION: &str = "0.20.2";

/// How long fetching the advisories may take.
const FETCH_LIMIT: Duration = Duration::from_secs(120);

/// Finds cargo-deny: one that is installed, or else one of this repository's own.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let installed = Path::new("cargo-deny");
    if answers(installed) {
        return Ok(installed.to_owned());
    }
    let tools = workspace.target("tools");
    let own = tools.join("bin/cargo-deny");
    if !answers(&own) {
        let mut cargo = workspace.cargo();
        cargo
            .args(["install", "--locked", "cargo-deny", "--version", VERSION])
            .arg("--root")
            .arg(&tools)
            .env_remove("CARGO_TARGET_DIR");
        process::run(&mut cargo)?;
    }
    Ok(own)
}

fn answers(program: &Path) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Checks what can be checked without a network beyond the package registry.
pub(crate) fn check(workspace: &Workspace, deny: &Path) -> Result<()> {
    for mut command in commands(workspace, deny) {
        process::run(command.args(["check", "bans", "licenses", "sources"]))?;
    }
    Ok(())
}

/// Checks for known vulnerabilities where the advisory database can be had, and
/// says whether it did.
pub(crate) fn check_advisories(workspace: &Workspace, deny: &Path) -> Result<bool> {
    let [mut fetch, ..] = commands(workspace, deny);
    // No question for a password where the database is out of reach.
    fetch.args(["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0");
    if let Err(error) = process::run_within(&mut fetch, FETCH_LIMIT) {
        eprintln!("      NOT CHECKED: the advisory database cannot be fetched ({error:#})");
        return Ok(false);
    }
    for mut command in commands(workspace, deny) {
        process::run(command.args(["check", "--disable-fetch", "advisories"]))?;
    }
    Ok(true)
}

/// One for each lock file. cargo-deny takes the `deny.toml` beside it.
fn commands(workspace: &Workspace, deny: &Path) -> [Command; 4] {
    ["Cargo.toml", peers::MANIFEST, kube::LIBRARY, kube::EXAMPLE].map(|manifest| {
        let mut command = Command::new(deny);
        command.current_dir(workspace.root()).args(["--manifest-path", manifest]);
        command.args(["--all-features", "--workspace"]);
        command
    })
}
