//! `cluster up`: a real API server at the desk, until it is interrupted.

use super::arguments::Up;
use super::real_cluster::RealCluster;
use super::run::until_interrupted;
use anyhow::{Context as _, Result};
use host_test::api_server::NAMESPACE;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Starts it, says how to use it, and keeps it running.
pub(crate) async fn up(up: &Up) -> Result<u8> {
    until_interrupted(keep_up(up)).await
}

async fn keep_up(up: &Up) -> Result<u8> {
    // Before all else, so that a file that is there already is found now.
    let kubeconfig = Kubeconfig::create(up.kubeconfig.as_deref())?;
    let cluster = RealCluster::start(up.port, NAMESPACE).await?;
    let server = &cluster.control_plane;
    let version = server.admin()?.get("/version").await?;
    kubeconfig.write(&server.kubeconfig(&[(&cluster.account, &cluster.token)]))?;
    let (file, account) = (kubeconfig.path.display(), &cluster.account.name);
    println!(
        "Kubernetes {} at {}",
        version["gitVersion"].as_str().unwrap_or_default(),
        server.url()
    );
    println!();
    println!("kubectl --kubeconfig {file} get pods --namespace {NAMESPACE}");
    println!("kubectl --kubeconfig {file} --context {account} auth can-i --list");
    println!("host-test run --kubeconfig {file} --context {account} COMPONENT");
    println!();
    println!("It runs until it is interrupted: Ctrl-C");
    std::future::pending().await
}

/// The file, which is removed in the end.
struct Kubeconfig {
    path: PathBuf,
    file: File,
    _folder: Option<TempDir>,
}

impl Kubeconfig {
    fn create(given: Option<&Path>) -> Result<Self> {
        let (path, folder) = match given {
            Some(path) => (std::path::absolute(path)?, None),
            None => {
                let folder = tempfile::Builder::new().prefix("cluster-").tempdir()?;
                (folder.path().join("kubeconfig"), Some(folder))
            }
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("the kubeconfig {} can't be created", path.display()))?;
        Ok(Self { path, file, _folder: folder })
    }

    fn write(&self, text: &str) -> Result<()> {
        (&self.file)
            .write_all(text.as_bytes())
            .with_context(|| format!("the kubeconfig {} can't be written", self.path.display()))
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
