//! Node, with a component that jco has transpiled, and the WASI of preview2-shim.

use crate::cluster::{Cluster, component, target};
use crate::guest::{Asks as _, Guest, Outcome, assert_says, outcome, program};
use crate::replacing::{self, assert_ok};
use host_test::api_server::ApiServer;
use host_test::service_account::MOUNT_PATH;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// Node with a script, which finds the packages that `cargo xtask test` installs.
pub(crate) fn node(script: &str, text: &str) -> Command {
    let folder = target("hosts/node");
    let packages = folder.join("node_modules");
    assert!(packages.exists(), "{} is missing: `cargo xtask test` makes it", packages.display());
    // Modules are looked for beside the script. Written once, whichever test comes first.
    static WRITING: Mutex<()> = Mutex::new(());
    let writing = WRITING.lock();
    let path = folder.join(script);
    if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
        std::fs::write(&path, text).unwrap();
    }
    drop(writing);
    let mut node = program(Path::new("node"));
    node.arg(path);
    node
}

/// A component as jco transpiles it, once for all tests.
async fn transpiled(name: &str) -> PathBuf {
    static GET: OnceCell<PathBuf> = OnceCell::const_new();
    static GET_TLS: OnceCell<PathBuf> = OnceCell::const_new();
    static TUTORIAL: OnceCell<PathBuf> = OnceCell::const_new();
    static TUTORIAL_TLS: OnceCell<PathBuf> = OnceCell::const_new();
    let once = match name {
        "get" => &GET,
        "get-tls" => &GET_TLS,
        "tutorial" => &TUTORIAL,
        "tutorial-tls" => &TUTORIAL_TLS,
        _ => panic!("{name}"),
    };
    let transpile = async || {
        let into = target("hosts/node").join(name);
        let mut node = node("transpile.mjs", include_str!("node/transpile.mjs"));
        node.arg(component(name)).arg("app").arg(&into);
        let done = outcome(node).await;
        assert_eq!(done.status, Some(0), "{done:?}");
        into.join("app.js")
    };
    once.get_or_init(transpile).await.clone()
}

/// A component's sandbox, and what Node is told.
struct Sandbox {
    preopens: Value,
    env: Value,
    network: bool,
    authority: Option<PathBuf>,
}

impl Sandbox {
    /// What a pod needs that knows the API server by this name or address.
    fn new(cluster: &Cluster, host: &str) -> Self {
        let folder = cluster.volume.path();
        Self {
            preopens: json!({MOUNT_PATH: folder}),
            env: cluster.variables(host).into_iter().collect(),
            network: true,
            authority: Some(folder.join("ca.crt")),
        }
    }

    /// Node with a transpiled component.
    async fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let module = transpiled(name).await;
        let arguments: Vec<_> = std::iter::once(name).chain(arguments.iter().copied()).collect();
        let sandbox = json!({
            "preopens": self.preopens,
            "env": self.env,
            "args": arguments,
            "enableNetwork": self.network,
        });
        let mut node = node("run.mjs", include_str!("node/run.mjs"));
        node.arg(module).arg(sandbox.to_string());
        if let Some(file) = &self.authority {
            node.env("NODE_EXTRA_CA_CERTS", file);
        }
        node
    }

    async fn guest(&self, name: &str) -> Guest {
        Guest::start(self.command(name, &[]).await)
    }

    async fn outcome(&self, name: &str, arguments: &[&str]) -> Outcome {
        outcome(self.command(name, arguments).await).await
    }
}

/// `wasi:http`, whose trust Node has from a file, to an address and to a name; and another token meanwhile.
async fn trusting_a_file(cluster: &mut Cluster) {
    for host in ["127.0.0.1", "localhost"] {
        let tutorial = Sandbox::new(cluster, host).outcome("tutorial", &[]).await;
        assert_eq!(tutorial.status, Some(0), "{tutorial:?}");
        assert_says(&tutorial.stdout, &[&format!("APISERVER=https://{host}:"), "APIVersions"]);
        assert_eq!(tutorial.stderr, "");
    }
    let mut guest = Sandbox::new(cluster, "127.0.0.1").guest("get").await;
    replacing::rotate_token(cluster, &mut guest).await;
    guest.end().await;
}

/// Node has read the file when it started: another authority is trusted by another process.
async fn trusting_it_as_it_was(cluster: &mut Cluster) {
    let sandbox = Sandbox::new(cluster, "127.0.0.1");
    let path = cluster.path();
    let mut guest = sandbox.guest("get").await;
    assert_ok(&guest.get(&path).await);
    let next = cluster.replace_authority().await;
    for _ in 0..2 {
        let said = guest.get(&path).await;
        assert_says(&said, &["https://127.0.0.1:", "certificate"]);
        assert!(!said.contains(&cluster.token()), "{said}");
        cluster.volume.set_ca(next.pem()).unwrap();
    }
    guest.end().await;
    let mut guest = sandbox.guest("get").await;
    assert_ok(&guest.get(&path).await);
    guest.end().await;
}

/// `wasi:http`, to a proxy in the pod.
async fn by_proxy(cluster: &mut Cluster) {
    let proxy = cluster.proxy().await;
    let env = json!({"K8S_IN_CLUSTER_SERVER": format!("http://{}", proxy.address())});
    let sandbox = Sandbox { preopens: json!({}), env, network: true, authority: None };
    let mut guest = sandbox.guest("get").await;
    replacing::rotate_token(cluster, &mut guest).await;
    replacing::replace_authority(cluster, &mut guest).await;
    guest.end().await;
}

/// TLS inside, and everything replaced under it. Node is told of no authority.
async fn by_tls_inside(cluster: &mut Cluster) {
    for host in ["127.0.0.1", "localhost"] {
        let sandbox = Sandbox { authority: None, ..Sandbox::new(cluster, host) };
        let tutorial = sandbox.outcome("tutorial-tls", &[]).await;
        assert_eq!(tutorial.status, Some(0), "{tutorial:?}");
        assert_says(&tutorial.stdout, &[&format!("APISERVER=https://{host}:"), "APIVersions"]);
        assert_eq!(tutorial.stderr, "");
    }
    let sandbox = Sandbox { authority: None, ..Sandbox::new(cluster, "127.0.0.1") };
    let mut guest = sandbox.guest("get-tls").await;
    replacing::rotate_token(cluster, &mut guest).await;
    replacing::replace_authority(cluster, &mut guest).await;
    guest.end().await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn tls_inside_follows_token_and_authority() {
    by_tls_inside(&mut Cluster::fixture().await).await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn node_trusts_what_it_is_given_and_the_token_is_followed() {
    trusting_a_file(&mut Cluster::fixture().await).await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn node_trusts_what_it_was_given_when_it_started() {
    trusting_it_as_it_was(&mut Cluster::fixture().await).await;
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn a_proxy_in_the_pod_makes_do_with_any_host() {
    by_proxy(&mut Cluster::fixture().await).await;
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs Node, npm and a real API server: cargo xtask test has them"]
    async fn node_trusts_what_it_is_given_and_the_token_is_followed() {
        trusting_a_file(&mut Cluster::real().await).await;
    }

    #[tokio::test]
    #[ignore = "needs Node, npm and a real API server: cargo xtask test has them"]
    async fn tls_inside_follows_token_and_authority() {
        by_tls_inside(&mut Cluster::real().await).await;
    }

    #[tokio::test]
    #[ignore = "needs Node, npm and a real API server: cargo xtask test has them"]
    async fn node_trusts_what_it_was_given_when_it_started() {
        trusting_it_as_it_was(&mut Cluster::real().await).await;
    }
}

/// Has `get` fail, and returns what it says.
async fn failure(sandbox: &Sandbox) -> String {
    failure_of("get", sandbox).await
}

async fn failure_of(name: &str, sandbox: &Sandbox) -> String {
    let outcome = sandbox.outcome(name, &["/version"]).await;
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(1), ""), "{outcome:?}");
    outcome.stderr
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn what_is_missing_is_named() {
    let cluster = Cluster::fixture().await;
    let whole = || Sandbox::new(&cluster, "127.0.0.1");
    let said = failure(&Sandbox { env: json!({}), ..whole() }).await;
    assert_says(&said, &["get: ", "KUBERNETES_SERVICE_HOST", "not set"]);
    let said = failure(&Sandbox { preopens: json!({}), ..whole() }).await;
    assert_says(&said, &["get: ", MOUNT_PATH, "preopened"]);
    let said = failure_of("get-tls", &Sandbox { network: false, ..whole() }).await;
    assert_says(&said, &["get: https://127.0.0.1:", "allow"]);
    assert_eq!(cluster.api_server().journal().accepted_connections(), 0);
    let said = failure(&Sandbox { authority: None, ..whole() }).await;
    assert_says(&said, &["get: https://127.0.0.1:", "certificate"]);
    assert!(!said.contains(&cluster.token()), "{said}");
    assert!(cluster.api_server().journal().requests().is_empty());
}

#[tokio::test]
#[ignore = "needs Node and npm: cargo xtask test has them"]
async fn an_ipv6_address_is_refused_by_preview2_shim_over_wasi_http_alone() {
    let server = ApiServer::builder().with_ipv6().start().await.unwrap();
    let address = server.ipv6_address().unwrap();
    let cluster = Cluster::at(server, address);
    let said = failure(&Sandbox::new(&cluster, "::1")).await;
    assert_says(&said, &["get: https://[::1]:", "the host does not accept the authority"]);
    assert_eq!(cluster.api_server().journal().accepted_connections(), 0);
    let mut guest = Sandbox::new(&cluster, "::1").guest("get-tls").await;
    assert_ok(&guest.get("/version").await);
    guest.end().await;
}
