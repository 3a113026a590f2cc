//! Builds the component: over the host's HTTP and over its sockets, and for two targets
//! from the same source.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use wit_component::ComponentEncoder;

use crate::compact::compact;
use crate::process;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::{Workspace, write_if_changed};

/// The package of the component.
pub(crate) const PACKAGE: &str = "k8s-in-cluster";

/// How the component reaches the API server, which decides what it asks of a host: see
/// `docs/decisions/two-components.md`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transport {
    /// `wasi:http`: the host verifies the server.
    Http,
    /// TLS of its own over `wasi:sockets`.
    Tls,
}

impl Transport {
    /// Each of them.
    pub(crate) const ALL: [Self; 2] = [Self::Http, Self::Tls];

    /// The name of a file with this transport inside: the component's, or that of an
    /// application that was composed with it.
    pub(crate) fn name(self, of: &str) -> String {
        match self {
            Self::Http => of.to_owned(),
            Self::Tls => format!("{of}-tls"),
        }
    }

    /// The world of the WIT package that the component has.
    pub(crate) fn world(self) -> &'static str {
        match self {
            Self::Http => "in-cluster",
            Self::Tls => "in-cluster-tls",
        }
    }

    /// The cargo profile of the component: there is room for speed in one that brings TLS along.
    fn profile(self) -> &'static str {
        match self {
            Self::Http => PROFILE,
            Self::Tls => "component-tls",
        }
    }

    fn features(self) -> &'static str {
        match self {
            Self::Http => "exports",
            Self::Tls => "exports,tls",
        }
    }
}

/// The arguments that select what the component is made of, for a cargo command that has no `--lib`.
pub(crate) fn contents(target: Target, transport: Transport) -> [&'static str; 6] {
    ["--package", PACKAGE, "--features", transport.features(), "--target", target.triple()]
}

/// The cargo profile of everything that is composed.
pub(crate) const PROFILE: &str = "component";

/// In bytes, of the linear memory: several times what the deepest call takes. The linker's own
/// choice is 1 MiB, and addresses beyond that take four bytes in the code instead of three.
const STACK: u32 = 256 << 10;

/// What the crate compiles to.
const FILE: &str = "k8s_in_cluster.wasm";

/// The arguments after a cargo command that select the component's code for a
/// target.
pub(crate) fn select(command: &mut Command, target: Target, transport: Transport) -> &mut Command {
    command.arg("--lib").args(contents(target, transport))
}

/// Where the component is: `target/component/k8s-in-cluster.wasm`, or `-tls.wasm`.
pub(crate) fn path(workspace: &Workspace, transport: Transport) -> PathBuf {
    workspace.component(&transport.name(PACKAGE))
}

/// Builds the component that is released, tested and composed.
pub(crate) fn build(
    workspace: &Workspace,
    toolchain: &Toolchain,
    transport: Transport,
) -> Result<()> {
    let module = compile(workspace, toolchain, Target::Unknown, transport)?;
    let component = componentize(&module)?;
    write_if_changed(&path(workspace, transport), &compact(&component)?)?;
    Ok(())
}

/// Builds the component for wasm32-wasip2, where the linker makes it one:
/// `target/component/k8s-in-cluster.wasip2.wasm`. std adds imports: see
/// `docs/decisions/component-build.md`.
pub(crate) fn build_with_std(workspace: &Workspace, toolchain: &Toolchain) -> Result<()> {
    for transport in Transport::ALL {
        let component = compile(workspace, toolchain, Target::Wasip2, transport)?;
        let file = workspace.component(&format!("{}.wasip2", transport.name(PACKAGE)));
        write_if_changed(&file, &compact(&component)?)?;
    }
    Ok(())
}

/// One for each transport: a `cdylib` has the same name with all features, so that in one
/// folder either would be built again after the other.
fn target_dir(workspace: &Workspace, toolchain: &Toolchain, transport: Transport) -> PathBuf {
    let folder = toolchain.target_dir(workspace);
    match transport {
        Transport::Http => folder,
        Transport::Tls => folder.join("tls"),
    }
}

/// The crate type stands here and not in `Cargo.toml`, since cargo leaves out
/// link-time optimization for a library that is an `rlib` as well.
fn compile(
    workspace: &Workspace,
    toolchain: &Toolchain,
    target: Target,
    transport: Transport,
) -> Result<Vec<u8>> {
    let folder = target_dir(workspace, toolchain, transport);
    let mut cargo = toolchain.cargo(workspace);
    cargo.env("CARGO_TARGET_DIR", &folder);
    cargo.args(["rustc", "--profile", transport.profile(), "--crate-type", "cdylib"]);
    let command = select(&mut cargo, target, transport);
    process::run(command.args(["--", "-C", &format!("link-arg=-zstack-size={STACK}")]))?;
    let built = folder.join(target.triple()).join(transport.profile()).join(FILE);
    std::fs::read(&built).with_context(|| format!("cargo did not build {}", built.display()))
}

/// Makes a component of a core module that was built without std.
pub(crate) fn componentize(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .debug_names(false)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .context(
            "the core module cannot be made a component: code for wasm32-unknown-unknown may \
             import what the WIT world lists and nothing else",
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_module_that_imports_what_no_world_lists_is_refused() {
        let module = wat::parse_str(r#"(module (import "env" "getenv" (func)))"#).unwrap();
        let error = format!("{:#}", componentize(&module).unwrap_err());
        assert!(error.contains("cannot be made a component"), "{error}");
        assert!(error.contains("env"), "{error}");
    }
}
