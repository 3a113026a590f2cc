//! One version: of the tag, the crates, the WIT package and the changelog.

use anyhow::{Context as _, Result, bail};

use super::crates::{self, Crate};
use super::wit::Package;

/// The heading of what is not released.
const UNRELEASED: &str = "Unreleased";

/// What the changelog says of this version, if all agree on it. Without a tag, that may stand under
/// `Unreleased` yet.
pub(super) fn agree(
    crates: &[Crate],
    package: &Package,
    changelog: &str,
    tag: Option<&str>,
) -> Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    crates::check(crates, version)?;
    if package.version() != version {
        bail!("the WIT package is {}, and the crates are {version}", package.version());
    }
    if let Some(tag) = tag
        && tag.strip_prefix('v') != Some(version)
    {
        bail!("the tag is {tag}, and the crates are {version}: v{version} is the tag for them");
    }
    let (heading, text) = newest(changelog).context("CHANGELOG.md has no version")?;
    if heading == UNRELEASED {
        if tag.is_some() {
            bail!("CHANGELOG.md has {version} under `{UNRELEASED}`: give it its heading");
        }
    } else if !is_of(heading, version) {
        bail!("CHANGELOG.md begins with `{heading}`: it has to be `{version} - YYYY-MM-DD`");
    }
    if text.trim().is_empty() {
        bail!("CHANGELOG.md says nothing of {heading}");
    }
    Ok(format!("{}\n", text.trim()))
}

/// The first heading of a version, and what stands below it.
fn newest(changelog: &str) -> Option<(&str, &str)> {
    let (_, rest) = changelog.split_once("\n## ")?;
    let rest = rest.split("\n## ").next().unwrap_or_default();
    Some(rest.split_once('\n').unwrap_or((rest, "")))
}

/// Whether a heading is such as `0.1.0 - 2026-11-27`.
fn is_of(heading: &str, version: &str) -> bool {
    let Some((named, date)) = heading.split_once(" - ") else { return false };
    let digits: Vec<_> = date.split('-').collect();
    let numbers = digits.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    named == version && numbers && digits.iter().map(|part| part.len()).eq([4, 2, 2])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::workspace::Workspace;

    fn outcome(version: &str, changelog: &str, tag: Option<&str>) -> Result<String> {
        let package = Package::parse(&format!("package a:b@{version};\ninterface c {{}}")).unwrap();
        let krate = Crate { name: "a".into(), version: ours().into(), ..Crate::default() };
        agree(&[krate], &package, changelog, tag)
    }

    fn ours() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    #[test]
    fn the_notes_are_those_of_the_newest_version() {
        let released = format!(
            "# Changelog\n\nText.\n\n## {} - 2026-11-27\n\n- One.\n\n## 0.0.1\n\n- Two.\n",
            ours()
        );
        let tag = format!("v{}", ours());
        assert_eq!(outcome(ours(), &released, Some(&tag)).unwrap(), "- One.\n");
        assert_eq!(outcome(ours(), &released, None).unwrap(), "- One.\n");
        let unreleased = "# Changelog\n\n## Unreleased\n\n- Three.\n";
        assert_eq!(outcome(ours(), unreleased, None).unwrap(), "- Three.\n");
    }

    #[test]
    fn what_does_not_agree_is_named() {
        let heading = |heading: &str| format!("# Changelog\n\n## {heading}\n\n- One.\n");
        let good = heading(&format!("{} - 2026-11-27", ours()));
        let tag = format!("v{}", ours());
        for (version, changelog, tag, expected) in [
            ("9.9.9", good.as_str(), None, "the WIT package is 9.9.9"),
            (ours(), &good, Some("v9.9.9"), "the tag is v9.9.9"),
            (ours(), &good, Some(ours()), "is the tag for them"),
            (ours(), &heading(UNRELEASED), Some(&*tag), "give it its heading"),
            (ours(), &heading("9.9.9 - 2026-11-27"), None, "begins with `9.9.9 - 2026-11-27`"),
            (ours(), &heading(ours()), None, "YYYY-MM-DD"),
            (ours(), "# Changelog\n\n## Unreleased\n", None, "says nothing"),
            (ours(), "# Changelog\n", None, "has no version"),
        ] {
            let error = outcome(version, changelog, tag).unwrap_err().to_string();
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }

    #[test]
    fn the_repository_agrees() {
        let workspace = Workspace::new();
        let crates = crates::members(&workspace).unwrap();
        let package = Package::read(&workspace.root().join("wit")).unwrap();
        let changelog = std::fs::read_to_string(workspace.root().join("CHANGELOG.md")).unwrap();
        agree(&crates, &package, &changelog, None).unwrap();
    }
}
