//! kube-apiserver, with pods and a config map.

use super::pods;
use super::server::Server;
use host_test::control_plane::{Admin, ControlPlane, NoControlPlane, StartError};
use serde_json::json;
use std::sync::Arc;
use tokio::task::JoinSet;

const NAMESPACE: &str = "bench";

/// How many requests create pods at a time.
const AT_A_TIME: usize = 16;

/// None where there is none to run.
pub(crate) async fn start() -> Option<(ControlPlane, Server)> {
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
    create_pods(&admin).await;

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
    Some((server, known))
}

async fn create_pods(admin: &Arc<Admin>) {
    let mut tasks = JoinSet::new();
    for first in 0..AT_A_TIME {
        let admin = Arc::clone(admin);
        tasks.spawn(async move {
            for number in (first..pods::COUNT).step_by(AT_A_TIME) {
                admin.create(&path("pods"), &pods::to_create(number)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
}

fn path(resource: &str) -> String {
    format!("/api/v1/namespaces/{NAMESPACE}/{resource}")
}
