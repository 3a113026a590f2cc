//! A replica: its pod on the API server, and the program that a kubelet would run for it.

use crate::cluster::{Cluster, eventually, within_reason};
use crate::manifests::{collection, entrypoint, pod, repository};
use host_test::service_account::{Contents, MOUNT_PATH, Volume};
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// The program that was asked for, or the one that `cargo xtask test` installs.
fn wasmtime() -> PathBuf {
    let named = std::env::var_os("K8S_IN_CLUSTER_WASMTIME").filter(|it| !it.is_empty());
    let program = named.map_or_else(|| repository("target/tools/bin/wasmtime"), PathBuf::from);
    assert!(program.exists(), "there is no {}: `cargo xtask test` installs it", program.display());
    program
}

/// A component as `cargo xtask build` left it.
pub(crate) fn component(name: &str) -> PathBuf {
    let file = repository(&format!("target/component/{name}.wasm"));
    assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
    file
}

/// A pod of the Deployment, and whether its program runs is up to the test.
pub(crate) struct Replica {
    pub(crate) name: String,
    path: String,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    volume: Volume,
    child: Option<Child>,
    log: Log,
}

/// Said of a program that is kept running, and has ended.
const ENDED: &str = "(it has ended)";

/// What the program says on standard error.
type Log = Arc<Mutex<Vec<String>>>;

impl Replica {
    /// Makes the pod.
    pub(crate) async fn new(cluster: &Cluster, name: &str) -> Self {
        let object = pod(name);
        let made = cluster.admin.create(&collection(&object), &object).await.unwrap();
        let token = cluster.admin.token(&cluster.account, 3600, Some(&made)).await.unwrap();
        let namespace = made["metadata"]["namespace"].as_str().unwrap();
        let volume = Volume::new(&Contents {
            token: Some(token.expose().into()),
            ca: Some(cluster.server.ca_pem().into_bytes()),
            namespace: Some(namespace.into()),
        })
        .unwrap();
        let address = cluster.server.address();
        let cache = std::path::absolute(repository("target/hosts/cache")).unwrap();
        let environment = vec![
            ("KUBERNETES_SERVICE_HOST", address.ip().to_string().into()),
            ("KUBERNETES_SERVICE_PORT", address.port().to_string().into()),
            ("POD_NAME", name.into()),
            ("HOME", "/dev/null".into()),
            ("XDG_CACHE_HOME", cache.into()),
        ];
        Self {
            name: name.to_owned(),
            path: format!("{}/{name}", collection(&object)),
            arguments: arguments(&volume),
            environment,
            volume,
            child: None,
            log: Log::default(),
        }
    }

    /// The same, with its program started.
    pub(crate) async fn started(cluster: &Cluster, name: &str) -> Self {
        let mut this = Self::new(cluster, name).await;
        this.start();
        this
    }

    /// Starts the program.
    pub(crate) fn start(&mut self) {
        assert!(self.child.is_none(), "{} runs", self.name);
        self.child = Some(spawn(&self.arguments, &self.environment, &self.log));
    }

    /// Kills the program: it gets to do nothing more.
    pub(crate) async fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().await.unwrap();
    }

    /// Waits until the program has ended, and returns its exit status.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let status = within_reason(self.child.as_mut().unwrap().wait()).await.unwrap();
        self.child = None;
        status.code()
    }

    /// What the program has said so far.
    pub(crate) fn said(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Waits until the program has said something.
    pub(crate) async fn says(&self, what: &str) {
        let waited = format!("{what:?} of {}", self.name);
        eventually(&waited, async || self.said().contains(what).then_some(())).await;
    }

    /// Has the pod deleted, and what runs in it ended as a kubelet does; returns its exit status.
    pub(crate) async fn delete(&mut self, cluster: &Cluster) -> Option<i32> {
        cluster.delete(&self.path).await;
        let status = self.ended().await;
        cluster.delete(&format!("{}?gracePeriodSeconds=0", self.path)).await;
        status
    }

    /// Starts the program again whenever it ends, until this is dropped.
    pub(crate) fn keep_running(&mut self) -> Kept {
        let (arguments, environment) = (self.arguments.clone(), self.environment.clone());
        let log = Arc::clone(&self.log);
        Kept(tokio::spawn(async move {
            loop {
                spawn(&arguments, &environment, &log).wait().await.unwrap();
                log.lock().unwrap().push(ENDED.to_owned());
            }
        }))
    }

    /// How often the program has ended while it was kept running, and how often because it could not renew the Lease.
    pub(crate) fn ends(&self) -> [usize; 2] {
        let said = self.said();
        [ENDED, "no longer the leader: Loss::Deadline"].map(|it| said.matches(it).count())
    }

    /// What the audit log calls its token.
    pub(crate) fn credential(&self) -> String {
        use base64::Engine as _;
        let token = self.volume.contents().token.unwrap();
        let claims = std::str::from_utf8(&token).unwrap().split('.').nth(1).unwrap();
        let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        format!("JTI={}", claims["jti"].as_str().unwrap())
    }
}

impl Drop for Replica {
    /// Shows what it said, where the test fails.
    fn drop(&mut self) {
        println!("{}:\n{}", self.name, self.said());
    }
}

/// A program that is kept running.
pub(crate) struct Kept(JoinHandle<()>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The arguments of the image's command line. What a container has at a path is elsewhere here, and what wasmtime compiles is
/// kept, to be quicker.
fn arguments(volume: &Volume) -> Vec<OsString> {
    let command_line = entrypoint();
    assert_eq!(command_line[0], "/usr/local/bin/wasmtime");
    let without_cache = ["-C", "cache=n"];
    assert_eq!(command_line[2..4], without_cache);
    let arguments = command_line[1..].iter().filter(|it| !without_cache.contains(&it.as_str()));
    let arguments = arguments.map(|argument| match argument.as_str() {
        MOUNT_PATH => format!("{}::{MOUNT_PATH}", volume.path().display()).into(),
        "/app.wasm" => component("controller-tls").into(),
        other => other.into(),
    });
    arguments.collect()
}

fn spawn(arguments: &[OsString], environment: &[(&str, OsString)], log: &Log) -> Child {
    let mut command = Command::new(wasmtime());
    command.args(arguments).env_clear().envs(environment.iter().cloned()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let log = Arc::clone(log);
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            log.lock().unwrap().push(line);
        }
    });
    child
}
