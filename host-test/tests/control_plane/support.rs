//! A real API server, and pods in it that are apart from each other.

use host_test::control_plane::{Admin, AuditEvent, ControlPlane, ServiceAccount};
use host_test::kubeconfig::Token;
use host_test::outgoing::{self, Destination, Event, Outgoing};
use host_test::pod::client::{PodClient, rest, types};
use host_test::pod::{Clock, Engine, Pod, PodBuilder, connects_itself};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use http::Version;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::OnceCell;
use wasmtime::component::Component;

/// A hang guard: nothing that is waited for takes that long, on any machine.
const HANG: Duration = Duration::from_secs(300);

/// The one API server of all tests that neither stop nor change it.
pub(crate) async fn shared() -> &'static ControlPlane {
    static SHARED: OnceCell<ControlPlane> = OnceCell::const_new();
    SHARED.get_or_init(own).await
}

/// An API server of a test's own.
pub(crate) async fn own() -> ControlPlane {
    ControlPlane::builder().start().await.unwrap_or_else(|error| panic!("{error}"))
}

/// A component as `cargo xtask build` left it.
pub(crate) fn component(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let file = target.join(format!("component/{name}.wasm"));
    assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
    file
}

/// The component, compiled once for all tests.
fn compiled() -> &'static (Engine, Component) {
    static COMPILED: OnceLock<(Engine, Component)> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let engine = Engine::new(Some(&target.join("wasmtime-cache"))).unwrap();
        let component = engine.load(&component(crate::COMPONENT)).unwrap();
        (engine, component)
    })
}

/// Whether the component has the host send, rather than connect by itself.
pub(crate) fn host_sends() -> bool {
    !connects_itself(&compiled().1)
}

/// Where the host sends: the HTTP version of each answer, and the API server's name in each request.
pub(crate) type Seen = Arc<Mutex<Vec<(String, Version)>>>;

/// A namespace with a service account `reader`, and a pod with its token.
pub(crate) struct Tenant {
    pub(crate) admin: Admin,
    pub(crate) account: ServiceAccount,
    pub(crate) volume: Volume,
    pub(crate) clock: Clock,
    pub(crate) address: SocketAddr,
    pub(crate) seen: Seen,
}

impl Tenant {
    /// One that may read pods, and do everything with config maps.
    pub(crate) async fn new(server: &ControlPlane) -> Self {
        Self::with(
            server,
            &json!([
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
                {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]},
            ]),
        )
        .await
    }

    /// One that may do what the rules say.
    pub(crate) async fn with(server: &ControlPlane, rules: &Value) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let namespace = format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        Self::named(server, &namespace, rules).await
    }

    /// One in a namespace of this name.
    pub(crate) async fn named(server: &ControlPlane, namespace: &str, rules: &Value) -> Self {
        let admin = server.admin().unwrap();
        admin.namespace(namespace).await.unwrap();
        let account = admin.service_account(namespace, "reader").await.unwrap();
        admin.allow(&account, rules).await.unwrap();
        let token = admin.token(&account, 3600, None).await.unwrap();
        let volume = Volume::new(&Contents {
            token: Some(token.expose().into()),
            ca: Some(server.ca_pem().into_bytes()),
            namespace: Some(namespace.into()),
        })
        .unwrap();
        let address = server.address();
        let (clock, seen) = (Clock::new(), Seen::default());
        Self { admin, account, volume, clock, address, seen }
    }

    /// The path of a resource in the namespace, such as `pods` or `configmaps/web`.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/namespaces/{}/{rest}", self.account.namespace)
    }

    pub(crate) fn set_token(&self, token: &Token) {
        self.volume.set_token(token.expose()).unwrap();
    }

    /// How the host sends the pod's requests: to the API server alone, verified by the volume's CA.
    pub(crate) fn outgoing(&self, host: &str) -> outgoing::Builder {
        let seen = Arc::clone(&self.seen);
        let sent = Mutex::new(String::new());
        Outgoing::builder()
            .destination(Destination::https(host, self.address.port(), self.address))
            .trust_anchors(self.volume.path().join("ca.crt"))
            .observer(Arc::new(move |_, event: Event<'_>| match event {
                Event::Request { uri, .. } => *sent.lock().unwrap() = uri.to_string(),
                Event::Response { version, .. } => {
                    seen.lock().unwrap().push((sent.lock().unwrap().clone(), version));
                }
                _ => {}
            }))
    }

    /// A pod that knows the API server by a name or address.
    pub(crate) fn pod(&self, host: &str, outgoing: outgoing::Builder) -> PodBuilder {
        let port = self.address.port().to_string();
        Pod::builder()
            .outgoing(outgoing.build().unwrap())
            .connect(Destination::https(host, self.address.port(), self.address))
            .clock(&self.clock)
            .service_account(self.volume.path(), MOUNT_PATH)
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", &port)
            .env("KUBERNETES_SERVICE_PORT_HTTPS", &port)
    }

    /// The component in a pod as Kubernetes makes it.
    pub(crate) async fn client(&self) -> PodClient {
        let host = self.address.ip().to_string();
        client(self.pod(&host, self.outgoing(&host))).await
    }

    /// A request that the audit log shows to be of this tenant's component.
    pub(crate) fn request(&self, method: &str, path: &str) -> rest::Request {
        rest::Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: vec![("User-Agent".to_owned(), self.user_agent())],
            impersonate: None,
            compress: false,
            limits: None,
        }
    }

    /// A GET of a path.
    pub(crate) fn get(&self, path: &str) -> rest::Request {
        self.request("GET", path)
    }

    /// Creates a config map with one datum.
    pub(crate) async fn config_map(
        &self,
        client: &mut PodClient,
        name: &str,
        value: &str,
    ) -> Result<rest::Response, types::Error> {
        let object = json!({"metadata": {"name": name}, "data": {"key": value}});
        let post = self.json("POST", &self.path("configmaps"));
        client.send(&post, Some(object.to_string().as_bytes())).await.unwrap()
    }

    /// A request with a body of JSON.
    pub(crate) fn json(&self, method: &str, path: &str) -> rest::Request {
        let mut request = self.request(method, path);
        request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        request
    }

    fn user_agent(&self) -> String {
        format!("test/{}", self.account.namespace)
    }

    /// What the component of this tenant asked, as the API server has it.
    pub(crate) fn audited(&self, server: &ControlPlane) -> Vec<AuditEvent> {
        let own = self.user_agent();
        server.audit_log().into_iter().filter(|event| event.user_agent == own).collect()
    }

    /// Checks that the component asked so many times, each time as its service account and known by its token; and that
    /// the components of other tests have not been nobody either, so far.
    pub(crate) fn assert_identified(&self, server: &ControlPlane, count: usize) {
        for event in server.audit_log() {
            let of_a_component = event.user_agent.starts_with("test/");
            assert!(!of_a_component || event.user != "system:anonymous", "{event:#?}");
        }
        let events = self.audited(server);
        assert_eq!(events.len(), count, "{events:#?}");
        for event in &events {
            assert_eq!(event.user, self.account.user(), "{event:#?}");
            assert!(event.credential.starts_with("JTI="), "{event:#?}");
        }
    }

    /// Checks that an error holds no token.
    pub(crate) fn assert_shows_no_token(&self, error: &types::Error) {
        let shown = format!("{error:?}");
        let mounted = self.volume.contents().token.unwrap();
        let mounted = std::str::from_utf8(&mounted).unwrap();
        for secret in mounted.split('.').filter(|part| !part.is_empty()).chain(["Bearer"]) {
            assert!(!shown.contains(secret), "a token is shown: {shown}");
        }
    }
}

/// The component in a pod.
pub(crate) async fn client(pod: PodBuilder) -> PodClient {
    let (engine, component) = compiled();
    PodClient::new(&pod.build(engine).unwrap(), component).await.unwrap()
}

/// Asks again and again until what was asked for comes about.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < HANG, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A hang guard around a test.
pub(crate) async fn within_reason<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, test).await.expect("the test hangs")
}

/// The API server's account of a failure.
pub(crate) fn status(error: types::Error) -> types::Status {
    match error {
        types::Error::Api(status) => status,
        other => panic!("{other:?}"),
    }
}

/// A time so many seconds from now, or ago.
pub(crate) fn from_now(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    match seconds < 0 {
        true => SystemTime::now() - distance,
        false => SystemTime::now() + distance,
    }
}

/// The JSON of an answer.
pub(crate) fn value(response: &rest::Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}
