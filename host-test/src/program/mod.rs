//! The command-line program.

mod arguments;
mod cluster;
mod renewal;
mod run;
mod show_requests;

use arguments::{Arguments, Command};
use clap::Parser as _;
use std::process::ExitCode;

/// The pod could not be played.
const FAILED: u8 = 125;

/// Does what the command line asks for.
pub(crate) async fn main() -> ExitCode {
    let Arguments { command: Command::Run(run) } = Arguments::parse();
    match run::run(&run).await {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("host-test: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
