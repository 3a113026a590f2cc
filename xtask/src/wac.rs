//! wac, by which a reader composes an application from elsewhere: the pages' command lines are run with it.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// The version that is installed: that of the library that composes the examples.
const VERSION: &str = "0.12.0";

/// Installs the program unless it is there.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let tools = workspace.target("tools");
    if tools.join("bin/wac").exists() {
        return Ok(());
    }
    let mut cargo = workspace.cargo();
    cargo
        .args(["install", "--debug", "--locked", "wac-cli", "--version", VERSION])
        // Without registries, of which nothing is composed here.
        .args(["--no-default-features", "--root"])
        .arg(&tools)
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    process::run(&mut cargo)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_is_of_the_library_that_composes_the_examples() {
        let lock = std::fs::read_to_string(Workspace::new().root().join("Cargo.lock")).unwrap();
        assert!(lock.contains(&format!("name = \"wac-graph\"\nversion = \"{VERSION}\"\n")));
    }
}
