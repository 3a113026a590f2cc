//! The command lines that the image and the pods start, run by that very program: `wasmtime`, as `cargo xtask test` installs
//! it. What a container has at a path is elsewhere here; nothing else is changed.

use crate::containerfile::{command, entrypoint, pod};
use crate::files::repository;
use crate::objects::text;
use host_test::api_server::{ApiServer, NAMESPACE};
use host_test::loopback_proxy::LoopbackProxy;
use host_test::outgoing::{Destination, Outgoing};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// A hang guard: nothing that is waited for takes that long, on any machine.
const HANG: Duration = Duration::from_secs(300);

/// The program that was asked for, or the one that `cargo xtask test` installs.
pub(crate) fn wasmtime() -> PathBuf {
    let named = std::env::var_os("K8S_IN_CLUSTER_WASMTIME").filter(|it| !it.is_empty());
    let program = named.map_or_else(|| repository("target/tools/bin/wasmtime"), PathBuf::from);
    assert!(program.exists(), "there is no {}: `cargo xtask test` installs it", program.display());
    program
}

/// A cluster, and what the kubelet gives a pod in it.
struct Cluster {
    server: ApiServer,
    volume: Volume,
}

impl Cluster {
    async fn new() -> Self {
        let server = ApiServer::builder().start().await.unwrap();
        let volume = Volume::new(&Contents {
            token: Some(server.token().into()),
            ca: Some(server.ca_pem().into_bytes()),
            namespace: Some(NAMESPACE.into()),
        })
        .unwrap();
        Self { server, volume }
    }

    /// Runs a command line of a container. It has what is in its environment, and the component's file and the folder of the
    /// service account are where they are here.
    async fn run(&self, command_line: &[String], environment: &[(&str, String)]) -> Vec<Value> {
        let folder = self.volume.path().to_str().unwrap();
        let component = repository("target/component/hello-tls.wasm");
        let arguments = command_line[1..].iter().map(|argument| match argument.as_str() {
            MOUNT_PATH => format!("{folder}::{MOUNT_PATH}"),
            "/app.wasm" => component.to_str().unwrap().to_owned(),
            other => other.to_owned(),
        });
        assert_eq!(command_line[0], "/usr/local/bin/wasmtime");
        let mut program = Command::new(wasmtime());
        program.args(arguments).env_clear().envs(environment.iter().cloned());
        // As in a container whose files are read-only, nothing can be written there.
        program.env("HOME", "/dev/null");
        program.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(HANG, program.output()).await.expect("it hangs").unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{}: {stderr}", output.status);
        let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What Kubernetes sets in every container.
    fn environment(&self) -> [(&'static str, String); 2] {
        let address = self.server.address();
        [
            ("KUBERNETES_SERVICE_HOST", address.ip().to_string()),
            ("KUBERNETES_SERVICE_PORT", address.port().to_string()),
        ]
    }

    /// Checks that the pods of the namespace were asked for once, with the token, and were printed.
    async fn assert_printed(&self, pods: &[Value]) {
        assert!(pods.len() == 3 && pods.iter().all(|pod| pod["kind"] == "Pod"), "{pods:?}");
        let requests = self.server.journal().wait_for(1).await;
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].path, format!("/api/v1/namespaces/{NAMESPACE}/pods"));
        let expected = format!("Bearer {}", self.server.token());
        assert_eq!(requests[0].header("authorization"), Some(&*expected));
    }
}

#[tokio::test]
async fn the_image_lists_the_pods_of_its_namespace() {
    let cluster = Cluster::new().await;
    let pods = cluster.run(&entrypoint("wasmtime/Containerfile"), &cluster.environment()).await;
    cluster.assert_printed(&pods).await;
}

#[tokio::test]
async fn with_the_proxy_it_does_so_without_the_token() {
    let cluster = Cluster::new().await;
    let address = cluster.server.address();
    let outgoing = Outgoing::builder()
        .destination(Destination::https("127.0.0.1", address.port(), address))
        .trust_anchors(cluster.volume.path().join("ca.crt"))
        .build()
        .unwrap();
    let token = cluster.volume.path().join("token");
    let upstream = format!("https://{address}").parse().unwrap();
    let proxy = LoopbackProxy::start(outgoing, token, upstream).await.unwrap();

    let pod = pod("hello-with-proxy");
    let container = &pod["spec"]["containers"][0];
    let variables: Vec<_> = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| match text(&variable["name"]) {
            name @ "K8S_IN_CLUSTER_SERVER" => (name, format!("http://{}", proxy.address())),
            name @ "POD_NAMESPACE" => (name, NAMESPACE.to_owned()),
            name => panic!("what is {name} here?"),
        })
        .collect();
    let pods = cluster.run(&command(container), &variables).await;
    cluster.assert_printed(&pods).await;
}

/// runwasi's shim has no command line. It gives a component the pod's environment, its sockets and look-up of names, and `/`:
/// <https://github.com/containerd/runwasi/blob/containerd-shim-wasmtime/v0.6.0/crates/containerd-shim-wasmtime/src/instance.rs>.
#[tokio::test]
async fn so_it_does_with_what_runwasi_gives_it() {
    let cluster = Cluster::new().await;
    let root = tempfile::tempdir().unwrap();
    let mounted = root.path().join(MOUNT_PATH.trim_start_matches('/'));
    std::fs::create_dir_all(mounted.parent().unwrap()).unwrap();
    // A mount, rather than a link, which would lead out of the folder.
    copy(cluster.volume.path(), &mounted);
    let root = format!("{}::/", root.path().display());
    let wasi = "inherit-env,inherit-network,allow-ip-name-lookup";
    let options = ["run", "-C", "cache=n", "-S", wasi, "--dir", &root];
    let program = &entrypoint("wasmtime/Containerfile")[0];
    let [file] = &entrypoint("runwasi/Containerfile")[..] else { panic!("a file") };
    let mut command_line = vec![program.clone()];
    command_line.extend(options.map(str::to_owned));
    command_line.push(file.clone());
    let pods = cluster.run(&command_line, &cluster.environment()).await;
    cluster.assert_printed(&pods).await;
}

/// Copies a folder, its links as links.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path()).unwrap(), target).unwrap();
        } else if kind.is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
