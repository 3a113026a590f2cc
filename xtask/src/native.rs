//! What runs natively: every package but the examples.
//!
//! Cargo is called for one package at a time, as one does when working on it.
//! For all together it would unify the features of their dependencies, and
//! compile the largest of them again.

use std::process::Command;

use anyhow::Result;

use crate::component;
use crate::examples::Example;
use crate::process::{self, Background};
use crate::workspace::Workspace;

/// The package of the harness, and its program's name.
pub(crate) const HARNESS: &str = "host-test";

/// The packages of the workspace that are no examples.
pub(crate) fn packages(workspace: &Workspace, examples: &[Example]) -> Result<Vec<String>> {
    let mut cargo = workspace.cargo();
    cargo.args(["tree", "--quiet", "--workspace", "--depth=0", "--prefix=none"]);
    Ok(select(&process::output(&mut cargo)?, examples))
}

/// Reads lines such as `host-test v0.1.0 (/the/folder)`.
fn select(tree: &str, examples: &[Example]) -> Vec<String> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| examples.iter().all(|example| example.name != *name))
        .map(str::to_owned)
        .collect()
}

/// Cargo with a command and its arguments, for one package; the component's with all that
/// is native of it.
pub(crate) fn cargo(workspace: &Workspace, arguments: &[&str], package: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(arguments).args(["--package", package]);
    if package == component::PACKAGE {
        // The types of Kubernetes are built in the newest version.
        cargo.args(["--features", "kube,tls,k8s-openapi/latest"]);
    }
    cargo
}

/// Starts cargo for the harness, by far the longest of the native builds, to
/// run beside other steps.
pub(crate) fn start(workspace: &Workspace, arguments: &[&str]) -> Result<Background> {
    let log = workspace.target("xtask").join("native-build.log");
    let mut build = Background::start(&mut cargo(workspace, arguments, HARNESS), &log)?;
    build.settle()?;
    Ok(build)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::examples;

    #[test]
    fn packages_are_the_workspace_without_the_examples() {
        let workspace = Workspace::new();
        let examples = examples::list(&workspace).unwrap();
        let packages = packages(&workspace, &examples).unwrap();
        for package in ["host-test", "k8s-in-cluster", "xtask"] {
            assert!(packages.contains(&package.to_owned()), "{packages:?}");
        }
        assert!(!packages.contains(&"tutorial".to_owned()), "{packages:?}");
    }
}
