//! The cluster that a pod is played in: where its API server is, and by which
//! credentials the pod is known there.

use super::arguments::Run;
use super::real_cluster::RealCluster;
use super::renewal::{self, Renewal};
use super::show_requests::ShowRequests;
use anyhow::{Context as _, Result, bail};
use host_test::api_server::{ApiServer, NAMESPACE};
use host_test::kubeconfig::{Access, Credentials, Kubeconfig, Scheme, Server, Token};
use host_test::loopback_proxy::LoopbackProxy;
use host_test::outgoing::{self, ClientCertificate, Destination, Outgoing};
use host_test::pod::PodBuilder;
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// The name by which the API server's certificate is verified, for the component to
/// report and for this host to keep.
const TLS_SERVER_NAME: &str = "K8S_IN_CLUSTER_TLS_SERVER_NAME";
const SERVER: &str = "K8S_IN_CLUSTER_SERVER";

/// What stands in a token's file where the credentials are a client certificate. It
/// is never sent.
const NO_TOKEN: &[u8] = b"this-pod-is-known-by-a-client-certificate";

/// A pod's cluster. What is in it lives for as long as the pod does.
pub(crate) struct Cluster {
    environment: Vec<(String, String)>,
    outgoing: Outgoing,
    /// Where components may connect themselves; nowhere, where the pod is known by a client
    /// certificate, which this host presents.
    server: Option<Destination>,
    volume: Arc<Volume>,
    /// Whether the pod sees the volume: with a proxy beside it, the proxy alone does.
    mounted: bool,
    _server: Option<ApiServer>,
    _control_plane: Option<RealCluster>,
    _proxy: Option<LoopbackProxy>,
    _renewal: Option<Renewal>,
}

impl Cluster {
    /// Sets up what the command line asks for.
    pub(crate) async fn new(run: &Run) -> Result<Self> {
        let (mut cluster, server) = match &run.kubeconfig {
            Some(file) => Self::from_kubeconfig(run, file).await?,
            None if run.cluster => Self::real(run).await?,
            None => Self::own(run).await?,
        };
        if run.proxy {
            cluster.put_proxy_beside(run, &server).await?;
        }
        Ok(cluster)
    }

    /// Gives a pod what the cluster gives it.
    pub(crate) fn furnish(&self, mut pod: PodBuilder) -> PodBuilder {
        for (name, value) in &self.environment {
            pod = pod.env(name, value);
        }
        if self.mounted {
            pod = pod.service_account(self.volume.path(), MOUNT_PATH);
        }
        if let Some(server) = &self.server {
            pod = pod.connect(server.clone());
        }
        pod.outgoing(self.outgoing.clone())
    }

    /// Whether a component may connect to the API server itself.
    pub(crate) fn allows_connections(&self) -> bool {
        self.server.is_some()
    }

    /// An API server of this program's own.
    async fn own(run: &Run) -> Result<(Self, Server)> {
        let server = ApiServer::builder().start().await.context("the API server can't start")?;
        let namespace = run.namespace.as_deref().unwrap_or(NAMESPACE);
        let volume = mounted(server.token().as_bytes(), server.ca_pem().as_bytes(), namespace)?;
        let (mut cluster, at) = Self::at(run, server.address(), volume)?;
        cluster._server = Some(server);
        Ok((cluster, at))
    }

    /// A real API server that is started for the pod.
    async fn real(run: &Run) -> Result<(Self, Server)> {
        let namespace = run.namespace.as_deref().unwrap_or(NAMESPACE);
        let real = RealCluster::start(0, namespace).await?;
        let token = real.token.expose().as_bytes();
        let volume = mounted(token, real.control_plane.ca_pem().as_bytes(), namespace)?;
        let (mut cluster, at) = Self::at(run, real.control_plane.address(), volume)?;
        cluster._control_plane = Some(real);
        Ok((cluster, at))
    }

    /// A cluster whose API server is at an address of this machine.
    fn at(run: &Run, address: SocketAddr, volume: Arc<Volume>) -> Result<(Self, Server)> {
        let (host, port) = (address.ip().to_string(), address.port());
        let destination = Destination::https(&host, port, address);
        let cluster = Self {
            environment: service_variables(&host, port),
            outgoing: outgoing(run, &destination, &volume).build()?,
            server: Some(destination),
            volume,
            mounted: true,
            _server: None,
            _control_plane: None,
            _proxy: None,
            _renewal: None,
        };
        let server = Server { scheme: Scheme::Https, host, port, path: String::new() };
        Ok((cluster, server))
    }

    /// The cluster of a kubeconfig, reached with its user's credentials.
    async fn from_kubeconfig(run: &Run, file: &Path) -> Result<(Self, Server)> {
        let access = Kubeconfig::read(file)?.resolve(run.context.as_deref())?;
        if access.server.scheme == Scheme::Http {
            bail!(
                "{}: {} is a proxy on this machine, not an API server: use the kubeconfig that the \
                 proxy uses",
                file.display(),
                access.server
            );
        }
        let Some(authority) = &access.certificate_authority else {
            bail!(
                "{}: the cluster has no certificate-authority: a pod is always given one, and trusts \
                 nothing else",
                file.display()
            );
        };
        let identity = Identity::of(&access).await?;
        let namespace = run.namespace.as_deref().or(access.namespace.as_deref());
        let token = identity.token.as_ref().map_or(NO_TOKEN, |token| token.expose().as_bytes());
        let volume = mounted(token, authority, namespace.unwrap_or("default"))?;

        let (host, port) = (&access.server.host, access.server.port);
        let destination = Destination::https(host, port, resolve(host, port).await?);
        let mut outgoing = outgoing(run, &destination, &volume);
        let server = identity.certificate.is_none().then_some(destination);
        if let Some(name) = &access.tls_server_name {
            outgoing = outgoing.server_name(name);
        }
        if identity.token.is_none() {
            outgoing = outgoing.without_authorization();
        }
        if let Some(certificate) = identity.certificate {
            outgoing = outgoing.client_certificate(certificate);
        }
        let mut environment = service_variables(host, port);
        if !access.server.path.is_empty() {
            environment.push((SERVER.to_owned(), access.server.to_string()));
        }
        if let Some(name) = access.tls_server_name.clone() {
            environment.push((TLS_SERVER_NAME.to_owned(), name));
        }
        let cluster = Self {
            environment,
            outgoing: outgoing.build()?,
            server,
            _renewal: renewal::start(access.credentials, identity.renew_at, Arc::clone(&volume)),
            volume,
            mounted: true,
            _server: None,
            _control_plane: None,
            _proxy: None,
        };
        Ok((cluster, access.server))
    }

    /// Takes the service account out of the pod, and puts a proxy into it.
    async fn put_proxy_beside(&mut self, run: &Run, server: &Server) -> Result<()> {
        let token = self.volume.path().join("token");
        let upstream = server.to_string().parse().context("the API server's URL can't be used")?;
        let proxy = LoopbackProxy::start(self.outgoing.clone(), token, upstream).await?;
        let address = proxy.address();
        let host = address.ip().to_string();
        self.environment.retain(|(name, _)| name != TLS_SERVER_NAME && name != SERVER);
        self.environment.push((SERVER.to_owned(), format!("http://{address}{}", server.path)));
        let namespace = self.volume.contents().namespace.unwrap_or_default();
        let namespace = String::from_utf8_lossy(&namespace).into_owned();
        self.environment.push(("POD_NAMESPACE".to_owned(), namespace));
        let proxied = Destination::http(&host, address.port(), address);
        let mut pod = Outgoing::builder().destination(proxied.clone());
        if run.show_requests {
            pod = pod.observer(Arc::new(ShowRequests));
        }
        self.outgoing = pod.build()?;
        self.server = Some(proxied);
        self.mounted = false;
        self._proxy = Some(proxy);
        Ok(())
    }
}

/// Who the pod is, as far as a kubeconfig's user says.
struct Identity {
    token: Option<Token>,
    certificate: Option<ClientCertificate>,
    renew_at: Option<std::time::SystemTime>,
}

impl Identity {
    async fn of(access: &Access) -> Result<Self> {
        let certificate = |given: &host_test::kubeconfig::ClientCertificate| {
            ClientCertificate::from_pem(&given.certificate_pem, &given.key_pem)
        };
        let (token, certificate, renew_at) = match &access.credentials {
            Credentials::Token(token) => (Some(token.clone()), None, None),
            Credentials::TokenFile(path) => (Some(Token::read(path)?), None, None),
            Credentials::ClientCertificate(given) => (None, Some(certificate(given)?), None),
            Credentials::Exec(plugin) => {
                let given = plugin.credential().await?;
                let presented = given.client_certificate().map(certificate).transpose()?;
                (given.token().cloned(), presented, given.renew_at())
            }
            Credentials::None => bail!(
                "the user of the context has no credentials: a pod always has some, so a token or a \
                 client certificate is needed"
            ),
        };
        Ok(Self { token, certificate, renew_at })
    }
}

fn mounted(token: &[u8], authority: &[u8], namespace: &str) -> Result<Arc<Volume>> {
    let contents = Contents {
        token: Some(token.to_vec()),
        ca: Some(authority.to_vec()),
        namespace: Some(namespace.as_bytes().to_vec()),
    };
    Ok(Arc::new(Volume::new(&contents)?))
}

/// Requests to one API server, verified by the certificate authority in the volume.
fn outgoing(run: &Run, destination: &Destination, volume: &Volume) -> outgoing::Builder {
    let mut outgoing = Outgoing::builder()
        .destination(destination.clone())
        .trust_anchors(volume.path().join("ca.crt"));
    let name = run.variables.iter().find(|(name, _)| name == TLS_SERVER_NAME);
    if let Some((_, name)) = name {
        outgoing = outgoing.server_name(name);
    }
    // With a proxy in the pod, the requests to show are those to the proxy.
    if run.show_requests && !run.proxy {
        outgoing = outgoing.observer(Arc::new(ShowRequests));
    }
    outgoing
}

/// What Kubernetes puts into the environment of each container.
fn service_variables(host: &str, port: u16) -> Vec<(String, String)> {
    [
        ("KUBERNETES_SERVICE_HOST", host.to_owned()),
        ("KUBERNETES_SERVICE_PORT", port.to_string()),
        ("KUBERNETES_SERVICE_PORT_HTTPS", port.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

async fn resolve(host: &str, port: u16) -> Result<SocketAddr> {
    tokio::net::lookup_host((host, port))
        .await
        .with_context(|| format!("{host}, the cluster's server, does not resolve"))?
        .next()
        .with_context(|| format!("{host}, the cluster's server, has no address"))
}
