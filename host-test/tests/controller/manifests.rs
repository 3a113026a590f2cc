//! The files of the example.

use host_test::service_account::MOUNT_PATH;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A path in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The text of a file of the example.
pub(crate) fn text(path: &str) -> String {
    let file = repository("examples/controller").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The objects of a manifest.
pub(crate) fn objects(manifest: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(&format!("manifests/{manifest}.yaml"))).unwrap()
}

/// The object of a kind in the manifest of the controller.
pub(crate) fn of_kind(kind: &str) -> Value {
    let mut all = objects("controller");
    all.retain(|it| it["kind"] == kind);
    assert_eq!(all.len(), 1, "{kind}");
    all.remove(0)
}

/// The pod that the Deployment makes, by this name. It is given a node, so that it ends as one that runs: not at once.
pub(crate) fn pod(name: &str) -> Value {
    let deployment = of_kind("Deployment");
    let mut pod = deployment["spec"]["template"].clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["name"] = name.into();
    pod["metadata"]["namespace"] = deployment["metadata"]["namespace"].clone();
    pod["spec"]["nodeName"] = "node-1".into();
    pod
}

/// The command line that the image starts.
pub(crate) fn entrypoint() -> Vec<String> {
    let text = text("Containerfile").replace("\\\n", " ");
    let line = text.lines().find_map(|line| line.strip_prefix("ENTRYPOINT ")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// The path that an object is created at.
pub(crate) fn collection(object: &Value) -> String {
    let (plural, namespaced) = match object["kind"].as_str().unwrap() {
        "ClusterRole" => ("clusterroles", false),
        "ClusterRoleBinding" => ("clusterrolebindings", false),
        "CustomResourceDefinition" => ("customresourcedefinitions", false),
        "Deployment" => ("deployments", true),
        "Namespace" => ("namespaces", false),
        "Pod" => ("pods", true),
        "Role" => ("roles", true),
        "RoleBinding" => ("rolebindings", true),
        "ServiceAccount" => ("serviceaccounts", true),
        "Website" => ("websites", true),
        kind => panic!("what is the path of a {kind}?"),
    };
    let version = object["apiVersion"].as_str().unwrap();
    let api = if version.contains('/') { "apis" } else { "api" };
    match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("/{api}/{version}/namespaces/{namespace}/{plural}"),
        None => {
            assert!(!namespaced, "in which namespace is {object}?");
            format!("/{api}/{version}/{plural}")
        }
    }
}

#[test]
fn the_image_has_what_the_tests_run_and_no_more() {
    let containerfile = text("Containerfile");
    let own: toml::Table = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
    let version = own["dependencies"]["wasmtime"]["version"].as_str().unwrap();
    assert!(containerfile.contains(&format!("\nARG WASMTIME{version}\n")), "{version}");
    // But for one more variable it is the image of `examples/deploy/wasmtime`.
    let other = repository("examples/deploy/wasmtime/Containerfile");
    let other = std::fs::read_to_string(other).unwrap().replace("hello-tls", "controller-tls");
    let more = containerfile.replace("\"--env\", \"POD_NAME\", \\\n    ", "");
    let from = |text: &str| text[text.find("FROM").unwrap()..].to_owned();
    assert_eq!(from(&more), from(&other));
}

#[test]
fn the_pod_has_a_token_that_ends_and_a_name() {
    let spec = &pod("any")["spec"];
    assert_eq!(spec["automountServiceAccountToken"], false);
    let sources = &spec["volumes"][0]["projected"]["sources"];
    let other = repository("examples/deploy/wasmtime/pod.yaml");
    let other = std::fs::read_to_string(other).unwrap();
    let other: Value = serde_saphyr::from_str(&other).unwrap();
    assert_eq!(sources, &other["spec"]["volumes"][0]["projected"]["sources"]);
    let container = &spec["containers"][0];
    assert_eq!(container["volumeMounts"][0]["mountPath"], MOUNT_PATH);
    assert_eq!(container["volumeMounts"][0]["readOnly"], true);
    assert_eq!(container["env"][0]["name"], "POD_NAME");
    assert_eq!(container["env"][0]["valueFrom"]["fieldRef"]["fieldPath"], "metadata.name");
}
