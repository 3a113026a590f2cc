//! A component that speaks the types of kube-core and k8s-openapi: `examples/kube-types`.

use crate::cluster::{Cluster, within_reason};
use crate::guest::{Outcome, assert_says, outcome};
use crate::run::TLS;
use crate::wasmtime::Wasmtime;
use host_test::api_server::{Answer, NAMESPACE};
use host_test::loopback_proxy::LoopbackProxy;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

/// The component over one of the transports.
pub(crate) enum Component {
    Tls,
    /// By `wasi:http`, to a proxy in the pod.
    Http(LoopbackProxy),
}

impl Component {
    pub(crate) async fn http(cluster: &Cluster) -> Self {
        Self::Http(cluster.proxy().await)
    }

    fn command(&self, cluster: &Cluster, arguments: &[&str]) -> Command {
        match self {
            Self::Tls => Wasmtime::new(TLS)
                .dir(cluster)
                .variables(cluster)
                .component("kube-types-tls", arguments),
            Self::Http(proxy) => Wasmtime::by_proxy(proxy).component("kube-types", arguments),
        }
    }

    pub(crate) async fn run(&self, cluster: &Cluster, arguments: &[&str]) -> Outcome {
        outcome(self.command(cluster, arguments)).await
    }

    /// What it prints, where all is well.
    pub(crate) async fn says(&self, cluster: &Cluster, arguments: &[&str]) -> String {
        let outcome = self.run(cluster, arguments).await;
        assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""), "{outcome:?}");
        outcome.stdout
    }
}

const SCALE: &str = "/apis/apps/v1/namespaces/shop/deployments/web/scale";

#[tokio::test]
async fn pods_are_of_their_type() {
    let cluster = Cluster::fixture().await;
    for component in [Component::Tls, Component::http(&cluster).await] {
        let pods = component.says(&cluster, &["pods"]).await;
        assert_eq!(pods, "web-1 Pending\nweb-2 Pending\nweb-3 Pending\n");
    }
}

#[tokio::test]
async fn a_pod_that_can_not_be_read_is_named_and_not_quoted() {
    let cluster = Cluster::fixture().await;
    cluster.api_server().answer_with(Method::GET, &cluster.path(), |_| {
        let pod = |name, phase: Value| {
            json!({"metadata": {"name": name, "namespace": NAMESPACE}, "status": {"phase": phase}})
        };
        Answer::json(
            StatusCode::OK,
            &json!({
                "kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "10"},
                "items": [pod("a", json!("Running")), pod("b", json!({"s3cret": "s3cret"}))],
            }),
        )
    });
    let outcome = Component::Tls.run(&cluster, &["pods"]).await;
    assert_eq!((outcome.status, &*outcome.stdout), (Some(1), "a Running\n"), "{outcome:?}");
    let said = "the Pod shop/b does not fit its Rust type: expected a string at status.phase\n";
    assert_eq!(outcome.stderr, said);
}

#[tokio::test]
async fn a_deployment_is_scaled_by_a_patch() {
    let cluster = Cluster::fixture().await;
    cluster.api_server().answer_with(Method::PATCH, SCALE, |request| {
        assert_eq!(request.header("content-type"), Some("application/merge-patch+json"));
        assert_eq!(request.body, br#"{"spec":{"replicas":3}}"#);
        let scale = json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "web"},
            "spec": {"replicas": 3}, "status": {"replicas": 1},
        });
        Answer::json(StatusCode::OK, &scale)
    });
    let said = Component::Tls.says(&cluster, &["scale", "web", "3"]).await;
    assert_eq!(said, "web is to have 3 replicas\n");
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn orders_are_served_by_tls_inside() {
        let cluster = cluster().await;
        orders_are_served(&cluster, &Component::Tls).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn orders_are_served_by_a_proxy() {
        let cluster = cluster().await;
        let component = Component::http(&cluster).await;
        orders_are_served(&cluster, &component).await;
    }

    const ORDERS: &str = "/apis/shop.example/v1/namespaces/shop/orders";
    const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";
    const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    async fn cluster() -> Cluster {
        let rule = |group, resource, verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
        Cluster::real_that_allows(&[
            rule("apps", "deployments/scale", &["patch"]),
            rule("shop.example", "orders", &["create", "delete", "list", "watch"]),
            rule("shop.example", "orders/status", &["patch"]),
        ])
        .await
    }

    async fn orders_are_served(cluster: &Cluster, component: &Component) {
        let admin = cluster.admin();
        assert_eq!(component.says(cluster, &["pods"]).await, "pod-1 Pending\n");

        let labels = json!({"app": "web"});
        let deployment = json!({"metadata": {"name": "web"}, "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": "web"}]},
            },
        }});
        admin.create(DEPLOYMENTS, &deployment).await.unwrap();
        let said = component.says(cluster, &["scale", "web", "3"]).await;
        assert_eq!(said, "web is to have 3 replicas\n");
        let deployment = admin.get(&format!("{DEPLOYMENTS}/web")).await.unwrap();
        assert_eq!(deployment["spec"]["replicas"], 3);
        let said = component.says(cluster, &["scale", "api", "3"]).await;
        assert_eq!(said, "there is no deployment api\n");

        let definition = component.says(cluster, &["crd"]).await;
        admin.create(DEFINITIONS, &serde_json::from_str(&definition).unwrap()).await.unwrap();
        within_reason(async {
            while admin.get(ORDERS).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        assert_eq!(component.says(cluster, &["order", "1", "tea", "2"]).await, "1 is ordered\n");
        let again = component.run(cluster, &["order", "1", "tea", "2"]).await;
        assert_eq!((again.status, &*again.stdout), (Some(1), ""), "{again:?}");
        assert_says(&again.stderr, &["\"1\" already exists"]);
        // What the schema allows, and a u32 does not hold.
        let too_many = json!({
            "apiVersion": "shop.example/v1", "kind": "Order", "metadata": {"name": "too-many"},
            "spec": {"item": "tea", "count": 5_000_000_000_u64},
        });
        admin.create(ORDERS, &too_many).await.unwrap();

        let mut child = component.command(cluster, &["serve", "2"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        within_reason(async {
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("Served 1: 2 tea"));
            component.says(cluster, &["order", "2", "cake", "1"]).await;
            assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("Served 2: 1 cake"));
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
            assert!(child.wait().await.unwrap().success(), "{stderr}");
            let said =
                "the Order shop/too-many does not fit its Rust type: expected u32 at spec.count";
            assert_says(&stderr, &[said]);
            assert!(!stderr.contains("5000000000"), "{stderr}");
        })
        .await;
        for (name, phase) in
            [("1", json!("Served")), ("2", json!("Served")), ("too-many", Value::Null)]
        {
            let order = admin.get(&format!("{ORDERS}/{name}")).await.unwrap();
            assert_eq!(order["status"]["phase"], phase, "{order}");
        }
        assert_eq!(component.says(cluster, &["cancel", "2"]).await, "2 is gone\n");
        assert!(!admin.exists(&format!("{ORDERS}/2")).await.unwrap());
    }
}
