//! The files, and that none of them is left out.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The manifests, in the order in which they can be applied.
pub(crate) const MANIFESTS: [&str; 6] = [
    "service-account.yaml",
    "wasmtime/pod.yaml",
    "wasmtime/pod-with-proxy.yaml",
    "runwasi/pod.yaml",
    "spinkube/spinapp.yaml",
    "wasmcloud/workload.yaml",
];

/// The other files, each checked by a module of its own.
const OTHERS: [&str; 7] = [
    "runwasi/Containerfile",
    "spin/runtime-config.toml",
    "spin/spin.toml",
    "spinkube/Containerfile",
    "spinkube/spin.toml",
    "wasmcloud/values.yaml",
    "wasmtime/Containerfile",
];

/// A path in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn folder() -> PathBuf {
    repository("examples/deploy")
}

/// The text of a file in `examples/deploy`.
pub(crate) fn text(path: &str) -> String {
    let file = folder().join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The objects in some YAML.
pub(crate) fn objects_in(yaml: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(yaml).unwrap()
}

/// The objects of a manifest.
pub(crate) fn objects(manifest: &str) -> Vec<Value> {
    objects_in(&text(manifest))
}

/// The objects of a kind in all manifests.
pub(crate) fn of_kind(kind: &str) -> Vec<Value> {
    let all = MANIFESTS.iter().flat_map(|manifest| objects(manifest));
    all.filter(|object| object["kind"] == kind).collect()
}

/// Every file below a folder, relative to it.
fn below(folder: &Path, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        match path.is_dir() {
            true => found.extend(below(&path, &format!("{name}/"))),
            false => found.push(name),
        }
    }
    found
}

#[test]
fn every_file_is_checked() {
    let mut found = below(&folder(), "");
    // Components that are put beside a Containerfile or a spin.toml are not the repository's.
    found.retain(|name| !name.ends_with("README.md") && !name.ends_with(".wasm"));
    found.sort();
    let mut checked = [&MANIFESTS[..], &OTHERS[..]].concat();
    checked.sort_unstable();
    assert_eq!(found, checked);
}

#[test]
fn every_host_has_a_page() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        assert!(!path.is_dir() || path.join("README.md").exists(), "{}", path.display());
    }
    assert!(folder().join("README.md").exists());
}
