//! What a release consists of, made and checked: on each commit, and once more for the tag.

mod checksums;
mod crates;
mod sbom;
mod versions;
mod wit;

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::arguments::Choice;
use crate::commands::components;
use crate::component::{self, Transport};
use crate::steps::Steps;
use crate::toolchain::Toolchain;
use crate::workspace::{Workspace, write_if_changed};

use wit::Package;

/// Where the files are that are attached to a release.
const FOLDER: &str = "release-files";

/// What is said of it, which is no file of its own there.
const NOTES: &str = "NOTES.md";

/// What publishes it.
const WORKFLOW: &str = ".github/workflows/release.yml";

/// The WIT of the last release, which the next one has to keep. There is none before the first.
const RELEASED: &str = "xtask/released/k8s-in-cluster.wit";

/// Makes the files of a release in `target/release-files`, and checks all that can be checked before
/// anything is published. With a tag, such as `v0.1.0`, it is that of the release.
pub(crate) fn release(workspace: &Workspace, choice: Choice, tag: Option<&str>) -> Result<()> {
    let mut steps = Steps::new("release", 7);
    let folder = workspace.target(FOLDER);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let put = |name: &str, content: &[u8]| write_if_changed(&folder.join(name), content);

    let package = Package::read(&workspace.root().join("wit"))?;
    steps.step("Versions", "the tag, Cargo.toml, the WIT package and CHANGELOG.md", || {
        let changelog = read(workspace, "CHANGELOG.md")?;
        let notes = versions::agree(&crates::members(workspace)?, &package, &changelog, tag)?;
        put(NOTES, notes.as_bytes())
    })?;
    steps.step("WIT", "the package, and whether it keeps what was released", || {
        if workspace.root().join(RELEASED).exists() {
            wit::keeps(&Package::parse(&read(workspace, RELEASED)?)?, &package)?;
        } else {
            eprintln!("      nothing is released yet");
        }
        put("k8s-in-cluster.wit", package.text()?.as_bytes())?;
        let encoded = package.encode()?;
        if !Package::decode(&encoded)?.is_same(&package)? {
            bail!("the WIT package is another once it is encoded");
        }
        put("k8s-in-cluster-wit.wasm", &encoded)
    })?;
    let toolchain = components(&mut steps, workspace, choice, &[], &Transport::ALL)?;
    if tag.is_some() && !matches!(toolchain, Toolchain::Active) {
        bail!("a release is built with the targets that rustup adds: use --toolchain rustup");
    }
    steps.step("Components", "what they import and export, and what is in them", || {
        for transport in Transport::ALL {
            let name = transport.name(component::PACKAGE);
            let path = component::path(workspace, transport);
            let bytes = std::fs::read(&path).with_context(|| format!("{name} is not built"))?;
            package.is_world_of(transport.world(), &bytes)?;
            put(&format!("{name}.wasm"), &bytes)?;
            let parts = sbom::parts(workspace, &toolchain, transport)?;
            let sbom = sbom::cyclone_dx(&name, package.version(), &bytes, &parts);
            put(&format!("{name}.cdx.json"), sbom.as_bytes())?;
        }
        Ok(())
    })?;
    steps.step("Crates", "cargo publish --dry-run (about 30 s the first time)", || {
        crates::dry_run(workspace, tag.is_some())
    })?;
    steps.step("Checksums", "SHA-256", || {
        checksums::write(&folder, NOTES)?;
        let workflow = read(workspace, WORKFLOW)?;
        if let Some(name) = named(&workflow).find(|name| !folder.join(name).exists()) {
            bail!("{WORKFLOW} names {name}, which is no file of the release");
        }
        Ok(())
    })?;
    eprintln!("{}", steps.summary());
    println!("the files of the release are in target/{FOLDER}");
    Ok(())
}

/// The files of a release that the workflow names, but for those that it has a variable in.
fn named(workflow: &str) -> impl Iterator<Item = &str> {
    let words = workflow.split([' ', '"', '\n']);
    let names = words.filter_map(|word| {
        word.strip_prefix("target/release-files/").or_else(|| word.strip_prefix("release/"))
    });
    names.filter(|name| !name.contains(['$', '*']))
}

fn read(workspace: &Workspace, path: &str) -> Result<String> {
    let path: &Path = &workspace.root().join(path);
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_workflow_names_what_it_publishes() {
        let workflow = read(&Workspace::new(), WORKFLOW).unwrap();
        let names: Vec<_> = named(&workflow).collect();
        for name in ["SHA256SUMS", "NOTES.md", "k8s-in-cluster-wit.wasm", "k8s-in-cluster.wasm"] {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
        assert_eq!(named("path: release/a release/$b.wasm release/*\n").collect::<Vec<_>>(), ["a"]);
    }
}
