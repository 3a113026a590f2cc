//! The example in JavaScript: a component that `componentize-js` makes, and a program for Node that
//! uses `k8s-in-cluster` as `jco` transpiles it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::component::{self, Transport};
use crate::process;
use crate::workspace::{Workspace, contents, write_if_changed};

/// The example.
pub(crate) const NAME: &str = "javascript";

/// The module of the tests that need it, as the test program knows it.
pub(crate) const TESTS: &str = "javascript::";

/// Where it is.
fn example(workspace: &Workspace) -> PathBuf {
    workspace.root().join("examples").join(NAME)
}

/// Makes the application a component, and transpiles `k8s-in-cluster`, unless that was done from the
/// same files.
pub(crate) fn build(workspace: &Workspace) -> Result<Vec<u8>> {
    let folder = example(workspace);
    let unless_done = |name: &str, made: PathBuf, from: Vec<u8>, arguments: &[&str]| {
        let stamp = workspace.target("javascript").join(name);
        if !made.exists() || std::fs::read(&stamp).ok().as_deref() != Some(&from) {
            let mut npm = Command::new("npm");
            process::run(npm.current_dir(&folder).args(arguments).stdin(Stdio::null()))?;
            write_if_changed(&stamp, &from)?;
        }
        std::fs::read(&made).with_context(|| format!("cannot read {}", made.display()))
    };
    let read = |file: PathBuf| {
        std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let ci = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    let installed = folder.join("node_modules/.package-lock.json");
    unless_done("packages", installed, read(folder.join("package-lock.json"))?, &ci)?;
    let component = read(component::path(workspace, Transport::Tls))?;
    let transpiled = folder.join("transpiled/k8s-in-cluster.js");
    unless_done(
        "transpiled",
        transpiled,
        component,
        &["run", "--silent", "transpile", "--", "--quiet"],
    )?;
    let sources = contents(&[&folder, &workspace.root().join("wit")])?;
    let application = workspace.target("javascript/app.wasm");
    unless_done("sources", application, sources, &["run", "--silent", "componentize"])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_lock_file_names_no_registry() {
        let lock = example(&Workspace::new()).join("package-lock.json");
        let lock = std::fs::read_to_string(lock).unwrap();
        assert!(lock.contains("\"integrity\"") && !lock.contains("\"resolved\""));
    }
}
