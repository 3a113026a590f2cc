//! Prints the pods of its namespace, and then what happens to them, while it says every ten seconds
//! that it is still there. One argument: after how many events to end.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use k8s_in_cluster::Error;
use k8s_in_cluster::asynchronous;
use k8s_in_cluster::executor::{block_on, sleep};
use k8s_in_cluster::objects::ListOptions;
use k8s_in_cluster::resource::{ApiResource, Scope};
use k8s_in_cluster::watch::{Event, Options};
use serde_json::Value;
use std::process::ExitCode;
use std::time::Duration;

#[cfg(not(feature = "tls"))]
type Client = asynchronous::HttpClient;
#[cfg(feature = "tls")]
type Client = asynchronous::TlsClient;

fn main() -> ExitCode {
    let events = std::env::args().nth(1).and_then(|count| count.parse().ok());
    match block_on(run(events.unwrap_or(u64::MAX))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(events: u64) -> Result<(), Error> {
    let client = Client::in_cluster()?;
    let pods = ApiResource::new("", "v1", "pods");
    let version = list(&client, &pods).await?;

    // Both at once, and the program ends with the first that does.
    let (following, waiting) = (follow(&client, &pods, version, events), say_it_is_there());
    pin_mut!(following, waiting);
    match select(following, waiting).await {
        Either::Left((result, _)) | Either::Right((result, _)) => result,
    }
}

/// Prints the pods, and returns as of which resourceVersion that was.
async fn list(client: &Client, pods: &ApiResource) -> Result<String, Error> {
    let mut list = client.list(pods, &Scope::OwnNamespace, ListOptions::default())?;
    while let Some(pod) = list.next().await {
        println!("{}", describe(&pod?));
    }
    Ok(list.metadata().list.resource_version)
}

async fn follow(
    client: &Client,
    pods: &ApiResource,
    version: String,
    events: u64,
) -> Result<(), Error> {
    let options = Options { after_resource_version: Some(version), ..Options::default() };
    let mut watch = client.watch(pods, &Scope::OwnNamespace, options)?;
    let mut seen = 0;
    while seen < events
        && let Some(event) = watch.next().await
    {
        let (what, pod) = match event? {
            Event::Added(pod) => ("added", pod),
            Event::Modified(pod) => ("modified", pod),
            Event::Deleted(pod) => ("deleted", pod),
            Event::Synced(_) | Event::Bookmark(_) | Event::Restarted => continue,
        };
        println!("{what} {}", describe(&pod));
        seen += 1;
    }
    Ok(())
}

async fn say_it_is_there() -> Result<(), Error> {
    loop {
        sleep(Duration::from_secs(10)).await;
        eprintln!("still following");
    }
}

/// Name and phase of a pod.
fn describe(pod: &str) -> String {
    let pod: Value = serde_json::from_str(pod).unwrap_or_default();
    let text = |path: &str| pod.pointer(path).and_then(Value::as_str).unwrap_or("?").to_owned();
    format!("{} {}", text("/metadata/name"), text("/status/phase"))
}
