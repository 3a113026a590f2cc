//! A pod with a service account in a cluster, and the component in it.

use host_test::api_server::{ApiServer, NAMESPACE};
use host_test::outgoing::{self, Destination, Outgoing};
use host_test::pod::client::{PodClient, rest, types};
use host_test::pod::{Clock, Engine, Pod, PodBuilder};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use std::path::Path;
use std::sync::OnceLock;
use wasmtime::component::Component;

/// The component as `cargo xtask build` left it, compiled once for all tests.
pub(crate) fn component() -> (&'static Engine, &'static Component) {
    static COMPILED: OnceLock<(Engine, Component)> = OnceLock::new();
    let (engine, component) = COMPILED.get_or_init(|| {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let file = target.join("component/k8s-in-cluster.wasm");
        assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
        let engine = Engine::new(Some(&target.join("wasmtime-cache"))).unwrap();
        let component = engine.load(&file).unwrap();
        (engine, component)
    });
    (engine, component)
}

/// A cluster with one API server, and a pod's view of it. Change what the test is about, then
/// take a [`Cluster::client`].
pub(crate) struct Cluster {
    pub(crate) server: ApiServer,
    pub(crate) volume: Volume,
    pub(crate) clock: Clock,
}

impl Cluster {
    /// An API server on 127.0.0.1 that speaks HTTP/2 and HTTP/1.1, and a volume as the kubelet
    /// mounts it.
    pub(crate) async fn start() -> Self {
        Self::with(ApiServer::builder().start().await.unwrap())
    }

    /// The same with an API server of the test's own.
    pub(crate) fn with(server: ApiServer) -> Self {
        let volume = Volume::new(&Contents {
            token: Some(server.token().into()),
            ca: Some(server.ca_pem().into_bytes()),
            namespace: Some(NAMESPACE.into()),
        })
        .unwrap();
        Self { server, volume, clock: Clock::new() }
    }

    /// The API server as the pod's environment names it.
    pub(crate) fn destination(&self) -> Destination {
        let address = self.server.address();
        Destination::https(&address.ip().to_string(), address.port(), address)
    }

    /// How the host sends the pod's requests: to the API server alone, verified by the volume's CA.
    pub(crate) fn outgoing(&self) -> outgoing::Builder {
        Outgoing::builder()
            .destination(self.destination())
            .trust_anchors(self.volume.path().join("ca.crt"))
    }

    /// A pod as Kubernetes makes it. Later settings replace these.
    pub(crate) fn pod(&self) -> PodBuilder {
        let address = self.server.address();
        Pod::builder()
            .env("KUBERNETES_SERVICE_HOST", address.ip().to_string())
            .env("KUBERNETES_SERVICE_PORT", address.port().to_string())
            .env("KUBERNETES_SERVICE_PORT_HTTPS", address.port().to_string())
            .service_account(self.volume.path(), MOUNT_PATH)
            .outgoing(self.outgoing().build().unwrap())
            .clock(&self.clock)
    }

    /// The component in such a pod.
    pub(crate) async fn client(&self) -> PodClient {
        client(self.pod()).await
    }
}

/// The component in a pod.
pub(crate) async fn client(pod: PodBuilder) -> PodClient {
    let (engine, component) = component();
    PodClient::new(&pod.build(engine).unwrap(), component).await.unwrap()
}

/// A request without query, headers and limits.
pub(crate) fn request(method: &str, path: &str) -> rest::Request {
    rest::Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        limits: None,
    }
}

/// A GET of a path.
pub(crate) fn get(path: &str) -> rest::Request {
    request("GET", path)
}

/// Limits that are all defaults, to set one of.
pub(crate) fn limits() -> rest::Limits {
    rest::Limits {
        deadline: None,
        connect_timeout: None,
        first_byte_timeout: None,
        between_bytes_timeout: None,
        max_buffered: None,
    }
}

/// The error as a person reads it, whichever case it is.
pub(crate) fn text(error: &types::Error) -> &str {
    match error {
        types::Error::NotInCluster(text)
        | types::Error::Credentials(text)
        | types::Error::InvalidRequest(text)
        | types::Error::Denied(text)
        | types::Error::DeadlineExceeded(text)
        | types::Error::Protocol(text)
        | types::Error::Other(text) => text,
        types::Error::Connection(error) => &error.message,
        types::Error::Api(status) => &status.message,
    }
}
