//! What kube's `Api` has beside the common verbs, on a real API server: the chores of `examples/kube-types`.

use crate::cluster::Cluster;
use crate::guest::assert_says;
use crate::kube_types::Component;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use host_test::api_server::{Answer, ApiServer, Misbehaviour};
use http::{Method, StatusCode};
use serde_json::{Value, json};

const NAMESPACED: &str = "/api/v1/namespaces/shop";

async fn cluster() -> Cluster {
    let rule = |group, resource, verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
    Cluster::real_that_allows(&[
        rule("", "pods", &["deletecollection"]),
        rule("", "pods/log", &["get"]),
        rule("", "pods/eviction", &["create"]),
        rule("", "pods/ephemeralcontainers", &["patch"]),
        rule("", "pods/resize", &["patch"]),
        rule("", "configmaps", &["get", "list", "create", "update", "patch"]),
        rule("", "serviceaccounts/token", &["create"]),
        rule("apps", "deployments", &["patch"]),
    ])
    .await
}

/// Where the chores are done, and the component that does them.
struct Place {
    cluster: Cluster,
    component: Component,
}

impl Place {
    async fn tls() -> Self {
        Self { cluster: cluster().await, component: Component::Tls }
    }

    /// By `wasi:http`, to a proxy in the pod.
    async fn proxy() -> Self {
        let cluster = cluster().await;
        let component = Component::http(&cluster).await;
        Self { cluster, component }
    }

    /// Has the component fail by what the API server says no with, which is typed.
    async fn refuses(&self, arguments: &[&str], start: &str, words: &[&str]) {
        let outcome = self.component.run(&self.cluster, arguments).await;
        assert_eq!(outcome.status, Some(1), "{outcome:?}");
        assert!(outcome.stderr.starts_with(start), "{outcome:?}");
        assert_says(&outcome.stderr, words);
    }

    async fn says(&self, arguments: &[&str], said: &str) {
        assert_eq!(self.component.says(&self.cluster, arguments).await, said);
    }
}

/// A node of this name, whose kubelet is a server of the test's own.
pub(crate) async fn node(cluster: &Cluster, name: &str, kubelet: &ApiServer) {
    let address = kubelet.address();
    let status = json!({
        "addresses": [{"type": "InternalIP", "address": address.ip().to_string()}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": address.port()}},
    });
    let node = json!({"metadata": {"name": name}, "status": status});
    cluster.admin().create("/api/v1/nodes", &node).await.unwrap();
}

async fn allow_of_the_cluster(cluster: &Cluster) {
    let admin = cluster.admin();
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    let certificates = "certificates.k8s.io";
    let role = json!({"metadata": {"name": "operator"}, "rules": [
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"]},
        {"apiGroups": [certificates], "resources": ["certificatesigningrequests/approval"], "verbs": ["get", "patch"]},
        {"apiGroups": [certificates], "resources": ["signers"], "resourceNames": ["shop.example/seal"], "verbs": ["approve"]},
    ]});
    admin.create(&format!("{rbac}/clusterroles"), &role).await.unwrap();
    let binding = json!({
        "metadata": {"name": "operator"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "operator"},
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": "shop"}],
    });
    admin.create(&format!("{rbac}/clusterrolebindings"), &binding).await.unwrap();
}

/// A request for a certificate is approved.
async fn approve(place: &Place) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::default();
    let pem = params.serialize_request(&key).unwrap().pem().unwrap();
    let request = json!({"metadata": {"name": "seal"}, "spec": {
        "request": BASE64_STANDARD.encode(pem),
        "signerName": "shop.example/seal",
        "usages": ["digital signature"],
    }});
    let path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    place.cluster.admin().create(path, &request).await.unwrap();
    place.says(&["approve", "seal"], "seal is Approved\n").await;
}

async fn logs(place: &Place) {
    let cluster = &place.cluster;
    let kubelet = ApiServer::builder().without_http2().start().await.unwrap();
    node(cluster, "node-1", &kubelet).await;
    let pod = cluster.create_pod("web").await;
    // The API server is nobody to this kubelet, which answers nevertheless.
    let log = Answer::text(StatusCode::OK, "one\n\nzwei größer\nend").in_chunks();
    kubelet.misbehave_always(Misbehaviour::Status(log));
    place.says(&["log", "web", "app"], "one\n\nzwei größer\nend").await;
    let asked = kubelet.journal().requests().pop().unwrap();
    assert_eq!(asked.path, "/containerLogs/shop/web/app");
    place.says(&["follow", "web", "app"], "one\n\nzwei größer\nend\n").await;
    let asked = kubelet.journal().requests().pop().unwrap();
    assert_eq!(asked.query.as_deref(), Some("follow=true"));

    for verb in ["log", "follow"] {
        let missing = ["pods \"api\" not found"];
        place.refuses(&[verb, "api", "app"], "NotFound (404): ", &missing).await;
        let other = ["container other is not valid"];
        place.refuses(&[verb, "web", "other"], "BadRequest (400): ", &other).await;
    }
    let gone = Answer::text(StatusCode::BAD_REQUEST, "previous terminated container not found");
    kubelet.misbehave_always(Misbehaviour::Status(gone));
    let said = ["previous terminated container not found"];
    place.refuses(&["log", "web", "app"], "BadRequest (400): ", &said).await;

    // What only a pod that is on a node can be given.
    place.says(&["debug", "web", "busybox"], "web has debug\n").await;
    let containers = &cluster.admin().get(&pod).await.unwrap()["spec"]["ephemeralContainers"];
    assert_eq!(containers[0]["image"], "busybox", "{containers}");
    place.says(&["evict", "web"], "web is evicted\n").await;
    assert!(!cluster.admin().exists(&pod).await.unwrap());
    place.refuses(&["evict", "web"], "NotFound (404): ", &["pods \"web\" not found"]).await;
}

async fn pods(place: &Place) {
    let cluster = &place.cluster;
    let admin = cluster.admin();
    for (name, app) in [("a", "web"), ("b", "web"), ("c", "api")] {
        let resources = json!({"requests": {"cpu": "100m"}});
        let pod = json!({
            "metadata": {"name": name, "labels": {"app": app}},
            "spec": {"containers": [{"name": "app", "image": "app", "resources": resources}]},
        });
        admin.create(&cluster.path(), &pod).await.unwrap();
    }
    let path = |name| format!("{NAMESPACED}/pods/{name}");
    place.says(&["resize", "c", "app", "200m"], "c is to have 200m\n").await;
    let resized = admin.get(&path("c")).await.unwrap();
    assert_eq!(resized["spec"]["containers"][0]["resources"]["requests"]["cpu"], "200m");
    let said = ["spec.containers[0].resources.requests"];
    place.refuses(&["resize", "c", "app", "-1"], "Invalid (422): ", &said).await;

    place.says(&["clear", "app=web"], "2 are deleted\n").await;
    for (name, is_there) in [("a", false), ("b", false), ("c", true)] {
        assert_eq!(admin.exists(&path(name)).await.unwrap(), is_there, "{name}");
    }
    place.says(&["clear", "app=web"], "0 are deleted\n").await;
    place.refuses(&["clear", "="], "BadRequest (400): ", &["found '='"]).await;
}

async fn entries(place: &Place) {
    let cluster = &place.cluster;
    let admin = cluster.admin();
    place.says(&["note", "shop", "open", "yes"], "shop has 1\n").await;
    place.says(&["note", "shop", "close", "late"], "shop has 2\n").await;
    let map = admin.get(&format!("{NAMESPACED}/configmaps/shop")).await.unwrap();
    assert_eq!(map["data"], json!({"open": "yes", "close": "late"}));
    place.refuses(&["note", "Shop!", "a", "b"], "Invalid (422): ", &["metadata.name"]).await;

    let apply = async |object: Value| {
        let object = object.to_string();
        place.component.run(&place.cluster, &["apply", "", "v1", "ConfigMap", &object]).await
    };
    let object = |more: Value| {
        let mut object = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"},
        });
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        object
    };
    let outcome = apply(object(json!({"data": {"a": "1"}}))).await;
    assert_eq!(outcome.stdout, "applied is applied, as applied\n", "{outcome:?}");
    let map = admin.get(&format!("{NAMESPACED}/configmaps/applied")).await.unwrap();
    let managed = &map["metadata"]["managedFields"][0];
    assert_eq!(
        (&managed["manager"], &managed["operation"]),
        (&json!("kube-types"), &json!("Apply"))
    );
    // By the validation, which is a strict one.
    let outcome = apply(object(json!({"date": {"a": "2"}}))).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_says(&outcome.stderr, &["date", "field not declared in schema"]);
    for (object, said) in [("{", "EOF"), ("{}", "the object has no metadata.name")] {
        let arguments = ["apply", "", "v1", "ConfigMap", object];
        place.refuses(&arguments, "", &[said]).await;
    }
    let names = place.component.says(&place.cluster, &["names", "", "v1", "ConfigMap"]).await;
    // A controller may have made one more.
    let names: Vec<_> = names.lines().filter(|name| *name != "kube-root-ca.crt").collect();
    assert_eq!(names, ["applied", "shop"]);
    place.refuses(&["names", "", "v1", "Nothing"], "Forbidden (403): ", &["nothings"]).await;
}

async fn workloads(place: &Place) {
    let cluster = &place.cluster;
    let admin = cluster.admin();
    let deployment = json!({"metadata": {"name": "web"}, "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web"}]},
        },
    }});
    let path = "/apis/apps/v1/namespaces/shop/deployments";
    admin.create(path, &deployment).await.unwrap();
    place.says(&["restart", "web"], "web restarts\n").await;
    let restarted = admin.get(&format!("{path}/web")).await.unwrap();
    let annotations = &restarted["spec"]["template"]["metadata"]["annotations"];
    assert!(annotations["kube.kubernetes.io/restartedAt"].is_string(), "{restarted}");

    let token = place.component.says(&place.cluster, &["token", "reader"]).await;
    let review = json!({"spec": {"token": token.trim()}});
    let path = "/apis/authentication.k8s.io/v1/tokenreviews";
    let review = admin.request(Method::POST, path, Some(&review)).await.unwrap();
    assert_eq!(review["status"]["user"]["username"], "system:serviceaccount:shop:reader");

    // What is of the cluster is not for a role to allow.
    let node = json!({"metadata": {"name": "node-1"}});
    admin.create("/api/v1/nodes", &node).await.unwrap();
    let said = ["nodes \"node-1\" is forbidden", "system:serviceaccount:shop:reader"];
    place.refuses(&["cordon", "node-1"], "Forbidden (403): ", &said).await;
    allow_of_the_cluster(cluster).await;
    place.says(&["cordon", "node-1"], "node-1 takes no more pods\n").await;
    let node = admin.get("/api/v1/nodes/node-1").await.unwrap();
    assert_eq!(node["spec"]["unschedulable"], true);
    place.says(&["uncordon", "node-1"], "node-1 takes new pods\n").await;
    approve(place).await;
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn a_log_is_read_from_the_kubelet_by_tls_inside() {
        logs(&Place::tls().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn a_log_is_read_from_the_kubelet_by_a_proxy() {
        logs(&Place::proxy().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn pods_are_resized_and_deleted_by_what_they_are_by_tls_inside() {
        pods(&Place::tls().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn pods_are_resized_and_deleted_by_what_they_are_by_a_proxy() {
        pods(&Place::proxy().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn what_is_known_by_its_name_is_applied_and_entries_are_made_and_changed_by_tls_inside() {
        entries(&Place::tls().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn what_is_known_by_its_name_is_applied_and_entries_are_made_and_changed_by_a_proxy() {
        entries(&Place::proxy().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn workloads_restart_nodes_are_cordoned_and_requests_approved_by_tls_inside() {
        workloads(&Place::tls().await).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn workloads_restart_nodes_are_cordoned_and_requests_approved_by_a_proxy() {
        workloads(&Place::proxy().await).await;
    }
}
