//! Objects on a real API server: what it says to them, and those that are there.

use crate::files::{MANIFESTS, objects, objects_in};
use host_test::control_plane::{Admin, AdminError, ControlPlane};
use serde_json::Value;
use std::time::{Duration, Instant};

/// A hang guard: nothing that is waited for takes that long, on any machine.
const HANG: Duration = Duration::from_secs(300);

/// The fields that the manifests use of kinds that are not Kubernetes's own.
const SCHEMAS: [&str; 2] =
    [include_str!("schemas/spinapp.yaml"), include_str!("schemas/workloaddeployment.yaml")];

/// The namespace of those that name none.
pub(crate) const NAMESPACE: &str = "default";

/// An API server that knows the kinds of all manifests.
pub(crate) async fn cluster() -> (ControlPlane, Admin) {
    let server = ControlPlane::builder().start().await.unwrap_or_else(|error| panic!("{error}"));
    let admin = server.admin().unwrap();
    for schema in SCHEMAS.iter().flat_map(|yaml| objects_in(yaml)) {
        check_and_create(&admin, &schema).await;
        let (spec, version) = (&schema["spec"], &schema["spec"]["versions"][0]["name"]);
        let [group, plural] = [&spec["group"], &spec["names"]["plural"]];
        let path = ["/apis", text(group), text(version), text(plural)].join("/");
        // At first it is unknown, and then "(re)initializing".
        eventually(&path, async || admin.get(&path).await.ok()).await;
    }
    (server, admin)
}

/// Has it check the objects of all manifests, and create them.
pub(crate) async fn create_all(admin: &Admin) {
    for manifest in MANIFESTS {
        for object in objects(manifest) {
            check_and_create(admin, &object).await;
        }
    }
}

async fn check_and_create(admin: &Admin, object: &Value) {
    let name = format!("{} {}", text(&object["kind"]), text(&object["metadata"]["name"]));
    match check(admin, object).await {
        Ok(warnings) => assert!(warnings.is_empty(), "{name}: {warnings:#?}"),
        Err(error) => panic!("{name}: {error}"),
    }
    admin.create(&collection(object), object).await.unwrap_or_else(|error| panic!("{error}"));
}

/// What the API server warns of, or why it refuses an object.
pub(crate) async fn check(admin: &Admin, object: &Value) -> Result<Vec<String>, AdminError> {
    admin.dry_run(&collection(object), object).await
}

/// The path that an object is created at.
pub(crate) fn collection(object: &Value) -> String {
    let (plural, namespaced) = match text(&object["kind"]) {
        "CustomResourceDefinition" => ("customresourcedefinitions", false),
        "Deployment" => ("deployments", true),
        "Namespace" => ("namespaces", false),
        "Pod" => ("pods", true),
        "Role" => ("roles", true),
        "RoleBinding" => ("rolebindings", true),
        "RuntimeClass" => ("runtimeclasses", false),
        "Secret" => ("secrets", true),
        "Service" => ("services", true),
        "ServiceAccount" => ("serviceaccounts", true),
        "SpinApp" => ("spinapps", true),
        "WorkloadDeployment" => ("workloaddeployments", true),
        kind => panic!("what is the path of a {kind}?"),
    };
    let version = text(&object["apiVersion"]);
    let api = if version.contains('/') { "apis" } else { "api" };
    match (namespaced, object["metadata"]["namespace"].as_str().unwrap_or(NAMESPACE)) {
        (true, namespace) => format!("/{api}/{version}/namespaces/{namespace}/{plural}"),
        (false, _) => format!("/{api}/{version}/{plural}"),
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Asks again and again until what was asked for comes about.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < HANG, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
