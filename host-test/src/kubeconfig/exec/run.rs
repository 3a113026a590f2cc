//! Runs a plugin's command.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::error::printable;
use super::{ExecPlugin, ExecProblem};

/// The most bytes of standard output that are read: 1 MiB.
const MAX_STDOUT: u64 = 1 << 20;
/// How much of the end of standard error is kept.
const KEPT_STDERR: usize = 2048;

/// Runs the command to its end and returns what it wrote to standard output.
pub(super) async fn run(plugin: &ExecPlugin, interactive: bool) -> Result<Vec<u8>, ExecProblem> {
    let mut command = Command::new(&plugin.command);
    command
        .args(&plugin.args)
        .envs(plugin.env.iter().map(|(name, value)| (name, value)))
        .env("KUBERNETES_EXEC_INFO", plugin.info(interactive))
        .stdin(match interactive {
            true => Stdio::inherit(),
            false => Stdio::null(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            ExecProblem::NotFound { install_hint: plugin.install_hint.clone() }
        }
        _ => ExecProblem::Spawn { error },
    })?;

    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(read_stdout(stdout), read_stderr(stderr, interactive))?;
    let status = child.wait().await.map_err(read_failed)?;
    if !status.success() {
        return Err(ExecProblem::Failed { status, stderr });
    }
    Ok(stdout)
}

fn read_failed(error: io::Error) -> ExecProblem {
    ExecProblem::Read { error }
}

async fn read_stdout(stdout: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, ExecProblem> {
    let mut bytes = Vec::new();
    if let Some(stdout) = stdout {
        let mut stdout = stdout.take(MAX_STDOUT + 1);
        stdout.read_to_end(&mut bytes).await.map_err(read_failed)?;
    }
    match bytes.len() as u64 > MAX_STDOUT {
        true => Err(ExecProblem::TooLong { limit: MAX_STDOUT }),
        false => Ok(bytes),
    }
}

/// Keeps the end, where programs say why they failed. Someone who is to sign in
/// is told so there: passed on as it comes.
async fn read_stderr(
    stderr: Option<impl AsyncRead + Unpin>,
    pass_on: bool,
) -> Result<String, ExecProblem> {
    let mut end = Vec::new();
    if let Some(mut stderr) = stderr {
        let mut chunk = [0; 1024];
        loop {
            let length = stderr.read(&mut chunk).await.map_err(read_failed)?;
            if length == 0 {
                break;
            }
            let chunk = &chunk[..length];
            if pass_on {
                let mut own = tokio::io::stderr();
                // Whoever closed standard error does not want to read it.
                let _ = own.write_all(chunk).await;
                let _ = own.flush().await;
            }
            end.extend_from_slice(chunk);
            let excess = end.len().saturating_sub(KEPT_STDERR);
            end.drain(..excess);
        }
    }
    Ok(printable(String::from_utf8_lossy(&end).trim()))
}
