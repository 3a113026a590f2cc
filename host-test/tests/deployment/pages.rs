//! What the pages say to type for a cluster with nodes, typed as it stands there: `kubectl` for a real API server, and for
//! what is not here, such as a container registry, programs that look at what they are told.

use crate::files::{objects, repository};
use crate::objects::cluster;
use host_test::pages::blocks;
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::process::Command;

/// This file, as the marks have it.
const SELF: &str = "host-test/tests/deployment/pages.rs";

/// The pages, each with blocks that are typed in this order.
const PAGES: [&str; 8] = [
    "examples/deploy/wasmtime/README.md",
    "examples/deploy/runwasi/README.md",
    "examples/deploy/spin/README.md",
    "examples/deploy/spinkube/README.md",
    "examples/deploy/wasmcloud/README.md",
    "examples/web-page/README.md",
    "examples/controller/README.md",
    "docs/guide.md",
];

/// The programs that are stood in for.
const PROGRAMS: [&str; 6] = ["cargo", "helm", "kubectl", "podman", "spin", "wash"];

/// A folder like the repository's top one, where files may be put.
struct Desk(TempDir);

impl Desk {
    fn new(kubeconfig: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "state", "work/target"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("kubeconfig"), kubeconfig).unwrap();
        let this = Self(folder);
        let components = fs::canonicalize(repository("target/component")).unwrap();
        symlink(components, this.path("work/target/component")).unwrap();
        for name in ["controller", "deploy", "web-page"] {
            let from = repository("examples").join(name);
            copy(&from, &this.path("work/examples").join(name));
        }
        let script = this.path("stand-in");
        fs::write(&script, include_str!("stand-in.sh")).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
        for name in PROGRAMS {
            symlink(&script, this.path("bin").join(name)).unwrap();
        }
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Types the lines of a block.
    async fn types(&self, page: &str, block: &str, kubectl: &str) {
        let mut bash = Command::new("bash");
        let path = std::env::var("PATH").unwrap();
        bash.args(["-euo", "pipefail", "-c", block]).current_dir(self.path("work"));
        bash.env("PATH", format!("{}:{path}", self.path("bin").display()));
        bash.env("KUBECTL", kubectl).env("KUBECONFIG", self.path("kubeconfig"));
        bash.env("STATE", self.path("state")).kill_on_drop(true);
        let output = bash.output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{page}: {block}{said}");
    }
}

/// Copies the sources of a folder: what was put beside them before is none of it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else if path.extension().is_none_or(|it| it != "wasm") {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// The path of a program.
fn found(program: &str) -> Option<String> {
    let path = std::env::var("PATH").unwrap();
    let mut files = path.split(':').map(|folder| format!("{folder}/{program}"));
    files.find(|file| Path::new(file).exists())
}

#[tokio::test]
#[ignore = "needs a real API server: cargo xtask test has one"]
async fn the_pages_are_right() {
    let Some(kubectl) = found("kubectl") else {
        // Past the test's own capture: it is to be seen where the test passes.
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: kubectl is not on the PATH: {PAGES:?}");
        return;
    };
    let (server, admin) = cluster().await;
    let desk = Desk::new(&server.kubeconfig(&[]));
    for page in PAGES {
        let _none = fs::remove_file(desk.path("state/pushed"));
        if page == "docs/guide.md" {
            // What the controller would have made by then.
            let lease = json!({"metadata": {"name": "website-controller"}, "spec": {}});
            let path = "/apis/coordination.k8s.io/v1/namespaces/website-system/leases";
            admin.create(path, &lease).await.unwrap();
        }
        let all = blocks(page, SELF).unwrap();
        let commands: Vec<_> = all.iter().filter(|it| !it.starts_with('[')).collect();
        assert!(!commands.is_empty(), "{page}");
        for block in commands {
            desk.types(page, block, &kubectl).await;
        }
        // An image that is pushed is the one that a manifest of the page's folder names.
        let folder = desk.path("work").join(page);
        let text = manifests(folder.parent().unwrap());
        for image in fs::read_to_string(desk.path("state/pushed")).unwrap_or_default().lines() {
            assert!(text.contains(&format!("image: {image}\n")), "{page}: {image}");
        }
    }
}

/// The texts of the manifests in a folder.
fn manifests(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let mut text = String::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &manifests(&path);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            text += &fs::read_to_string(&path).unwrap();
        }
    }
    text
}

#[test]
fn the_runtime_that_the_page_has_a_node_know_is_that_of_the_runtime_class() {
    let [settings, _] = &blocks("examples/deploy/runwasi/README.md", SELF).unwrap()[..] else {
        panic!("two blocks")
    };
    let settings: toml::Table = toml::from_str(settings).unwrap();
    let plugin = &settings["plugins"]["io.containerd.cri.v1.runtime"];
    let runtimes = plugin["containerd"]["runtimes"].as_table().unwrap();
    let class = objects("runwasi/pod.yaml").remove(0);
    let handler = class["handler"].as_str().unwrap();
    assert_eq!(runtimes.keys().collect::<Vec<_>>(), [handler]);
    // containerd makes the program's name of it: containerd-shim-wasmtime-v1.
    assert_eq!(runtimes[handler]["runtime_type"].as_str(), Some("io.containerd.wasmtime.v1"));
}
