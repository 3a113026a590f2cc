//! The API server for tests that can misbehave, held against the real one: the same requests, the same answers.

use crate::support::{Tenant, shared};
use host_test::api_server::{ApiServer, NAMESPACE};
use host_test::outgoing::{Destination, Outgoing};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;

/// A user of a server, with its token.
struct Side {
    outgoing: Outgoing,
    address: SocketAddr,
    token: String,
}

impl Side {
    fn new(address: SocketAddr, ca: &Path, token: &str) -> Self {
        let host = address.ip().to_string();
        let outgoing = Outgoing::builder()
            .destination(Destination::https(&host, address.port(), address))
            .trust_anchors(ca)
            .build()
            .unwrap();
        Self { outgoing, address, token: token.to_owned() }
    }

    async fn ask(&self, asked: &Asked) -> Answered {
        let uri = format!("https://{}{}", self.address, asked.path);
        let mut request = Request::builder().method(asked.method).uri(uri);
        for (name, value) in &asked.headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = asked.token.unwrap_or(Some(&self.token)) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = Full::new(asked.body.clone().into()).map_err(|never| match never {});
        let response =
            self.outgoing.send(request.body(body.boxed_unsync()).unwrap(), None).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = std::str::from_utf8(&body).unwrap();
        Answered { status: head.status, headers: headers(&head.headers), body: Body::of(body) }
    }
}

/// A request of a client such as the component, unless it says otherwise.
struct Asked {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    /// Another token than the good one, or none.
    token: Option<Option<&'static str>>,
}

fn get(path: &'static str) -> Asked {
    Asked { method: "GET", path, headers: Vec::new(), body: String::new(), token: None }
}

fn send(
    method: &'static str,
    path: &'static str,
    kind: &'static str,
    body: impl ToString,
) -> Asked {
    let headers = vec![("content-type", kind)];
    Asked { method, path, headers, body: body.to_string(), token: None }
}

impl Asked {
    fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    fn token(mut self, token: Option<&'static str>) -> Self {
        self.token = Some(token);
        self
    }
}

#[derive(Debug, PartialEq)]
struct Answered {
    status: StatusCode,
    /// Names, and the values of those that have the same at each time.
    headers: Vec<(String, String)>,
    body: Body,
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let constant = [
        header::CONTENT_TYPE,
        header::CACHE_CONTROL,
        header::WARNING,
        header::X_CONTENT_TYPE_OPTIONS,
        header::VARY,
        header::RETRY_AFTER,
    ];
    let mut headers: Vec<_> = headers
        .iter()
        // Which answers have it depends on how long they are, and what is stored is not the same.
        .filter(|(name, _)| **name != header::CONTENT_LENGTH)
        .map(|(name, value)| {
            let value = if constant.contains(name) { value.to_str().unwrap() } else { "" };
            (name.to_string(), value.to_owned())
        })
        .collect();
    headers.sort();
    headers
}

#[derive(Debug, PartialEq)]
enum Body {
    Text(String),
    /// A Status is compared whole; of other objects kind and form count.
    Json {
        indented: bool,
        newline: bool,
        value: Value,
    },
}

impl Body {
    fn of(text: &str) -> Self {
        let Ok(mut value) = serde_json::from_str::<Value>(text) else {
            return Self::Text(text.to_owned());
        };
        if value["kind"] != "Status" {
            let keys: Vec<_> =
                value.as_object().into_iter().flatten().map(|(key, _)| key).collect();
            value = json!({"kind": value["kind"], "apiVersion": value["apiVersion"], "keys": keys});
        }
        Self::Json { indented: text.contains("{\n"), newline: text.ends_with('\n'), value }
    }
}

const PODS: &str = "/api/v1/namespaces/shop/pods";
const CONFIG_MAPS: &str = "/api/v1/namespaces/shop/configmaps";
const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/shop/leases";
const LOCK: &str = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/lock";
const CURL: (&str, &str) = ("user-agent", "curl/8.14.1");
const JSON: &str = "application/json";

fn asked() -> Vec<Asked> {
    let table = "application/json;as=Table;v=v1;g=meta.k8s.io";
    let metadata = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let config_map = |name: &str| json!({"metadata": {"name": name}, "data": {"key": "value"}});
    let unknown = json!({"metadata": {"name": "warned"}, "datum": {}});
    let review = json!({"spec": {"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": "shop"}}});
    let lease = |version: Option<&str>| {
        let metadata = match version {
            Some(version) => json!({"name": "lock", "resourceVersion": version}),
            None => json!({"name": "lock"}),
        };
        let spec = json!({"holderIdentity": "", "leaseDurationSeconds": 1});
        let (kind, version) = ("Lease", "coordination.k8s.io/v1");
        json!({"kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec})
    };
    let mut gone = lease(Some("1"));
    gone["metadata"]["uid"] = json!("132d0644-f43f-4fff-845d-98ca5cb71131");
    vec![
        get("/api"),
        get("/api").header(CURL.0, CURL.1),
        get("/api").header("user-agent", "Mozilla/5.0 (X11)"),
        get("/api?pretty=true"),
        get("/api?pretty=false").header(CURL.0, CURL.1),
        get("/api/"),
        get("/api/v1"),
        get("/apis"),
        get("/api").header("accept", aggregated),
        get("/apis").header("accept", aggregated),
        get("/version"),
        get("/version").header(CURL.0, CURL.1),
        get("/version?pretty=false"),
        get("/openapi/v3"),
        get("/nothing"),
        get("/apis/none.example.com/v1/things"),
        get("/metrics"),
        get(PODS),
        get(PODS).header(CURL.0, CURL.1),
        get("/api/v1/namespaces/shop/pods?pretty=true"),
        get("/api/v1/namespaces/shop/pods?limit=2"),
        get(PODS).header("accept", table),
        get(PODS).header("accept", metadata),
        get(PODS).header("accept", "text/html"),
        get("/api/v1/namespaces/shop/pods/web-1"),
        get("/api/v1/namespaces/shop/pods/none"),
        get("/api/v1/namespaces/shop/pods/none").header(CURL.0, CURL.1),
        get("/api/v1/namespaces/shop/pods?watch=true&timeoutSeconds=1&resourceVersion=none"),
        get("/api/v1/namespaces/shop/pods?resourceVersion=none"),
        get("/api/v1/namespaces/shop/nothings"),
        get("/api/v2"),
        get("/api").header("accept", "text/html"),
        get("/version").header("accept", "text/html"),
        get(PODS).header("accept", "text/html,*/*").header(CURL.0, CURL.1),
        get("/api/v1/nodes"),
        get("/api/v1/namespaces/shop/secrets"),
        get("/api/v1/namespaces/shop/secrets/one"),
        get("/api/v1/namespaces/kube-system/secrets"),
        get(PODS).token(Some("bad")),
        get("/api").token(None),
        get(PODS).token(None),
        get("/version").token(None),
        send("POST", CONFIG_MAPS, JSON, config_map("made")),
        send("POST", CONFIG_MAPS, JSON, config_map("web")),
        send("POST", CONFIG_MAPS, JSON, config_map("Bad_Name")),
        send("POST", CONFIG_MAPS, JSON, "{not json"),
        send("POST", CONFIG_MAPS, "text/plain", "text"),
        send("POST", CONFIG_MAPS, "text/css", config_map("web")),
        send("POST", "/api/v1/namespaces/shop/configmaps?fieldValidation=Warn", JSON, unknown),
        send("PATCH", "/api/v1/namespaces/shop/configmaps/web", JSON, "{}"),
        send(
            "PATCH",
            "/api/v1/namespaces/shop/configmaps/web",
            "application/merge-patch+json",
            "{}",
        ),
        get(LOCK),
        send("PUT", LOCK, JSON, gone),
        send("PUT", LOCK, JSON, lease(Some("1"))),
        get(LOCK),
        send("POST", LEASES, JSON, lease(None)),
        send("POST", LEASES, JSON, "{not json"),
        send("PUT", LOCK, JSON, lease(Some("1"))),
        send("PUT", LOCK, JSON, lease(None)),
        send("PUT", LOCK, "text/plain", "text"),
        send(
            "POST",
            "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
            JSON,
            lease(None),
        ),
        send("DELETE", LOCK, JSON, ""),
        send("DELETE", "/api/v1/namespaces/shop/pods/web-1", JSON, ""),
        send("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", JSON, "{}"),
        send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", JSON, review),
    ]
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_test_server_answers_as_the_real_one() {
    let server = shared().await;
    let all = ["get", "list", "watch"];
    let resources = ["pods", "configmaps", "services", "nothings"];
    let rules = json!([
        {"apiGroups": [""], "resources": resources, "verbs": all},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "patch"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update"]},
    ]);
    let tenant = Tenant::named(server, NAMESPACE, &rules).await;
    let config_map = json!({"metadata": {"name": "web"}, "data": {"key": "value"}});
    tenant.admin.create(CONFIG_MAPS, &config_map).await.unwrap();
    for name in ["web-1", "web-2", "web-3"] {
        let pod = json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "a", "image": "a"}]}});
        tenant.admin.create(PODS, &pod).await.unwrap();
    }
    let token = tenant.volume.contents().token.unwrap();
    let ca = tenant.volume.path().join("ca.crt");
    let real = Side::new(server.address(), &ca, std::str::from_utf8(&token).unwrap());

    let fixture = ApiServer::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.crt");
    std::fs::write(&ca, fixture.ca_pem()).unwrap();
    let played = Side::new(fixture.address(), &ca, fixture.token());

    let mut different = Vec::new();
    for asked in asked() {
        let (real, played) = (real.ask(&asked).await, played.ask(&asked).await);
        if real != played {
            let Asked { method, path, headers, .. } = asked;
            different
                .push(format!("{method} {path} {headers:?}\n real   {real:?}\n played {played:?}"));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
