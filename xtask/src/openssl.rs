//! OpenSSL, for the tests in which the components speak with it: the program that is installed.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// Set to 1: to be without it is a failure.
pub(crate) const REQUIRE_VARIABLE: &str = "K8S_IN_CLUSTER_REQUIRE_OPENSSL";

/// The oldest version that has what the tests ask of it.
const MAJOR: u32 = 3;

/// The module of the tests that need it, as the test programs know it.
pub(crate) const TESTS: &str = "openssl::";

/// Whether it is installed.
#[derive(Debug, PartialEq)]
pub(crate) struct OpenSsl(bool);

impl OpenSsl {
    /// Looks for it. An error if it has to be there and is not.
    pub(crate) fn find() -> Result<Self> {
        let found = Command::new("openssl")
            .arg("version")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|output| is_new_enough(&String::from_utf8_lossy(&output.stdout)));
        let required = std::env::var_os(REQUIRE_VARIABLE).is_some_and(|value| value == "1");
        if required && !found {
            bail!("{REQUIRE_VARIABLE} is 1, and {}", Self::WITHOUT);
        }
        Ok(Self(found))
    }

    const WITHOUT: &str = "there is no OpenSSL: install version 3 or newer";

    /// Whether it is there.
    pub(crate) fn is_found(&self) -> bool {
        self.0
    }

    /// What is to be said at the end, if tests were skipped.
    pub(crate) fn skipped(&self) -> Option<String> {
        (!self.0).then(|| format!("tests skipped: {}", Self::WITHOUT))
    }
}

/// Looks at what `openssl version` prints, such as `OpenSSL 3.0.19 27 Jan 2026`. LibreSSL, which
/// has a program of the same name, does not have the same options.
fn is_new_enough(printed: &str) -> bool {
    let version = printed.strip_prefix("OpenSSL ").and_then(|rest| rest.split('.').next());
    version.and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= MAJOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_they_are_printed() {
        for (printed, expected) in [
            ("OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19 27 Jan 2026)\n", true),
            ("OpenSSL 4.0.0 14 Apr 2026\n", true),
            ("OpenSSL 1.1.1w  11 Sep 2023\n", false),
            ("LibreSSL 3.3.6\n", false),
            ("", false),
        ] {
            assert_eq!(is_new_enough(printed), expected, "{printed}");
        }
    }

    #[test]
    fn without_it_tests_are_skipped_and_it_is_said() {
        assert_eq!(OpenSsl(true).skipped(), None);
        assert!(OpenSsl(false).skipped().is_some_and(|line| line.contains("install version 3")));
    }
}
