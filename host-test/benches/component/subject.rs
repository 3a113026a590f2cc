//! The component, as a pod runs it.

use super::server::Server;
use host_test::outgoing::{Destination, Outgoing};
use host_test::pod::client::{PodClient, rest};
use host_test::pod::{Engine, Pod, PodBuilder};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use std::path::Path;
use wasmtime::component::Component;

/// How the component reaches the API server.
#[derive(Clone, Copy)]
pub(crate) enum Transport {
    Http,
    Tls,
}

/// A component, compiled.
pub(crate) struct Subject {
    engine: Engine,
    component: Component,
    size: u64,
    http2: bool,
}

impl Subject {
    pub(crate) fn load(transport: Transport) -> Self {
        Self::load_file(match transport {
            Transport::Http => "component/k8s-in-cluster.wasm",
            Transport::Tls => "component/k8s-in-cluster-tls.wasm",
        })
    }

    /// Another, by its path below `target`.
    pub(crate) fn load_file(path: &str) -> Self {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let file = target.join(path);
        let size = std::fs::metadata(&file).expect("run `cargo xtask build` first").len();
        let engine = Engine::new(Some(&target.join("wasmtime-cache"))).unwrap();
        let component = engine.load(&file).unwrap();
        Self { engine, component, size, http2: true }
    }

    /// Its host speaks HTTP/1.1, as kube-rs does, and as wasmtime's own does.
    pub(crate) fn without_http2(mut self) -> Self {
        self.http2 = false;
        self
    }

    pub(crate) fn kilobytes(&self) -> f64 {
        self.size as f64 / 1000.0
    }

    pub(crate) fn component(&self) -> &Component {
        &self.component
    }

    /// A pod, and the volume that has to outlive it.
    pub(crate) fn pod(&self, server: &Server) -> (Pod, Volume) {
        let (builder, volume) = self.builder(server);
        (builder.build(&self.engine).unwrap(), volume)
    }

    pub(crate) async fn client(&self, server: &Server) -> Client {
        let (builder, volume) = self.builder(server);
        self.start(builder, volume).await
    }

    pub(crate) async fn client_with_memory(&self, server: &Server, bytes: usize) -> Client {
        let (builder, volume) = self.builder(server);
        self.start(builder.memory_limit(bytes), volume).await
    }

    /// Runs it as a command, with these arguments and the standard streams of this process.
    pub(crate) async fn run(&self, server: &Server, arguments: &[&str]) {
        let (builder, _volume) = self.builder(server);
        let pod = builder.args(arguments.iter().copied()).inherit_stdio().build(&self.engine);
        let status = pod.unwrap().run_command(&self.component).await.unwrap();
        assert!(status.success());
    }

    async fn start(&self, builder: PodBuilder, volume: Volume) -> Client {
        let pod = builder.build(&self.engine).unwrap();
        let client = PodClient::new(&pod, &self.component).await.unwrap();
        Client { client, _volume: volume }
    }

    fn builder(&self, server: &Server) -> (PodBuilder, Volume) {
        let volume = Volume::new(&Contents {
            token: Some(server.token.clone().into()),
            ca: Some(server.ca_pem.clone().into_bytes()),
            namespace: Some(server.namespace.clone().into()),
        })
        .unwrap();
        let address = server.address;
        let destination = Destination::https("127.0.0.1", address.port(), address);
        let outgoing = Outgoing::builder()
            .destination(destination.clone())
            .trust_anchors(volume.path().join("ca.crt"))
            .http2(self.http2)
            .build()
            .unwrap();
        let builder = Pod::builder()
            .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
            .env("KUBERNETES_SERVICE_PORT", address.port().to_string())
            .service_account(volume.path(), MOUNT_PATH)
            .connect(destination)
            .outgoing(outgoing);
        (builder, volume)
    }
}

/// An instance of it.
pub(crate) struct Client {
    client: PodClient,
    _volume: Volume,
}

impl Client {
    /// The instance, for whatever it exports.
    pub(crate) fn instance(&mut self) -> &mut PodClient {
        &mut self.client
    }

    /// The length of an answer's body, which is buffered.
    pub(crate) async fn get(&mut self, path: &str) -> usize {
        self.client.send(&get(path), None).await.unwrap().unwrap().body.len()
    }

    /// The length of an answer's body, which is read as it comes.
    pub(crate) async fn stream(&mut self, path: &str) -> usize {
        let client = &mut self.client;
        let pending = client.open(&get(path), None).await.unwrap().unwrap();
        let (_, body) = pending.blocking_response(client).await.unwrap().unwrap();
        let mut length = 0;
        while let Some(bytes) = body.blocking_read(client, u64::MAX).await.unwrap().unwrap() {
            length += bytes.len();
        }
        pending.drop(client).await.unwrap();
        body.drop(client).await.unwrap();
        length
    }
}

fn get(path: &str) -> rest::Request {
    rest::Request {
        method: "GET".into(),
        path: path.into(),
        query: Vec::new(),
        headers: Vec::new(),
        impersonate: None,
        compress: false,
        limits: None,
    }
}
