//! A pod with a service account in a cluster, and the component in it.

use host_test::api_server::{ApiServer, NAMESPACE};
use host_test::outgoing::{self, Destination, Outgoing};
use host_test::pod::client::cluster::Verifier;
use host_test::pod::client::{PendingResponse, PodClient, rest, types};
use host_test::pod::{Clock, Engine, Pod, PodBuilder};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use wasmtime::component::Component;

/// Which of the two components is tested: they have the same exports, and send in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// The host sends, over `wasi:http`: it verifies the server and keeps the connections.
    WasiHttp,
    /// The component sends, over sockets: it does all of that itself, and speaks HTTP/1.1 alone.
    Sockets,
}

impl Transport {
    /// The one that these tests are compiled for: once for each, from the same files.
    pub(crate) fn current() -> Self {
        match env!("CARGO_CRATE_NAME") {
            "component" => Self::WasiHttp,
            "component_tls" => Self::Sockets,
            name => panic!("no component is known for the tests {name}"),
        }
    }

    /// Who verifies the API server.
    pub(crate) fn verifier(self) -> Verifier {
        match self {
            Self::WasiHttp => Verifier::Host,
            Self::Sockets => Verifier::Component,
        }
    }

    /// What is spoken with a server that speaks both versions of HTTP.
    pub(crate) fn version(self) -> http::Version {
        match self {
            Self::WasiHttp => http::Version::HTTP_2,
            Self::Sockets => http::Version::HTTP_11,
        }
    }
}

/// Where `cargo xtask build` leaves the component.
pub(crate) fn component_file() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let file = target.join(match Transport::current() {
        Transport::WasiHttp => "component/k8s-in-cluster.wasm",
        Transport::Sockets => "component/k8s-in-cluster-tls.wasm",
    });
    assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
    file
}

/// The component as `cargo xtask build` left it, compiled once for all tests.
pub(crate) fn component() -> (&'static Engine, &'static Component) {
    static COMPILED: OnceLock<(Engine, Component)> = OnceLock::new();
    let (engine, component) = COMPILED.get_or_init(|| {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let engine = Engine::new(Some(&target.join("wasmtime-cache"))).unwrap();
        let component = engine.load(&component_file()).unwrap();
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
    /// What the component and the server speak.
    pub(crate) version: http::Version,
}

impl Cluster {
    /// An API server on 127.0.0.1 that speaks HTTP/2 and HTTP/1.1, and a volume as the kubelet
    /// mounts it.
    pub(crate) async fn start() -> Self {
        Self::with(ApiServer::builder().start().await.unwrap())
    }

    /// One whose API server speaks HTTP/1.1 alone, and one that is spoken to in HTTP/2, as far as
    /// the transport does that.
    pub(crate) async fn of_each_version() -> [Self; 2] {
        let http1 = ApiServer::builder().without_http2().start().await.unwrap();
        let http2 = match Transport::current() {
            Transport::WasiHttp => ApiServer::builder().without_http1(),
            Transport::Sockets => ApiServer::builder(),
        };
        let http2 = http2.start().await.unwrap();
        [Self { version: http::Version::HTTP_11, ..Self::with(http1) }, Self::with(http2)]
    }

    /// The same with an API server of the test's own.
    pub(crate) fn with(server: ApiServer) -> Self {
        let volume = Volume::new(&Contents {
            token: Some(server.token().into()),
            ca: Some(server.ca_pem().into_bytes()),
            namespace: Some(NAMESPACE.into()),
        })
        .unwrap();
        Self { server, volume, clock: Clock::new(), version: Transport::current().version() }
    }

    /// A pod that knows the API server by another name or address, and can reach it there.
    pub(crate) fn pod_at(&self, host: &str, address: SocketAddr) -> PodBuilder {
        let destination = Destination::https(host, address.port(), address);
        reaching(self.pod(), self.outgoing(), destination)
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT_HTTPS", address.port().to_string())
    }

    /// A pod whose operator says that the certificate carries another name.
    pub(crate) fn pod_with_server_name(&self, name: &str) -> PodBuilder {
        // `wasi:http` has no place for it: the host has to be told too.
        let outgoing = self.outgoing().server_name(name);
        reaching(self.pod(), outgoing, self.destination())
            .env("K8S_IN_CLUSTER_TLS_SERVER_NAME", name)
    }

    /// The API server as the pod's environment names it.
    pub(crate) fn destination(&self) -> Destination {
        let address = self.server.address();
        Destination::https(&address.ip().to_string(), address.port(), address)
    }

    /// How a host sends the pod's requests: verified by the volume's CA, to where it is told.
    pub(crate) fn outgoing(&self) -> outgoing::Builder {
        Outgoing::builder().trust_anchors(self.volume.path().join("ca.crt"))
    }

    /// A pod as Kubernetes makes it. Later settings replace these.
    pub(crate) fn pod(&self) -> PodBuilder {
        self.with_environment(self.bare_pod().service_account(self.volume.path(), MOUNT_PATH))
    }

    /// A pod that could reach the API server, with no environment and no folder.
    pub(crate) fn bare_pod(&self) -> PodBuilder {
        reaching(Pod::builder(), self.outgoing(), self.destination()).clock(&self.clock)
    }

    /// The same pod with the variables that Kubernetes sets.
    pub(crate) fn with_environment(&self, pod: PodBuilder) -> PodBuilder {
        let address = self.server.address();
        pod.env("KUBERNETES_SERVICE_HOST", address.ip().to_string())
            .env("KUBERNETES_SERVICE_PORT", address.port().to_string())
            .env("KUBERNETES_SERVICE_PORT_HTTPS", address.port().to_string())
    }

    /// A pod with further variables; `{port}` in a value stands for the API server's port.
    pub(crate) fn set(&self, pod: PodBuilder, variables: &[(&str, &str)]) -> PodBuilder {
        let port = self.server.address().port().to_string();
        variables
            .iter()
            .fold(pod, |pod, (name, value)| pod.env(*name, value.replace("{port}", &port)))
    }

    /// The component in such a pod.
    pub(crate) async fn client(&self) -> PodClient {
        client(self.pod()).await
    }

    /// Checks that the component can't be used in a pod: which error both functions report, what
    /// its text says, and that nothing was sent. Once for each server.
    pub(crate) async fn assert_unusable(&self, pod: PodBuilder, expected: &str, says: &[&str]) {
        let mut client = client(pod).await;
        let errors = [
            client.discover().await.unwrap().unwrap_err(),
            client.send(&get("/api"), None).await.unwrap().unwrap_err(),
        ];
        for error in errors {
            assert_error(&error, expected, says);
            self.assert_shows_no_token(&error);
        }
        assert_untouched(&self.server).await;
    }

    /// Checks that an error holds neither the token of the volume nor that of the server.
    pub(crate) fn assert_shows_no_token(&self, error: &types::Error) {
        let shown = format!("{error:?}");
        let mounted = self.volume.contents().token.unwrap_or_default();
        let mounted = String::from_utf8_lossy(&mounted);
        // Of a damaged token no piece may be quoted either.
        let pieces = mounted.split_ascii_whitespace().filter(|piece| piece.len() > 5);
        for secret in pieces.chain([self.server.token(), "Bearer"]) {
            assert!(!shown.contains(secret), "a token is shown: {shown}");
        }
    }
}

/// A token for servers that take any.
pub(crate) const TOKEN: &str = "of-the-pod";

/// A pod of an API server that is another than [`ApiServer`], and the component in it.
pub(crate) struct Elsewhere {
    pub(crate) client: PodClient,
    _volume: Volume,
}

impl Elsewhere {
    /// The server is at an address, and has a certificate that this bundle is to verify.
    pub(crate) async fn new(address: SocketAddr, bundle: &str) -> Self {
        let volume = Volume::new(&Contents {
            token: Some(TOKEN.into()),
            ca: Some(bundle.into()),
            namespace: Some(NAMESPACE.into()),
        });
        let volume = volume.unwrap();
        let (host, port) = (address.ip().to_string(), address.port());
        let outgoing = Outgoing::builder().trust_anchors(volume.path().join("ca.crt"));
        let destination = Destination::https(&host, port, address);
        let pod = reaching(Pod::builder(), outgoing, destination)
            .service_account(volume.path(), MOUNT_PATH)
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", port.to_string());
        Self { client: client(pod).await, _volume: volume }
    }
}

/// Runs a test in [clusters of each version](Cluster::of_each_version).
pub(crate) async fn on_both_versions(test: impl AsyncFn(&Cluster)) {
    for cluster in Cluster::of_each_version().await {
        test(&cluster).await;
        let requests = cluster.server.journal().requests();
        let version = cluster.version;
        assert!(!requests.is_empty() && requests.iter().all(|sent| sent.version == version));
    }
}

/// A pod that can reach a server: by what the host sends, or by connections of its own.
pub(crate) fn reaching(
    pod: PodBuilder,
    outgoing: outgoing::Builder,
    server: Destination,
) -> PodBuilder {
    match Transport::current() {
        Transport::WasiHttp => pod.outgoing(outgoing.destination(server).build().unwrap()),
        Transport::Sockets => pod.connect(server),
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
        impersonate: None,
        compress: false,
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
        retries: None,
    }
}

/// A GET of a path that is not sent again, whatever comes of it.
pub(crate) fn get_once(path: &str) -> rest::Request {
    get_within(path, rest::Limits { retries: Some(0), ..limits() })
}

/// A GET of a path, under limits.
pub(crate) fn get_within(path: &str, limits: rest::Limits) -> rest::Request {
    rest::Request { limits: Some(limits), ..get(path) }
}

/// Nanoseconds, as limits have them.
pub(crate) fn milliseconds(milliseconds: u64) -> Option<types::Duration> {
    Some(milliseconds * 1_000_000)
}

/// Waits for what comes of a call that is not answered yet, and lets it go on meanwhile: one over the component's own
/// connection moves only while the component is called.
pub(crate) async fn meanwhile<T>(
    client: &mut PodClient,
    pending: &PendingResponse,
    what: impl Future<Output = T>,
) -> T {
    if Transport::current() == Transport::WasiHttp {
        return what.await;
    }
    let mut what = std::pin::pin!(what);
    loop {
        let pollable = pending.subscribe(client).await.unwrap();
        let came = tokio::select! {
            biased;
            came = &mut what => Some(came),
            ready = client.block(&pollable) => {
                ready.unwrap();
                None
            }
        };
        client.drop_pollable(pollable).await.unwrap();
        if let Some(came) = came {
            return came;
        }
        let answer = pending.response(client).await.unwrap().unwrap();
        assert!(answer.is_none(), "an answer came before what was waited for");
    }
}

/// A hang guard: no test takes that long, on any machine, once the component is compiled.
pub(crate) async fn within_reason<T>(test: impl Future<Output = T>) -> T {
    component();
    tokio::time::timeout(Duration::from_secs(120), test).await.expect("the test hangs")
}

/// The error of a connection that failed.
pub(crate) fn connection(error: types::Error) -> types::ConnectionError {
    match error {
        types::Error::Connection(error) => error,
        other => panic!("not a failed connection: {other:?}"),
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

/// The name of an error's case in the WIT.
pub(crate) fn case(error: &types::Error) -> &'static str {
    match error {
        types::Error::NotInCluster(_) => "not-in-cluster",
        types::Error::Credentials(_) => "credentials",
        types::Error::InvalidRequest(_) => "invalid-request",
        types::Error::Denied(_) => "denied",
        types::Error::Connection(_) => "connection",
        types::Error::DeadlineExceeded(_) => "deadline-exceeded",
        types::Error::Api(_) => "api",
        types::Error::Protocol(_) => "protocol",
        types::Error::Other(_) => "other",
    }
}

/// Checks the case of an error, and that its text holds each of the pieces.
pub(crate) fn assert_error(error: &types::Error, expected: &str, says: &[&str]) {
    assert_eq!(case(error), expected, "{error:?}");
    for piece in says {
        assert!(text(error).contains(piece), "no {piece:?} in {:?}", text(error));
    }
}

/// The API server's account of a failure.
pub(crate) fn status(error: types::Error) -> types::Status {
    match error {
        types::Error::Api(status) => status,
        other => panic!("{other:?}"),
    }
}

/// Checks that nobody connected to a server so far. Once for each server: it connects itself, since
/// whoever connected before is counted before.
pub(crate) async fn assert_untouched(server: &ApiServer) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let mut probe = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    // Neither TLS nor HTTP: answered, but no request.
    probe.write_all(b"?\r\n\r\n").await.unwrap();
    probe.read_to_end(&mut Vec::new()).await.unwrap();
    let entries = server.journal().entries();
    assert_eq!((entries.accepted_connections, entries.requests.len()), (1, 0), "{entries:?}");
}
