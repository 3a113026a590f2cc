//! Calls of the program, each with a folder of its own for temporary files.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A component as `cargo xtask build` left it.
pub(crate) fn component(name: &str) -> PathBuf {
    let file = format!("{}/../target/component/{name}.wasm", env!("CARGO_MANIFEST_DIR"));
    let file = PathBuf::from(file);
    assert!(file.exists(), "{} is missing: run `cargo xtask build`", file.display());
    file
}

/// One call of the program.
pub(crate) struct Call {
    pub(crate) command: Command,
    temporary: TempDir,
}

/// What a call came to.
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Names of files that were left behind.
    pub(crate) left: Vec<String>,
}

impl Call {
    /// `host-test run`, to be given more arguments.
    pub(crate) fn run() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_host-test"));
        command
            .arg("run")
            .env("TMPDIR", temporary.path())
            // What the program must not take from its user's environment.
            .env("KUBECONFIG", "/nonexistent")
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self { command, temporary }
    }

    /// Adds arguments.
    pub(crate) fn args<S: AsRef<std::ffi::OsStr>>(
        mut self,
        args: impl IntoIterator<Item = S>,
    ) -> Self {
        self.command.args(args);
        self
    }

    /// Starts it.
    pub(crate) fn start(mut self) -> (Child, TempDir) {
        (self.command.spawn().unwrap(), self.temporary)
    }

    /// Runs it to its end.
    pub(crate) async fn outcome(self) -> Outcome {
        let (child, temporary) = self.start();
        outcome(child.wait_with_output().await.unwrap(), &temporary)
    }
}

/// Reads what a program came to.
pub(crate) fn outcome(output: Output, temporary: &TempDir) -> Outcome {
    let left = std::fs::read_dir(temporary.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    Outcome {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        left,
    }
}
