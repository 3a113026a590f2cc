//! Renders the documentation: the pages, the WIT package, and the library's.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::arguments::Choice;
use crate::component::PACKAGE;
use crate::kube;
use crate::process;
use crate::steps::Steps;
use crate::toolchain::{Target, Toolchain};
use crate::workspace::Workspace;

/// What renders the pages.
const SITE: &str = "site";

/// Renders all of it into `target/docs`. A link that leads nowhere is an error.
pub(crate) fn docs(workspace: &Workspace, choice: Choice) -> Result<()> {
    let mut steps = Steps::new("docs", 3);
    let folder = workspace.target("docs");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let toolchain = steps.step("WebAssembly targets", "as for the components", || {
        Toolchain::ensure(workspace, choice)
    })?;
    steps.step("Libraries", "cargo doc (about 2 min the first time)", || {
        // For the target whose clients a guest links, which others do not have.
        let target = Target::Wasip2.triple();
        let made = toolchain.target_dir(workspace).join(target).join("doc");
        // What else was documented there is no part of this.
        if made.exists() {
            std::fs::remove_dir_all(&made)?;
        }
        let mut cargo = toolchain.cargo(workspace);
        cargo.args(["doc", "--no-deps", "--lib", "--package", PACKAGE, "--target", target]);
        cargo.args(["--features", "kube,tls,k8s-openapi/latest"]).env("RUSTDOCFLAGS", "-Dwarnings");
        process::run(&mut cargo)?;
        process::run(kube::document(workspace, &toolchain).env("RUSTDOCFLAGS", "-Dwarnings"))?;
        copy(&made, &folder.join("rust"))
    })?;
    steps.step("Pages", "Markdown and WIT (about 30 s the first time)", || {
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--quiet", "--package", SITE, "--"]).arg(workspace.root()).arg(&folder);
        process::run(cargo.args(workspace.pages()?))
    })?;
    eprintln!("{}", steps.summary());
    println!("the documentation is in target/docs");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copy_all = || {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let path = entry?.path();
            let to = to.join(path.file_name().unwrap_or_default());
            match path.is_dir() {
                true => copy(&path, &to)?,
                false => std::fs::copy(&path, &to).map(drop)?,
            }
        }
        anyhow::Ok(())
    };
    copy_all().with_context(|| format!("cannot copy {}", from.display()))
}
