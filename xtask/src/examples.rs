//! The applications under `examples/`: which there are, and how they are built.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::component::{self, PROFILE, Transport};
use crate::compose::compose;
use crate::process;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::{Workspace, write_if_changed};

/// An application: a folder of `examples/`, and a package of the same name.
#[derive(Debug, PartialEq)]
pub(crate) struct Example {
    pub(crate) name: String,
    kind: Kind,
    /// Whether it links the client, rather than being composed with it.
    links: bool,
}

/// What the application's component is.
#[derive(Debug, PartialEq)]
enum Kind {
    /// A program that runs and ends: `src/main.rs`.
    Command,
    /// A component that a host calls into: `src/lib.rs`, a `cdylib`.
    Library,
    /// The same without std, for `wasm32-unknown-unknown`, as `package.metadata` says: it imports
    /// what its WIT world does and no more.
    Bare,
}

impl Example {
    /// With which transports it is compiled: with none, if it is composed with the component.
    pub(crate) fn transports(&self) -> &'static [Option<Transport>] {
        match self.links {
            true => &[Some(Transport::Http), Some(Transport::Tls)],
            false => &[None],
        }
    }

    /// Whether it has tests of its own, of what it does without a host: those run natively.
    fn has_tests(&self, workspace: &Workspace) -> Result<bool> {
        let folder = workspace.root().join("examples").join(&self.name).join("src");
        let unreadable = || format!("cannot read {}", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            let is_source = path.extension().is_some_and(|extension| extension == "rs");
            if is_source && std::fs::read_to_string(&path).with_context(unreadable)?.contains(TESTS)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The file that cargo makes of it.
    fn file(&self) -> String {
        match self.kind {
            Kind::Command => format!("{}.wasm", self.name),
            Kind::Library | Kind::Bare => format!("{}.wasm", self.name.replace('-', "_")),
        }
    }

    fn target(&self) -> Target {
        match self.kind {
            Kind::Command | Kind::Library => Target::Wasip2,
            Kind::Bare => Target::Unknown,
        }
    }
}

/// What the manifest says of an application without std, below `package.metadata.component`.
const BARE: &str = "target = \"wasm32-unknown-unknown\"";

/// All of them that are packages of the workspace, by name.
pub(crate) fn list(workspace: &Workspace) -> Result<Vec<Example>> {
    list_in(&workspace.root().join("examples"))
}

fn list_in(folder: &Path) -> Result<Vec<Example>> {
    let unreadable = || format!("cannot read {}", folder.display());
    let mut examples = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let manifest = path.join("Cargo.toml");
        if !manifest.exists() {
            continue;
        }
        let manifest = std::fs::read_to_string(manifest).with_context(unreadable)?;
        // One with dependencies of its own is built by itself.
        if manifest.lines().any(|line| line == "[workspace]") {
            continue;
        }
        let links = manifest.lines().any(|line| line.starts_with(component::PACKAGE));
        let kind = if path.join("src/main.rs").exists() {
            Kind::Command
        } else if manifest.lines().any(|line| line == BARE) {
            Kind::Bare
        } else {
            Kind::Library
        };
        let name = path.file_name().unwrap_or_default();
        examples.push(Example { name: name.to_string_lossy().into_owned(), kind, links });
    }
    examples.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(examples)
}

/// What stands before tests.
const TESTS: &str = "#[cfg(test)]\n";

/// The packages of those with tests of their own.
pub(crate) fn with_tests(workspace: &Workspace, examples: &[Example]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for example in examples {
        if example.has_tests(workspace)? {
            names.push(example.name.clone());
        }
    }
    Ok(names)
}

/// The arguments after a cargo command that select an example, and the transport that it links.
pub(crate) fn select<'a>(
    command: &'a mut Command,
    example: &Example,
    transport: Option<Transport>,
) -> &'a mut Command {
    command.args(["--package", &example.name, "--target", example.target().triple()]);
    if transport == Some(Transport::Tls) {
        command.args(["--features", "tls"]);
    }
    command
}

/// Builds the examples, each by itself so that none changes the features of
/// another's dependencies, and joins them with the client over each of the
/// transports: `target/component/NAME.wasm`, or `NAME-tls.wasm`.
pub(crate) fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    examples: &[Example],
    transports: &[Transport],
) -> Result<()> {
    for example in examples {
        if example.links {
            for transport in transports {
                let linked = compile(workspace, toolchain, example, Some(*transport))?;
                write_if_changed(&workspace.component(&transport.name(&example.name)), &linked)?;
            }
            continue;
        }
        let mut application = compile(workspace, toolchain, example, None)?;
        if example.kind == Kind::Bare {
            application = component::componentize(&application)?;
            // As it is before it has the component inside, for its imports to be looked at.
            let alone = workspace.component(&format!("{}.alone", example.name));
            write_if_changed(&alone, &application)?;
        }
        compose_each(workspace, &example.name, &application, transports)?;
    }
    Ok(())
}

/// Composes an application with the component over each of the transports.
pub(crate) fn compose_each(
    workspace: &Workspace,
    name: &str,
    application: &[u8],
    transports: &[Transport],
) -> Result<()> {
    for transport in transports {
        let component = read(&component::path(workspace, *transport))?;
        let composed = compose(application, &component)
            .with_context(|| format!("{name} cannot be composed"))?;
        write_if_changed(&workspace.component(&transport.name(name)), &composed)?;
    }
    Ok(())
}

/// The application's component: with the client over a transport inside, if one is named.
fn compile(
    workspace: &Workspace,
    toolchain: &Toolchain,
    example: &Example,
    transport: Option<Transport>,
) -> Result<Vec<u8>> {
    let mut cargo = toolchain.cargo(workspace);
    cargo.args(["build", "--profile", PROFILE]);
    process::run(select(&mut cargo, example, transport))?;
    let built = toolchain.target_dir(workspace).join(example.target().triple()).join(PROFILE);
    read(&built.join(example.file()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} is not built", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    #[test]
    fn folders_with_a_package_are_examples() {
        let folder = std::env::temp_dir().join(format!("xtask-examples-{}", std::process::id()));
        for (name, source, manifest) in [
            ("http-handler", "src/lib.rs", ""),
            ("a-tour", "src/main.rs", ""),
            ("bare", "src/lib.rs", BARE),
            ("by-itself", "src/main.rs", "[workspace]\n"),
        ] {
            let source = folder.join(name).join(source);
            fs::create_dir_all(source.parent().unwrap()).unwrap();
            fs::write(source, "").unwrap();
            fs::write(folder.join(name).join("Cargo.toml"), manifest).unwrap();
        }
        fs::create_dir_all(folder.join("not-rust")).unwrap();
        fs::write(folder.join("README.md"), "").unwrap();
        let files: Vec<_> = list_in(&folder)
            .unwrap()
            .iter()
            .map(|example| (example.file(), example.target()))
            .collect();
        fs::remove_dir_all(&folder).unwrap();
        let expected = [
            ("a-tour.wasm", Target::Wasip2),
            ("bare.wasm", Target::Unknown),
            ("http_handler.wasm", Target::Wasip2),
        ];
        assert_eq!(files, expected.map(|(file, target)| (file.to_owned(), target)));
    }

    #[test]
    fn the_repository_has_the_tutorial_and_a_controller_with_tests() {
        let examples = list(&Workspace::new()).unwrap();
        let tutorial = examples.iter().find(|example| example.name == "tutorial");
        assert_eq!(tutorial.unwrap().kind, Kind::Command);
        let tested = with_tests(&Workspace::new(), &examples).unwrap();
        assert!(tested.contains(&"controller".to_owned()), "{tested:?}");
        assert!(!tested.contains(&"tutorial".to_owned()), "{tested:?}");
    }
}
