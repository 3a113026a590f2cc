//! What the example's page says to type.

use crate::cluster::within_reason;
use crate::manifests::repository;
use crate::replica::component;
use host_test::pages::blocks;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

/// The kubeconfig on the page.
const KUBECONFIG: &str = "/tmp/websites.yaml";

/// The page, and this file as its marks have it.
const PAGE: [&str; 2] = ["examples/controller/README.md", "host-test/tests/controller/desk.rs"];

/// The lines of the page's blocks that this runs, with another place for the kubeconfig.
fn lines(kubeconfig: &Path) -> Vec<Vec<String>> {
    let [page, test] = PAGE;
    let blocks = blocks(page, test).unwrap();
    let lines = blocks.iter().flat_map(|block| block.lines());
    let lines = lines.filter(|line| !line.starts_with("# "));
    let kubeconfig = kubeconfig.to_str().unwrap();
    let words = |line: &str| line.split(' ').map(|it| it.replace(KUBECONFIG, kubeconfig)).collect();
    lines.map(words).collect()
}

/// Runs `host-test` with the arguments of a line, until it has said something.
async fn start(line: &[String], said: &str) -> Child {
    assert_eq!(line[..5], ["cargo", "run", "--package", "host-test", "--"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-test"));
    command.args(&line[5..]).current_dir(repository("")).stdin(Stdio::null()).kill_on_drop(true);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let [stdout, stderr]: [Box<dyn AsyncRead + Send + Unpin>; 2] =
        [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    for stream in [stdout, stderr] {
        let sender = sender.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                println!("{line}");
                let _ended = sender.send(line);
            }
        });
    }
    drop(sender);
    while let Some(line) = within_reason(receiver.recv()).await {
        if line.contains(said) {
            return child;
        }
    }
    panic!("it ended: {line:?}")
}

/// Runs a line of `kubectl`.
async fn kubectl(line: &[String]) -> String {
    assert_eq!(line[0], "kubectl");
    let mut command = Command::new("kubectl");
    command.args(&line[1..]).current_dir(repository("")).stdin(Stdio::null());
    let output = within_reason(command.output()).await.unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    assert!(output.status.success(), "{line:?}: {stderr}");
    stdout
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_page_is_right() {
    assert!(component("controller").exists());
    let folder = tempfile::tempdir().unwrap();
    let lines = lines(&folder.path().join("kubeconfig"));
    let [up, definition, run, website, wait, get] = &lines[..] else { panic!("{lines:?}") };
    let _cluster = start(up, "Ctrl-C").await;
    if Command::new("kubectl").arg("version").arg("--client").output().await.is_err() {
        // Past the test's own capture: it is to be seen where the test passes.
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: kubectl is not on the PATH: {definition:?}");
        return;
    }
    kubectl(definition).await;
    let _controller = start(run, "controller: leading").await;
    kubectl(website).await;
    assert!(kubectl(wait).await.contains("condition met"));
    let listed = kubectl(get).await;
    for part in ["configmap/blog", "configmap/website-directory", "ConfigMap blog created"] {
        assert!(listed.contains(part), "no {part:?} in {listed}");
    }
}
