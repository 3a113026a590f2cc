//! What an operator does now and then, in a few lines each.

use k8s_in_cluster::kube::api::entry::CommitError;
use k8s_in_cluster::kube::api::{
    ApiResource, DeleteParams, DynamicObject, EvictParams, GroupVersionKind, ListParams, LogParams,
    Patch, PatchParams, PostParams,
};
use k8s_in_cluster::kube::{Api, Client, ResourceExt as _};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod, ServiceAccount};
use serde_json::json;
use std::error::Error;

pub(crate) const USAGE: &str = "log POD CONTAINER | follow POD CONTAINER | evict POD | clear SELECTOR \
    | debug POD IMAGE | resize POD CONTAINER CPU | restart DEPLOYMENT | cordon NODE | uncordon NODE \
    | note MAP KEY VALUE | token ACCOUNT | approve REQUEST | names GROUP VERSION KIND \
    | apply GROUP VERSION KIND OBJECT";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Does a chore, or knows none of that name.
pub(crate) async fn run(client: Client, arguments: &[&str]) -> Result<bool> {
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    match *arguments {
        ["log", pod, container] => print!("{}", pods.logs(pod, &of(container, false)).await?),
        ["follow", pod, container] => {
            let mut log = pods.log_stream(pod, &of(container, true))?;
            while let Some(line) = log.next().await {
                println!("{}", line?);
            }
        }
        ["evict", pod] => {
            let status = pods.evict(pod, &EvictParams::default()).await?;
            println!("{pod} is {}", if status.is_success() { "evicted" } else { "not evicted" });
        }
        ["clear", selector] => {
            let (params, selection) = (DeleteParams::background(), ListParams::default());
            let selection = selection.labels(selector);
            let deleted = pods.delete_collection(&params.grace_period(0), &selection).await?;
            println!("{} are deleted", deleted.left().map_or(0, |list| list.items.len()));
        }
        ["debug", pod, image] => debug(&pods, pod, image).await?,
        ["resize", pod, container, cpu] => resize(&pods, pod, container, cpu).await?,
        ["restart", name] => {
            let deployments: Api<Deployment> = Api::default_namespaced(client);
            println!("{} restarts", deployments.restart(name).await?.name_any());
        }
        ["cordon", node] => mark(Api::<Node>::all(client).cordon(node).await?),
        ["uncordon", node] => mark(Api::<Node>::all(client).uncordon(node).await?),
        ["note", map, key, value] => note(client, map, key, value).await?,
        ["token", account] => {
            let accounts: Api<ServiceAccount> = Api::default_namespaced(client);
            let request = TokenRequest::default();
            let params = PostParams::default();
            let answer = accounts.create_token_request(account, &params, &request).await?;
            println!("{}", answer.status.and_then(|status| status.token).unwrap_or_default());
        }
        ["approve", name] => approve(client, name).await?,
        ["names", group, version, kind] => {
            let objects = dynamic(client, group, version, kind);
            for object in objects.list_metadata(&ListParams::default()).await? {
                println!("{}", object.name_any());
            }
        }
        ["apply", group, version, kind, object] => {
            let object: serde_json::Value = serde_json::from_str(object)?;
            let name =
                object["metadata"]["name"].as_str().ok_or("the object has no metadata.name")?;
            let objects = dynamic(client, group, version, kind);
            let params = PatchParams::apply("kube-types").force().validation_strict();
            let patch = Patch::Apply(&object);
            let would_be = objects.patch(name, &params.clone().dry_run(), &patch).await?;
            let applied = objects.patch(name, &params, &patch).await?;
            println!("{} is applied, as {}", applied.name_any(), would_be.name_any());
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn of(container: &str, follow: bool) -> LogParams {
    LogParams { container: Some(container.to_owned()), follow, ..LogParams::default() }
}

/// Objects of a kind that is known by its name alone.
fn dynamic(client: Client, group: &str, version: &str, kind: &str) -> Api<DynamicObject> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    Api::default_namespaced_with(client, &kind)
}

/// Adds a container to a pod, to look around in.
async fn debug(pods: &Api<Pod>, pod: &str, image: &str) -> Result<()> {
    let container = json!({"name": "debug", "image": image});
    let patch = Patch::Strategic(json!({"spec": {"ephemeralContainers": [container]}}));
    let pod = pods.patch_ephemeral_containers(pod, &PatchParams::default(), &patch).await?;
    let containers = pod.spec.as_ref().and_then(|spec| spec.ephemeral_containers.as_ref());
    for container in containers.into_iter().flatten() {
        println!("{} has {}", pod.name_any(), container.name);
    }
    Ok(())
}

async fn resize(pods: &Api<Pod>, pod: &str, container: &str, cpu: &str) -> Result<()> {
    let container = json!({"name": container, "resources": {"requests": {"cpu": cpu}}});
    let patch = Patch::Strategic(json!({"spec": {"containers": [container]}}));
    pods.patch_resize(pod, &PatchParams::default(), &patch).await?;
    println!("{pod} is to have {cpu}");
    Ok(())
}

fn mark(node: Node) {
    let unschedulable = node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default();
    println!("{} takes {} pods", node.name_any(), if unschedulable { "no more" } else { "new" });
}

/// Writes a line into a map, which is made if there is none.
async fn note(client: Client, map: &str, key: &str, value: &str) -> Result<()> {
    let maps: Api<ConfigMap> = Api::default_namespaced(client);
    let mut entry = maps.entry(map).await?.or_insert(ConfigMap::default).and_modify(|map| {
        map.data.get_or_insert_default().insert(key.to_owned(), value.to_owned());
    });
    entry.commit(&PostParams::default()).await.map_err(|error| match error {
        CommitError::Save(error) => Box::<dyn Error>::from(error),
        error => error.into(),
    })?;
    println!("{map} has {}", entry.get().data.as_ref().map_or(0, |data| data.len()));
    Ok(())
}

async fn approve(client: Client, name: &str) -> Result<()> {
    let requests: Api<CertificateSigningRequest> = Api::all(client);
    let condition = json!({"type": "Approved", "status": "True", "reason": "Asked"});
    let patch = Patch::Merge(json!({"status": {"conditions": [condition]}}));
    requests.patch_approval(name, &PatchParams::default(), &patch).await?;
    let approved = requests.get_approval(name).await?;
    let conditions = approved.status.and_then(|status| status.conditions);
    for condition in conditions.into_iter().flatten() {
        println!("{name} is {}", condition.type_);
    }
    Ok(())
}
