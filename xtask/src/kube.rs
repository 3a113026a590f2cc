//! kube-rs in a component: the library `kube/`, and `examples/kube-client`, which links it. Each is a
//! workspace by itself, with dependencies that nothing else here has.

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod by_hand;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::component::{PROFILE, Transport};
use crate::process;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::{Workspace, write_if_changed};

/// The example: a folder of `examples/`, and a package of the same name.
pub(crate) const NAME: &str = "kube-client";

/// What the step that builds it does.
pub(crate) const ABOUT: &str =
    "examples/kube-client, which links kube-rs (about 3 min the first time)";

/// The library's manifest.
pub(crate) const LIBRARY: &str = "kube/Cargo.toml";

/// The example's.
pub(crate) const EXAMPLE: &str = "examples/kube-client/Cargo.toml";

/// What changes kube-runtime so that it is built for WebAssembly: see `docs/kube-upstream.md`.
const CHANGES: &str = "docs/kube-runtime.diff";

/// The version that is changed.
const VERSION: &str = "5.0.0";

/// Builds the example over each of the transports: `target/component/kube-client.wasm`, or
/// `kube-client-tls.wasm`.
pub(crate) fn build(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    change_runtime(workspace)?;
    let triple = Target::Wasip2.triple();
    let built = toolchain.target_dir(workspace).join(triple).join(PROFILE);
    for transport in Transport::ALL {
        let mut cargo = example(workspace, toolchain.cargo(workspace));
        process::run(select(cargo.args(["build", "--locked", "--profile", PROFILE]), transport))?;
        let file = built.join(format!("{NAME}.wasm"));
        let bytes =
            std::fs::read(&file).with_context(|| format!("{} is not built", file.display()))?;
        write_if_changed(&workspace.component(&transport.name(NAME)), &bytes)?;
    }
    Ok(())
}

/// Clippy for WebAssembly: of the library, which has a part for it alone, and of the example.
pub(crate) fn clippy(workspace: &Workspace, toolchain: &Toolchain) -> Result<Vec<Command>> {
    change_runtime(workspace)?;
    let mut library = toolchain.clippy(workspace);
    for_wasm(workspace, library.arg("--locked"));
    let mut commands = vec![library];
    for transport in Transport::ALL {
        let mut clippy = example(workspace, toolchain.clippy(workspace));
        select(clippy.arg("--locked"), transport);
        commands.push(clippy);
    }
    Ok(commands)
}

/// Cargo that documents the library, for the target it is made for.
pub(crate) fn document(workspace: &Workspace, toolchain: &Toolchain) -> Command {
    let mut cargo = toolchain.cargo(workspace);
    for_wasm(workspace, cargo.args(["doc", "--locked", "--no-deps"]));
    cargo
}

/// The library by itself, with the settings in its `.cargo`.
fn for_wasm(workspace: &Workspace, command: &mut Command) {
    command.current_dir(workspace.root().join("kube")).args([
        "--target",
        Target::Wasip2.triple(),
        "--features",
        "latest,tls",
    ]);
}

/// Cargo with a command for the library, natively.
pub(crate) fn library(workspace: &Workspace, command: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo
        .args([command, "--locked", "--manifest-path", LIBRARY])
        .env("CARGO_TARGET_DIR", workspace.target("kube"));
    cargo
}

/// A cargo that finds the settings in the example's `.cargo`, as a user's does.
fn example(workspace: &Workspace, mut cargo: Command) -> Command {
    cargo.current_dir(workspace.root().join("examples").join(NAME));
    cargo
}

fn select(command: &mut Command, transport: Transport) -> &mut Command {
    match transport {
        Transport::Http => command,
        Transport::Tls => command.args(["--features", "tls"]),
    }
}

/// Puts kube-runtime, as it was published, into `target/kube-runtime`, and changes it.
pub(crate) fn change_runtime(workspace: &Workspace) -> Result<()> {
    let changes = workspace.root().join(CHANGES);
    let unreadable = || format!("cannot read {}", changes.display());
    let text = std::fs::read(&changes).with_context(unreadable)?;
    let folder = workspace.target("kube-runtime");
    let stamp = folder.join("changed-by");
    if std::fs::read(&stamp).is_ok_and(|done| done == text) {
        return Ok(());
    }
    let published = published(workspace)?;
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    copy(&published, &folder).with_context(|| format!("cannot copy {}", published.display()))?;
    let mut git = Command::new("git");
    // Not as a part of this repository, which ignores the folder.
    git.current_dir(&folder)
        .args(["apply", "--whitespace=nowarn"])
        .arg(&changes)
        .env("GIT_CEILING_DIRECTORIES", workspace.target(""));
    process::run(&mut git).with_context(|| {
        format!("{CHANGES} is for kube-runtime {VERSION}: bring it up to date with {LIBRARY}")
    })?;
    std::fs::write(&stamp, &text).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The folder that cargo unpacked kube-runtime into, which the library's tests depend on.
fn published(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = library(workspace, "metadata");
    // Of the other targets' dependencies none is loaded.
    cargo.args(["--format-version=1", "--filter-platform", &host()?]);
    let metadata = process::output(&mut cargo)?;
    let end = format!("kube-runtime-{VERSION}/Cargo.toml\"");
    let Some((before, _)) = metadata.split_once(&end) else {
        bail!("{LIBRARY} does not depend on kube-runtime {VERSION}, for which {CHANGES} is");
    };
    let path = before.rsplit('"').next().unwrap_or_default();
    Ok(Path::new(path).join(format!("kube-runtime-{VERSION}")))
}

/// The target that runs this program.
fn host() -> Result<String> {
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => std::fs::write(target, std::fs::read(entry.path())?)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn both_packages_have_the_version_that_is_changed() {
        for manifest in [LIBRARY, EXAMPLE] {
            let lock = Workspace::new().root().join(manifest).with_extension("lock");
            let lock = std::fs::read_to_string(lock).unwrap();
            let version = format!("name = \"kube-runtime\"\nversion = \"{VERSION}\"\n");
            assert!(lock.contains(&version), "{manifest}");
        }
    }
}
