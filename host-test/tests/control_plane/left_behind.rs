//! Nothing is left of an API server, whatever ends this process.

use crate::support::own;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_server_that_is_dropped_is_gone() {
    let server = own().await;
    let address = server.address();
    tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::task::spawn_blocking(|| drop(server)).await.unwrap();
    tokio::net::TcpStream::connect(address).await.unwrap_err();
}

#[test]
#[ignore = "needs a real API server: cargo xtask test has one"]
fn a_process_that_is_killed_leaves_neither_server_nor_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_host-test"))
        .args(["cluster", "up", "--kubeconfig"])
        .arg(folder.path().join("kubeconfig"))
        .env("TMPDIR", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    wait_until("it runs", || {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::fs::metadata(&kubeconfig).is_ok_and(|file| file.len() > 0)
    });
    let clusters = || clusters(folder.path());
    assert_eq!(clusters(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("its folder is gone", || clusters() == 0);
}

fn clusters(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(300), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
