//! What a real API server says of itself, as it changes.

use crate::support::{Tenant, eventually, own, shared, status, within_reason};
use host_test::pod::client::PodClient;
use host_test::pod::client::discovery::{Freshness, Probe, ResourceInfo};
use serde_json::{Value, json};

async fn find(client: &mut PodClient, name: &str) -> Vec<ResourceInfo> {
    client.resources(Some(name), None, None, None).await.unwrap().unwrap()
}

fn path(found: &ResourceInfo) -> String {
    let resource = &found.resource;
    [&resource.group, &resource.version, &resource.resource].map(String::as_str).join("/")
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn resources_are_found_as_kubectl_finds_them() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let groups = client.groups(None).await.unwrap().unwrap();
        assert_eq!(groups[0].name, "");
        let apps = groups.iter().find(|group| group.name == "apps").unwrap();
        assert!(matches!(apps.versions[0].freshness, Freshness::Current));
        for (name, expected) in [
            ("deploy", "apps/v1/deployments"),
            ("Deployment", "apps/v1/deployments"),
            ("po", "/v1/pods"),
            ("netpol", "networking.k8s.io/v1/networkpolicies"),
            ("clusterrole", "rbac.authorization.k8s.io/v1/clusterroles"),
        ] {
            assert_eq!(path(&find(&mut client, name).await[0]), expected, "{name}");
        }
        let events: Vec<_> = find(&mut client, "events").await.iter().map(path).collect();
        assert_eq!(events, ["/v1/events", "events.k8s.io/v1/events"]);
        let [roles] = find(&mut client, "clusterroles").await.try_into().unwrap();
        assert!(!roles.namespaced && roles.verbs.iter().any(|verb| verb == "list"));
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_custom_resource_is_found_with_its_schema_once_it_is_served() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let group = format!("{}.example.com", tenant.account.namespace);
        assert!(find(&mut client, "gadget").await.is_empty());
        let versions: Vec<Value> = ["v1alpha1", "v1"]
            .iter()
            .map(|version| {
                json!({
                    "name": version, "served": true, "storage": *version == "v1",
                    "schema": {"openAPIV3Schema": {
                        "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                    }},
                    "subresources": {"status": {}},
                })
            })
            .collect();
        let definition = json!({
            "metadata": {"name": format!("gadgets.{group}")},
            "spec": {
                "group": group, "scope": "Namespaced", "versions": versions,
                "names": {"plural": "gadgets", "kind": "Gadget", "shortNames": ["gdg"], "categories": ["toys"]},
            },
        });
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        tenant.admin.create(definitions, &definition).await.unwrap();
        let found = eventually("the new resource", async || {
            client.invalidate().await.unwrap();
            let found = client.resources(Some("gdg"), Some(&group), None, None).await.unwrap();
            found.unwrap().pop()
        })
        .await;
        assert_eq!(path(&found), format!("{group}/v1/gadgets"));
        assert_eq!((found.kind.kind.as_str(), found.singular.as_str()), ("Gadget", "gadget"));
        assert_eq!((&found.short_names[..], &found.categories[..]), (&["gdg".into()][..], &["toys".into()][..]));
        assert_eq!(found.subresources[0].name, "status");
        let alpha = client.resources(Some("Gadget"), None, Some("v1alpha1"), None).await.unwrap();
        assert_eq!(alpha.unwrap()[0].resource.version, "v1alpha1");

        let name = format!("apis/{group}/v1");
        let schema = eventually("its schema", async || {
            client.invalidate().await.unwrap();
            client.openapi_document(&name, None).await.unwrap().unwrap()
        })
        .await;
        let schema: Value = serde_json::from_str(&schema).unwrap();
        assert!(schema["components"]["schemas"].as_object().unwrap().keys().any(|name| name.ends_with(".Gadget")));
        tenant.admin.delete(&format!("{definitions}/gadgets.{group}")).await.unwrap();
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn version_health_and_schemas_of_a_real_server() {
    within_reason(async {
        let server = shared().await;
        let tenant = Tenant::new(server).await;
        let mut client = tenant.client().await;
        let version = client.server_version(None).await.unwrap().unwrap();
        assert_eq!(version.major, "1");
        assert!(version.git_version.starts_with("v1."), "{version:?}");
        for probe in [Probe::Ready, Probe::Live] {
            let health = client.health(probe, None).await.unwrap().unwrap();
            assert!(health.passed, "{health:?}");
            assert!(health.checks.iter().any(|check| check.name == "etcd" && check.passed));
        }
        let documents = client.openapi_documents(None).await.unwrap().unwrap();
        assert!(documents.iter().all(|document| !document.hash.is_empty()), "{documents:?}");
        // The largest one.
        let core = client.openapi_document("api/v1", None).await.unwrap().unwrap().unwrap();
        let core: Value = serde_json::from_str(&core).unwrap();
        assert!(core["components"]["schemas"]["io.k8s.api.core.v1.Pod"].is_object());
        assert!(client.openapi_document("api/v9", None).await.unwrap().unwrap().is_none());
    })
    .await;
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_group_whose_server_is_gone_is_told_and_hides_no_other() {
    within_reason(async {
        // Of its own: other tests would see the stale group, too.
        let server = own().await;
        let tenant = Tenant::new(&server).await;
        let mut client = tenant.client().await;
        let service = json!({
            "metadata": {"name": "v1.gone.example.com"},
            "spec": {
                "group": "gone.example.com", "version": "v1", "insecureSkipTLSVerify": true,
                "groupPriorityMinimum": 100, "versionPriority": 100,
                "service": {"namespace": "default", "name": "none"},
            },
        });
        let services = "/apis/apiregistration.k8s.io/v1/apiservices";
        tenant.admin.create(services, &service).await.unwrap();
        eventually("the stale group", async || {
            client.invalidate().await.unwrap();
            let groups = client.groups(None).await.unwrap().unwrap();
            let gone = groups.into_iter().find(|group| group.name == "gone.example.com")?;
            (!matches!(gone.versions[0].freshness, Freshness::Current)).then_some(())
        })
        .await;
        assert_eq!(path(&find(&mut client, "deploy").await[0]), "apps/v1/deployments");

        tenant.set_token(&host_test::kubeconfig::Token::new("nobody").unwrap());
        let mut nobody = tenant.client().await;
        let error = nobody.groups(None).await.unwrap().unwrap_err();
        assert_eq!(status(error).code, 401);
    })
    .await;
}
