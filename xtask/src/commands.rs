//! The commands that build and run.
//!
//! What is native and what is WebAssembly stand in target folders of their own,
//! so the native build runs beside the others from the start, while they wait
//! for downloads and link on one core.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::arguments::Choice;
use crate::component::{self, Transport};
use crate::control_plane::ControlPlane;
use crate::examples::{self, Example};
use crate::hosts::Hosts;
use crate::kube;
use crate::languages::Languages;
use crate::native::{self, HARNESS};
use crate::peers;
use crate::process;
use crate::steps::Steps;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

/// Runs the tutorial in a pod, with its service account and then through a proxy.
pub(crate) fn demo(workspace: &Workspace, choice: Choice) -> Result<()> {
    let mut steps = Steps::new("demo", 5);
    let harness = native::start(workspace, &["build"])?;
    let tutorial = "tutorial";
    let examples: Vec<Example> =
        examples::list(workspace)?.into_iter().filter(|example| example.name == tutorial).collect();
    components(&mut steps, workspace, choice, &examples, &[Transport::Http])?;
    steps.step(
        "Harness",
        "cargo build --package host-test, under way since the first step (about 2 min in all the first time)",
        || harness.finish(),
    )?;

    let program = workspace.target("debug").join(HARNESS);
    let component = workspace.component(tutorial);
    steps.step("Tutorial", "in a pod, then through a proxy", || {
        process::run(&mut run_in_pod(workspace, &program, &[], &component))?;
        process::run(&mut run_in_pod(workspace, &program, &["--proxy"], &component))
    })?;
    eprintln!("{}", steps.summary());
    Ok(())
}

/// `host-test run [OPTIONS] COMPONENT`, which is also said.
fn run_in_pod(
    workspace: &Workspace,
    program: &Path,
    options: &[&str],
    component: &Path,
) -> Command {
    let mut command = Command::new(program);
    let component = component.strip_prefix(workspace.root()).unwrap_or(component);
    command.current_dir(workspace.root()).arg("run").args(options).arg(component);
    eprintln!("\n$ {}", process::line(&command));
    command
}

/// Builds everything that goes into `target/component`, or one example and what it needs.
pub(crate) fn build(workspace: &Workspace, choice: Choice, only: Option<&str>) -> Result<()> {
    let mut examples = examples::list(workspace)?;
    let languages = Languages::find(&Hosts::find()?)?;
    if let Some(name) = only {
        let names: Vec<_> = examples.iter().map(|example| example.name.as_str()).collect();
        let others = [&Languages::EXAMPLES[..], &[kube::NAME]].concat();
        if !names.contains(&name) && !others.contains(&name) {
            let names = [names, others].concat().join(", ");
            bail!("there is no example `{name}`: the examples are {names}");
        }
        examples.retain(|example| example.name == name);
    }
    let mut steps = Steps::new("build", if only.is_none() { 6 } else { 4 });
    let toolchain = components(&mut steps, workspace, choice, &examples, &Transport::ALL)?;
    match only {
        Some(kube::NAME) => with_kube(&mut steps, workspace, &toolchain)?,
        _ => in_other_languages(&mut steps, workspace, &languages, only)?,
    }
    if only.is_none() {
        with_kube(&mut steps, workspace, &toolchain)?;
        with_std(&mut steps, workspace, &toolchain)?;
    }
    eprintln!("{}", steps.summary());
    for line in languages.skipped() {
        println!("{line}");
    }
    println!("the components are in target/component");
    Ok(())
}

/// Composes an application from elsewhere with the component that was built.
pub(crate) fn compose(workspace: &Workspace, application: &Path) -> Result<()> {
    let built = Transport::ALL.map(|transport| component::path(workspace, transport));
    if !built.iter().all(|path| path.exists()) {
        bail!("there is nothing to compose it with yet: `cargo xtask build hello` builds that");
    }
    let name = application.file_stem().unwrap_or_default().to_string_lossy();
    for transport in Transport::ALL {
        let path = workspace.component(&transport.name(&name));
        if built.contains(&path) {
            bail!("{} would take the place of the component: name it otherwise", path.display());
        }
    }
    let read = std::fs::read(application);
    let read = read.with_context(|| format!("cannot read {}", application.display()))?;
    examples::compose_each(workspace, &name, &read, &Transport::ALL)?;
    for transport in Transport::ALL {
        println!("target/component/{}.wasm", transport.name(&name));
    }
    Ok(())
}

/// The step that builds the examples that are not in Rust.
pub(crate) fn in_other_languages(
    steps: &mut Steps,
    workspace: &Workspace,
    languages: &Languages,
    only: Option<&str>,
) -> Result<()> {
    steps.step("Other languages", &languages.about(only), || languages.build(workspace, only))
}

/// The step that builds the example with kube-rs.
pub(crate) fn with_kube(
    steps: &mut Steps,
    workspace: &Workspace,
    toolchain: &Toolchain,
) -> Result<()> {
    steps.step("kube-rs", kube::ABOUT, || kube::build(workspace, toolchain))
}

/// Builds the components and runs the benchmarks.
pub(crate) fn bench(workspace: &Workspace, choice: Choice) -> Result<()> {
    let mut steps = Steps::new("bench", 7);
    let control_plane = ControlPlane::find()?;
    let hosts = Hosts::find()?;
    let toolchain =
        components(&mut steps, workspace, choice, &examples::list(workspace)?, &Transport::ALL)?;
    steps.step("Hosts", &hosts.about(), || hosts.install(workspace))?;
    steps.step("API server", &control_plane.about(), || control_plane.build(workspace))?;
    steps.step("Other clients", peers::ABOUT, || peers::build(workspace, &toolchain))?;
    steps.step(
        "Benchmarks",
        "cargo bench --package host-test (about 7 min, and 6 more the first time)",
        || process::run(&mut native::cargo(workspace, &["bench", "--benches"], HARNESS)),
    )?;
    eprintln!("{}", steps.summary());
    Ok(())
}

/// The steps that every command begins with: three, or two without examples.
pub(crate) fn components(
    steps: &mut Steps,
    workspace: &Workspace,
    choice: Choice,
    examples: &[Example],
    transports: &[Transport],
) -> Result<Toolchain> {
    let toolchain = steps.step(
        "WebAssembly targets",
        "wasm32-wasip2, wasm32-unknown-unknown (up to 1 min, or 3 min from Debian's packages)",
        || Toolchain::ensure(workspace, choice),
    )?;
    steps.step(
        "Component",
        "cargo rustc --package k8s-in-cluster (about 30 s the first time, 90 s with TLS)",
        || {
            transports
                .iter()
                .try_for_each(|transport| component::build(workspace, &toolchain, *transport))
        },
    )?;
    if examples.is_empty() {
        return Ok(toolchain);
    }
    let names: Vec<_> = examples.iter().map(|example| example.name.as_str()).collect();
    steps.step(
        "Examples",
        &format!("{}, composed with the component (about 30 s the first time)", names.join(", ")),
        || examples::build(workspace, &toolchain, examples, transports),
    )?;
    Ok(toolchain)
}

/// The step that builds the component for the other target as well.
pub(crate) fn with_std(
    steps: &mut Steps,
    workspace: &Workspace,
    toolchain: &Toolchain,
) -> Result<()> {
    steps.step(
        "Component with std",
        "the same for wasm32-wasip2 (about 15 s the first time)",
        || component::build_with_std(workspace, toolchain),
    )
}
