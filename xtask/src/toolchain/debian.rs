//! A toolchain made from Debian's packages: see `debian-toolchain.sh`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::{Target, active};
use crate::process;
use crate::workspace::Workspace;

/// The oldest Rust that will do: the workspace's `rust-version`.
const MINIMUM: &str = env!("CARGO_PKG_RUST_VERSION");

/// Where it is made.
pub(super) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target("wasm-toolchain")
}

/// Whether this system has Debian's way to install packages.
pub(super) fn possible() -> bool {
    Path::new("/usr/bin/apt-get").exists()
}

/// Makes it, or brings it up to date, which takes no time when nothing changed.
pub(super) fn make(workspace: &Workspace, targets: &[Target]) -> Result<()> {
    let linkers = linkers(&active::sysroot(workspace)?)?;
    let script = workspace.root().join("xtask/debian-toolchain.sh");
    let mut command = Command::new("bash");
    command
        .arg(script)
        .arg(folder(workspace))
        .arg(linkers)
        .arg(MINIMUM)
        .args(targets.iter().map(|target| target.triple()));
    process::run(&mut command).context("no toolchain could be made from Debian's packages")
}

/// The folder of the active toolchain's own linkers, which Debian's lack.
fn linkers(sysroot: &Path) -> Result<PathBuf> {
    let folder = sysroot.join("lib/rustlib");
    let found = std::fs::read_dir(&folder)
        .ok()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .find(|bin| bin.join("wasm-component-ld").exists());
    found.with_context(|| {
        format!(
            "{} holds no wasm-component-ld: the active toolchain must be one of rustup's, so \
             install Rust with rustup or run `rustup default stable`",
            folder.display()
        )
    })
}

/// A program of this toolchain, clear of what belongs to the active one.
pub(super) fn command(workspace: &Workspace, folder: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace.root())
        .env("CARGO", folder.join("bin/cargo"))
        .env("RUSTC", folder.join("bin/rustc"))
        .env("RUSTDOC", folder.join("bin/rustdoc"))
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("RUSTUP_TOOLCHAIN");
    command
}

/// Debian's clippy. It is called by its path, since cargo would find rustup's
/// first, and told the sysroot, since it runs in the place of `bin/rustc`.
pub(super) fn clippy(workspace: &Workspace, folder: &Path) -> Command {
    let mut clippy = command(workspace, folder, Path::new("/usr/bin/cargo-clippy"));
    clippy.env("SYSROOT", folder);
    clippy
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    #[test]
    fn the_linkers_are_found_beside_the_host_library() {
        let sysroot = std::env::temp_dir().join(format!("xtask-linkers-{}", std::process::id()));
        let error = linkers(&sysroot).unwrap_err().to_string();
        assert!(error.contains("rustup default stable"), "{error}");
        let bin = sysroot.join("lib/rustlib/some-host/bin");
        fs::create_dir_all(&bin).unwrap();
        fs::create_dir_all(sysroot.join("lib/rustlib/etc")).unwrap();
        assert!(linkers(&sysroot).is_err());
        fs::write(bin.join("wasm-component-ld"), "").unwrap();
        assert_eq!(linkers(&sysroot).unwrap(), bin);
        fs::remove_dir_all(&sysroot).unwrap();
    }
}
