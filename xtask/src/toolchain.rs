//! The toolchain that builds for WebAssembly.
//!
//! In order: the active toolchain, if it has the targets; one made from Debian's
//! packages before; the active toolchain with the targets that rustup adds; one
//! made from Debian's packages now. The oldest Rust that will do stands in
//! `Cargo.toml` as `rust-version`, and cargo refuses an older one by itself.

mod active;
mod debian;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::arguments::Choice;
use crate::workspace::Workspace;

/// A target for which components are built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// A component, with std over WASI 0.2: for applications.
    Wasip2,
    /// A core module that imports nothing of itself: for the component.
    Unknown,
}

/// Every target that is needed, one after the other.
const TARGETS: [Target; 2] = [Target::Wasip2, Target::Unknown];

impl Target {
    /// The name that rustc knows it by.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Wasip2 => "wasm32-wasip2",
            Self::Unknown => "wasm32-unknown-unknown",
        }
    }
}

/// A toolchain that has the standard library of every target.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// The one that runs this program.
    Active,
    /// One made from Debian's packages, in this folder.
    Debian(PathBuf),
}

impl Toolchain {
    /// Finds a toolchain that has the targets, and sets it up if there is none.
    pub(crate) fn ensure(workspace: &Workspace, choice: Choice) -> Result<Self> {
        let made = debian::folder(workspace);
        if choice == Choice::Debian {
            debian::make(workspace, &TARGETS)?;
            return Ok(Self::Debian(made));
        }
        let sysroot = active::sysroot(workspace)?;
        let missing: Vec<_> =
            TARGETS.into_iter().filter(|target| !has_target(&sysroot, *target)).collect();
        if missing.is_empty() {
            say("the active toolchain has them");
            return Ok(Self::Active);
        }
        if choice == Choice::Auto && has_target(&made, Target::Wasip2) {
            say("made from Debian's packages before");
            debian::make(workspace, &TARGETS)?;
            return Ok(Self::Debian(made));
        }
        let failure = match active::add_targets(workspace, &missing) {
            Ok(()) => return Ok(Self::Active),
            Err(error) => format!("{error:#}"),
        };
        if choice == Choice::Rustup {
            bail!("{failure}; {}", active::advice(&missing));
        }
        if !debian::possible() {
            bail!(
                "{failure}, and this is no Debian whose packages could be used instead; {}",
                active::advice(&missing)
            );
        }
        say(&format!("{failure}; using Debian's packages instead"));
        debian::make(workspace, &TARGETS)?;
        Ok(Self::Debian(made))
    }

    /// This toolchain's cargo, with a target folder of its own, so that
    /// changing from one toolchain to another builds nothing again.
    pub(crate) fn cargo(&self, workspace: &Workspace) -> Command {
        let mut command = match self {
            Self::Active => workspace.cargo(),
            Self::Debian(folder) => debian::command(workspace, folder, &folder.join("bin/cargo")),
        };
        command.env("CARGO_TARGET_DIR", self.target_dir(workspace));
        command
    }

    /// Whether it builds tests for WebAssembly. What is made from Debian's packages has the
    /// standard library, and not the one that runs tests.
    pub(crate) fn has_tests(&self) -> bool {
        matches!(self, Self::Active)
    }

    /// `cargo clippy` of this toolchain.
    pub(crate) fn clippy(&self, workspace: &Workspace) -> Command {
        let mut command = match self {
            Self::Active => workspace.cargo(),
            Self::Debian(folder) => debian::clippy(workspace, folder),
        };
        command.arg("clippy").env("CARGO_TARGET_DIR", self.target_dir(workspace));
        command
    }

    /// Where this toolchain builds. The script that makes the other one removes
    /// from its folder what an older standard library was linked into.
    pub(crate) fn target_dir(&self, workspace: &Workspace) -> PathBuf {
        match self {
            Self::Active => workspace.target("wasm"),
            Self::Debian(folder) => folder.join("target"),
        }
    }
}

/// The targets as one names them, with a space between.
fn triples(targets: &[Target]) -> String {
    let triples: Vec<_> = targets.iter().map(|target| target.triple()).collect();
    triples.join(" ")
}

/// Says something about a step that is under way.
fn say(line: &str) {
    eprintln!("      {line}");
}

/// Whether a toolchain has the standard library of a target.
fn has_target(sysroot: &Path, target: Target) -> bool {
    let folder = sysroot.join("lib/rustlib").join(target.triple());
    let Ok(entries) = std::fs::read_dir(folder.join("lib")) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    #[test]
    fn a_target_is_there_when_its_standard_library_is() {
        let sysroot = std::env::temp_dir().join(format!("xtask-sysroot-{}", std::process::id()));
        assert!(!has_target(&sysroot, Target::Wasip2));
        let library = sysroot.join("lib/rustlib/wasm32-wasip2/lib");
        fs::create_dir_all(&library).unwrap();
        assert!(!has_target(&sysroot, Target::Wasip2));
        // Neither core alone nor another crate whose name begins alike.
        fs::write(library.join("libcore-0123.rlib"), "").unwrap();
        fs::write(library.join("libstd_detect-0123.rlib"), "").unwrap();
        assert!(!has_target(&sysroot, Target::Wasip2));
        fs::write(library.join("libstd-0123.rlib"), "").unwrap();
        assert!(has_target(&sysroot, Target::Wasip2));
        assert!(!has_target(&sysroot, Target::Unknown));
        fs::remove_dir_all(&sysroot).unwrap();
    }

    #[test]
    fn toolchains_build_in_folders_of_their_own() {
        let workspace = Workspace::new();
        let made = Toolchain::Debian(debian::folder(&workspace));
        assert_ne!(Toolchain::Active.target_dir(&workspace), made.target_dir(&workspace));
    }
}
