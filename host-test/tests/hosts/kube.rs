//! Code for kube-rs: `examples/kube-client`.

use crate::cluster::{Cluster, within_reason};
use crate::guest::{Outcome, outcome};
use crate::run::{BY_PROXY, TLS};
use crate::wasmtime::Wasmtime;
use host_test::api_server::{Answer, ApiServer, Framing, Misbehaviour, NAMESPACE};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Where the example runs: with TLS inside, or through a proxy in the pod.
enum Way<'a> {
    Tls(&'a Cluster),
    /// By its URL.
    Proxy(String),
}

impl Way<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        match self {
            Self::Tls(cluster) => Wasmtime::new(TLS)
                .dir(cluster)
                .variables(cluster)
                .component("kube-client-tls", arguments),
            Self::Proxy(proxy) => Wasmtime::new(BY_PROXY)
                .env("K8S_IN_CLUSTER_SERVER", proxy)
                .env("K8S_IN_CLUSTER_NAMESPACE", NAMESPACE)
                .component("kube-client", arguments),
        }
    }

    /// What it prints, with success and no complaint.
    async fn prints(&self, arguments: &[&str]) -> String {
        let Outcome { status, stdout, stderr } = outcome(self.command(arguments)).await;
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{arguments:?}: {stdout}");
        stdout
    }
}

fn pod(name: &str, phase: &str, version: &str) -> Value {
    json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": NAMESPACE, "resourceVersion": version},
        "status": {"phase": phase},
    })
}

fn event(kind: &str, pod: &Value) -> String {
    format!("{}\n", json!({"type": kind, "object": pod}))
}

/// Two pods. Each connection of a watch is cut: in the middle of the second event, right behind one, and before any.
fn two_pods(server: &ApiServer) {
    let watches = AtomicU32::new(0);
    let path = format!("/api/v1/namespaces/{NAMESPACE}/pods");
    server.answer_with(Method::GET, &path, move |request| {
        if request.query_parameter("watch").is_none() {
            let list = json!({
                "kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "10"},
                "items": [pod("api", "Running", "7"), pod("web", "Pending", "9")],
            });
            return Answer::json(StatusCode::OK, &list);
        }
        let running = event("MODIFIED", &pod("web", "Running", "11"));
        let gone = event("DELETED", &pod("api", "Running", "12"));
        let new = event("ADDED", &pod("job", "Pending", "13"));
        let (version, body, after) = match watches.fetch_add(1, Ordering::Relaxed) {
            0 => ("10", running.clone() + &gone, Some(running.len() + 20)),
            1 => ("11", gone.clone(), Some(gone.len())),
            2 => ("12", new, Some(0)),
            _ => ("12", new, None),
        };
        assert_eq!(request.query_parameter("resourceVersion"), Some(version));
        let answer = Answer::text(StatusCode::OK, body).in_chunks();
        match after {
            Some(after) => answer
                .with_misbehaviour(Misbehaviour::CutMidBody { after, framing: Framing::Chunked }),
            None => answer,
        }
    });
}

/// A fixture with them.
async fn fixture() -> Cluster {
    let cluster = Cluster::fixture().await;
    two_pods(cluster.api_server());
    cluster
}

/// The same as a proxy hands it out.
async fn through_a_proxy() -> (ApiServer, Way<'static>) {
    let server = ApiServer::builder().plain_http().start().await.unwrap();
    two_pods(&server);
    let way = Way::Proxy(server.url());
    (server, way)
}

#[tokio::test]
async fn kube_lists_pods() {
    let cluster = fixture().await;
    let listed = "api Running\nweb Pending\n";
    assert_eq!(Way::Tls(&cluster).prints(&["list"]).await, listed);
    assert!(cluster.last_came_with_the_token(&cluster.path()));
    let (_server, way) = through_a_proxy().await;
    assert_eq!(way.prints(&["list"]).await, listed);
}

#[tokio::test]
async fn kubes_watcher_survives_what_is_cut_by_tls() {
    let cluster = fixture().await;
    survives(&Way::Tls(&cluster)).await;
}

/// Stock wasmtime does not say what kept an answer from being complete.
#[tokio::test]
async fn kubes_watcher_survives_what_is_cut_by_wasi_http() {
    let (_server, way) = through_a_proxy().await;
    survives(&way).await;
}

/// Nothing is missed, nothing comes twice, and no error is told.
async fn survives(way: &Way<'_>) {
    let lines = [
        "api Running",
        "web Pending",
        "applied web Running",
        "deleted api Running",
        "applied job Pending",
    ];
    assert_eq!(way.prints(&["watch", "3"]).await.lines().collect::<Vec<_>>(), lines);
}

#[tokio::test]
async fn kubes_reflector_keeps_a_store_in_step() {
    let cluster = fixture().await;
    let lines = [
        "2 pods: api Running, web Pending",
        "2 pods: api Running, web Running",
        "1 pods: web Running",
        "2 pods: job Pending, web Running",
    ];
    let printed = Way::Tls(&cluster).prints(&["store", "3"]).await;
    assert_eq!(printed.lines().collect::<Vec<_>>(), lines);
}

/// The pause is tokio's, and nothing of WASI's is waited for meanwhile.
#[tokio::test]
async fn kubes_watcher_tries_again_after_a_pause() {
    let cluster = fixture().await;
    let refused = Answer::text(StatusCode::FORBIDDEN, "not yet");
    cluster.api_server().misbehave(Misbehaviour::Status(refused));
    let outcome = outcome(Way::Tls(&cluster).command(&["watch", "1"])).await;
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    assert!(outcome.stdout.ends_with("applied web Running\n"), "{outcome:?}");
    assert!(outcome.stderr.contains("not yet"), "{outcome:?}");
    assert!(!outcome.stderr.contains(&cluster.token()), "{outcome:?}");
}

#[tokio::test]
async fn without_a_service_account_kube_says_what_is_missing() {
    let outcome = outcome(Wasmtime::new(TLS).component("kube-client-tls", &["list"])).await;
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("KUBERNETES_SERVICE_HOST"), "{outcome:?}");
}

mod on_a_real_api_server {
    use super::*;

    async fn objects_and_changes(cluster: &Cluster, way: &Way<'_>, name: &str) {
        let created = way.prints(&["create", name]).await;
        let exists = format!("pods \"{name}\" already exists");
        assert_eq!(created, format!("created {name} Pending\n{exists}\n"));
        let listed = way.prints(&["list"]).await;
        assert!(listed.contains(&format!("{name} Pending\n")), "{listed}");

        let mut watch = Reader::start(way, &["watch", "99"]);
        let mut store = Reader::start(way, &["store", "99"]);
        // The pod is the last one listed: then both are there when things happen.
        watch.until(|line| line == format!("{name} Pending")).await;
        store.until(|line| line.contains(name)).await;
        cluster.change_pods().await;
        let changes = watch.until(|line| line == "deleted pod-99 Pending").await;
        assert!(changes.len() > 2, "{changes:?}");
        assert!(changes.iter().all(|line| line.contains("pod-99")), "{changes:?}");
        store.until(|line| line.contains("pod-99")).await;
        store.until(|line| !line.contains("pod-99")).await;
    }

    /// The example, and the lines that it prints.
    struct Reader {
        _child: Child,
        lines: Lines<BufReader<ChildStdout>>,
    }

    impl Reader {
        fn start(way: &Way<'_>, arguments: &[&str]) -> Self {
            let mut child = way.command(arguments).spawn().unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            Self { _child: child, lines }
        }

        /// Lines up to one of this kind.
        async fn until(&mut self, is_last: impl Fn(&str) -> bool) -> Vec<String> {
            let mut seen = Vec::new();
            while seen.last().is_none_or(|line: &String| !is_last(line)) {
                seen.push(within_reason(self.lines.next_line()).await.unwrap().expect("it ended"));
            }
            seen
        }
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn kube_creates_lists_watches_and_keeps() {
        let rule = json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]});
        let cluster = Cluster::real_that_allows(&[rule]).await;
        objects_and_changes(&cluster, &Way::Tls(&cluster), "tls").await;
        let proxy = cluster.proxy().await;
        let way = Way::Proxy(format!("http://{}", proxy.address()));
        objects_and_changes(&cluster, &way, "web").await;
    }

    /// The API server is restarted with a certificate of another authority, and then has the pod's token replaced.
    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn kubes_watcher_survives_a_restart_of_the_server() {
        let mut cluster = Cluster::real().await;
        let mut watch = Reader::start(&Way::Tls(&cluster), &["watch", "99"]);
        watch.until(|line| line == "pod-1 Pending").await;
        let next = cluster.replace_authority().await;
        cluster.volume.set_ca(next.pem()).unwrap();
        // The new token is that of a new pod. A server that was restarted may not know what was before, and be asked for a
        // list.
        cluster.rotate_token().await;
        watch.until(|line| line.ends_with("pod-2 Pending")).await;
    }
}
