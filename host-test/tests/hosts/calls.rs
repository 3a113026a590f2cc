//! The calls that the packages of the examples in other languages have, each made once on a real API server.

use crate::cluster::{Cluster, target};
use crate::guest::{Outcome, outcome, program};
use crate::kube_chores::node as put_node;
use host_test::api_server::{Answer, ApiServer, Misbehaviour};
use http::StatusCode;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What the programs print, in each language.
const SAID: &str = "version v1.\n\
    resources configmaps\n\
    tried only 404 NotFound\n\
    created twice 409 AlreadyExists\n\
    replaced 2 409 Conflict\n\
    applied 409 Conflict\n\
    applied 3\n\
    patched 4\n\
    patched 5\n\
    selected a\n\
    deleted 404 NotFound\n\
    subresource web\n\
    log <one> <> <zwei größer> <end>\n";

/// A cluster with a pod on a node, whose kubelet is a server of the test's own and has a log of the pod.
async fn cluster() -> (Cluster, ApiServer) {
    let rule = |resource: &str, verbs: &[&str]| json!({"apiGroups": [""], "resources": [resource], "verbs": verbs});
    let all = ["get", "list", "create", "update", "patch", "delete"];
    let rules =
        [rule("configmaps", &all), rule("pods/log", &["get"]), rule("pods/status", &["get"])];
    let cluster = Cluster::real_that_allows(&rules).await;
    let kubelet = ApiServer::builder().without_http2().start().await.unwrap();
    put_node(&cluster, "node-1", &kubelet).await;
    cluster.create_pod("web").await;
    let log = Answer::text(StatusCode::OK, "one\n\nzwei größer\nend").in_chunks();
    kubelet.misbehave_always(Misbehaviour::Status(log));
    (cluster, kubelet)
}

/// The file of this name beside this one.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts/calls").join(name)
}

fn assert_said(outcome: &Outcome, kubelet: &ApiServer, last: &str) {
    assert_eq!((outcome.status, &*outcome.stderr), (Some(0), ""), "{outcome:?}");
    assert_eq!(outcome.stdout, format!("{SAID}{last}"));
    let asked = kubelet.journal().requests().pop().unwrap();
    assert_eq!(asked.path, "/containerLogs/shop/web/app");
    assert_eq!(asked.query.as_deref(), Some("sinceSeconds=60&tailLines=4"));
}

mod javascript {
    use super::*;

    mod on_a_real_api_server {
        use super::*;

        #[tokio::test]
        #[ignore = "needs Node, npm and a real API server: cargo xtask test has them"]
        async fn the_package_has_its_calls() {
            let (cluster, kubelet) = cluster().await;
            let mut node = program(Path::new("node"));
            node.arg(source("calls.mjs"))
                .arg(target("../examples/javascript").canonicalize().unwrap())
                .env("K8S_IN_CLUSTER_SERVICE_ACCOUNT_FOLDER", cluster.volume.path())
                .envs(cluster.variables(&cluster.address.ip().to_string()));
            assert_said(&outcome(node).await, &kubelet, "");
        }
    }
}

mod python {
    use super::*;
    use crate::run::TLS;
    use crate::wasmtime::Wasmtime;
    use std::process::Command;

    /// Makes a component of the example's package and another `app.py`, with the client inside.
    fn compose(folder: &Path) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
        let example = root.join("examples/python");
        let (alone, composed) = (folder.join("alone.wasm"), folder.join("composed.wasm"));
        std::fs::copy(source("app.py"), folder.join("app.py")).unwrap();
        let tools = root.join("target/python/examples/python/requirements/bin");
        let mut componentize = Command::new(tools.join("componentize-py"));
        componentize.args(["--quiet", "--wit-path"]).arg(root.join("wit"));
        componentize.arg("--wit-path").arg(example.join("wit"));
        componentize.args(["--world", "example:pods/app", "componentize", "app"]);
        // The first has `app`, the second the package.
        componentize.arg("--python-path").arg(folder).arg("--python-path").arg(&example);
        let made = componentize.arg("--output").arg(&alone).status().unwrap();
        assert!(made.success(), "{made}");
        let mut wac = Command::new(root.join("target/tools/bin/wac"));
        wac.arg("plug")
            .arg(&alone)
            .arg("--plug")
            .arg(crate::cluster::component("k8s-in-cluster-tls"));
        let plugged = wac.arg("-o").arg(&composed).status().unwrap();
        assert!(plugged.success(), "{plugged}");
        composed
    }

    mod on_a_real_api_server {
        use super::*;

        #[tokio::test]
        #[ignore = "needs Python and a real API server: cargo xtask test has them"]
        async fn the_package_has_its_calls() {
            let (cluster, kubelet) = cluster().await;
            let folder = tempfile::tempdir().unwrap();
            let composed = compose(folder.path());
            let wasmtime = Wasmtime::new(TLS).dir(&cluster).variables(&cluster);
            let outcome = outcome(wasmtime.file(&composed)).await;
            assert_said(&outcome, &kubelet, "user system:serviceaccount:shop:reader\n");
        }
    }
}
