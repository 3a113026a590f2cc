//! The command lines, and the wait until what they start is ready.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::pki::Pki;
use super::process::Process;
use super::{Admin, ISSUER, Program, StartError};

/// Far above what it takes on a slow and busy machine.
const START_LIMIT: Duration = Duration::from_secs(300);

const SUPERVISE: &str = include_str!("supervise.sh");
const ENVTEST: &str = include_str!("envtest.sh");

const AUDIT_POLICY: &str =
    r#"{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"Metadata"}]}"#;

/// What is started, and where it listens.
#[derive(Clone, Debug)]
pub(super) struct Launch {
    pub(super) program: Program,
    pub(super) bind: IpAddr,
    /// 0 for a free one.
    pub(super) port: u16,
    /// Further flags of kube-apiserver.
    pub(super) flags: Vec<String>,
}

impl Launch {
    /// Starts it on the data in a folder, and waits until it is ready.
    pub(super) async fn start(
        &self,
        folder: &Path,
        pki: &Pki,
    ) -> Result<(Process, SocketAddr), StartError> {
        let data = folder.join("data");
        let mut command = Command::new("sh");
        command.args(["-c", SUPERVISE]).arg(folder);
        match &self.program {
            Program::ControlPlane(program) => {
                command.arg(program).args(self.control_plane(&data, pki));
                let mut process = Process::start(&mut command).map_err(StartError::Run)?;
                let address = match process.line().await {
                    Ok(line) => line
                        .strip_prefix("ready https://")
                        .and_then(|address| address.parse().ok())
                        .ok_or(StartError::Ended(line)),
                    Err(said) => Err(StartError::Ended(said)),
                }?;
                Ok((process, address))
            }
            Program::Envtest { etcd, kube_apiserver } => {
                let port = free_port(self.bind, self.port)?;
                let address = SocketAddr::new(self.bind, port);
                command.args(["sh", "-c", ENVTEST]).arg(&data).args([etcd, kube_apiserver]);
                command.args(self.kube_apiserver(&data, pki, port)?);
                let mut process = Process::start(&mut command).map_err(StartError::Run)?;
                let admin = Admin::new(address, pki, false).map_err(StartError::NotReady)?;
                let ready = admin.eventually("/readyz", START_LIMIT, async || {
                    Ok(admin.request(http::Method::GET, "/readyz", None).await.is_ok())
                });
                tokio::select! {
                    ready = ready => ready.map_err(StartError::NotReady)?,
                    line = process.line() => {
                        return Err(StartError::Ended(line.unwrap_or_else(|said| said)));
                    }
                }
                Ok((process, address))
            }
        }
    }

    /// The flags of the program in `host-test/control-plane`: its README tells.
    fn control_plane(&self, data: &Path, pki: &Pki) -> Vec<String> {
        let mut flags = vec![
            flag("dir", data),
            format!("--bind={}", self.bind),
            format!("--port={}", self.port),
            flag("tls-cert-file", &pki.certificate_file()),
            flag("tls-private-key-file", &pki.key_file()),
            flag("client-ca-file", &pki.clients_file()),
            flag("root-ca-file", &pki.servers_file()),
            flag("service-account-signing-key-file", &pki.signing_key_file()),
            format!("--service-account-issuer={ISSUER}"),
            "--".to_owned(),
        ];
        flags.extend(self.flags.iter().cloned());
        flags
    }

    /// The flags of kube-apiserver by itself: what that program gives it, but for the plugin that, as in envtest, would
    /// refuse pods where nobody makes service accounts.
    fn kube_apiserver(&self, data: &Path, pki: &Pki, port: u16) -> Result<Vec<String>, StartError> {
        let policy = data.join("audit-policy.yaml");
        std::fs::write(&policy, AUDIT_POLICY)
            .map_err(|error| StartError::Write { path: policy.clone(), error })?;
        let mut flags = vec![
            format!("--bind-address={}", self.bind),
            format!("--advertise-address={}", self.bind),
            format!("--secure-port={port}"),
            flag("tls-cert-file", &pki.certificate_file()),
            flag("tls-private-key-file", &pki.key_file()),
            flag("client-ca-file", &pki.clients_file()),
            flag("service-account-signing-key-file", &pki.signing_key_file()),
            flag("service-account-key-file", &pki.verifying_key_file()),
            format!("--service-account-issuer={ISSUER}"),
            "--service-cluster-ip-range=10.96.0.0/16".to_owned(),
            "--endpoint-reconciler-type=none".to_owned(),
            "--authorization-mode=RBAC".to_owned(),
            "--disable-admission-plugins=ServiceAccount".to_owned(),
            flag("cert-dir", &data.join("certificates")),
            flag("audit-policy-file", &policy),
            flag("audit-log-path", &data.join("audit.log")),
            "--audit-log-mode=blocking".to_owned(),
        ];
        flags.extend(self.flags.iter().cloned());
        Ok(flags)
    }
}

fn flag(name: &str, value: &Path) -> String {
    format!("--{name}={}", value.display())
}

/// A port that is free now. kube-apiserver, unlike the program with it inside, does not say which one it has taken.
fn free_port(bind: IpAddr, port: u16) -> Result<u16, StartError> {
    TcpListener::bind((bind, port))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| StartError::Port { port, error })
}
