//! A cluster with one pod in it, whose credentials are replaced while a program uses them.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use host_test::api_server::{ApiServer, CertificateAuthority, NAMESPACE, ServerCertificate};
use host_test::control_plane::{Admin, ControlPlane, ServiceAccount};
use host_test::loopback_proxy::LoopbackProxy;
use host_test::outgoing::{Destination, Outgoing};
use host_test::service_account::{Contents, Volume};
use http::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A hang guard: nothing that is waited for takes that long, on any machine.
const HANG: Duration = Duration::from_secs(300);

/// A component as `cargo xtask build` left it.
pub(crate) fn component(name: &str) -> PathBuf {
    let file = target(&format!("component/{name}.wasm"));
    assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
    file
}

/// A path in the folder of everything that is built.
pub(crate) fn target(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target").join(path)
}

/// A hang guard around a test.
pub(crate) async fn within_reason<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, test).await.expect("the test hangs")
}

/// A cluster, and the folder of a pod's service account, which may list, watch and create pods.
pub(crate) struct Cluster {
    server: Server,
    pub(crate) volume: Volume,
    pub(crate) address: SocketAddr,
    /// How many tokens the pod has had.
    tokens: u32,
}

enum Server {
    Fixture(ApiServer),
    Real(Box<Real>),
}

struct Real {
    control_plane: ControlPlane,
    admin: Admin,
    account: ServiceAccount,
    /// The pod that the token is bound to: its end is the token's.
    bound_to: Value,
}

impl Cluster {
    /// One whose API server is the fixture.
    pub(crate) async fn fixture() -> Self {
        let server = ApiServer::builder().start().await.unwrap();
        let address = server.address();
        Self::at(server, address)
    }

    /// One whose API server is this fixture, and known by one of its addresses.
    pub(crate) fn at(server: ApiServer, address: SocketAddr) -> Self {
        let volume = volume(server.token(), server.ca_pem());
        Self { server: Server::Fixture(server), volume, address, tokens: 1 }
    }

    /// One whose API server is a real one, of this cluster's own.
    pub(crate) async fn real() -> Self {
        Self::real_that_allows(&[]).await
    }

    /// The same, where the pod may do more than to read pods: what these rules of a role say.
    pub(crate) async fn real_that_allows(more: &[Value]) -> Self {
        let this = Self::real_without_rights().await;
        this.allow(more).await;
        this
    }

    /// The same, whose pod may not do anything.
    pub(crate) async fn real_without_rights() -> Self {
        let control_plane =
            ControlPlane::builder().start().await.unwrap_or_else(|error| panic!("{error}"));
        let admin = control_plane.admin().unwrap();
        admin.namespace(NAMESPACE).await.unwrap();
        let account = admin.service_account(NAMESPACE, "reader").await.unwrap();
        let bound_to = pod(&admin, &account, 1).await;
        let token = admin.token(&account, 3600, Some(&bound_to)).await.unwrap();
        let volume = volume(token.expose(), control_plane.ca_pem());
        let address = control_plane.address();
        let real = Box::new(Real { control_plane, admin, account, bound_to });
        Self { server: Server::Real(real), volume, address, tokens: 1 }
    }

    /// Lets the pod read pods, and do what these rules of a role say.
    pub(crate) async fn allow(&self, more: &[Value]) {
        let real = self.real_server();
        let pods =
            json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]});
        real.admin.allow(&real.account, &[&[pods], more].concat().into()).await.unwrap();
    }

    fn real_server(&self) -> &Real {
        match &self.server {
            Server::Real(real) => real,
            Server::Fixture(_) => panic!("the API server is the fixture"),
        }
    }

    /// The administrator of a real API server.
    pub(crate) fn admin(&self) -> &Admin {
        &self.real_server().admin
    }

    /// Creates a pod on a real API server, on a node, and returns its path.
    pub(crate) async fn create_pod(&self, name: &str) -> String {
        let object = json!({
            "metadata": {"name": name},
            "spec": {
                "nodeName": "node-1",
                "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "app", "image": "app"}],
            },
        });
        self.admin().create(&self.path(), &object).await.unwrap();
        format!("{}/{name}", self.path())
    }

    /// Does what a kubelet does: sets a pod's status.
    pub(crate) async fn set_status(&self, pod: &str, status: Value) {
        let mut object = self.admin().get(pod).await.unwrap();
        object["status"] = status;
        self.admin().request(Method::PUT, &format!("{pod}/status"), Some(&object)).await.unwrap();
    }

    /// Restarts a real API server, which cuts all connections, with something done while it is down.
    pub(crate) async fn restart(&mut self, meanwhile: impl AsyncFnOnce()) {
        let Server::Real(real) = &mut self.server else { panic!("the API server is the fixture") };
        real.control_plane.stop().await.unwrap();
        meanwhile().await;
        real.control_plane.start_again().await.unwrap();
    }

    /// The fixture, to look at what it was sent.
    pub(crate) fn api_server(&self) -> &ApiServer {
        match &self.server {
            Server::Fixture(server) => server,
            Server::Real(_) => panic!("the API server is a real one"),
        }
    }

    /// Whether its API server is a real one.
    pub(crate) fn is_real(&self) -> bool {
        matches!(self.server, Server::Real(_))
    }

    /// What the pod may ask for.
    pub(crate) fn path(&self) -> String {
        format!("/api/v1/namespaces/{NAMESPACE}/pods")
    }

    /// The variables that Kubernetes sets in each container, for an API server of this name or address.
    pub(crate) fn variables(&self, host: &str) -> [(&'static str, String); 3] {
        let port = self.address.port().to_string();
        [
            ("KUBERNETES_SERVICE_HOST", host.to_owned()),
            ("KUBERNETES_SERVICE_PORT", port.clone()),
            ("KUBERNETES_SERVICE_PORT_HTTPS", port),
        ]
    }

    /// The token that the pod has now.
    pub(crate) fn token(&self) -> String {
        String::from_utf8(self.volume.contents().token.unwrap()).unwrap()
    }

    /// A proxy in the pod, as with `kubectl proxy`.
    pub(crate) async fn proxy(&self) -> LoopbackProxy {
        let host = self.address.ip().to_string();
        let outgoing = Outgoing::builder()
            .destination(Destination::https(&host, self.address.port(), self.address))
            .trust_anchors(self.volume.path().join("ca.crt"))
            .build()
            .unwrap();
        let upstream = format!("https://{}", self.address).parse().unwrap();
        LoopbackProxy::start(outgoing, self.volume.path().join("token"), upstream).await.unwrap()
    }

    /// Gives the pod another token, by the kubelet's way of replacing files, and has the API server refuse the old one: the
    /// fixture at once, a real one some seconds later.
    pub(crate) async fn rotate_token(&mut self) {
        self.tokens += 1;
        match &mut self.server {
            Server::Fixture(server) => {
                let next = format!("token-{}", self.tokens);
                server.accept_token(next.clone());
                let old = self.volume.contents().token.unwrap();
                self.volume.set_token(next).unwrap();
                server.revoke_token(std::str::from_utf8(&old).unwrap());
            }
            Server::Real(real) => {
                let next = pod(&real.admin, &real.account, self.tokens).await;
                let token = real.admin.token(&real.account, 3600, Some(&next)).await.unwrap();
                self.volume.set_token(token.expose()).unwrap();
                let old = std::mem::replace(&mut real.bound_to, next);
                let name = old["metadata"]["name"].as_str().unwrap();
                let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{name}");
                real.admin.delete(&path).await.unwrap();
            }
        }
    }

    /// Whether the pod's last request for a path came with the token that the pod has now.
    pub(crate) fn last_came_with_the_token(&self, path: &str) -> bool {
        match &self.server {
            Server::Fixture(server) => {
                let requests = server.journal().requests();
                let last = requests.iter().rfind(|request| request.path == path).unwrap();
                last.header("authorization") == Some(&format!("Bearer {}", self.token()))
            }
            Server::Real(real) => {
                let events = real.control_plane.audit_log();
                let mut own = events.iter().filter(|event| event.uri.starts_with(path));
                let last = own.rfind(|event| event.user == real.account.user());
                last.is_some_and(|event| event.credential == credential(&self.token()))
            }
        }
    }

    /// Has a pod come, change and go on a real API server. The fixture does what it was recorded to without being told.
    pub(crate) async fn change_pods(&self) {
        if let Server::Real(real) = &self.server {
            let mut object = pod(&real.admin, &real.account, 99).await;
            object["metadata"]["labels"]["app"] = json!("web");
            let path = format!("{}/pod-99", self.path());
            real.admin.request(Method::PUT, &path, Some(&object)).await.unwrap();
            real.admin.delete(&path).await.unwrap();
        }
    }

    /// Restarts the API server with a certificate of a new authority, which the pod does not know yet. No connection is
    /// left.
    pub(crate) async fn replace_authority(&mut self) -> CertificateAuthority {
        let next = CertificateAuthority::new("kubernetes").unwrap();
        match &mut self.server {
            Server::Fixture(server) => {
                server.stop().await;
                let certificate = next.issue(&ServerCertificate::default()).unwrap();
                server.set_certificate(&certificate).unwrap();
                server.start_again().await.unwrap();
            }
            Server::Real(real) => {
                real.control_plane.stop().await.unwrap();
                real.control_plane.replace_authority(next.clone()).await.unwrap();
                real.control_plane.start_again().await.unwrap();
            }
        }
        next
    }
}

fn volume(token: &str, ca: String) -> Volume {
    Volume::new(&Contents {
        token: Some(token.into()),
        ca: Some(ca.into_bytes()),
        namespace: Some(NAMESPACE.into()),
    })
    .unwrap()
}

/// Creates a pod of the service account: it stays pending, without nodes.
async fn pod(admin: &Admin, account: &ServiceAccount, number: u32) -> Value {
    let object = json!({
        "metadata": {"name": format!("pod-{number}")},
        "spec": {
            "serviceAccountName": account.name,
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "app", "image": "app"}],
        },
    });
    admin.create(&format!("/api/v1/namespaces/{NAMESPACE}/pods"), &object).await.unwrap()
}

/// What the audit log calls a token.
fn credential(token: &str) -> String {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    format!("JTI={}", claims["jti"].as_str().unwrap())
}
