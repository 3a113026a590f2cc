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

/// Has the component fail by what the API server says no with, which is typed.
async fn refused(cluster: &Cluster, arguments: &[&str], start: &str, words: &[&str]) {
    let outcome = Component::Tls.run(cluster, arguments).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.stderr.starts_with(start), "{outcome:?}");
    assert_says(&outcome.stderr, words);
}

async fn says(cluster: &Cluster, arguments: &[&str], said: &str) {
    assert_eq!(Component::Tls.says(cluster, arguments).await, said);
}

/// A node of this name, whose kubelet is a server of the test's own.
async fn node(cluster: &Cluster, name: &str, kubelet: &ApiServer) {
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
async fn approve(cluster: &Cluster) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::default();
    let pem = params.serialize_request(&key).unwrap().pem().unwrap();
    let request = json!({"metadata": {"name": "seal"}, "spec": {
        "request": BASE64_STANDARD.encode(pem),
        "signerName": "shop.example/seal",
        "usages": ["digital signature"],
    }});
    let path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    cluster.admin().create(path, &request).await.unwrap();
    says(cluster, &["approve", "seal"], "seal is Approved\n").await;
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn a_log_is_read_from_the_kubelet() {
        let cluster = cluster().await;
        let kubelet = ApiServer::builder().without_http2().start().await.unwrap();
        node(&cluster, "node-1", &kubelet).await;
        let pod = cluster.create_pod("web").await;
        // The API server is nobody to this kubelet, which answers nevertheless.
        let log = Answer::text(StatusCode::OK, "one\n\nzwei größer\nend").in_chunks();
        kubelet.misbehave_always(Misbehaviour::Status(log));
        says(&cluster, &["log", "web", "app"], "one\n\nzwei größer\nend").await;
        let asked = kubelet.journal().requests().pop().unwrap();
        assert_eq!(asked.path, "/containerLogs/shop/web/app");
        says(&cluster, &["follow", "web", "app"], "one\n\nzwei größer\nend\n").await;
        let asked = kubelet.journal().requests().pop().unwrap();
        assert_eq!(asked.query.as_deref(), Some("follow=true"));

        for verb in ["log", "follow"] {
            let missing = ["pods \"api\" not found"];
            refused(&cluster, &[verb, "api", "app"], "NotFound (404): ", &missing).await;
            let other = ["container other is not valid"];
            refused(&cluster, &[verb, "web", "other"], "BadRequest (400): ", &other).await;
        }
        let gone = Answer::text(StatusCode::BAD_REQUEST, "previous terminated container not found");
        kubelet.misbehave_always(Misbehaviour::Status(gone));
        let said = ["previous terminated container not found"];
        refused(&cluster, &["log", "web", "app"], "BadRequest (400): ", &said).await;

        // What only a pod that is on a node can be given.
        says(&cluster, &["debug", "web", "busybox"], "web has debug\n").await;
        let containers = &cluster.admin().get(&pod).await.unwrap()["spec"]["ephemeralContainers"];
        assert_eq!(containers[0]["image"], "busybox", "{containers}");
        says(&cluster, &["evict", "web"], "web is evicted\n").await;
        assert!(!cluster.admin().exists(&pod).await.unwrap());
        refused(&cluster, &["evict", "web"], "NotFound (404): ", &["pods \"web\" not found"]).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn pods_are_resized_and_deleted_by_what_they_are() {
        let cluster = cluster().await;
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
        says(&cluster, &["resize", "c", "app", "200m"], "c is to have 200m\n").await;
        let resized = admin.get(&path("c")).await.unwrap();
        assert_eq!(resized["spec"]["containers"][0]["resources"]["requests"]["cpu"], "200m");
        let said = ["spec.containers[0].resources.requests"];
        refused(&cluster, &["resize", "c", "app", "-1"], "Invalid (422): ", &said).await;

        says(&cluster, &["clear", "app=web"], "2 are deleted\n").await;
        for (name, is_there) in [("a", false), ("b", false), ("c", true)] {
            assert_eq!(admin.exists(&path(name)).await.unwrap(), is_there, "{name}");
        }
        says(&cluster, &["clear", "app=web"], "0 are deleted\n").await;
        refused(&cluster, &["clear", "="], "BadRequest (400): ", &["found '='"]).await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn what_is_known_by_its_name_is_applied_and_entries_are_made_and_changed() {
        let cluster = cluster().await;
        let admin = cluster.admin();
        says(&cluster, &["note", "shop", "open", "yes"], "shop has 1\n").await;
        says(&cluster, &["note", "shop", "close", "late"], "shop has 2\n").await;
        let map = admin.get(&format!("{NAMESPACED}/configmaps/shop")).await.unwrap();
        assert_eq!(map["data"], json!({"open": "yes", "close": "late"}));
        refused(&cluster, &["note", "Shop!", "a", "b"], "Invalid (422): ", &["metadata.name"])
            .await;

        let apply = async |object: Value| {
            let object = object.to_string();
            Component::Tls.run(&cluster, &["apply", "", "v1", "ConfigMap", &object]).await
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
            refused(&cluster, &arguments, "", &[said]).await;
        }
        let names = Component::Tls.says(&cluster, &["names", "", "v1", "ConfigMap"]).await;
        // A controller may have made one more.
        let names: Vec<_> = names.lines().filter(|name| *name != "kube-root-ca.crt").collect();
        assert_eq!(names, ["applied", "shop"]);
        refused(&cluster, &["names", "", "v1", "Nothing"], "Forbidden (403): ", &["nothings"])
            .await;
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn workloads_restart_nodes_are_cordoned_and_requests_approved() {
        let cluster = cluster().await;
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
        says(&cluster, &["restart", "web"], "web restarts\n").await;
        let restarted = admin.get(&format!("{path}/web")).await.unwrap();
        let annotations = &restarted["spec"]["template"]["metadata"]["annotations"];
        assert!(annotations["kube.kubernetes.io/restartedAt"].is_string(), "{restarted}");

        let token = Component::Tls.says(&cluster, &["token", "reader"]).await;
        let review = json!({"spec": {"token": token.trim()}});
        let path = "/apis/authentication.k8s.io/v1/tokenreviews";
        let review = admin.request(Method::POST, path, Some(&review)).await.unwrap();
        assert_eq!(review["status"]["user"]["username"], "system:serviceaccount:shop:reader");

        // What is of the cluster is not for a role to allow.
        let node = json!({"metadata": {"name": "node-1"}});
        admin.create("/api/v1/nodes", &node).await.unwrap();
        let said = ["nodes \"node-1\" is forbidden", "system:serviceaccount:shop:reader"];
        refused(&cluster, &["cordon", "node-1"], "Forbidden (403): ", &said).await;
        allow_of_the_cluster(&cluster).await;
        says(&cluster, &["cordon", "node-1"], "node-1 takes no more pods\n").await;
        let node = admin.get("/api/v1/nodes/node-1").await.unwrap();
        assert_eq!(node["spec"]["unschedulable"], true);
        says(&cluster, &["uncordon", "node-1"], "node-1 takes new pods\n").await;
        approve(&cluster).await;
    }
}
