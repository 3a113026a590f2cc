//! The dependencies that a page tells a reader to have, who has them from crates.io, where an example has them by their paths.

use anyhow::{Context as _, Result, bail};

/// The version that a page names: that of the crates of this repository, but for its last number.
const OWN: &str = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// How the names of those crates begin.
const NAME: &str = "k8s-in-cluster";

/// Has the example do the same: each dependency of the block is in its manifest, in the same version and with the same
/// features. `tls` alone may be its choice at build.
pub(super) fn check(block: &str, manifest: &str) -> Result<()> {
    let dependencies = block.strip_prefix("[dependencies]\n").context("no [dependencies]")?;
    let lines = dependencies.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for line in lines {
        let (name, wanted) = line.split_once(" = ").with_context(|| format!("{line}: no ` = `"))?;
        let own = manifest.lines().find_map(|it| it.strip_prefix(&format!("{name} = ")));
        let own = own.with_context(|| format!("the example does not depend on {name}"))?;
        for feature in features(wanted).filter(|it| *it != "tls") {
            if !features(own).any(|it| it == feature) {
                bail!("the example has {name} without its feature {feature}: {own}");
            }
        }
        let expected = if name.starts_with(NAME) { Some(OWN) } else { version(own) };
        if version(wanted) != expected {
            bail!("{name} is another version: {wanted} on the page, {own} in the example");
        }
    }
    Ok(())
}

/// The version in `"1"`, or in `{ version = "1", … }`.
fn version(dependency: &str) -> Option<&str> {
    let after = match dependency.strip_prefix('"') {
        Some(after) => after,
        None => dependency.split_once("version = \"")?.1,
    };
    after.split('"').next()
}

fn features(dependency: &str) -> impl Iterator<Item = &str> {
    let (_, features) = dependency.split_once("features = [").unwrap_or_default();
    let features = features.split(']').next().unwrap_or_default();
    features.split(['"', ',', ' ']).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_example_has_them_in_the_same_version_and_with_the_same_features() {
        let manifest = "[dependencies]\n\
            k8s-in-cluster = { path = \"../..\", features = [\"async\"] }\n\
            serde = { version = \"1\", features = [\"derive\"] }\nkube-derive = \"5\"\n";
        let own = format!("k8s-in-cluster = {{ version = \"{OWN}\", features = ");
        let said = |lines: &str| {
            let checked = check(&format!("[dependencies]\n{lines}\n"), manifest);
            checked.err().map(|error| error.to_string()).unwrap_or_default()
        };
        let right = [
            &format!("{own}[\"async\", \"tls\"] }}"),
            "# A remark\nserde = { version = \"1\", features = [\"derive\"] }\nkube-derive = \"5\"",
            "serde = \"1\"",
        ];
        for lines in right {
            assert_eq!(said(lines), "", "{lines}");
        }
        for (lines, expected) in [
            (&*format!("{own}[\"kube\"] }}"), "without its feature kube"),
            ("k8s-in-cluster = \"9.9\"", "another version"),
            ("serde = \"2\"", "another version"),
            ("schemars = \"1\"", "does not depend on schemars"),
            ("serde", "no ` = `"),
        ] {
            assert!(said(lines).contains(expected), "{lines}: {}", said(lines));
        }
        assert!(check("serde = \"1\"\n", manifest).is_err());
    }
}
