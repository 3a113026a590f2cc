//! The command-line program.

mod arguments;
mod cluster;
mod real_cluster;
mod renewal;
mod run;
mod show_requests;
mod up;

use arguments::{Arguments, Cluster, Command};
use clap::Parser as _;
use std::process::ExitCode;

/// The pod could not be played.
const FAILED: u8 = 125;

/// Does what the command line asks for.
pub(crate) async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(run) => run::run(&run).await,
        Command::Cluster(Cluster::Up(up)) => up::up(&up).await,
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("host-test: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
