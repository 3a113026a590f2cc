//! A controller as a component: it publishes each `Website`, a custom resource, by a ConfigMap.
//!
//! Of its replicas the one acts that holds the Lease. All of them watch, so that another can go on
//! at once. One loop waits for everything: changes, the Lease, and what is to be tried again.

#![allow(clippy::result_large_err, reason = "the error of the WIT package, as wide as it is")]

mod cluster;
mod controller;
mod election;
mod events;
mod mirror;
mod page;
mod queue;
mod reconcile;
mod resource;
mod watched;

use bindings::k8s::in_cluster::cluster::discover;
use bindings::wasi::clocks::monotonic_clock;
use bindings::wasi::io::poll;
use cluster::describe;
use controller::Controller;
use election::Election;
use std::process::ExitCode;
use watched::OwnPod;

mod bindings {
    #![allow(missing_docs, clippy::all, reason = "generated from the WIT package")]

    wit_bindgen::generate!({
        inline: "
            package example:controller;

            world controller {
                import wasi:clocks/monotonic-clock@0.2.12;
                import k8s:in-cluster/cluster@0.1.0;
                import k8s:in-cluster/objects@0.1.0;
                import k8s:in-cluster/watch@0.1.0;
                import k8s:in-cluster/leases@0.1.0;
            }
        ",
        path: "../../wit",
        generate_all,
    });
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("controller: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs until the pod is to end. It is an error to lose the Lease: the pod starts anew then, and
/// nothing is left of what was under way.
fn run() -> Result<(), String> {
    let failed = |error| describe(&error);
    let namespace = discover().map_err(failed)?.namespace;
    let election = Election::begin().map_err(failed)?;
    let mut controller = Controller::start(namespace, election.identity()).map_err(failed)?;
    // At the desk there is no pod.
    let pod = std::env::var("POD_NAME").ok().filter(|name| !name.is_empty());
    let pod = pod.map(|name| OwnPod::start(&name)).transpose().map_err(failed)?;
    loop {
        let lost = |loss| format!("no longer the leader: {loss:?}");
        let leads = election.look_after().map_err(lost)?;
        if pod.as_ref().is_some_and(OwnPod::is_ending) {
            eprintln!("controller: the pod is to end");
            return election.release().map_err(failed);
        }
        controller.follow();
        if leads {
            controller.work(&election, monotonic_clock::now());
        }
        wait(&election, &controller, pod.as_ref(), leads);
    }
}

/// Waits until there is something to do: for the election it is no longer than seconds.
fn wait(election: &Election, controller: &Controller, pod: Option<&OwnPod>, leads: bool) {
    let due = controller.due().filter(|_| leads);
    if due == Some(0) {
        return;
    }
    let mut pollables = vec![
        election.subscribe(),
        controller.websites.watcher.subscribe(),
        controller.config_maps.watcher.subscribe(),
    ];
    pollables.extend(pod.map(|it| it.watcher.subscribe()));
    pollables.extend(due.map(monotonic_clock::subscribe_instant));
    poll::poll(&pollables.iter().collect::<Vec<_>>());
}
