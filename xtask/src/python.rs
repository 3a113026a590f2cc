//! Applications in Python: `componentize-py` makes components of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::workspace::{Workspace, contents, write_if_changed};

/// Set to 1: to be without Python is a failure.
pub(crate) const REQUIRE_VARIABLE: &str = "K8S_IN_CLUSTER_REQUIRE_PYTHON";

/// The oldest Python that `componentize-py` takes. What the application is written in is the one
/// that comes with it.
const OLDEST: (u32, u32) = (3, 10);

/// The module of the tests that need it, as the test program knows it.
pub(crate) const TESTS: &str = "python::";

/// The example.
pub(crate) const NAME: &str = "python";

/// Whether it is installed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Python(bool);

impl Python {
    /// Looks for it. An error if it has to be there and is not.
    pub(crate) fn find() -> Result<Self> {
        // `venv` by itself is there on Debian without the package that it needs.
        let script = "import ensurepip, sys, venv; print(*sys.version_info[:2])";
        let printed = process::quiet_output(Command::new("python3").args(["-c", script]));
        let found = printed.as_deref().and_then(version).is_some_and(|version| version >= OLDEST);
        let required = std::env::var_os(REQUIRE_VARIABLE).is_some_and(|value| value == "1");
        if required && !found {
            bail!("{REQUIRE_VARIABLE} is 1, and {}", Self::WITHOUT);
        }
        Ok(Self(found))
    }

    const WITHOUT: &str = "there is no Python: install Python 3.10 or newer, with its venv";

    /// Whether it is there.
    pub(crate) fn is_found(self) -> bool {
        self.0
    }

    /// What is to be said, where the example is left out.
    pub(crate) fn skipped(self) -> Option<String> {
        (!self.0).then(|| format!("examples/{NAME} left out: {}", Self::WITHOUT))
    }
}

/// Reads what the script prints, such as `3 11`.
fn version(printed: &str) -> Option<(u32, u32)> {
    let (major, minor) = printed.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// What the example is built with, and what it is checked with.
const BUILD: &str = "examples/python/requirements.txt";
const CHECK: &str = "examples/python/requirements-check.txt";

/// A program of a package that a list of requirements names, with what the list names installed in a
/// folder of its own.
pub(crate) fn tool(workspace: &Workspace, requirements: &Path, program: &str) -> Result<Command> {
    let folder = workspace.target("python").join(requirements.with_extension(""));
    let list = workspace.root().join(requirements);
    let text = std::fs::read(&list).with_context(|| format!("cannot read {}", list.display()))?;
    let installed = folder.join("installed.txt");
    if std::fs::read(&installed).ok().as_deref() != Some(&text) {
        let mut python = Command::new("python3");
        process::run(python.args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
        process::run(pip.arg("--requirement").arg(&list))?;
        write_if_changed(&installed, &text)?;
    }
    let mut command = Command::new(folder.join("bin").join(program));
    // Nothing is left beside the source, where it would become part of the application.
    command.current_dir(workspace.root()).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(command)
}

/// Where the application is.
pub(crate) fn example(workspace: &Workspace) -> PathBuf {
    workspace.root().join("examples").join(NAME)
}

/// `componentize-py`, told of the application's world.
fn componentize(workspace: &Workspace) -> Result<Command> {
    let mut command = tool(workspace, Path::new(BUILD), "componentize-py")?;
    command
        .args(["--quiet", "--wit-path", "wit", "--wit-path", "examples/python/wit"])
        .args(["--world", "example:pods/app"]);
    Ok(command)
}

/// Makes the application a component, unless that was done from the same files.
pub(crate) fn build(workspace: &Workspace) -> Result<Vec<u8>> {
    let built = workspace.target("python/app.wasm");
    let sources = workspace.target("python/sources");
    let read = contents(&[&example(workspace), &workspace.root().join("wit")])?;
    if !built.exists() || std::fs::read(&sources).ok().as_deref() != Some(&read) {
        let mut command = componentize(workspace)?;
        command.args(["componentize", "--python-path", "examples/python", "app", "--output"]);
        process::run(command.arg(&built))?;
        write_if_changed(&sources, &read)?;
    }
    std::fs::read(&built).with_context(|| format!("cannot read {}", built.display()))
}

/// Checks its types, with those of the bindings that are generated for it, and its form.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let bindings = workspace.target("python/bindings");
    if bindings.exists() {
        std::fs::remove_dir_all(&bindings)?;
    }
    process::run(componentize(workspace)?.arg("bindings").arg(&bindings))?;
    let mut mypy = tool(workspace, Path::new(CHECK), "mypy")?;
    mypy.env("MYPYPATH", &bindings)
        .args(["--config-file", "examples/python/pyproject.toml", "--cache-dir"])
        .arg(workspace.target("python/mypy"))
        .args(["examples/python/app.py", "examples/python/k8s_in_cluster"]);
    process::run(&mut mypy)?;
    for arguments in [&["format", "--check"][..], &["check"]] {
        let mut ruff = tool(workspace, Path::new(CHECK), "ruff")?;
        process::run(ruff.args(arguments).args(["--quiet", "--no-cache", "examples/python"]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn versions_are_read_as_they_are_printed() {
        for (printed, expected) in [("3 11\n", Some((3, 11))), ("3", None), ("", None)] {
            assert_eq!(version(printed), expected, "{printed}");
        }
        assert!((3, 9) < OLDEST && (4, 0) > OLDEST);
    }

    #[test]
    fn an_example_that_is_left_out_is_named() {
        assert_eq!(Python(true).skipped(), None);
        let line = Python(false).skipped().unwrap();
        assert!(line.contains("examples/python") && line.contains("install Python 3.10"), "{line}");
    }

    #[test]
    fn what_is_installed_is_pinned_by_hashes_of_no_registry() {
        for list in [BUILD, CHECK, ".github/requirements.txt"] {
            let text = std::fs::read_to_string(Workspace::new().root().join(list)).unwrap();
            assert!(text.contains("==") && text.contains("--hash=sha256:"), "{list}");
            assert!(!text.contains("://"), "{list}");
        }
    }
}
