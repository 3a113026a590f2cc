//! Lists pods, scales a deployment, and serves orders, which are a custom resource: see `README.md`.

mod chores;

use k8s_in_cluster::{asynchronous, executor, kube};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, Event, ListParams, Patch, PatchParams, PostParams, WatchParams};
use kube::{Api, Client, CustomResourceExt as _, ResourceExt as _};
use kube_derive::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::error::Error;
use std::process::ExitCode;

#[cfg(not(feature = "tls"))]
type Transport = asynchronous::HttpClient;
#[cfg(feature = "tls")]
type Transport = asynchronous::TlsClient;

/// What somebody wants.
#[derive(CustomResource, Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[kube(group = "shop.example", version = "v1", kind = "Order", namespaced, status = "OrderStatus")]
#[kube(crates(kube_core = "k8s_in_cluster::kube::core"))]
struct OrderSpec {
    item: String,
    count: u32,
}

/// How far that is.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
struct OrderStatus {
    phase: String,
}

const USAGE: &str = "usage: pods | scale DEPLOYMENT REPLICAS | crd | order NAME ITEM COUNT | cancel NAME | serve ORDERS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match executor::block_on(run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    if let ["crd"] = arguments {
        println!("{}", serde_json::to_string(&Order::crd())?);
        return Ok(());
    }
    let client = Client::from(Transport::in_cluster()?);
    match *arguments {
        ["pods"] => pods(client).await?,
        ["scale", name, replicas] => scale(client, name, replicas.parse()?).await?,
        ["order", name, item, count] => order(client, name, item, count.parse()?).await?,
        ["cancel", name] => cancel(client, name).await?,
        ["serve", orders] => serve(client, orders.parse()?).await?,
        _ => match chores::run(client, arguments).await.map_err(said)? {
            true => {}
            false => return Err(format!("{USAGE} | {}", chores::USAGE).into()),
        },
    }
    Ok(())
}

/// What the API server says no with, as kubectl has it; other errors as they are.
fn said(error: Box<dyn Error>) -> Box<dyn Error> {
    match error.downcast_ref() {
        Some(kube::Error::Api(status)) => {
            format!("{} ({}): {}", status.reason, status.code, status.message).into()
        }
        _ => error,
    }
}

/// Prints the pods of the namespace: in memory are a few of them.
async fn pods(client: Client) -> kube::Result<()> {
    let pods: Api<Pod> = Api::default_namespaced(client);
    let mut list = pods.list_stream(&ListParams::default())?;
    while let Some(pod) = list.next().await {
        let pod = pod?;
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        println!("{} {}", pod.name_any(), phase.unwrap_or("Unknown"));
    }
    Ok(())
}

async fn scale(client: Client, name: &str, replicas: u32) -> kube::Result<()> {
    let deployments: Api<Deployment> = Api::default_namespaced(client);
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    match deployments.patch_scale(name, &PatchParams::default(), &patch).await {
        Ok(scale) => {
            let wanted = scale.spec.and_then(|spec| spec.replicas).unwrap_or_default();
            println!("{name} is to have {wanted} replicas");
        }
        Err(kube::Error::Api(status)) if status.is_not_found() => {
            println!("there is no deployment {name}");
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

async fn order(client: Client, name: &str, item: &str, count: u32) -> kube::Result<()> {
    let orders: Api<Order> = Api::default_namespaced(client);
    let order = Order::new(name, OrderSpec { item: item.to_owned(), count });
    let created = orders.create(&PostParams::default(), &order).await?;
    println!("{} is ordered", created.name_any());
    Ok(())
}

async fn cancel(client: Client, name: &str) -> kube::Result<()> {
    let orders: Api<Order> = Api::default_namespaced(client);
    let deleted = orders.delete(name, &DeleteParams::default()).await?;
    println!("{name} is {}", if deleted.is_right() { "gone" } else { "being deleted" });
    Ok(())
}

/// Serves so many orders, those that are there and those that come.
async fn serve(client: Client, mut count: u32) -> kube::Result<()> {
    let orders: Api<Order> = Api::default_namespaced(client);
    let mut watch = orders.watch(&WatchParams::default(), "")?;
    while count > 0
        && let Some(event) = watch.next().await
    {
        let order = match event {
            Ok(Event::Added(order) | Event::Modified(order)) if order.status.is_none() => order,
            Ok(_) => continue,
            // One that can't be read is none that can be served. The others can.
            Err(kube::Error::Unreadable(order)) => {
                eprintln!("{order}");
                continue;
            }
            Err(error) => return Err(error),
        };
        let name = order.name_any();
        let patch = Patch::Merge(json!({"status": {"phase": "Served"}}));
        let served = orders.patch_status(&name, &PatchParams::default(), &patch).await?;
        let phase = served.status.map(|status| status.phase).unwrap_or_default();
        println!("{phase} {name}: {} {}", order.spec.count, order.spec.item);
        count -= 1;
    }
    Ok(())
}
