//! The crates that are published.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;
use crate::{kube, process};

/// A crate of the workspace that is published.
#[derive(Debug, Default)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
    /// The crates of the workspace that it depends on, and in which versions.
    pub(super) needs: Vec<(String, String)>,
    /// What crates.io shows, or asks for, and is not said.
    pub(super) missing: Vec<&'static str>,
}

/// Those of the workspace, and the library with kube, which is one by itself.
pub(super) fn members(workspace: &Workspace) -> Result<Vec<Crate>> {
    let mut crates = Vec::new();
    for manifest in ["Cargo.toml", kube::LIBRARY] {
        let mut cargo = workspace.cargo();
        cargo.args(["metadata", "--no-deps", "--format-version", "1", "--locked"]);
        crates.extend(published(&process::output(cargo.args(["--manifest-path", manifest]))?)?);
    }
    Ok(crates)
}

fn published(metadata: &str) -> Result<Vec<Crate>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // `publish = false` is an empty list of registries.
    let packages =
        packages.iter().filter(|it| !it["publish"].as_array().is_some_and(Vec::is_empty));
    let crates = packages.map(|package| {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let local = dependencies.filter(|it| it["path"].is_string() && it["kind"] != "dev");
        Crate {
            name: text(&package["name"]),
            version: text(&package["version"]),
            needs: local.map(|it| (text(&it["name"]), text(&it["req"]))).collect(),
            missing: ["description", "license", "repository"]
                .into_iter()
                .filter(|field| !package[*field].is_string())
                .collect(),
        }
    });
    Ok(crates.collect())
}

/// Packs the crates of the workspace, and builds each from its package and those of the others: all that
/// publishing does but to send them. What git does not know may lie about, except for a release.
///
/// The library with kube can't be packed before the crate that it needs is published.
pub(super) fn dry_run(workspace: &Workspace, release: bool) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["publish", "--workspace", "--dry-run", "--locked"]);
    if !release {
        cargo.arg("--allow-dirty");
    }
    // It says of each crate that it is not sent, and of profiles that they concern others.
    process::run(cargo.arg("--quiet"))
}

/// What is wrong with the crates, as one version of one project.
pub(super) fn check(crates: &[Crate], version: &str) -> Result<()> {
    if crates.is_empty() {
        bail!("no crate is published");
    }
    for it in crates {
        let name = &it.name;
        if it.version != version {
            bail!("{name} is {}, and not {version}", it.version);
        }
        if !it.missing.is_empty() {
            bail!("{name} does not say its {}", it.missing.join(", "));
        }
        for (needed, requirement) in &it.needs {
            if crates.iter().all(|other| other.name != *needed) {
                bail!("{name} needs {needed}, which is not published");
            }
            if !requirement.starts_with('^') || !version.starts_with(&requirement[1..]) {
                bail!("{name} needs {needed} {requirement}, which is not {version}");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::WORKFLOW;
    use super::*;

    fn krate(name: &str, version: &str, needs: &[(&str, &str)]) -> Crate {
        let needs = needs.iter().map(|(name, version)| ((*name).into(), (*version).into()));
        Crate {
            name: name.into(),
            version: version.into(),
            needs: needs.collect(),
            missing: vec![],
        }
    }

    #[test]
    fn the_crates_of_the_repository_can_be_published_together() {
        let crates = members(&Workspace::new()).unwrap();
        let names: Vec<_> = crates.iter().map(|it| it.name.as_str()).collect();
        assert!(names.contains(&"k8s-in-cluster") && names.contains(&"k8s-in-cluster-json"));
        assert!(names.contains(&"k8s-in-cluster-kube"));
        assert!(!names.contains(&"host-test") && !names.contains(&"hello"), "{names:?}");
        check(&crates, env!("CARGO_PKG_VERSION")).unwrap();
        // The workflow names each, and sends it but once.
        let workflow = std::fs::read_to_string(Workspace::new().root().join(WORKFLOW)).unwrap();
        let words: Vec<_> = workflow.split([' ', ';', '\n']).collect();
        for name in names {
            assert!(words.contains(&name), "{WORKFLOW} does not publish {name}");
        }
    }

    #[test]
    fn a_crate_has_its_sources_and_its_licence_and_nothing_of_the_others() {
        let workspace = Workspace::new();
        for (manifest, other) in [("Cargo.toml", "wit/"), (kube::LIBRARY, "src/")] {
            let mut cargo = workspace.cargo();
            cargo.args([
                "package",
                "--list",
                "--allow-dirty",
                "--quiet",
                "--manifest-path",
                manifest,
            ]);
            if manifest == "Cargo.toml" {
                cargo.args(["--package", crate::component::PACKAGE]);
            }
            let listed = process::output(&mut cargo).unwrap();
            let others =
                listed.lines().filter(|it| !it.starts_with("src/") && !it.starts_with(other));
            let others: Vec<_> = others.filter(|it| it.contains('/')).collect();
            assert!(others.is_empty(), "{manifest}: {others:?}");
            for name in ["src/lib.rs", "LICENSE", "README.md"] {
                assert!(listed.lines().any(|it| it == name), "{manifest}: no {name}");
            }
        }
    }

    #[test]
    fn crates_that_do_not_fit_are_named() {
        let refusal = |crates: &[Crate]| check(crates, "0.2.0").unwrap_err().to_string();
        check(&[krate("a", "0.2.0", &[("b", "^0.2")]), krate("b", "0.2.0", &[])], "0.2.0").unwrap();
        assert!(refusal(&[]).contains("no crate"));
        assert!(refusal(&[krate("a", "0.1.0", &[])]).contains("a is 0.1.0"));
        assert!(refusal(&[krate("a", "0.2.0", &[("b", "^0.2")])]).contains("b, which is not pub"));
        for old in ["^0.1", "*"] {
            let both = [krate("a", "0.2.0", &[("b", old)]), krate("b", "0.2.0", &[])];
            assert!(refusal(&both).contains("which is not 0.2.0"), "{old}");
        }
        let mut silent = krate("a", "0.2.0", &[]);
        silent.missing = vec!["license"];
        assert!(refusal(&[silent]).contains("does not say its license"));
    }

    #[test]
    fn what_is_not_published_is_left_out() {
        let metadata = r#"{"packages":[
            {"name":"a","version":"1.0.0","publish":null,"license":"MIT","repository":null,
             "description":"x","dependencies":[
                {"name":"b","req":"^1","path":"/b","kind":null},
                {"name":"c","req":"*","path":"/c","kind":"dev"},
                {"name":"d","req":"^1","kind":null}]},
            {"name":"c","version":"1.0.0","publish":[],"dependencies":[]}]}"#;
        let crates = published(metadata).unwrap();
        assert_eq!(crates.len(), 1);
        assert_eq!(crates[0].needs, [("b".to_owned(), "^1".to_owned())]);
        assert_eq!(crates[0].missing, ["repository"]);
    }
}
