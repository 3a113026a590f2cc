//! The program: `run --cluster`, and `cluster up` with kubectl.

use crate::support::component;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The program with arguments, and a folder of its own for temporary files.
fn host_test(temporary: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_host-test"));
    command
        .args(arguments)
        .env("TMPDIR", temporary.path())
        .env("KUBECONFIG", "/nonexistent")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn left(folder: &TempDir) -> usize {
    std::fs::read_dir(folder.path()).unwrap().count()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

async fn run_in_cluster(name: &str, options: &[&str]) -> Output {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = host_test(&temporary, &["run", "--cluster"]);
    let output = command.args(options).arg(component(name)).output().await.unwrap();
    assert_eq!(left(&temporary), 0, "something is left");
    output
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_tutorial_prints_what_its_page_shows() {
    let output = run_in_cluster("tutorial", &[]).await;
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    for part in [
        "APISERVER=https://127.0.0.1:",
        "NAMESPACE=shop\n",
        "TOKEN=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)\n",
        "CACERT=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt\n# (1 certificate)\n",
    ] {
        assert!(stdout.contains(part), "{part}\n---\n{stdout}");
    }
    // As at https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/.
    let (_, answer) = stdout.split_once("/api\n\n").unwrap();
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["kind"], "APIVersions");
    assert_eq!(answer["versions"], serde_json::json!(["v1"]));
    let address = &answer["serverAddressByClientCIDRs"][0];
    assert_eq!(address["clientCIDR"], "0.0.0.0/0");
    let server = stdout.lines().find_map(|line| line.strip_prefix("APISERVER=https://")).unwrap();
    assert_eq!(address["serverAddress"], server);
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_tutorial_runs_through_a_proxy_too() {
    let output = run_in_cluster("tutorial", &["--proxy"]).await;
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    assert!(stdout.contains("APISERVER=http://127.0.0.1:"), "{stdout}");
    assert!(stdout.contains("\"kind\": \"APIVersions\""), "{stdout}");
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_smallest_example_prints_the_pods_of_its_namespace() {
    for namespace in ["shop", "elsewhere"] {
        let output = run_in_cluster("hello", &["--namespace", namespace]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        let pods = text(&output.stdout).lines().map(serde_json::from_str);
        let pods: Vec<serde_json::Value> = pods.collect::<Result<_, _>>().unwrap();
        let names: Vec<_> = pods
            .iter()
            .map(|pod| (&pod["metadata"]["namespace"], &pod["metadata"]["name"]))
            .map(|(namespace, name)| (namespace.as_str().unwrap(), name.as_str().unwrap()))
            .collect();
        assert_eq!(names, [(namespace, "web-1"), (namespace, "web-2"), (namespace, "web-3")]);
    }
}

/// `cluster up` once it has said how to use it.
async fn up(temporary: &TempDir, kubeconfig: &Path) -> (Child, Vec<String>) {
    let mut child =
        host_test(temporary, &["cluster", "up", "--kubeconfig"]).arg(kubeconfig).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said.push(line);
        if said.last().unwrap().contains("Ctrl-C") {
            return (child, said);
        }
    }
    let output = child.wait_with_output().await.unwrap();
    panic!("{}", text(&output.stderr));
}

async fn interrupt(child: Child) -> Output {
    let process = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &process]).status().await.unwrap().success());
    tokio::time::timeout(Duration::from_secs(120), child.wait_with_output()).await.unwrap().unwrap()
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_cluster_stays_up_for_kubectl_and_for_pods_until_it_is_interrupted() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    let (child, said) = up(&temporary, &kubeconfig).await;
    let file = kubeconfig.to_str().unwrap();
    assert!(said[0].starts_with("Kubernetes v1."), "{said:?}");

    let pod = host_test(&temporary, &["run", "--kubeconfig", file, "--context", "reader"])
        .arg(component("hello"))
        .output()
        .await
        .unwrap();
    assert!(pod.status.success(), "{}", text(&pod.stderr));
    assert!(text(&pod.stdout).contains("\"web-3\""));

    // What it says to type is what works.
    let mut kubectls = 0;
    for line in said.iter().filter(|line| line.starts_with("kubectl ")) {
        let arguments: Vec<_> = line.split(' ').skip(1).collect();
        match Command::new("kubectl").args(arguments).output().await {
            Ok(output) => {
                assert!(output.status.success(), "{line}: {}", text(&output.stderr));
                let expected = if line.contains(" get pods ") { "web-1" } else { "configmaps" };
                assert!(text(&output.stdout).contains(expected), "{}", text(&output.stdout));
                kubectls += 1;
            }
            Err(_) => {
                // Past the test's own capture: it is to be seen where the test passes.
                use std::io::Write as _;
                let _ = writeln!(std::io::stderr(), "skipped: kubectl is not on the PATH: {line}");
                kubectls += 1;
            }
        }
    }
    assert_eq!(kubectls, 2, "{said:?}");

    let output = interrupt(child).await;
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert_eq!((left(&temporary), left(&folder)), (0, 0));
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn a_kubeconfig_that_is_there_is_left_alone() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("config");
    std::fs::write(&file, "mine").unwrap();
    let output = host_test(&temporary, &["cluster", "up", "--kubeconfig"])
        .arg(&file)
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(125));
    assert!(text(&output.stderr).contains("can't be created"), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}
