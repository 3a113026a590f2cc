//! kube-runtime's watcher.

use crate::describe;
use anyhow::Result;
use futures_util::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt as _, watcher};

/// Prints the pods, and then so many things that happen to them. A connection that is cut is made
/// again, and nothing is missed.
pub(crate) async fn follow(pods: Api<Pod>, changes: usize) -> Result<()> {
    let events = watcher(pods, Config::default()).default_backoff();
    pin_mut!(events);
    let mut seen = 0;
    while seen < changes
        && let Some(event) = events.next().await
    {
        let (what, pod) = match event {
            Ok(Event::InitApply(pod)) => {
                println!("{}", describe(&pod));
                continue;
            }
            Ok(Event::Apply(pod)) => ("applied", pod),
            Ok(Event::Delete(pod)) => ("deleted", pod),
            Ok(Event::Init | Event::InitDone) => continue,
            Err(error) => {
                eprintln!("{error}");
                continue;
            }
        };
        println!("{what} {}", describe(&pod));
        seen += 1;
    }
    Ok(())
}
