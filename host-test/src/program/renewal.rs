//! Keeps the token in a pod's volume as fresh as the kubeconfig's own source of it,
//! as the kubelet does for a real pod.

use host_test::kubeconfig::{Credentials, ExecPlugin, Token};
use host_test::service_account::Volume;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinHandle;

/// How often a token file is read: often enough that the component, which reads its
/// own file once in 50 s, never holds a token for longer than a minute.
const TOKEN_FILE_INTERVAL: Duration = Duration::from_secs(10);

/// How long after a credential plugin failed it is asked again.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Renewal under way. Dropped, it ends.
pub(crate) struct Renewal(JoinHandle<()>);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts to renew credentials that have to be; none for those that last.
pub(crate) fn start(
    credentials: Credentials,
    renew_at: Option<SystemTime>,
    volume: Arc<Volume>,
) -> Option<Renewal> {
    let task = match (credentials, renew_at) {
        (Credentials::TokenFile(path), _) => tokio::spawn(follow_file(path, volume)),
        (Credentials::Exec(plugin), Some(at)) => tokio::spawn(ask_again(plugin, at, volume)),
        _ => return None,
    };
    Some(Renewal(task))
}

async fn follow_file(path: PathBuf, volume: Arc<Volume>) {
    let mut failing = false;
    loop {
        tokio::time::sleep(TOKEN_FILE_INTERVAL).await;
        match Token::read(&path) {
            Ok(token) => {
                failing = false;
                put(&volume, &token);
            }
            // Said once: the last good token stays in use meanwhile.
            Err(error) if !failing => {
                failing = true;
                eprintln!("host-test: {error}");
            }
            Err(_) => {}
        }
    }
}

async fn ask_again(plugin: ExecPlugin, mut at: SystemTime, volume: Arc<Volume>) {
    loop {
        let until = at.duration_since(SystemTime::now()).unwrap_or_default();
        tokio::time::sleep(until).await;
        match plugin.credential().await {
            Ok(credential) => {
                if let Some(token) = credential.token() {
                    put(&volume, token);
                }
                match credential.renew_at() {
                    Some(next) => at = next,
                    None => return,
                }
            }
            Err(error) => {
                eprintln!("host-test: {error}");
                at = SystemTime::now() + RETRY_AFTER;
            }
        }
    }
}

fn put(volume: &Volume, token: &Token) {
    // A volume that has the token already is left as it is.
    if let Err(error) = volume.set_token(token.expose()) {
        eprintln!("host-test: the pod's token can't be renewed: {error}");
    }
}
