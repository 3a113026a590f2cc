//! A real API server: kube-apiserver over etcd, on loopback, for tests and at the desk.
//!
//! It is a cluster's control plane without nodes. Certificates, keys and data stand in a folder of its own, which is gone
//! when the [`ControlPlane`] is dropped, and also when this process is killed. [`Admin`] sets up what a test needs:
//! namespaces, service accounts, roles and tokens, all by the API.

mod admin;
mod audit;
mod builder;
mod certificate;
mod error;
mod kubeconfig;
mod launch;
mod pki;
mod process;
mod program;
mod set_up;
mod signing_key;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio::net::TcpSocket;

pub use admin::{Admin, AdminError};
pub use audit::AuditEvent;
pub use builder::Builder;
pub use error::{CompactError, StartError};
pub use program::{ASSETS_VARIABLE, NoControlPlane, Program};
pub use set_up::ServiceAccount;
pub use signing_key::{SignError, SignedToken};

use crate::kubeconfig::Token;
use launch::Launch;
use pki::Pki;
use process::Process;

/// The issuer and the audience of service account tokens.
pub const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// How long after its time kube-apiserver still accepts a token, since clocks differ. It may also have the token's owner
/// in memory, for ten seconds more.
pub const TOKEN_LEEWAY: Duration = Duration::from_secs(60);

/// A control plane that runs, or is stopped and can run again. Dropped, it is ended, waited for, and its folder removed.
pub struct ControlPlane {
    process: Option<Process>,
    /// Keeps the port while it is stopped.
    reserved: Option<TcpSocket>,
    launch: Launch,
    address: SocketAddr,
    pki: Pki,
    /// Behind the process: removed after it.
    folder: TempDir,
}

impl ControlPlane {
    /// Begins to set one up.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where it listens: the same for as long as it exists.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a slash at the end: `https://127.0.0.1:PORT` or `https://[::1]:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The authority that issued its certificate, in PEM: what the pod's `ca.crt` is to hold.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.pki.servers.pem()
    }

    /// What runs.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.launch.program
    }

    /// A client with the administrator's certificate, and with connections of its own: they live as long as the tokio
    /// runtime that it is used on.
    ///
    /// # Errors
    ///
    /// [`AdminError::Config`] if the certificate cannot be used.
    pub fn admin(&self) -> Result<Admin, AdminError> {
        Admin::new(self.address, &self.pki, self.launch.program.has_controllers())
    }

    /// A kubeconfig with the administrator's certificate as the context `admin`, the current one, and for each service
    /// account given a context of its name. It holds the keys and tokens: keep it as private as they are.
    #[must_use]
    pub fn kubeconfig(&self, accounts: &[(&ServiceAccount, &Token)]) -> String {
        kubeconfig::text(&self.url(), &self.pki, accounts)
    }

    /// What it was asked, by whom, since it was first started. An answer that a client has got was asked for here; its
    /// code may come a moment later.
    #[must_use]
    pub fn audit_log(&self) -> Vec<AuditEvent> {
        audit::read(&self.folder.path().join("data/audit.log"))
    }

    /// Signs a token of a service account by the API server's own key, with the claims that it gives tokens, for times
    /// that it would not issue any: it has none that live for less than ten minutes. It accepts this one from
    /// `not_before` until [`TOKEN_LEEWAY`] after `expires`.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the system gives no random numbers.
    pub fn sign_token(
        &self,
        account: &ServiceAccount,
        not_before: SystemTime,
        expires: SystemTime,
    ) -> Result<SignedToken, SignError> {
        self.pki.signing_key.token(account, not_before, expires)
    }

    /// Ends it, within seconds. Data and port stay. One that is stopped stays so.
    ///
    /// # Errors
    ///
    /// [`StartError::Write`] if its folder cannot be kept, and it then still runs.
    pub async fn stop(&mut self) -> Result<(), StartError> {
        if let Some(process) = self.process.take() {
            let keep = self.keep_file();
            if let Err(error) = fs::write(&keep, "") {
                self.process = Some(process);
                return Err(StartError::Write { path: keep, error });
            }
            process.stop().await;
            // Where the port cannot be kept, the next start says so.
            self.reserved = crate::api_server::bind(self.address).ok();
        }
        Ok(())
    }

    /// Runs it again after [`stop`](Self::stop), on the same data and port, and waits until it is ready. One that runs
    /// goes on.
    ///
    /// # Errors
    ///
    /// [`StartError`], as for the first start.
    pub async fn start_again(&mut self) -> Result<(), StartError> {
        if self.process.is_none() {
            self.reserved = None;
            let (process, _) = self.launch.start(self.folder.path(), &self.pki).await?;
            self.process = Some(process);
            let path = self.keep_file();
            fs::remove_file(&path).map_err(|error| StartError::Write { path, error })?;
        }
        Ok(())
    }

    /// Stops it and runs it again.
    ///
    /// # Errors
    ///
    /// Those of both.
    pub async fn restart(&mut self) -> Result<(), StartError> {
        self.stop().await?;
        self.start_again().await
    }

    /// Makes etcd forget all but the latest version of each object, as kube-apiserver does every five minutes. Returns
    /// the version up to which it did.
    ///
    /// # Errors
    ///
    /// [`CompactError`] where that can't be done: envtest's programs take no such signal.
    pub async fn compact(&mut self) -> Result<u64, CompactError> {
        let process = match (&mut self.process, &self.launch.program) {
            (None, _) => return Err(CompactError::Stopped),
            (_, Program::Envtest { .. }) => return Err(CompactError::Envtest),
            (Some(process), Program::ControlPlane(_)) => process,
        };
        process.signal("USR1").map_err(CompactError::Signal)?;
        let line = process.line().await.map_err(CompactError::Answer)?;
        match line.strip_prefix("compacted ").and_then(|version| version.parse().ok()) {
            Some(version) => Ok(version),
            None => Err(CompactError::Answer(line)),
        }
    }

    /// While this file is there, the end of the process is not the end of the folder.
    fn keep_file(&self) -> PathBuf {
        self.folder.path().join("keep")
    }
}

impl std::fmt::Debug for ControlPlane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ControlPlane")
            .field("url", &self.url())
            .field("runs", &self.process.is_some())
            .finish_non_exhaustive()
    }
}
