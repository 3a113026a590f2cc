//! OpenSSL's TLS server, `openssl s_server`, which says what the test says.

use host_test::api_server::IssuedCertificate;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;

/// An answer of five bytes.
pub(super) const ANSWER: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

/// OpenSSL as a server, for one connection after the other. Dropped, it is killed.
pub(super) struct OpenSslServer {
    child: Child,
    stdin: ChildStdin,
    printed: watch::Receiver<Vec<u8>>,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl OpenSslServer {
    /// Starts it with a certificate, and with options of `s_server`.
    pub(super) async fn start(certificate: &IssuedCertificate, options: &[&str]) -> Self {
        Self::start_in(&std::env::temp_dir(), certificate, options).await
    }

    /// Starts it in a folder, whose files it can serve.
    pub(super) async fn start_in(
        working: &Path,
        certificate: &IssuedCertificate,
        options: &[&str],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [chain, key] = ["chain.pem", "key.pem"].map(|name| folder.path().join(name));
        std::fs::write(&chain, certificate.pem()).unwrap();
        std::fs::write(&key, certificate.key_pem()).unwrap();
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert"])
            .arg(&chain)
            .arg("-key")
            .arg(&key)
            .args(options)
            .current_dir(working)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("openssl is installed");
        let stdin = child.stdin.take().unwrap();
        let (text, mut printed) = watch::channel(Vec::new());
        collect(child.stdout.take().unwrap(), text.clone());
        collect(child.stderr.take().unwrap(), text);
        let ready = printed.wait_for(|text| address(text).is_some()).await;
        let address = address(&ready.expect("it listens")).unwrap();
        Self { child, stdin, printed, address, _folder: folder }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All that it printed: what it received, and what it says of connections.
    pub(super) fn printed(&self) -> String {
        String::from_utf8_lossy(&self.printed.borrow()).into_owned()
    }

    /// Waits until it printed a text so many times in all.
    pub(super) async fn prints(&mut self, text: &str, times: usize) {
        let enough =
            |printed: &Vec<u8>| String::from_utf8_lossy(printed).matches(text).count() >= times;
        if self.printed.wait_for(enough).await.is_err() {
            panic!("openssl ended without {text:?}: {}", self.printed());
        }
    }

    /// Sends a text to the client, or gives a command: a line that begins with its letter.
    pub(super) async fn say(&mut self, text: &str) {
        self.stdin.write_all(text.as_bytes()).await.unwrap();
        self.stdin.flush().await.unwrap();
    }

    /// Ends it at once: its connections end without a word of TLS.
    pub(super) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

/// The line in which it says where it listens.
fn address(printed: &[u8]) -> Option<SocketAddr> {
    let printed = String::from_utf8_lossy(printed);
    let (_, rest) = printed.split_once("ACCEPT ")?;
    rest.split_once('\n')?.0.trim().parse().ok()
}

fn collect(mut from: impl AsyncRead + Send + Unpin + 'static, into: watch::Sender<Vec<u8>>) {
    tokio::spawn(async move {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut bytes).await {
            into.send_modify(|text| text.extend_from_slice(&bytes[..length]));
        }
    });
}

/// Runs an `openssl` command to its end and returns what it printed to standard output.
pub(super) fn openssl(arguments: &[&str], folder: &Path) -> Vec<u8> {
    let command = std::process::Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("openssl is installed");
    let said = String::from_utf8_lossy(&command.stderr);
    assert!(command.status.success(), "openssl {arguments:?}: {said}");
    command.stdout
}
