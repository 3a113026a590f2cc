//! Plays the pod, from the command line.

#![forbid(unsafe_code)]

mod program;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    program::main().await
}
