//! A program that hosts a component, from its start to its end.

use crate::cluster::within_reason;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

/// A program with nothing of this process's environment but what it needs to run at all.
pub(crate) fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.env_clear().kill_on_drop(true);
    for name in ["HOME", "PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a program came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a program to its end.
pub(crate) async fn outcome(mut command: Command) -> Outcome {
    let output = within_reason(command.spawn().unwrap().wait_with_output()).await.unwrap();
    Outcome {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Something in a pod that can be told to ask the API server.
pub(crate) trait Asks {
    /// Has it GET a path, and returns what it says of that: the status and more, or an error.
    async fn get(&mut self, path: &str) -> String;
}

/// `examples/get` in a host, which reads paths for as long as there are more.
pub(crate) struct Guest {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: JoinHandle<String>,
}

impl Guest {
    /// Starts the host.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        Self {
            stdin: child.stdin.take().unwrap(),
            stdout: BufReader::new(child.stdout.take().unwrap()).lines(),
            stderr: tokio::spawn(async move {
                let mut text = String::new();
                stderr.read_to_string(&mut text).await.unwrap();
                text
            }),
            child,
        }
    }

    /// Has it come to its end, which is a good one.
    pub(crate) async fn end(mut self) {
        drop(self.stdin);
        let status = within_reason(self.child.wait()).await.unwrap();
        let stderr = self.stderr.await.unwrap();
        assert!(status.success() && stderr.is_empty(), "{status}: {stderr}");
    }
}

impl Asks for Guest {
    async fn get(&mut self, path: &str) -> String {
        // One that has ended can't be written to, and its reason is read below.
        let _ended = self.stdin.write_all(format!("{path}\n").as_bytes()).await;
        let Some(line) = within_reason(self.stdout.next_line()).await.unwrap() else {
            let status = self.child.wait().await.unwrap();
            panic!("{status}: {}", (&mut self.stderr).await.unwrap());
        };
        match line.strip_prefix(&format!("{path}: ")) {
            Some(said) => said.to_owned(),
            None => panic!("{line}"),
        }
    }
}

/// Checks that each of some words stands in a text.
pub(crate) fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text:?}");
    }
}
