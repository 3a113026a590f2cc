//! Chromium, for the tests that look at the page of `examples/web-page`: the program that is installed.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process;

/// Set to 1: to be without it is a failure.
pub(crate) const REQUIRE_VARIABLE: &str = "K8S_IN_CLUSTER_REQUIRE_BROWSER";

/// Names a program to take.
const VARIABLE: &str = "K8S_IN_CLUSTER_CHROMIUM";

/// What it is called, by Debian, Google and Ubuntu.
const NAMES: [&str; 3] = ["chromium", "google-chrome", "chromium-browser"];

/// The module of the tests that need it, as the test program knows it. They need Node as well.
pub(crate) const TESTS: &str = "browser::";

/// Whether it is installed.
#[derive(Debug, PartialEq)]
pub(crate) struct Browser(bool);

impl Browser {
    /// Looks for it. An error if it has to be there and is not.
    pub(crate) fn find() -> Result<Self> {
        let named = std::env::var_os(VARIABLE).filter(|program| !program.is_empty());
        let found = match named.map(PathBuf::from) {
            Some(program) if !runs(&program) => {
                bail!("{VARIABLE} is {}, which does not run", program.display())
            }
            Some(_) => true,
            None => NAMES.iter().any(|name| runs(&PathBuf::from(name))),
        };
        let required = std::env::var_os(REQUIRE_VARIABLE).is_some_and(|value| value == "1");
        if required && !found {
            bail!("{REQUIRE_VARIABLE} is 1, and {}", Self::WITHOUT);
        }
        Ok(Self(found))
    }

    const WITHOUT: &str =
        "there is no browser: install Chromium, or Chrome, or name one in K8S_IN_CLUSTER_CHROMIUM";

    /// Whether it is there.
    pub(crate) fn is_found(&self) -> bool {
        self.0
    }

    /// What is to be said at the end, if tests were skipped.
    pub(crate) fn skipped(&self) -> Option<String> {
        (!self.0).then(|| format!("tests skipped: {}", Self::WITHOUT))
    }
}

/// Whether a program says which version it is of.
fn runs(program: &std::path::Path) -> bool {
    process::quiet_output(std::process::Command::new(program).arg("--version")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_it_tests_are_skipped_and_it_is_said() {
        assert_eq!(Browser(true).skipped(), None);
        assert!(Browser(false).skipped().is_some_and(|line| line.contains("install Chromium")));
        assert!(!runs(std::path::Path::new("no-such-program")));
    }
}
