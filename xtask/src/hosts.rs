//! The hosts under which tests run components, each the program that others run: `wasmtime`, and
//! Node with the packages that `jco transpile` is made of, and what drives a browser.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process;
use crate::wac;
use crate::workspace::{Workspace, write_if_changed};

/// Set to 1: to be without one of the hosts is a failure.
pub(crate) const REQUIRE_VARIABLE: &str = "K8S_IN_CLUSTER_REQUIRE_HOSTS";

/// Names a `wasmtime` to take, whichever version it is.
const WASMTIME_VARIABLE: &str = "K8S_IN_CLUSTER_WASMTIME";

/// The version that is installed: of the line that is supported for two years.
const WASMTIME_VERSION: &str = "48.0.8";

/// What `run` and `serve` need, as the program has it by default. Left out are other compilers,
/// proposals of WASI and of WebAssembly that no component here uses, and the other commands.
const WASMTIME_FEATURES: &str = "cache,clap/default,compile,component-model,component-model-async,\
    parallel-compilation,pooling-allocator,run,serve";

/// The oldest Node that the packages take.
const NODE_MAJOR: u32 = 20;

/// The module of the tests that need Node, as the test program knows it.
pub(crate) const NODE_TESTS: &str = "node::";

/// The modules of the tests that need a real API server as well.
pub(crate) const REAL_TESTS: &str = "on_a_real_api_server";

/// Where hosts can be had from.
#[derive(Debug, PartialEq)]
pub(crate) struct Hosts {
    /// The `wasmtime` that is named; none for the one that is installed into `target`.
    wasmtime: Option<PathBuf>,
    node: bool,
}

impl Hosts {
    /// Looks for them. An error if all have to be there and one is not.
    pub(crate) fn find() -> Result<Self> {
        let wasmtime = std::env::var_os(WASMTIME_VARIABLE)
            .filter(|program| !program.is_empty())
            .map(PathBuf::from);
        let node = printed("node").as_deref().and_then(major);
        let node = node.is_some_and(|major| major >= NODE_MAJOR) && printed("npm").is_some();
        let required = std::env::var_os(REQUIRE_VARIABLE).is_some_and(|value| value == "1");
        if required && !node {
            bail!("{REQUIRE_VARIABLE} is 1, and {}", Self::WITHOUT_NODE);
        }
        Ok(Self { wasmtime, node })
    }

    /// What is said where there is none.
    pub(crate) const WITHOUT_NODE: &str = "there is no Node: install Node 20 or newer, and npm";

    /// What the step that installs them does.
    pub(crate) fn about(&self) -> String {
        let wasmtime = match &self.wasmtime {
            Some(program) => format!("{} in {WASMTIME_VARIABLE}", program.display()),
            None => "cargo install wasmtime-cli (about 5 min the first time)".to_owned(),
        };
        let node = if self.node {
            "npm ci for jco and Playwright"
        } else {
            "not jco, Node is not installed"
        };
        format!("{wasmtime}; wac-cli (about 1 min the first time); {node}")
    }

    /// Installs what is to be had, in the places where the tests look for it.
    pub(crate) fn install(&self, workspace: &Workspace) -> Result<()> {
        match &self.wasmtime {
            Some(program) if version(program).is_none() => {
                bail!("{WASMTIME_VARIABLE} is {}, which does not run", program.display())
            }
            Some(_) => {}
            None => install_wasmtime(workspace)?,
        }
        wac::install(workspace)?;
        if self.node {
            install_packages(workspace)?;
        }
        Ok(())
    }

    /// The `wasmtime` that tests run.
    pub(crate) fn wasmtime(&self, workspace: &Workspace) -> PathBuf {
        let installed = || workspace.target("tools/bin/wasmtime");
        self.wasmtime.clone().unwrap_or_else(installed)
    }

    /// Whether there is Node.
    pub(crate) fn has_node(&self) -> bool {
        self.node
    }

    /// What is to be said at the end, if tests were skipped.
    pub(crate) fn skipped(&self) -> Option<String> {
        (!self.node).then(|| format!("tests skipped: {}", Self::WITHOUT_NODE))
    }
}

/// Installs the program unless it is there.
fn install_wasmtime(workspace: &Workspace) -> Result<()> {
    let tools = workspace.target("tools");
    if version(&tools.join("bin/wasmtime")).as_deref() == Some(WASMTIME_VERSION) {
        return Ok(());
    }
    let mut cargo = workspace.cargo();
    cargo
        .args(["install", "--locked", "wasmtime-cli", "--version", WASMTIME_VERSION])
        .args(["--no-default-features", "--features", WASMTIME_FEATURES, "--root"])
        .arg(&tools)
        .env_remove("CARGO_TARGET_DIR")
        // The same program, built in half the time: it compiles and calls somewhat slower, and
        // what it has compiled runs as fast.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true");
    process::run(&mut cargo)
}

/// Installs the packages that `package-lock.json` names, unless they are there.
fn install_packages(workspace: &Workspace) -> Result<()> {
    let source = workspace.root().join("host-test/tests/hosts/node");
    let folder = workspace.target("hosts/node");
    let mut changed = !folder.join("node_modules/.package-lock.json").exists();
    for name in ["package.json", "package-lock.json"] {
        let file = source.join(name);
        let text =
            std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        changed |= write_if_changed(&folder.join(name), &text)?;
    }
    if !changed {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&folder)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .stdin(Stdio::null());
    process::run(&mut npm)
}

/// The version that a `wasmtime` says it is of, such as `48.0.8`.
fn version(program: &Path) -> Option<String> {
    printed(program)?.split_whitespace().nth(1).map(str::to_owned)
}

/// The major version in what `node --version` prints, such as `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// What a program prints for `--version`; none if it does not run.
fn printed(program: impl AsRef<std::ffi::OsStr>) -> Option<String> {
    let output =
        Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = output.ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn versions_are_read_as_they_are_printed() {
        for (printed, expected) in
            [("v20.20.2\n", Some(20)), ("v8.0.0", Some(8)), ("20.1", None), ("", None)]
        {
            assert_eq!(major(printed), expected, "{printed}");
        }
        assert_eq!(version(Path::new("no-such-program")), None);
        let cargo = std::env::var("CARGO").unwrap();
        assert!(version(Path::new(&cargo)).unwrap().starts_with("1."));
    }

    #[test]
    fn tests_that_lack_their_host_are_not_run_and_it_is_said() {
        let hosts = |node| Hosts { wasmtime: None, node };
        assert_eq!(hosts(true).skipped(), None);
        assert!(hosts(false).skipped().is_some_and(|line| line.contains("install Node 20")));
    }

    #[test]
    fn the_lock_file_names_no_registry() {
        let lock = Workspace::new().root().join("host-test/tests/hosts/node/package-lock.json");
        let lock = std::fs::read_to_string(lock).unwrap();
        assert!(lock.contains("\"integrity\"") && !lock.contains("\"resolved\""));
    }
}
