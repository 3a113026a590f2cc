//! The real API server, for the tests that need one: built with Go, or envtest's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// Set to 1: to have no API server is a failure.
pub(crate) const REQUIRE_VARIABLE: &str = "K8S_IN_CLUSTER_REQUIRE_CONTROL_PLANE";

/// Names a folder with envtest's programs.
const ASSETS_VARIABLE: &str = "KUBEBUILDER_ASSETS";

/// Where a real API server can be had from.
#[derive(Debug, PartialEq)]
pub(crate) enum ControlPlane {
    /// This folder of envtest's.
    Assets(PathBuf),
    /// Built with Go.
    Go,
    /// Nowhere.
    None,
}

impl ControlPlane {
    /// Looks for one. An error if there has to be one and is none.
    pub(crate) fn find() -> Result<Self> {
        let found = Self::of(std::env::var_os(ASSETS_VARIABLE), has_go());
        let required = std::env::var_os(REQUIRE_VARIABLE).is_some_and(|value| value == "1");
        if required && found == Self::None {
            bail!("{REQUIRE_VARIABLE} is 1, and {}", Self::HOW);
        }
        Ok(found)
    }

    const HOW: &str =
        "there is no real API server: install Go, or set KUBEBUILDER_ASSETS to envtest's programs";

    fn of(assets: Option<OsString>, go: bool) -> Self {
        match assets.filter(|folder| !folder.is_empty()) {
            Some(folder) => Self::Assets(folder.into()),
            None if go => Self::Go,
            None => Self::None,
        }
    }

    /// What the step that builds it does.
    pub(crate) fn about(&self) -> String {
        match self {
            Self::Assets(folder) => format!("{} in {ASSETS_VARIABLE}", folder.display()),
            Self::Go => {
                "go build in host-test/control-plane (about 10 min the first time)".to_owned()
            }
            Self::None => "not built, Go is not installed".to_owned(),
        }
    }

    /// Builds it where it has to be built, in the place where host-test looks for it.
    pub(crate) fn build(&self, workspace: &Workspace) -> Result<()> {
        if *self != Self::Go {
            return Ok(());
        }
        let program = workspace.target("control-plane/control-plane");
        std::fs::create_dir_all(program.parent().unwrap_or(Path::new(".")))?;
        let script = workspace.root().join("host-test/control-plane/build");
        process::run(Command::new("sh").arg(script).arg(program))
    }

    /// Whether there is one.
    pub(crate) fn is_found(&self) -> bool {
        *self != Self::None
    }

    /// What is to be said at the end, if tests were skipped.
    pub(crate) fn skipped(&self) -> Option<String> {
        (!self.is_found()).then(|| format!("tests skipped: {}", Self::HOW))
    }
}

/// Whether Go is installed.
pub(crate) fn has_go() -> bool {
    Command::new("go")
        .arg("version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readme::marked;

    #[test]
    fn the_page_has_the_command_of_the_script() {
        let marked = marked("host-test/control-plane/README.md", "xtask/src/control_plane.rs");
        let script = include_str!("../../host-test/control-plane/build");
        let line = script.lines().find(|line| line.contains("go build")).unwrap_or_default();
        // The caller says where to put it, and is left alone by a `go.work` of the user's.
        let line = line.replace("\"$file\"", "control-plane").replace("GOWORK=off exec ", "");
        assert_eq!(marked, [format!("{line}\n")]);
    }

    #[test]
    fn the_assets_go_before_go() {
        let assets = || Some(OsString::from("/assets"));
        let cases = [
            (assets(), true, ControlPlane::Assets("/assets".into())),
            (assets(), false, ControlPlane::Assets("/assets".into())),
            (Some(OsString::new()), true, ControlPlane::Go),
            (None, true, ControlPlane::Go),
            (None, false, ControlPlane::None),
        ];
        for (assets, go, expected) in cases {
            assert_eq!(ControlPlane::of(assets, go), expected);
        }
    }

    #[test]
    fn without_one_tests_are_skipped_and_it_is_said_why() {
        assert!(!ControlPlane::None.is_found() && ControlPlane::Go.is_found());
        assert!(ControlPlane::None.skipped().is_some_and(|line| line.contains("install Go")));
        assert_eq!(ControlPlane::Go.skipped(), None);
    }
}
