#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod fields;
mod random;
mod store;

/// A pod on a node, with a label, at a version.
fn pod(namespace: &str, name: &str, label: &str, node: &str, version: u64) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"{namespace}","uid":"u-{name}","resourceVersion":"{version}","labels":{{"app.kubernetes.io/name":"{label}"}},"managedFields":[{{"manager":"m"}}]}},"spec":{{"nodeName":"{node}"}}}}"#
    )
}
