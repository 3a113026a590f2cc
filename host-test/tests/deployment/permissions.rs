//! What the service accounts may do: what their applications do, and nothing else.

use crate::files::{of_kind, repository};
use crate::objects::{cluster, create_all, eventually, text};
use bytes::Bytes;
use host_test::control_plane::{Admin, ControlPlane, ServiceAccount};
use host_test::kubeconfig::Token;
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::{Engine, Pod};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use http_body_util::{BodyExt as _, Empty, Full};
use serde_json::{Value, json};

/// A pod of a service account.
struct Tenant {
    pod: Pod,
    outgoing: Outgoing,
    url: String,
    token: Token,
    namespace: String,
    _volume: Volume,
}

impl Tenant {
    async fn new(server: &ControlPlane, engine: &Engine, account: &ServiceAccount) -> Self {
        let namespace = &account.namespace;
        let token = server.admin().unwrap().token(account, 600, None).await.unwrap();
        let volume = Volume::new(&Contents {
            token: Some(token.expose().into()),
            ca: Some(server.ca_pem().into_bytes()),
            namespace: Some(namespace.as_str().into()),
        })
        .unwrap();
        let address = server.address();
        let host = address.ip().to_string();
        let outgoing = Outgoing::builder()
            .destination(Destination::https(&host, address.port(), address))
            .trust_anchors(volume.path().join("ca.crt"))
            .build()
            .unwrap();
        let pod = Pod::builder()
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", address.port().to_string())
            .service_account(volume.path(), MOUNT_PATH)
            .outgoing(outgoing.clone())
            .capture_output()
            .build(engine)
            .unwrap();
        let (url, namespace) = (server.url(), namespace.clone());
        Self { pod, outgoing, url, token, namespace, _volume: volume }
    }

    /// The rules that hold for it in its namespace, each once and in order.
    async fn rules(&self) -> Vec<String> {
        let review = json!({"spec": {"namespace": self.namespace}}).to_string();
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let request = http::Request::post(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token.expose()))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(review)).map_err(|never| match never {}).boxed_unsync())
            .unwrap();
        let response = self.outgoing.send(request, None).await.unwrap();
        let answer = response.into_body().collect().await.unwrap().to_bytes();
        let status = &serde_json::from_slice::<Value>(&answer).unwrap()["status"];
        assert_eq!(status["incomplete"], false, "{status}");
        let lists = ["resourceRules", "nonResourceRules"].map(|list| status[list].as_array());
        let mut rules: Vec<_> =
            lists.into_iter().flatten().flatten().map(Value::to_string).collect();
        rules.sort();
        rules.dedup();
        rules
    }
}

/// A service account of the manifests, and one of the same namespace with nothing of its own.
async fn accounts(admin: &Admin, name: &str) -> [ServiceAccount; 2] {
    let all = of_kind("ServiceAccount");
    let account = all.iter().find(|it| it["metadata"]["name"] == name).unwrap();
    let namespace = text(&account["metadata"]["namespace"]);
    let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}");
    let made = admin.get(&path).await.unwrap();
    let account = ServiceAccount {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: text(&made["metadata"]["uid"]).to_owned(),
    };
    [account, admin.service_account(namespace, "other").await.unwrap()]
}

/// The rules of a role in the manifests, as the API server writes them in a review.
fn rules_of(role: &str) -> Vec<String> {
    let role = of_kind("Role").into_iter().find(|it| it["metadata"]["name"] == role).unwrap();
    let rules = role["rules"].as_array().unwrap();
    let rule = |rule: &Value| {
        let [verbs, groups, resources] = ["verbs", "apiGroups", "resources"].map(|it| &rule[it]);
        json!({"verbs": verbs, "apiGroups": groups, "resources": resources}).to_string()
    };
    rules.iter().map(rule).collect()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn what_the_manifests_allow_is_what_the_applications_need() {
    let (server, admin) = cluster().await;
    create_all(&admin).await;
    let engine = Engine::new(Some(&repository("target/wasmtime-cache"))).unwrap();
    let component = |name: &str| {
        let file = repository(&format!("target/component/{name}.wasm"));
        assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
        engine.load(&file).unwrap()
    };
    let tenants = async |name| {
        let [account, other] = accounts(&admin, name).await;
        [Tenant::new(&server, &engine, &account).await, Tenant::new(&server, &engine, &other).await]
    };

    // More than any other service account, it has the rules of its role, and those are there some time after it.
    let [hello, other] = tenants("hello").await;
    let role = rules_of("hello");
    eventually("the role", async || hello.rules().await.contains(&role[0]).then_some(())).await;
    let others = other.rules().await;
    let more: Vec<_> =
        hello.rules().await.into_iter().filter(|rule| !others.contains(rule)).collect();
    assert_eq!(more, role);
    // They are enough: it sees the pods of the manifests.
    let status = hello.pod.run_command(&component("hello")).await.unwrap();
    let [stdout, stderr] = [hello.pod.stdout(), hello.pod.stderr()];
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    let seen = String::from_utf8(stdout.to_vec()).unwrap();
    let seen = seen.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>();
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|it| text(&it["metadata"]["name"]).to_owned()).collect()
    };
    let mut pods = names(&of_kind("Pod").into());
    pods.sort();
    assert_eq!(names(&seen.unwrap().into()), pods);
    // And are needed.
    let status = other.pod.run_command(&component("hello")).await.unwrap();
    assert_eq!(status.code(), 1);
    assert!(String::from_utf8_lossy(&other.pod.stderr()).contains("403"));

    // This one needs none, as its manifest says.
    let [handler, other] = tenants("http-handler").await;
    assert_eq!(handler.rules().await, other.rules().await);
    let request = http::Request::get("http://pod.example/")
        .body(Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync())
        .unwrap();
    let response = handler.pod.handle(&component("http-handler"), request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = std::str::from_utf8(&body).unwrap();
    assert_eq!(status, 200, "{body}");
    assert!(
        body.starts_with("Kubernetes v1.") && body.ends_with(", namespace spin-apps\n"),
        "{body}"
    );
}
