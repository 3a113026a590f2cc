//! A shell that a page's commands are typed into, in a folder that has what they name.

use crate::cluster::{Cluster, component, target, within_reason};
use crate::guest::{Outcome, program};
use host_test::service_account::MOUNT_PATH;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The programs that are to be found under other names than a user has them by.
pub(crate) struct Shell {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Shell {
    /// A shell in a folder like the repository's top one, with these components in it besides, each by another's name.
    pub(crate) fn new(components: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let root = std::path::absolute(target("..")).unwrap().canonicalize().unwrap();
        let work = folder.path().join("work");
        std::fs::create_dir(&work).unwrap();
        for name in ["examples", "target", "wit"] {
            symlink(root.join(name), work.join(name)).unwrap();
        }
        for (name, of) in components {
            let file = component(of).canonicalize().unwrap();
            symlink(file, work.join(format!("{name}.wasm"))).unwrap();
        }
        let this = Self { folder, variables: Vec::new() };
        // The program of these tests, which cargo has built.
        this.program(
            "cargo",
            &format!(
                "case \"$*\" in\n\
                 'run --package host-test -- '*) shift 4 ;;\n\
                 'run --quiet --package host-test -- '*) shift 5 ;;\n\
                 *) echo \"what is cargo $*?\" >&2; exit 64 ;;\n\
                 esac\nexec {} \"$@\"\n",
                env!("CARGO_BIN_EXE_host-test"),
            ),
        );
        this
    }

    /// A folder of the shell's own.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Has a script found as a program.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        std::fs::write(&path, format!("#!/bin/bash\nset -eu\n{script}")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// Sets a variable.
    pub(crate) fn env(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A kubeconfig where kubectl and others look for one.
    pub(crate) fn kubeconfig(&mut self, text: &str) {
        let home = self.path("home");
        std::fs::create_dir(home.join(".kube")).unwrap();
        std::fs::write(home.join(".kube/config"), text).unwrap();
        self.env("HOME", home.to_str().unwrap());
    }

    /// Has a program that is installed found by its name.
    pub(crate) fn installed(&self, name: &str, path: &str) {
        let program = target(path);
        assert!(
            program.exists(),
            "there is no {}: `cargo xtask test` installs it",
            program.display()
        );
        symlink(std::path::absolute(program).unwrap(), self.path("bin").join(name)).unwrap();
    }

    /// Makes of it a container of a pod, but that the kubelet's folder is elsewhere: `wasmtime` is told where.
    pub(crate) fn in_a_pod(&mut self, cluster: &Cluster) {
        for (name, value) in cluster.variables(&cluster.address.ip().to_string()) {
            self.env(name, &value);
        }
        self.wasmtime(Some(cluster.volume.path()));
    }

    /// The program that the tests run, with what it has compiled kept as it does of itself. What serves has a free port.
    pub(crate) fn wasmtime(&self, folder: Option<&Path>) {
        let mount = folder.map(|it| format!("{}::{MOUNT_PATH}", it.display())).unwrap_or_default();
        self.program(
            "wasmtime",
            &format!(
                "arguments=()\n\
                 for it; do [ \"$it\" != {MOUNT_PATH} ] || it={mount}; arguments+=(\"$it\"); done\n\
                 case \"$*\" in serve*--addr*) ;; serve*) arguments+=() \n\
                 arguments=(serve --addr 127.0.0.1:0 \"${{arguments[@]:1}}\") ;; esac\n\
                 export XDG_CACHE_HOME={}\nexec {} \"${{arguments[@]}}\"\n",
                std::path::absolute(target("hosts/cache")).unwrap().display(),
                crate::wasmtime::installed().display(),
            ),
        );
    }

    /// Starts to type the lines. Whatever they leave running ends with what is returned.
    pub(crate) fn start(&self, lines: &str) -> Typed {
        let script = self.path("lines");
        // Whoever types is slower than a program that starts: a proxy listens by the next line.
        let mut text = String::new();
        for line in lines.lines() {
            text += line;
            text.push('\n');
            if let Some((_, port)) = line.strip_suffix(" &").and_then(|it| it.split_once("--port "))
            {
                text += &format!(
                    "until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.05; done\n"
                );
            }
        }
        std::fs::write(&script, text).unwrap();
        let mut bash = program(Path::new("bash"));
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        bash.args(["-euo", "pipefail"]).arg(script).current_dir(self.path("work"));
        bash.env("PATH", path).env("TMPDIR", self.path("tmp"));
        bash.envs(self.variables.iter().cloned()).process_group(0);
        Typed::start(bash)
    }

    /// Types the lines, which end, and are all well.
    pub(crate) async fn says(&self, lines: &str) -> String {
        let outcome = self.start(lines).outcome().await;
        assert_eq!(outcome.status, Some(0), "{lines}{outcome:?}");
        outcome.stdout
    }
}

/// Lines that were typed, and what was started by them.
pub(crate) struct Typed {
    pub(crate) child: Child,
    group: u32,
}

impl Typed {
    fn start(mut command: Command) -> Self {
        let child = command.spawn().unwrap();
        let group = child.id().unwrap();
        Self { child, group }
    }

    /// Waits for the last line's end. What is still in the background then goes too, so that it holds no pipe.
    async fn outcome(mut self) -> Outcome {
        use tokio::io::AsyncReadExt as _;
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let (mut one, mut other) =
            (self.child.stdout.take().unwrap(), self.child.stderr.take().unwrap());
        let group = self.group;
        let ended = async {
            let status = self.child.wait().await.unwrap();
            kill(group);
            status
        };
        let all = async {
            tokio::join!(ended, one.read_to_string(&mut stdout), other.read_to_string(&mut stderr))
        };
        let (status, ..) = within_reason(all).await;
        Outcome { status: status.code(), stdout, stderr }
    }
}

fn kill(group: u32) {
    let group = format!("-{group}");
    let mut kill = std::process::Command::new("kill");
    let _ended = kill.args(["-KILL", "--", &group]).stderr(std::process::Stdio::null()).status();
}

impl Drop for Typed {
    fn drop(&mut self) {
        kill(self.group);
    }
}
