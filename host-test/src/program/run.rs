//! `run`: one command component, in a pod, to its end.

use super::arguments::Run;
use super::cluster::Cluster;
use anyhow::{Context as _, Result, bail};
use host_test::pod::{Engine, Pod, RunError, connects_itself, imports_client};
use std::future::Future;
use tokio::signal::unix::{SignalKind, signal};

/// Interrupted, as shells have it: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;
const TERMINATED: u8 = 143;

/// The component trapped: what a process that aborts ends with.
const TRAPPED: u8 = 134;

/// Plays the pod and gives the component's exit status. Whatever ends it, the pod's
/// files are gone afterwards.
pub(crate) async fn run(run: &Run) -> Result<u8> {
    until_interrupted(play(run)).await
}

/// Does something to its end, or until this program is told to end. It is dropped then, and with it what it holds.
pub(crate) async fn until_interrupted(work: impl Future<Output = Result<u8>>) -> Result<u8> {
    let mut terminate = signal(SignalKind::terminate()).context("signals can't be waited for")?;
    tokio::select! {
        status = work => status,
        _ = tokio::signal::ctrl_c() => Ok(INTERRUPTED),
        _ = terminate.recv() => Ok(TERMINATED),
    }
}

async fn play(run: &Run) -> Result<u8> {
    let engine = Engine::new(None)?;
    let component = engine.load(&run.component)?;
    let cluster = Cluster::new(run).await?;
    if connects_itself(&component) {
        let file = run.component.display();
        if !cluster.allows_connections() {
            bail!(
                "{file} connects to the API server itself, which would have to know it by a client \
                 certificate, and this host presents that: run it with --proxy, or make it send its \
                 requests by wasi:http, with k8s-in-cluster.wasm inside or, linked, HttpClient"
            );
        }
        if run.show_requests {
            eprintln!("host-test: {file} connects itself: those requests are not shown");
        }
    }
    let name = run.component.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = std::iter::once(name).chain(run.arguments.iter().cloned());
    let mut pod = cluster.furnish(Pod::builder()).args(arguments).inherit_stdio();
    // What is set by hand goes before what the cluster gives.
    for (name, value) in &run.variables {
        pod = pod.env(name, value);
    }
    match pod.build(&engine)?.run_command(&component).await {
        Ok(status) => Ok(u8::try_from(status.code()).unwrap_or(1)),
        Err(RunError::Trap(error)) => {
            eprintln!("host-test: the component trapped: {error:#}");
            Ok(TRAPPED)
        }
        Err(error @ RunError::Instantiate(_)) if imports_client(&component) => {
            let file = run.component.display();
            Err(error).context(format!(
                "{file} imports k8s:in-cluster, which no host has: compose it with the component, by `cargo xtask compose \
                 {file}`, and run what that makes"
            ))
        }
        Err(error) => Err(error.into()),
    }
}
