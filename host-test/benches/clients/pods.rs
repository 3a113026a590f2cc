//! Pods as a real API server has them, of some 4 kB each.

use serde_json::{Value, json};
use std::path::Path;

/// How many there are.
pub(crate) const COUNT: usize = 10_000;

/// How long one is, at least.
const SIZE: usize = 4000;

/// All versions have as many digits.
const FIRST_VERSION: usize = 100_000;

/// The items of a list.
pub(crate) fn listed() -> Vec<String> {
    let mut pod = recorded();
    let fields = pod.as_object_mut().unwrap();
    fields.remove("kind");
    fields.remove("apiVersion");
    (0..COUNT).map(|number| with_version(&mut pod, number, FIRST_VERSION)).collect()
}

/// The events of a watch with this type. Each has a version of its own.
pub(crate) fn watched(kind: &str) -> Vec<String> {
    let mut pod = recorded();
    let event = |number| event(kind, &with_version(&mut pod, number, FIRST_VERSION + number));
    (0..COUNT).map(event).collect()
}

/// The same of the metadata alone.
pub(crate) fn metadata_watched() -> Vec<String> {
    let mut pod = recorded();
    let fields = pod.as_object_mut().unwrap();
    fields.retain(|name, _| name == "metadata");
    fields.insert("kind".into(), "PartialObjectMetadata".into());
    fields.insert("apiVersion".into(), "meta.k8s.io/v1".into());
    let event = |number| event("ADDED", &with_version(&mut pod, number, FIRST_VERSION + number));
    (0..COUNT).map(event).collect()
}

/// What ends an initial state of these.
pub(crate) fn end(kind: &str, version: &str) -> String {
    let annotations = json!({"k8s.io/initial-events-end": "true"});
    let last = (FIRST_VERSION + COUNT).to_string();
    let metadata = json!({"resourceVersion": last, "annotations": annotations});
    let object = json!({"kind": kind, "apiVersion": version, "metadata": metadata});
    event("BOOKMARK", &object.to_string())
}

fn event(kind: &str, object: &str) -> String {
    format!(r#"{{"type":"{kind}","object":{object}}}"#) + "\n"
}

/// One that is made as long as it is to be.
fn recorded() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded/pod.http");
    let recorded = std::fs::read_to_string(file).unwrap();
    let mut pod: Value = serde_json::from_str(recorded.split_once("\r\n\r\n").unwrap().1).unwrap();
    let mut variables = 0;
    while pod.to_string().len() < SIZE {
        variables += 1;
        pod["spec"]["containers"][0]["env"] = environment(variables);
    }
    pod
}

fn with_version(pod: &mut Value, number: usize, version: usize) -> String {
    pod["metadata"]["name"] = name(number).into();
    pod["metadata"]["resourceVersion"] = version.to_string().into();
    pod.to_string()
}

/// One to create, which a server makes as long as those: it adds what is left to it, and says of each field who set it.
pub(crate) fn to_create(number: usize) -> Value {
    json!({
        "metadata": {"name": name(number), "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1.1", "env": environment(20)}]},
    })
}

/// The name of one that was created, and its status to replace.
pub(crate) fn to_run(number: usize) -> (String, Value) {
    let mut pod = to_create(number);
    pod["status"] = json!({"phase": "Running"});
    (name(number), pod)
}

fn name(number: usize) -> String {
    format!("web-{number:05}")
}

fn environment(variables: usize) -> Value {
    let variable =
        |number| json!({"name": format!("VARIABLE_{number}"), "value": format!("a \"{number}\"")});
    (0..variables).map(variable).collect()
}
