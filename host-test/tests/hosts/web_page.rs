//! `examples/web-page` under `wasmtime serve`, as it is on the wire: `browser.rs` has it in a browser.

use crate::cluster::{Cluster, within_reason};
use crate::guest::assert_says;
use crate::serve::{Serve, TLS, serve_at};
use bytes::Bytes;
use host_test::api_server::{Answer as ServerAnswer, ApiServer, Misbehaviour};
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// The page of a cluster, on a port; 0 for any.
pub(crate) async fn serve_page(cluster: &Cluster, port: u16) -> Serve {
    let wasmtime = serve_at(port, TLS).dir(cluster).variables(cluster);
    Serve::start(wasmtime.component("web-page-tls", &[])).await
}

/// A namespace of these pods, to which nothing ever happens: not even a bookmark comes.
pub(crate) async fn quiet(pods: &[Value]) -> Cluster {
    let cluster = Cluster::fixture().await;
    let added = pods.iter().map(|pod| json!({"type": "ADDED", "object": pod}));
    let end = json!({"type": "BOOKMARK", "object": {"metadata": {
        "resourceVersion": "10", "annotations": {"k8s.io/initial-events-end": "true"},
    }}});
    let state: String = added.chain([end]).map(|event| format!("{event}\n")).collect();
    cluster.api_server().answer_with(Method::GET, &cluster.path(), move |request| {
        let begins = request.query_parameter("sendInitialEvents").is_some();
        let text = if begins { state.clone() } else { "\n".to_owned() };
        let silence = Misbehaviour::StallMidBody { after: text.len() };
        ServerAnswer::text(StatusCode::OK, text).with_misbehaviour(silence)
    });
    cluster
}

/// An answer, its body to be read; and the connection, which ends when it is dropped.
struct Answer {
    head: http::response::Parts,
    body: Incoming,
    _connection: JoinSet<()>,
}

impl Answer {
    async fn text(self) -> String {
        let body = within_reason(self.body.collect()).await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }
}

async fn ask(address: SocketAddr, request: http::request::Builder) -> Answer {
    within_reason(async {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let (mut sender, connection) = http1::handshake(stream).await.unwrap();
        let mut task = JoinSet::new();
        task.spawn(async move { drop(connection.await) });
        let request = request.header("host", "pod.example").body(Empty::<Bytes>::new()).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        Answer { head, body, _connection: task }
    })
    .await
}

async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, http::Request::get(path)).await
}

/// The events that a browser gets.
struct Events {
    answer: Answer,
    unread: String,
    /// Everything that came.
    all: String,
    events: VecDeque<(String, Value)>,
    /// What a browser would name when it asked again.
    id: String,
    comments: usize,
}

impl Events {
    async fn listen(serve: &Serve, after: Option<&str>) -> Self {
        let mut request = http::Request::get("/events").header("accept", "text/event-stream");
        if let Some(id) = after {
            request = request.header("last-event-id", id);
        }
        let answer = ask(serve.address, request).await;
        assert_eq!(answer.head.status, 200);
        assert_eq!(answer.header("content-type"), "text/event-stream");
        let [unread, all, id] = [const { String::new() }; 3];
        Self { answer, unread, all, events: VecDeque::new(), id, comments: 0 }
    }

    /// Reads until there is a line, as <https://html.spec.whatwg.org/multipage/server-sent-events.html> has it.
    async fn block(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.find("\n\n") {
                let block = self.unread[..end].to_owned();
                self.unread.drain(..end + 2);
                return block;
            }
            let frame = within_reason(self.answer.body.frame()).await.expect("it ends").unwrap();
            let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
            self.unread += &text;
            self.all += &text;
        }
    }

    async fn read(&mut self) {
        let (mut name, mut data) = (None, None);
        for line in self.block().await.lines() {
            match line.split_once(": ") {
                Some(("event", value)) => name = Some(value.to_owned()),
                Some(("data", value)) => data = Some(serde_json::from_str(value).unwrap()),
                Some(("id", value)) => value.clone_into(&mut self.id),
                Some(("retry", _)) => {}
                None if line == ":" => self.comments += 1,
                _ => panic!("{line:?}"),
            }
        }
        self.events.extend(name.zip(data));
    }

    async fn next(&mut self) -> (String, Value) {
        while self.events.is_empty() {
            self.read().await;
        }
        self.events.pop_front().unwrap()
    }

    /// The next event, which is to be of this name.
    async fn expect(&mut self, name: &str) -> Value {
        loop {
            let (found, data) = self.next().await;
            // The API server says from time to time up to which version nothing else has happened.
            if found == "synced" && name != "synced" {
                continue;
            }
            assert_eq!(found, name, "{data}");
            return data;
        }
    }

    /// The names of the pods of the state.
    async fn state(&mut self) -> Vec<String> {
        assert_eq!(self.expect("start").await, json!({"namespace": "shop"}));
        let mut names = Vec::new();
        loop {
            match self.next().await {
                (name, pod) if name == "pod" => {
                    names.push(pod["name"].as_str().unwrap().to_owned())
                }
                (name, _) => {
                    assert_eq!(name, "synced");
                    names.sort();
                    return names;
                }
            }
        }
    }
}

/// Ends a server, and checks that it has complained of nothing but of clients that left, as wasmtime always does.
async fn assert_quiet(serve: Serve) {
    let said = serve.stop().await;
    let has_left = |line: &str| {
        line == "error: hyper::Error(IncompleteMessage)"
            || (line.starts_with("error: hyper::Error(Io, ") && line.contains("ConnectionReset"))
    };
    assert!(said.lines().all(has_left), "{said}");
}

#[tokio::test]
async fn the_page_is_one_file_that_runs_its_own_script_alone() {
    let cluster = Cluster::fixture().await;
    let serve = serve_page(&cluster, 0).await;
    let mut nonces = Vec::new();
    for path in ["/", "/?from=a-bookmark"] {
        let answer = get(serve.address, path).await;
        assert_eq!(answer.head.status, 200);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'nonce-"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        let page = answer.text().await;
        let tags = [format!("<script nonce=\"{nonce}\">"), format!("<style nonce=\"{nonce}\">")];
        assert_says(&page, &tags.each_ref().map(String::as_str));
        assert!(!page.contains("innerHTML") && !page.contains("{nonce}"));
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn what_is_not_there_is_not_answered() {
    let cluster = Cluster::fixture().await;
    let serve = serve_page(&cluster, 0).await;
    for path in ["/favicon.ico", "/events/", "//", "/index.html"] {
        assert_eq!(get(serve.address, path).await.head.status, 404, "{path}");
    }
    for path in ["/", "/events"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"] {
            let answer =
                ask(serve.address, http::Request::builder().method(method).uri(path)).await;
            assert_eq!((answer.head.status.as_u16(), answer.header("allow")), (405, "GET"));
        }
    }
    assert_quiet(serve).await;
}

/// A browser that is gone is noticed by a comment that can't be written, and its watch ends then, without a word in the log.
#[tokio::test]
async fn a_comment_keeps_the_connection_and_ends_the_watch_of_a_browser_that_is_gone() {
    let cluster = Cluster::fixture().await;
    let serve = serve_page(&cluster, 0).await;
    let mut events = Events::listen(&serve, None).await;
    while events.comments == 0 {
        events.read().await;
    }
    let journal = cluster.api_server().journal();
    within_reason(journal.wait_until(|now| now.open_connections > 0)).await;
    drop(events);
    within_reason(journal.wait_until(|now| now.open_connections == 0)).await;
    assert_quiet(serve).await;
}

#[tokio::test]
async fn what_is_wrong_is_told_and_what_to_do() {
    let cluster = Cluster::fixture().await;
    let elsewhere = serve_at(0, TLS).dir(&cluster).variables(&cluster);
    let elsewhere = elsewhere.env("K8S_IN_CLUSTER_NAMESPACE", "kube-system");
    let serve = Serve::start(elsewhere.component("web-page-tls", &[])).await;
    let mut events = Events::listen(&serve, None).await;
    assert_eq!(events.expect("start").await["namespace"], "kube-system");
    let problem = events.expect("problem").await;
    assert_says(problem["title"].as_str().unwrap(), &["may not see the pods"]);
    assert_says(problem["text"].as_str().unwrap(), &["pods is forbidden"]);
    assert_says(problem["hint"].as_str().unwrap(), &["Role", "list and watch on pods"]);
    assert!(!events.all.contains(&cluster.token()));

    // Without anything there is no watch: the answer ends, and the browser asks again.
    let serve = Serve::start(serve_at(0, TLS).component("web-page-tls", &[])).await;
    let text = get(serve.address, "/events").await.text().await;
    assert_says(&text, &["event: problem", "not in a cluster", "KUBERNETES_SERVICE_HOST"]);
}

#[tokio::test]
async fn what_was_wrong_is_over_as_soon_as_the_watch_goes_on() {
    let cluster = quiet(&[json!({"metadata": {"name": "web", "resourceVersion": "7"}})]).await;
    let serve = serve_page(&cluster, 0).await;
    let mut events = Events::listen(&serve, None).await;
    assert_eq!(events.state().await, ["web"]);
    let server = cluster.api_server();
    server.misbehave_always(Misbehaviour::Status(ServerAnswer::new(StatusCode::FORBIDDEN)));
    server.stop().await;
    server.start_again().await.unwrap();
    let problem = events.next().await;
    assert_eq!(problem.0, "problem");
    assert_says(problem.1["title"].as_str().unwrap(), &["may not see the pods"]);
    server.behave();
    // What was asked meanwhile may be refused too.
    let over = loop {
        let next = events.next().await;
        if next.0 != "problem" {
            break next;
        }
    };
    assert_eq!((over, &*events.id), (("synced".to_owned(), json!({})), "10"));
}

/// Each page has an instance of its own: what that takes decides how many there can be.
#[tokio::test]
async fn the_memory_of_a_page_is_bounded() {
    let pod = |number| {
        let metadata = json!({
            "name": format!("web-{number:03}"), "uid": format!("{number}"), "resourceVersion": "7",
            "annotations": {"note": "x".repeat(4000)},
        });
        json!({"metadata": metadata, "status": {"phase": "Running"}})
    };
    let pods: Vec<_> = (0..500).map(pod).collect();
    // The component has two linear memories, the client's and that of its own.
    for (count, most) in [(5, 1280 << 10), (500, 2 << 20)] {
        let cluster = quiet(&pods[..count]).await;
        let wasmtime = serve_at(0, &format!("{TLS} -W max-memory-size={most}"));
        let page = wasmtime.dir(&cluster).variables(&cluster).component("web-page-tls", &[]);
        let serve = Serve::start(page).await;
        let mut events = Events::listen(&serve, None).await;
        assert_eq!(events.state().await.len(), count);
    }
}

/// As at a desk, with `kubectl proxy`.
#[tokio::test]
async fn a_proxy_makes_do_with_any_host() {
    let proxy = ApiServer::builder().plain_http().start().await.unwrap();
    let wasmtime = serve_at(0, "-S cli")
        .env("K8S_IN_CLUSTER_SERVER", &proxy.url())
        .env("K8S_IN_CLUSTER_NAMESPACE", "shop");
    let serve = Serve::start(wasmtime.component("web-page", &[])).await;
    let mut events = Events::listen(&serve, None).await;
    assert_eq!(events.state().await, ["web-1", "web-2", "web-3"]);
}

mod on_a_real_api_server {
    use super::*;

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn the_state_is_told_and_then_each_change_once_whoever_asks_again() {
        let cluster = Cluster::real().await;
        let serve = serve_page(&cluster, 0).await;
        let mut events = Events::listen(&serve, None).await;
        assert_eq!(events.state().await, ["pod-1"]);

        let web = cluster.create_pod("web").await;
        let pod = events.expect("pod").await;
        assert_eq!(
            (&pod["name"], &pod["phase"], &pod["ready"]),
            (&json!("web"), &json!("Pending"), &json!("0/1"))
        );
        assert_eq!((&pod["node"], &pod["ip"]), (&json!("node-1"), &json!("")));

        let hostile = "</script><script>alert(1)</script>\n\nevent: gone\ndata: {}";
        let status = json!({"phase": "Failed", "reason": hostile, "podIP": "10.1.0.7",
            "podIPs": [{"ip": "10.1.0.7"}]});
        cluster.set_status(&web, status).await;
        let pod = events.expect("pod").await;
        assert_eq!((&pod["phase"], &pod["reason"]), (&json!("Failed"), &json!(hostile)));
        assert_eq!(pod["ip"], "10.1.0.7");
        // Of the pod there is what is shown, and no more.
        assert_eq!(pod.as_object().unwrap().len(), 9, "{pod}");
        let id = events.id.clone();

        // What happens while nobody listens is told to the browser that asks again, and to it alone.
        let everything = std::mem::take(&mut events.all);
        drop(events);
        cluster.admin().delete(&web).await.unwrap();
        cluster.create_pod("api").await;
        let mut events = Events::listen(&serve, Some(&id)).await;
        events.expect("resumed").await;
        let mut gone = events.next().await;
        while gone.0 == "pod" {
            // As it was while it ended.
            assert_eq!((&gone.1["name"], &gone.1["phase"]), (&json!("web"), &json!("Terminating")));
            gone = events.next().await;
        }
        assert_eq!((gone.0.as_str(), &gone.1["name"]), ("gone", &json!("web")));
        assert_eq!(events.expect("pod").await["name"], "api");
        for id in [None, Some("0"), Some("1&watch=0"), Some("nonsense")] {
            let mut other = Events::listen(&serve, id).await;
            assert_eq!(other.state().await, ["api", "pod-1"], "{id:?}");
        }
        for text in [everything, events.all] {
            assert!(!text.contains(&cluster.token()) && !text.contains("<script>\n"), "{text}");
        }
        assert_quiet(serve).await;

        let proxy = cluster.proxy().await;
        let by_proxy = serve_at(0, "-S cli")
            .env("K8S_IN_CLUSTER_SERVER", &format!("http://{}", proxy.address()))
            .env("K8S_IN_CLUSTER_NAMESPACE", "shop");
        let serve = Serve::start(by_proxy.component("web-page", &[])).await;
        let mut events = Events::listen(&serve, None).await;
        assert_eq!(events.state().await, ["api", "pod-1"]);
    }
}
