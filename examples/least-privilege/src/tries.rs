//! Each way to the token that the interfaces seem to offer.

use crate::bindings::k8s::in_cluster::rest::{self, Impersonation, Request};
use crate::bindings::k8s::in_cluster::types::{Error, Scope};
use crate::bindings::k8s::in_cluster::{
    access, cache, cluster, discovery, leases, logs, objects, watch,
};
use crate::output::say;
use crate::pods;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Debug;

/// Paths that might lead to another server than the API server, or to what is not the API. Tests
/// have the API server answer those that begin with `/try/`.
const PATHS: [&str; 22] = [
    // What the request looked like when it arrived.
    "/try/reflected",
    // An error that quotes it, and one that is no Status.
    "/try/refused",
    "/try/broken",
    // Elsewhere, with the credentials on.
    "/try/moved",
    "/try/moved/",
    "//other.example/",
    "http://other.example/",
    "https://other.example/",
    "@other.example/",
    "/@other.example/",
    "/\\other.example/",
    ":1/",
    "",
    "*",
    "/../../other",
    "/try/..%2f..%2fother",
    "/try/%2e%2e/other",
    "/try/%00",
    "/try?x#y",
    "/try/ HTTP/1.1\r\nHost: other.example\r\n\r\nGET /",
    "file:///var/run/secrets/kubernetes.io/serviceaccount/token",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
];

/// Headers that might replace, or bring back, the one that holds the token.
const HEADERS: [(&str, &str); 10] = [
    ("Authorization", ""),
    ("authorization", "Bearer of-my-own"),
    ("Proxy-Authorization", "Bearer of-my-own"),
    ("Host", "other.example"),
    ("X-A", "b\r\nHost: other.example"),
    ("X-A\r\nHost", "other.example"),
    ("X-A: b\r\nHost", "other.example"),
    ("Connection", "authorization"),
    ("Transfer-Encoding", "chunked"),
    ("Origin", "https://other.example"),
];

/// Methods that might have the server say what it was sent.
const METHODS: [&str; 6] =
    ["TRACE", "CONNECT", "OPTIONS", "GET http://other.example/ HTTP/1.1\r\n", "", "get"];

fn get(path: &str) -> Request {
    Request {
        method: "GET".into(),
        path: path.into(),
        query: Vec::new(),
        headers: Vec::new(),
        impersonate: None,
        compress: false,
        limits: None,
    }
}

/// Prints what a try came to.
fn tried<T: Debug>(what: &str, came_to: Result<T, Error>) {
    match came_to {
        Ok(value) => say(format_args!("? {what:?}\n  {value:?}\n")),
        Err(error) => say(format_args!("? {what:?}\n  {error:?}\n")),
    }
}

/// A request in each of the ways in which one can be sent, and all that comes of it.
fn send(what: &str, request: &Request) {
    let answer = rest::send(request, None);
    tried(
        what,
        answer.map(|answer| (answer.head, String::from_utf8_lossy(&answer.body).to_string())),
    );
    tried(what, opened(request, true));
    tried(what, opened(request, false));
}

/// The same with its answer read as it comes: as what it is, or as an error.
fn opened(request: &Request, read: bool) -> Result<(rest::ResponseHead, String), Error> {
    let pending = if read {
        rest::open(request, None)?
    } else {
        let (body, pending) = rest::upload(request, None)?;
        body.finish()?;
        pending
    };
    let (head, body) = pending.blocking_response()?;
    if !read {
        return Err(rest::ResponseBody::into_error(body));
    }
    let mut bytes = Vec::new();
    while let Some(more) = body.blocking_read(65536)? {
        bytes.extend(more);
    }
    Ok((head, String::from_utf8_lossy(&bytes).to_string()))
}

/// Tries them all.
pub(crate) fn run() {
    tried("discover", cluster::discover());
    for path in PATHS {
        send(path, &get(path));
    }
    for (name, value) in HEADERS {
        let headers = vec![(name.into(), value.into())];
        send(name, &Request { headers, ..get("/try/reflected") });
    }
    for method in METHODS {
        send(method, &Request { method: method.into(), ..get("/try/reflected") });
    }
    let query = vec![("a b&c=d#e\r\nHost".into(), "other.example".into())];
    send("query", &Request { query, ..get("/try/reflected") });
    impersonate();
    ask_for_tokens();
    in_every_room();
}

fn impersonate() {
    for (user, key) in [("jane", "x"), ("jane\r\nHost: other.example", "x"), ("", "x\r\nHost")] {
        let impersonation = Impersonation {
            user: user.into(),
            groups: vec!["system:masters".into()],
            uid: None,
            extra: vec![(key.into(), "Bearer".into())],
        };
        send(user, &Request { impersonate: Some(impersonation), ..get("/try/reflected") });
    }
}

/// A token for the API server is as good as the pod's: for its own audiences, for none, for any.
fn ask_for_tokens() {
    tried("who am I", access::who_am_i(None));
    let audiences = [&[][..], &[""], &["https://kubernetes.default.svc.cluster.local"]];
    for audiences in audiences {
        let request = access::TokenRequest {
            service_account: "reader".into(),
            namespace: None,
            audiences: audiences.iter().map(|it| (*it).into()).collect(),
            expiration_seconds: None,
            bound_object: None,
        };
        let issued = access::request_token(&request, None);
        tried("request-token", issued.map(|issued| issued.token));
    }
}

/// The rest of the interfaces, for what they say where they fail.
fn in_every_room() {
    let name = "../../try/moved";
    let missing = |name: &str| objects::Target {
        resource: pods(),
        scope: Scope::OwnNamespace,
        name: name.into(),
        subresource: None,
    };
    for name in ["no-such-pod", name] {
        tried(name, objects::get(&missing(name), None));
        tried(name, objects::delete(&missing(name), None));
    }
    let elsewhere = Scope::Namespace("kube-system".into());
    let listed = objects::list(&pods(), &elsewhere, None);
    tried("list", listed.and_then(|list| list.blocking_next(10)));
    let watched = watch::start(&pods(), &elsewhere, None);
    tried("watch", watched.and_then(|watcher| watcher.blocking_next(10)));
    let kept = cache::start(&pods(), &elsewhere, None);
    tried("cache", kept.and_then(|store| store.update(1_000_000_000)));
    let options = logs::LogOptions {
        container: None,
        previous: false,
        since: None,
        tail_lines: None,
        timestamps: false,
        limit_bytes: None,
        follow: false,
        limits: None,
    };
    for name in ["no-such-pod", name] {
        let log = logs::open(None, name, &options);
        tried(name, log.and_then(|log| log.blocking_lines(10)));
    }
    tried("version", discovery::server_version(None));
    let lease = leases::Options {
        name: "no-such-lease".into(),
        namespace: Some("kube-system".into()),
        identity: None,
        timings: None,
    };
    let elector = leases::elect(&lease);
    tried("elect", elector.map(|elector| (elector.identity(), elector.poll(1_000_000_000))));
}
