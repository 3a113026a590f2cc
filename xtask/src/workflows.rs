//! The workflows of GitHub Actions, which do not run here: actionlint reads their syntax, expressions and
//! inputs, and zizmor looks for what would let others in.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::control_plane::has_go;
use crate::process;
use crate::python::{self, Python};
use crate::workspace::Workspace;

/// The version of actionlint that is installed, and where from.
const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/// What is installed of zizmor.
const ZIZMOR: &str = ".github/requirements.txt";

/// What the step does.
pub(crate) const ABOUT: &str = "actionlint, zizmor (about 20 s the first time)";

/// Checks them with what can be had, and says what could not.
pub(crate) fn check(workspace: &Workspace, python: Python) -> Result<Option<&'static str>> {
    if has_go() {
        let folder = workspace.target("tools/actionlint-1.7.12");
        let program = folder.join("actionlint");
        if !program.exists() {
            install(&folder)?;
        }
        process::run(Command::new(program).current_dir(workspace.root()))?;
    }
    if python.is_found() {
        let mut zizmor = python::tool(workspace, Path::new(ZIZMOR), "zizmor")?;
        process::run(zizmor.args(["--offline", "--no-progress", "--quiet", ".github"]))?;
    }
    Ok(match (has_go(), python.is_found()) {
        (true, true) => None,
        (true, false) => Some("workflows checked without zizmor: Python is not installed"),
        (false, true) => Some("workflows checked without actionlint: Go is not installed"),
        (false, false) => Some("workflows not checked: neither Go nor Python is installed"),
    })
}

fn install(folder: &Path) -> Result<()> {
    let mut go = Command::new("go");
    go.args(["install", ACTIONLINT]).env("GOBIN", folder);
    process::run(go.envs([("CGO_ENABLED", "0"), ("GOFLAGS", ""), ("GOWORK", "off")]))
}
