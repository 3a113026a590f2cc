//! What the pages say to type, typed as it stands there: the blocks that are marked as this file's.
//!
//! A reader has a cluster, a pod, and ports of his own; here `wasmtime` is told where the pod's folder is, and a few words of
//! each block are put in the place of others, which are named where that is done.

mod shell;

use crate::cluster::Cluster;
use crate::guest::assert_says;
use host_test::api_server::NAMESPACE;
use host_test::pages::blocks;
use shell::{Shell, Typed};
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpStream;

/// This file, as the marks have it.
const SELF: &str = "host-test/tests/hosts/pages.rs";

/// The port of `kubectl proxy` on the pages.
const PROXY: &str = "8001";

/// The block of a page that has some words.
fn block(page: &str, words: &str) -> String {
    let all = blocks(page, SELF).unwrap();
    let mut found = all.into_iter().filter(|block| block.contains(words));
    let block = found.next().unwrap_or_else(|| panic!("{page}: nothing of {words:?}"));
    assert_eq!(found.next(), None, "{page}: {words:?}");
    block
}

/// A port that nothing listens on.
async fn free_port() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port().to_string()
}

/// Reads lines until one has some words.
async fn until(words: &str, reader: impl AsyncBufRead + Unpin) -> String {
    let mut lines = reader.lines();
    let read = async {
        let mut said = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(words) {
                return line;
            }
            said += &line;
        }
        panic!("it ended: {said}")
    };
    crate::cluster::within_reason(read).await
}

/// What `wasmtime serve` answers, once it listens.
async fn served(typed: &mut Typed, path: &str, words: &str) {
    let line = until("Serving HTTP on ", BufReader::new(typed.child.stderr.take().unwrap())).await;
    let address = line.split("http://").nth(1).unwrap().trim_end_matches('/');
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: pod.example\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let read = async {
        let (mut said, mut buffer) = (String::new(), [0; 4096]);
        while !said.contains(words) {
            let read = stream.read(&mut buffer).await.unwrap();
            assert!(read > 0, "no {words:?} in {said}");
            said += std::str::from_utf8(&buffer[..read]).unwrap();
            assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
        }
    };
    crate::cluster::within_reason(read).await;
}

/// A kubeconfig whose user has the pod's token.
fn kubeconfig(cluster: &Cluster) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: my-cluster\n\
         clusters:\n- name: c\n  cluster: {{server: 'https://{}', certificate-authority: {}}}\n\
         users:\n- name: u\n  user: {{token: '{}'}}\n\
         contexts:\n- name: my-cluster\n  context: {{cluster: c, user: u, namespace: {NAMESPACE}}}\n",
        cluster.address,
        cluster.volume.path().join("ca.crt").display(),
        cluster.token(),
    )
}

/// Whether kubectl is there. CI has it.
fn has_kubectl(what: &str) -> bool {
    let version = std::process::Command::new("kubectl").args(["version", "--client"]).output();
    if version.is_err() {
        // Past the test's own capture: it is to be seen where the test passes.
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: kubectl is not on the PATH: {what}");
    }
    version.is_ok()
}

#[tokio::test]
async fn wasmtime_runs_in_a_pod() {
    let cluster = Cluster::fixture().await;
    let names = [("hello-tls", "hello-tls"), ("app-tls", "hello-tls")];
    let mut shell = Shell::new(&names);
    shell.in_a_pod(&cluster);
    for page in ["README.md", "docs/hosts.md"] {
        let said = shell.says(&block(page, "wasmtime run -S inherit-network")).await;
        assert_says(&said, &["\"kind\":\"Pod\"", "web-3"]);
    }
}

#[tokio::test]
async fn wasmtime_runs_by_a_proxy_in_the_pod() {
    let cluster = Cluster::fixture().await;
    let proxy = cluster.proxy().await;
    let shell = Shell::new(&[("app", "tutorial")]);
    shell.wasmtime(None);
    let block = block("docs/hosts.md", "wasmtime run -S http");
    let said = shell.says(&block.replace(PROXY, &proxy.address().port().to_string())).await;
    assert_says(&said, &["APISERVER=http://127.0.0.1:", "\"kind\": \"APIVersions\""]);
}

#[tokio::test]
async fn wasmtime_serves_in_a_pod() {
    let cluster = Cluster::fixture().await;
    let mut shell = Shell::new(&[("http-handler-tls", "http-handler-tls")]);
    shell.in_a_pod(&cluster);
    let mut typed = shell.start(&block("docs/hosts.md", "wasmtime serve"));
    served(&mut typed, "/", "Kubernetes v1.").await;
}

#[tokio::test]
async fn the_web_page_is_served_by_kubectls_proxy() {
    let block = block("examples/web-page/README.md", "wasmtime serve");
    if !has_kubectl(&block) {
        return;
    }
    let cluster = Cluster::fixture().await;
    let mut shell = Shell::new(&[]);
    shell.wasmtime(None);
    shell.kubeconfig(&kubeconfig(&cluster));
    // The fixture has pods in one namespace alone.
    let block = block.replace(PROXY, &free_port().await).replace("8080", "0");
    let mut typed = shell.start(&block.replace("kube-system", NAMESPACE));
    served(&mut typed, "/events", "\"name\":\"web-1\"").await;
}

#[tokio::test]
async fn host_test_plays_a_pod_of_the_cluster_of_a_kubeconfig() {
    let cluster = Cluster::fixture().await;
    let mut shell = Shell::new(&[]);
    shell.kubeconfig(&kubeconfig(&cluster));
    for page in ["docs/guide.md", "docs/harness.md"] {
        let said = shell.says(&block(page, "--kubeconfig ~/.kube/config")).await;
        assert_says(&said, &["web-1", "web-3"]);
    }
}

/// An application from elsewhere: the command line of wac makes of it the very file that `cargo xtask build` makes.
#[tokio::test]
async fn wac_composes_an_application_as_the_build_does() {
    let shell = Shell::new(&[("app", "least-privilege.alone")]);
    shell.installed("wac", "tools/bin/wac");
    shell.says(&block("docs/guide.md", "wac plug")).await;
    let expected = std::fs::read(crate::cluster::component("least-privilege-tls")).unwrap();
    assert!(std::fs::read(shell.path("work/app-tls.wasm")).unwrap() == expected);
}

mod node {
    use super::*;

    /// A shell in which Node finds what the block of `npm install` would have put there.
    fn shell(cluster: &Cluster, component: &str) -> Shell {
        let mut shell = Shell::new(&[("app-tls", component)]);
        shell.in_a_pod(cluster);
        let work = shell.path("work");
        let packages = work.join("examples/javascript/node_modules").canonicalize().unwrap();
        std::os::unix::fs::symlink(packages, work.join("node_modules")).unwrap();
        // What the pod's folder is called in the pod, and here.
        let script = block("docs/hosts.md", "WASIShim");
        let preopens = "{ [folder]: folder }";
        assert!(script.contains(preopens), "{script}");
        let folder = format!("{{ [folder]: {:?} }}", cluster.volume.path());
        std::fs::write(work.join("run.mjs"), script.replace(preopens, &folder)).unwrap();
        shell
    }

    #[tokio::test]
    #[ignore = "needs Node and npm: cargo xtask test has them"]
    async fn node_runs_in_a_pod_what_jco_has_transpiled() {
        let cluster = Cluster::fixture().await;
        let said =
            shell(&cluster, "hello-tls").says(&block("docs/hosts.md", "jco transpile")).await;
        assert_says(&said, &["\"kind\":\"Pod\"", "web-3"]);
    }

    #[tokio::test]
    #[ignore = "needs Node and npm: cargo xtask test has them"]
    async fn node_trusts_the_authority_that_it_is_given() {
        let cluster = Cluster::fixture().await;
        let shell = shell(&cluster, "hello");
        let block = block("docs/hosts.md", "NODE_EXTRA_CA_CERTS");
        let mount = host_test::service_account::MOUNT_PATH;
        let transpile = super::block("docs/hosts.md", "jco transpile");
        let transpile = transpile.lines().next().unwrap();
        let lines = block.replace(mount, cluster.volume.path().to_str().unwrap());
        let said = shell.says(&format!("{transpile}\n{lines}")).await;
        assert_says(&said, &["\"kind\":\"Pod\"", "web-3"]);
    }

    #[tokio::test]
    #[ignore = "needs Node and npm: cargo xtask test has them"]
    async fn the_example_runs_by_kubectls_proxy() {
        let block = super::block("examples/javascript/README.md", "kubectl proxy");
        if !has_kubectl(&block) {
            return;
        }
        let cluster = Cluster::fixture().await;
        let mut shell = Shell::new(&[]);
        shell.kubeconfig(&kubeconfig(&cluster));
        // The fixture has pods in one namespace alone.
        let block = block.replace(PROXY, &free_port().await);
        let block = block.replace("NAMESPACE=default", &format!("NAMESPACE={NAMESPACE}"));
        assert_says(&shell.says(&block).await, &["web-1", "-- changes"]);
    }
}

mod on_a_real_api_server {
    use super::*;

    /// `cluster up` in a shell, and the path of its kubeconfig, the administrator's.
    async fn up(shell: &Shell, lines: &str) -> (Typed, String) {
        let mut typed = shell.start(lines);
        let mut reader = BufReader::new(typed.child.stdout.take().unwrap());
        let line = until("kubectl --kubeconfig ", &mut reader).await;
        until("Ctrl-C", &mut reader).await;
        (typed, line.split(' ').nth(2).unwrap().to_owned())
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn host_test_plays_a_pod_of_one() {
        let said = Shell::new(&[]).says(&block("docs/harness.md", "run --cluster")).await;
        assert_says(&said, &["APISERVER=https://127.0.0.1:", "\"kind\": \"APIVersions\""]);
    }

    #[tokio::test]
    #[ignore = "needs a real API server: cargo xtask test has one"]
    async fn host_test_keeps_one_running_and_kube_types_scales_and_serves() {
        let mut shell = Shell::new(&[]);
        let (_up, kubeconfig) = up(&shell, &block("docs/harness.md", "cluster up")).await;
        let lines = block("examples/kube-types/README.md", "kube-types scale");
        if !has_kubectl(&lines) {
            return;
        }
        shell.kubeconfig(&std::fs::read_to_string(kubeconfig).unwrap());
        // The page says what stands for what.
        let page = crate::cluster::target("../examples/kube-types/README.md");
        let page = std::fs::read_to_string(page).unwrap();
        let (_, meant) = page.split_once("`kube-types` stands for `").unwrap();
        let meant = meant.split('`').next().unwrap().replace('\n', " ");
        // It presents the administrator's certificate, and a pod of no context is in the namespace `default`.
        shell.program("kube-types", &format!("exec {meant} \"$@\"\n"));
        shell.says("kubectl create deployment web --image web").await;
        let mut said = String::new();
        for line in lines.lines() {
            said += &shell.says(line).await;
            if line.contains("kubectl apply") {
                // A reader types more slowly than the API server learns of a resource.
                shell.says("kubectl wait --for condition=Established crd --all").await;
            }
        }
        assert_says(&said, &["web is to have 3 replicas", "created", "tea"]);
    }
}
