//! A real API server with something on it, for a pod and for kubectl.

use anyhow::Result;
use host_test::control_plane::{Admin, ControlPlane, Program, ServiceAccount};
use host_test::kubeconfig::Token;
use serde_json::{Value, json};

/// How long the pod's token lives, in seconds: a day, since no kubelet renews it.
const TOKEN_LIFETIME: u32 = 24 * 60 * 60;

/// A control plane, and the service account of a pod. Dropped, it is ended.
pub(crate) struct RealCluster {
    pub(crate) control_plane: ControlPlane,
    pub(crate) account: ServiceAccount,
    pub(crate) token: Token,
}

impl RealCluster {
    /// Starts it on a port, 0 for a free one, and puts into a namespace what the server of recorded answers has in its
    /// own: a service account `reader`, three pods and a config map.
    pub(crate) async fn start(port: u16, namespace: &str) -> Result<Self> {
        let program = tokio::task::spawn_blocking(|| {
            Program::find(|| {
                eprintln!(
                    "host-test: building kube-apiserver, once: some ten minutes on two cores"
                );
            })
        })
        .await??;
        let control_plane = ControlPlane::builder().program(program).port(port).start().await?;
        let admin = control_plane.admin()?;
        let (account, token) = furnish(&admin, namespace).await?;
        Ok(Self { control_plane, account, token })
    }
}

async fn furnish(admin: &Admin, namespace: &str) -> Result<(ServiceAccount, Token)> {
    if !admin.exists(&format!("/api/v1/namespaces/{namespace}")).await? {
        admin.namespace(namespace).await?;
    }
    let account = admin.service_account(namespace, "reader").await?;
    let rules = json!([
        {
            "apiGroups": [""],
            "resources": ["pods", "pods/log", "configmaps", "services"],
            "verbs": ["get", "list", "watch"],
        },
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "patch"]},
    ]);
    admin.allow(&account, &rules).await?;
    let path = |resource| format!("/api/v1/namespaces/{namespace}/{resource}");
    let config = json!({"metadata": {"name": "web"}, "data": {"greeting": "hello"}});
    admin.create(&path("configmaps"), &config).await?;
    let mut first = Value::Null;
    for name in ["web-1", "web-2", "web-3"] {
        let pod = admin.create(&path("pods"), &pod(name, &account)).await?;
        if first.is_null() {
            first = pod;
        }
    }
    let token = admin.token(&account, TOKEN_LIFETIME, Some(&first)).await?;
    Ok((account, token))
}

fn pod(name: &str, account: &ServiceAccount) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {
            "serviceAccountName": account.name,
            "containers": [{"name": "web", "image": "registry.k8s.io/pause:3.10"}],
        },
    })
}
