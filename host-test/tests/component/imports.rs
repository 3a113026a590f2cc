//! What the component is made of: its interfaces, its size, and nothing of the machine that built it.

use crate::support::{Transport, component_file};
use std::collections::BTreeSet;
use wit_component::DecodedWasm;
use wit_parser::WorldKey;

/// What each of the components asks of a host.
const IMPORTS: [&str; 8] = [
    "wasi:cli/environment@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:clocks/wall-clock@0.2.12",
    "wasi:filesystem/preopens@0.2.12",
    "wasi:filesystem/types@0.2.12",
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
];

/// All that it may ask besides, to send requests.
fn imports_to_send() -> &'static [&'static str] {
    match Transport::current() {
        Transport::WasiHttp => &["wasi:http/outgoing-handler@0.2.12", "wasi:http/types@0.2.12"],
        Transport::Sockets => &[
            "wasi:random/random@0.2.12",
            "wasi:sockets/instance-network@0.2.12",
            "wasi:sockets/ip-name-lookup@0.2.12",
            "wasi:sockets/network@0.2.12",
            "wasi:sockets/tcp-create-socket@0.2.12",
            "wasi:sockets/tcp@0.2.12",
        ],
    }
}

const EXPORTS: [&str; 10] = [
    "k8s:in-cluster/access@0.1.0",
    "k8s:in-cluster/cache@0.1.0",
    "k8s:in-cluster/cluster@0.1.0",
    "k8s:in-cluster/discovery@0.1.0",
    "k8s:in-cluster/leases@0.1.0",
    "k8s:in-cluster/logs@0.1.0",
    "k8s:in-cluster/objects@0.1.0",
    "k8s:in-cluster/rest@0.1.0",
    "k8s:in-cluster/types@0.1.0",
    "k8s:in-cluster/watch@0.1.0",
];

/// In bytes: every pod loads it.
fn max_size() -> usize {
    match Transport::current() {
        // The budget.
        Transport::WasiHttp => 350_000,
        // TLS, with all that clusters sign with, is most of it.
        Transport::Sockets => 900_000,
    }
}

#[test]
fn the_component_imports_and_exports_these_interfaces_and_no_other() {
    let bytes = std::fs::read(component_file()).unwrap();
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else {
        panic!("a WIT package, and no component");
    };
    let world = &resolve.worlds[world];
    let names = |keys: Vec<&WorldKey>| -> BTreeSet<String> {
        keys.into_iter().map(|key| resolve.name_world_key(key)).collect()
    };
    let imports = IMPORTS.iter().chain(imports_to_send()).map(|&name| name.to_owned());
    assert_eq!(names(world.imports.keys().collect()), imports.collect());
    assert_eq!(names(world.exports.keys().collect()), EXPORTS.map(String::from).into());
}

#[test]
fn the_component_is_small() {
    let size = std::fs::read(component_file()).unwrap().len();
    assert!(size <= max_size(), "{size} bytes are more than {}", max_size());
}

#[test]
fn the_component_holds_no_path_of_the_machine_that_built_it() {
    let bytes = std::fs::read(component_file()).unwrap();
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned();
    let paths = ["/home/", "/root/", "/Users/", ".cargo/registry"].map(String::from);
    for path in paths.into_iter().chain(home).chain([repository]) {
        let found = bytes.windows(path.len()).position(|window| window == path.as_bytes());
        let around = found.map(|at| {
            String::from_utf8_lossy(&bytes[at..(at + 100).min(bytes.len())]).into_owned()
        });
        assert_eq!(around, None, "{path}");
    }
}
