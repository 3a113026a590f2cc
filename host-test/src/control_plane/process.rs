//! A process that does not outlive this one.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

/// How long a stop may take before the process is killed.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// A process that ends when its standard input is closed. Dropped, it is given that, and waited for.
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::UnboundedReceiver<String>,
    errors: Option<oneshot::Receiver<String>>,
    /// How long a stop may take.
    limit: Duration,
}

impl Process {
    /// Starts a program, in a process group of its own: an interrupt from the terminal is for this process alone.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let mut child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take();
        let (line, lines) = mpsc::unbounded_channel();
        let (error, errors) = oneshot::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                for text in BufReader::new(stdout).lines().map_while(Result::ok) {
                    // A process that nobody listens to any more is still not to block.
                    let _ = line.send(text);
                }
            });
        }
        if let Some(mut stderr) = child.stderr.take() {
            thread::spawn(move || {
                let mut text = Vec::new();
                let _ = stderr.read_to_end(&mut text);
                let _ = error.send(String::from_utf8_lossy(&text).trim().to_owned());
            });
        }
        Ok(Self { child, stdin, lines, errors: Some(errors), limit: STOP_LIMIT })
    }

    /// The next line of its standard output. At the end, what it said on standard error.
    pub(super) async fn line(&mut self) -> Result<String, String> {
        if let Some(line) = self.lines.recv().await {
            return Ok(line);
        }
        match self.errors.take() {
            Some(errors) => Err(errors.await.unwrap_or_default()),
            None => Err(String::new()),
        }
    }

    /// Sends a signal to it and to all that it has started.
    pub(super) fn signal(&self, name: &str) -> io::Result<()> {
        let group = format!("-{}", self.child.id());
        let status = Command::new("kill").args(["-s", name, "--", &group]).status()?;
        if status.success() { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Ends it and waits until it has ended.
    pub(super) async fn stop(self) {
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let start = Instant::now();
        while start.elapsed() < self.limit {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                _ => return,
            }
        }
        let _ = self.signal("KILL");
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn one_that_does_not_end_is_killed_with_what_it_has_started() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 600 & echo $!; wait; wait"]);
        let mut process = Process::start(&mut shell).unwrap();
        process.limit = Duration::from_millis(1);
        let started = process.line().await.unwrap();
        process.stop().await;
        let start = Instant::now();
        // It is nobody's child any more, and gone as soon as it is waited for.
        while Command::new("kill").args(["-s", "0", &started]).output().unwrap().status.success() {
            let state = Command::new("ps").args(["-o", "stat=", "-p", &started]).output().unwrap();
            if state.stdout.starts_with(b"Z") {
                break;
            }
            assert!(start.elapsed() < STOP_LIMIT, "it goes on");
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[tokio::test]
    async fn it_ends_with_its_standard_input_and_tells_what_it_said() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo one; echo why >&2; cat; echo two"]);
        let mut process = Process::start(&mut shell).unwrap();
        assert_eq!(process.line().await.unwrap(), "one");
        drop(process.stdin.take());
        assert_eq!(process.line().await.unwrap(), "two");
        assert_eq!(process.line().await.unwrap_err(), "why");
        process.stop().await;
    }
}
