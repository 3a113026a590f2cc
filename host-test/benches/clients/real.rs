//! kube-apiserver, with pods and a config map.

use super::contestant::EVENTS;
use super::pods;
use super::server::Server;
use host_test::control_plane::{Admin, ControlPlane, NoControlPlane, StartError};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

const NAMESPACE: &str = "bench";

/// How many requests are sent at a time.
const AT_A_TIME: usize = 16;

/// The server, and the version before each pod was changed. None where there is none to run.
pub(crate) async fn start() -> Option<(ControlPlane, Server, String)> {
    let server = match ControlPlane::builder().start().await {
        Ok(server) => server,
        Err(StartError::NoControlPlane(error @ NoControlPlane::NothingInstalled)) => {
            println!("without kube-apiserver: {error}");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let admin = Arc::new(server.admin().unwrap());
    admin.namespace(NAMESPACE).await.unwrap();
    let small = json!({"metadata": {"name": "small"}, "data": {"key": "value"}});
    admin.create(&path("configmaps"), &small).await.unwrap();
    each(&admin, pods::COUNT, |number| (Method::POST, path("pods"), pods::to_create(number))).await;
    let list = admin.get(&format!("{}?limit=1", path("pods"))).await.unwrap();
    let version = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    each(&admin, EVENTS, |number| {
        let (name, pod) = pods::to_run(number);
        (Method::PUT, format!("{}/{name}/status", path("pods")), pod)
    })
    .await;

    let account = admin.service_account(NAMESPACE, "reader").await.unwrap();
    let rules = json!([
        {"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": ["get", "list", "watch"]},
    ]);
    admin.allow(&account, &rules).await.unwrap();
    let token = admin.token(&account, 3600, None).await.unwrap();
    let known = Server {
        address: server.address(),
        ca_pem: server.ca_pem(),
        token: token.expose().to_owned(),
        namespace: NAMESPACE.to_owned(),
    };
    Some((server, known, version))
}

/// Sends a request for each number, which is its method, path and object.
async fn each(admin: &Arc<Admin>, count: usize, request: fn(usize) -> (Method, String, Value)) {
    let mut tasks = JoinSet::new();
    for first in 0..AT_A_TIME {
        let admin = Arc::clone(admin);
        tasks.spawn(async move {
            for number in (first..count).step_by(AT_A_TIME) {
                let (method, path, object) = request(number);
                admin.request(method, &path, Some(&object)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
}

fn path(resource: &str) -> String {
    format!("/api/v1/namespaces/{NAMESPACE}/{resource}")
}
