//! Pods as a real API server has them, of some 4 kB each.

use serde_json::{Value, json};
use std::path::Path;

/// How many there are.
pub(crate) const COUNT: usize = 10_000;

/// How long one is in a list, at least.
const SIZE: usize = 4000;

/// The items of a list.
pub(crate) fn listed() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded/pod.http");
    let recorded = std::fs::read_to_string(file).unwrap();
    let mut pod: Value = serde_json::from_str(recorded.split_once("\r\n\r\n").unwrap().1).unwrap();
    let fields = pod.as_object_mut().unwrap();
    fields.remove("kind");
    fields.remove("apiVersion");
    let mut variables = 0;
    while pod.to_string().len() < SIZE {
        variables += 1;
        pod["spec"]["containers"][0]["env"] = environment(variables);
    }
    let mut named = |number: usize| {
        pod["metadata"]["name"] = name(number).into();
        pod.to_string()
    };
    (0..COUNT).map(&mut named).collect()
}

/// One to create, which a server makes as long as those: it adds what is left to it, and says of each field who set it.
pub(crate) fn to_create(number: usize) -> Value {
    json!({
        "metadata": {"name": name(number), "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1.1", "env": environment(20)}]},
    })
}

fn name(number: usize) -> String {
    format!("web-{number:05}")
}

fn environment(variables: usize) -> Value {
    let variable =
        |number| json!({"name": format!("VARIABLE_{number}"), "value": format!("a \"{number}\"")});
    (0..variables).map(variable).collect()
}
