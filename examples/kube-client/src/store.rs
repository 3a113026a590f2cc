//! kube-runtime's reflector.

use crate::describe;
use anyhow::Result;
use futures_util::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt as _, watcher};

/// Keeps the pods in a store, in step with the cluster; and prints what it holds once it is filled,
/// and after each of so many changes.
pub(crate) async fn keep(pods: Api<Pod>, changes: usize) -> Result<()> {
    let (store, writer) = reflector::store();
    // Whoever takes the events keeps the store in step.
    let events = watcher(pods, Config::default()).default_backoff().reflect(writer);
    pin_mut!(events);
    let mut seen = 0;
    while seen < changes
        && let Some(event) = events.next().await
    {
        match event {
            Ok(Event::InitDone) => print(&store),
            Ok(Event::Apply(_) | Event::Delete(_)) => {
                print(&store);
                seen += 1;
            }
            Ok(Event::Init | Event::InitApply(_)) => {}
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}

fn print(store: &Store<Pod>) {
    let mut pods: Vec<String> = store.state().iter().map(|pod| describe(pod)).collect();
    pods.sort();
    println!("{} pods: {}", pods.len(), pods.join(", "));
}
