//! `examples/web-page` as a person sees it: in Chromium, which a script for Node drives.

use crate::cluster::{Cluster, within_reason};
use crate::node::node;
use crate::web_page::{quiet, serve_page};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout};

/// The program that was asked for, or the first that is installed: as `cargo xtask test` looks for it.
fn chromium() -> PathBuf {
    if let Some(named) = std::env::var_os("K8S_IN_CLUSTER_CHROMIUM").filter(|it| !it.is_empty()) {
        return named.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let names = ["chromium", "google-chrome", "chromium-browser"];
    let mut all = names.iter().flat_map(|name| folders.iter().map(move |it| it.join(name)));
    all.find(|it| it.exists()).expect("there is no Chromium: install it")
}

/// What it says while the API server is gone.
const OUT_OF_REACH: &str = "The API server is out of reach";

/// What is seen of the page.
#[derive(Debug, Deserialize)]
struct Seen {
    /// The cells of each row.
    rows: Vec<Vec<String>>,
    summary: String,
    state: String,
    problem: String,
    none: String,
    title: String,
    /// How many elements the rows are made of.
    elements: usize,
    /// What was left in the page when it was opened.
    mark: String,
    /// What the browser's console says is wrong.
    errors: Vec<String>,
    /// Whether the text that was looked for is in anything that the browser has received.
    found: bool,
    /// How many answers and events that is.
    received: usize,
}

impl Seen {
    /// Each row as words.
    fn pods(&self) -> Vec<String> {
        // Without the age.
        self.rows.iter().map(|row| row[..5].join(" ").replace('\n', " ")).collect()
    }
}

/// A page in a browser.
struct Browser {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    /// What must not come to the browser.
    secret: String,
}

impl Browser {
    /// Opens the page of a cluster.
    async fn open(cluster: &Cluster, address: SocketAddr) -> Self {
        let mut command = node("browser.mjs", include_str!("node/browser.mjs"));
        let mut child =
            command.arg(chromium()).stdin(std::process::Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut this = Self { child, stdin, stdout, secret: cluster.token() };
        this.has(json!({"do": "open", "url": format!("http://{address}/")})).await;
        this
    }

    /// Has it do something.
    async fn has(&mut self, what: Value) -> Value {
        // One that has ended can't be written to, and its reason is read below.
        let _ended = self.stdin.write_all(format!("{what}\n").as_bytes()).await;
        let Some(line) = within_reason(self.stdout.next_line()).await.unwrap() else {
            let mut said = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
            panic!("the browser has ended: {said}");
        };
        serde_json::from_str(&line).unwrap()
    }

    async fn look(&mut self) -> Seen {
        let seen = self.has(json!({"do": "look", "find": self.secret})).await;
        serde_json::from_value(seen).unwrap()
    }

    /// Looks until it is seen what is expected. The page is the same all the time, and the token never comes.
    async fn sees(&mut self, what: &str, expected: impl Fn(&Seen) -> bool) -> Seen {
        let mut last = None;
        let looking = async {
            loop {
                let seen = self.look().await;
                assert_eq!(seen.mark, "it was not loaded again");
                assert!(!seen.found && seen.received > 0, "{seen:?}");
                if expected(&seen) {
                    return seen;
                }
                last = Some(seen);
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(std::time::Duration::from_secs(240), looking).await {
            Ok(seen) => seen,
            Err(_) => panic!("{what} is not seen: {last:#?}"),
        }
    }

    /// Looks until these pods are seen, and that is the latest.
    async fn sees_pods(&mut self, pods: &[&str]) -> Seen {
        let live = |seen: &Seen| seen.state == "Live" && seen.problem.is_empty();
        self.sees(&format!("{pods:?}"), |seen| seen.pods() == pods && live(seen)).await
    }

    /// Checks that nothing went wrong in the page, and closes it. What a browser says itself of a connection that is cut is no
    /// error of the page.
    async fn close(mut self, cut: bool) {
        let mut errors = self.look().await.errors;
        errors.retain(|it| !(cut && it.starts_with("Failed to load resource: ")));
        assert!(errors.is_empty(), "{errors:?}");
        drop(self.stdin);
        assert!(within_reason(self.child.wait()).await.unwrap().success());
    }
}

/// A pod that came to be some minutes ago.
fn pod(name: &str, minutes: i64, node: &str, ip: &str, status: Value) -> Value {
    let at = OffsetDateTime::now_utc() - time::Duration::minutes(minutes);
    let (date, (hour, minute, second)) = (at.date(), at.time().as_hms());
    let mut pod = json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {
            "name": name, "uid": name, "resourceVersion": "7",
            "creationTimestamp": format!("{date}T{hour:02}:{minute:02}:{second:02}Z"),
        },
        "spec": {"nodeName": node, "containers": [{"name": "app"}]},
        "status": status,
    });
    pod["status"]["podIP"] = ip.into();
    pod
}

/// The namespace of a shop, on a fixture.
async fn shop() -> Cluster {
    let running = |ready: bool, restarts: u32| {
        let container = json!({"ready": ready, "restartCount": restarts});
        json!({"phase": "Running", "containerStatuses": [container]})
    };
    let waiting = |phase: &str, restarts: u32, reason: &str, message: &str| {
        let state = json!({"waiting": {"reason": reason, "message": message}});
        let container = json!({"ready": false, "restartCount": restarts, "state": state});
        json!({"phase": phase, "containerStatuses": [container]})
    };
    let hour = 60;
    let day = 24 * hour;
    let back_off = "back-off 5m0s restarting failed container";
    let pods = [
        pod("cart-6d4b9c7f5-8xk2p", 3 * day, "node-1", "10.244.1.17", running(true, 0)),
        pod("catalog-0", 12 * day, "node-2", "10.244.2.9", running(true, 1)),
        pod(
            "checkout-7f9d8b6c4-qm5zt",
            5 * hour,
            "node-3",
            "10.244.3.4",
            waiting("Running", 14, "CrashLoopBackOff", back_off),
        ),
        pod("db-migrate-29f8k", 7 * hour, "node-1", "10.244.1.12", json!({"phase": "Succeeded"})),
        pod(
            "search-58c6d7b9f-l2w4n",
            3,
            "node-2",
            "10.244.2.31",
            waiting("Pending", 0, "ImagePullBackOff", "no image search:2.1"),
        ),
    ];
    quiet(&pods).await
}

/// Takes the screenshot of the READMEs too, where it is asked for: `SCREENSHOT` names the file.
#[tokio::test]
#[ignore = "needs Chromium, Node and npm: cargo xtask test looks for them"]
async fn the_page_shows_what_kubectl_shows_for_everyone_to_read() {
    let cluster = shop().await;
    let serve = serve_page(&cluster, 0).await;
    let mut browser = Browser::open(&cluster, serve.address).await;
    let seen = browser.sees("the shop", |seen| seen.rows.len() == 5 && seen.state == "Live").await;
    assert_eq!(seen.title, "Pods in shop");
    assert_eq!(seen.summary, "5 pods · 1 pending · 3 running · 1 succeeded");
    let ages: Vec<_> = seen.rows.iter().map(|row| row[5].as_str()).collect();
    assert_eq!(ages, ["3d", "12d", "5h", "7h", "3m"]);
    assert_eq!(
        seen.pods()[2],
        "checkout-7f9d8b6c4-qm5zt Running CrashLoopBackOff: back-off 5m0s restarting failed container \
         0/1 14 node-3 10.244.3.4"
    );

    // What a screen reader has.
    let outline = browser.has(json!({"do": "outline"})).await;
    let outline = outline["outline"].as_str().unwrap();
    for part in [
        "- heading \"Pods in shop\" [level=1]\n",
        "- status: Live\n",
        "- table \"The pods of the namespace, by name\":\n",
        "- columnheader \"Restarts\"\n",
        "- row \"catalog-0 Running 1/1 1 node-2 10.244.2.9 12d\":\n",
        "- rowheader \"catalog-0\"\n",
    ] {
        assert!(outline.contains(part), "no {part:?} in {outline}");
    }

    let folder = tempfile::tempdir().unwrap();
    let mut pictures = Vec::new();
    for scheme in ["dark", "light"] {
        let path = folder.path().join(format!("{scheme}.png"));
        browser.has(json!({"do": "screenshot", "path": path, "scheme": scheme})).await;
        pictures.push(std::fs::read(&path).unwrap());
    }
    assert!(pictures.iter().all(|it| it.starts_with(b"\x89PNG")) && pictures[0] != pictures[1]);
    if let Some(file) = std::env::var_os("SCREENSHOT").filter(|it| !it.is_empty()) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        std::fs::write(root.join(file), &pictures[1]).unwrap();
    }
    browser.close(false).await;
}

#[tokio::test]
#[ignore = "needs Chromium, Node and npm: cargo xtask test looks for them"]
async fn a_problem_goes_when_it_is_over_though_nothing_happens() {
    let cluster = shop().await;
    let serve = serve_page(&cluster, 0).await;
    let mut browser = Browser::open(&cluster, serve.address).await;
    let live = |seen: &Seen| seen.rows.len() == 5 && seen.state == "Live";
    browser.sees("the shop", live).await;
    cluster.api_server().stop().await;
    let seen = browser.sees("the problem", |seen| seen.problem.contains(OUT_OF_REACH)).await;
    assert_eq!((seen.rows.len(), &*seen.state), (5, "Trying again"));
    cluster.api_server().start_again().await.unwrap();
    browser.sees("its end", |seen| live(seen) && seen.problem.is_empty()).await;
    browser.close(false).await;
}

/// Answers everything as a proxy does whose server is gone, until it is dropped.
async fn bad_gateway(address: SocketAddr) -> tokio::task::JoinSet<()> {
    let listener = TcpListener::bind(address).await.unwrap();
    let mut task = tokio::task::JoinSet::new();
    task.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _left = stream.read(&mut [0; 4096]).await;
            let answer =
                "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _left = stream.write_all(answer.as_bytes()).await;
        }
    });
    task
}

mod on_a_real_api_server {
    use super::*;

    const POD: &str = "pod-1 Pending 0/1 0 —";

    #[tokio::test]
    #[ignore = "needs Chromium, Node, npm and a real API server: cargo xtask test looks for them"]
    async fn pods_come_change_and_go_without_the_page_being_loaded_again() {
        let cluster = Cluster::real().await;
        let serve = serve_page(&cluster, 0).await;
        let mut browser = Browser::open(&cluster, serve.address).await;
        let seen = browser.sees_pods(&[POD]).await;
        assert_eq!((seen.summary.as_str(), seen.none.as_str()), ("1 pod · 1 pending", ""));

        let api = cluster.create_pod("api").await;
        browser.sees_pods(&["api Pending 0/1 0 node-1", POD]).await;
        let container =
            json!({"name": "app", "image": "app", "imageID": "", "ready": true, "restartCount": 2});
        let status = json!({
            "phase": "Running", "podIP": "10.1.0.7", "podIPs": [{"ip": "10.1.0.7"}],
            "containerStatuses": [container],
        });
        cluster.set_status(&api, status).await;
        let seen = browser.sees_pods(&["api Running 1/1 2 node-1 10.1.0.7", POD]).await;
        let elements = seen.elements;

        // What stands in a status is text, whatever is in it.
        let hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        let status = json!({"phase": "Failed", "reason": hostile, "message": "</td>"});
        cluster.set_status(&api, status).await;
        let failed = format!("api Failed {hostile}: </td> 0/1 0 node-1");
        let seen = browser.sees_pods(&[&failed, POD]).await;
        // There is a line more, of the reason, and a line less, of the address.
        assert_eq!(seen.elements, elements);

        cluster.admin().delete(&api).await.unwrap();
        browser.sees_pods(&[POD]).await;
        cluster.admin().delete(&format!("{}/pod-1", cluster.path())).await.unwrap();
        let seen = browser.sees_pods(&[]).await;
        assert_eq!(seen.none, "There are no pods in this namespace");
        browser.close(false).await;
    }

    #[tokio::test]
    #[ignore = "needs Chromium, Node, npm and a real API server: cargo xtask test looks for them"]
    async fn cut_connections_are_made_anew_and_nothing_is_missed() {
        let mut cluster = Cluster::real().await;
        let serve = serve_page(&cluster, 0).await;
        let address = serve.address;
        let mut browser = Browser::open(&cluster, address).await;
        browser.sees_pods(&[POD]).await;
        let api = cluster.create_pod("api").await;
        browser.sees_pods(&["api Pending 0/1 0 node-1", POD]).await;

        // The page's own server is gone for a while, and a pod with it.
        serve.stop().await;
        browser.sees("the cut", |seen| seen.state == "Reconnecting" && seen.rows.len() == 2).await;
        cluster.admin().delete(&api).await.unwrap();
        cluster.create_pod("web").await;
        let serve = serve_page(&cluster, address.port()).await;
        browser.sees_pods(&[POD, "web Pending 0/1 0 node-1"]).await;

        // A proxy says so: browsers do not ask again by themselves then.
        serve.stop().await;
        let proxy = bad_gateway(address).await;
        browser.sees("the cut", |seen| seen.errors.iter().any(|it| it.contains("502"))).await;
        drop(proxy);
        cluster.admin().delete(&format!("{}/web", cluster.path())).await.unwrap();
        let _serve = serve_page(&cluster, address.port()).await;
        browser.sees_pods(&[POD]).await;

        // The API server is gone for longer than the watch is patient.
        cluster
            .restart(async || {
                let gone =
                    |seen: &Seen| seen.problem.contains(OUT_OF_REACH) && seen.rows.len() == 1;
                browser.sees(OUT_OF_REACH, gone).await;
            })
            .await;
        browser.sees_pods(&[POD]).await;
        cluster.create_pod("api").await;
        browser.sees_pods(&["api Pending 0/1 0 node-1", POD]).await;
        browser.close(true).await;
    }

    #[tokio::test]
    #[ignore = "needs Chromium, Node, npm and a real API server: cargo xtask test looks for them"]
    async fn who_may_not_see_the_pods_is_told_what_to_do_and_goes_on_when_it_is_done() {
        let cluster = Cluster::real_without_rights().await;
        let serve = serve_page(&cluster, 0).await;
        let mut browser = Browser::open(&cluster, serve.address).await;
        let seen = browser.sees("the problem", |seen| !seen.problem.is_empty()).await;
        for part in [
            "This page may not see the pods",
            "pods is forbidden",
            "Bind a Role that allows list and watch",
        ] {
            assert!(seen.problem.contains(part), "{seen:?}");
        }
        assert!(seen.rows.is_empty() && seen.state == "Trying again", "{seen:?}");
        cluster.allow(&[]).await;
        browser.sees_pods(&[POD]).await;
        browser.close(false).await;
    }
}
