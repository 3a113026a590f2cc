//! The command lines of `wasmtime`.

use crate::cluster::{Cluster, component, target};
use crate::guest::program;
use host_test::api_server::NAMESPACE;
use host_test::loopback_proxy::LoopbackProxy;
use host_test::service_account::MOUNT_PATH;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The program that was asked for, or the one that `cargo xtask test` installs.
pub(crate) fn installed() -> PathBuf {
    if let Some(named) = std::env::var_os("K8S_IN_CLUSTER_WASMTIME").filter(|it| !it.is_empty()) {
        return named.into();
    }
    let own = target("tools/bin/wasmtime");
    assert!(
        own.exists(),
        "there is no {}: `cargo xtask test` installs it, or K8S_IN_CLUSTER_WASMTIME names another",
        own.display()
    );
    own
}

/// `wasmtime`, to be given options and the component's name.
pub(crate) struct Wasmtime(Command);

impl Wasmtime {
    /// `wasmtime` with a command and options, separated by spaces.
    pub(crate) fn new(options: &str) -> Self {
        let mut command = program(&installed());
        // What it has compiled is kept, as it does of itself.
        command.env("XDG_CACHE_HOME", std::path::absolute(target("hosts/cache")).unwrap());
        command.args(options.split_whitespace());
        Self(command)
    }

    /// `wasmtime run` through a proxy in the pod, for what sends requests by `wasi:http`.
    pub(crate) fn by_proxy(proxy: &LoopbackProxy) -> Self {
        Self::by_proxy_with("", proxy)
    }

    /// The same with further options.
    pub(crate) fn by_proxy_with(options: &str, proxy: &LoopbackProxy) -> Self {
        let server = format!("http://{}", proxy.address());
        let options = format!("{} {options}", crate::run::BY_PROXY);
        let this = Self::new(&options).env("K8S_IN_CLUSTER_SERVER", &server);
        this.env("K8S_IN_CLUSTER_NAMESPACE", NAMESPACE)
    }

    /// Preopens the pod's service account folder, where Kubernetes mounts it.
    pub(crate) fn dir(mut self, cluster: &Cluster) -> Self {
        let folder = cluster.volume.path().to_str().unwrap();
        self.0.arg("--dir").arg(format!("{folder}::{MOUNT_PATH}"));
        self
    }

    /// Hands on the variables that Kubernetes sets.
    pub(crate) fn variables(self, cluster: &Cluster) -> Self {
        self.variables_for(cluster, &cluster.address.ip().to_string())
    }

    /// The same for an API server that is known by another name.
    pub(crate) fn variables_for(self, cluster: &Cluster, host: &str) -> Self {
        cluster.variables(host).into_iter().fold(self, |it, (name, value)| {
            let mut it = it;
            // As in a pod, where wasmtime has them in its own environment.
            it.0.env(name, value).args(["--env", name]);
            it
        })
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.arg("--env").arg(format!("{name}={value}"));
        self
    }

    /// The component, and its arguments: the whole command.
    pub(crate) fn component(self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.file(&component(name));
        command.args(arguments);
        command
    }

    /// A component from elsewhere.
    pub(crate) fn file(mut self, path: &Path) -> Command {
        self.0.arg(path);
        self.0
    }
}

#[test]
fn the_page_on_hosts_has_the_same_options() {
    let page = format!("{}/../docs/hosts.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(page).unwrap();
    for line in [crate::run::TLS, crate::run::BY_PROXY, &format!("serve {}", crate::serve::TLS)] {
        assert!(page.contains(&format!("\nwasmtime {line} ")), "no `wasmtime {line}`");
    }
}
