//! Spin's manifests and its runtime configuration, read as strictly as Spin reads them: a field that it does not have is an
//! error. The fields are those that the examples set, from
//! <https://github.com/spinframework/spin/blob/v4.0.2/crates/manifest/src/schema/v2.rs> and
//! <https://github.com/spinframework/spin/blob/v4.0.2/crates/factor-outbound-networking/src/runtime_config/spin.rs>.
//! Those of `Dependency` are not in Spin 3, on which SpinKube's shim is built; all others are in both.

use crate::files::{objects, text};
use host_test::service_account::MOUNT_PATH;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    spin_manifest_version: u32,
    application: Application,
    trigger: Triggers,
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    name: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    http: Vec<HttpTrigger>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpTrigger {
    route: String,
    component: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    source: String,
    allowed_outbound_hosts: Vec<String>,
    environment: BTreeMap<String, String>,
    files: Vec<Mount>,
    #[serde(default)]
    dependencies: BTreeMap<String, Dependency>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mount {
    source: String,
    destination: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dependency {
    path: String,
    inherit_configuration: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuntimeConfig {
    client_tls: Vec<ClientTls>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientTls {
    component_ids: Vec<String>,
    hosts: Vec<String>,
    ca_roots_file: String,
}

fn manifest(path: &str) -> Manifest {
    toml::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The configuration that goes with a manifest: a file, or for SpinKube a secret.
fn runtime_config(path: &str) -> RuntimeConfig {
    let text = match path {
        "spin/spin.toml" => text("spin/runtime-config.toml"),
        _ => {
            let secret = objects("spinkube/spinapp.yaml")
                .into_iter()
                .find(|object| object["kind"] == "Secret")
                .unwrap();
            // The shim reads the file of this name.
            secret["stringData"]["runtime-config.toml"].as_str().unwrap().to_owned()
        }
    };
    toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const MANIFESTS: [&str; 2] = ["spin/spin.toml", "spinkube/spin.toml"];

#[test]
fn the_component_is_triggered_and_finds_the_api_server() {
    for path in MANIFESTS {
        let manifest = manifest(path);
        assert_eq!(manifest.spin_manifest_version, 2);
        let [trigger] = &manifest.trigger.http[..] else { panic!("{path}: one trigger") };
        assert_eq!(trigger.route, "/...");
        assert!(!manifest.application.version.is_empty());
        assert_eq!(trigger.component, manifest.application.name);
        let component = &manifest.component[&trigger.component];
        let host = &component.environment["KUBERNETES_SERVICE_HOST"];
        assert_eq!(component.environment["KUBERNETES_SERVICE_PORT"], "443");
        assert_eq!(component.allowed_outbound_hosts, [format!("https://{host}")]);
        let [mount] = &component.files[..] else { panic!("{path}: one folder") };
        assert_eq!((&*mount.source, &*mount.destination), (MOUNT_PATH, MOUNT_PATH));
    }
}

#[test]
fn the_authority_is_trusted_for_this_component_and_host() {
    for path in MANIFESTS {
        let manifest = manifest(path);
        let component = &manifest.component[&manifest.application.name];
        let config = runtime_config(path);
        let [tls] = &config.client_tls[..] else { panic!("{path}: one table") };
        assert_eq!(tls.component_ids, [manifest.application.name]);
        // Without a port, as Spin has it.
        assert_eq!(tls.hosts, [component.environment["KUBERNETES_SERVICE_HOST"].clone()]);
        assert_eq!(tls.ca_roots_file, format!("{MOUNT_PATH}/ca.crt"));
    }
}

#[test]
fn the_component_comes_along_or_is_inside() {
    let spin = manifest(MANIFESTS[0]).component.remove("http-handler").unwrap();
    assert_eq!(spin.source, "http_handler.wasm");
    let dependency = &spin.dependencies["k8s:in-cluster"];
    assert_eq!(dependency.path, "k8s-in-cluster.wasm");
    // What it needs of the host is what the component above is given.
    assert_eq!(
        dependency.inherit_configuration,
        ["allowed_outbound_hosts", "environment", "files"]
    );

    let spinkube = manifest(MANIFESTS[1]).component.remove("http-handler").unwrap();
    assert!(spinkube.dependencies.is_empty());
    let containerfile = text("spinkube/Containerfile");
    assert!(containerfile.contains(&format!("COPY {0} /{0}\n", spinkube.source)));
    assert!(containerfile.contains("COPY spin.toml /spin.toml\n"));
}

#[test]
fn spinkube_is_told_of_the_configuration_and_the_account() {
    let objects = objects("spinkube/spinapp.yaml");
    let find = |kind: &str| objects.iter().find(|object| object["kind"] == kind).unwrap();
    let app = &find("SpinApp")["spec"];
    assert_eq!(app["runtimeConfig"]["loadFromSecret"], find("Secret")["metadata"]["name"]);
    assert_eq!(app["serviceAccountName"], find("ServiceAccount")["metadata"]["name"]);
    let namespaces: Vec<_> = ["SpinApp", "Secret", "ServiceAccount"]
        .map(|kind| &find(kind)["metadata"]["namespace"])
        .into();
    assert!(namespaces.iter().all(|it| **it == find("Namespace")["metadata"]["name"]));
}
