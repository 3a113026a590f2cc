//! The commands of this repository: `cargo xtask demo`, `cargo xtask test` and
//! what they are made of. `cargo xtask --help` lists them.
//!
//! Each command is a list of steps. A step says what it does and about how
//! long that takes on two cores, and afterwards how long it took. Progress
//! goes to standard error, so that standard output is the program's own.
#![forbid(unsafe_code)]

mod arguments;
mod browser;
mod commands;
mod compact;
mod component;
mod compose;
mod control_plane;
mod deny;
mod docs;
mod document;
mod examples;
mod hosts;
mod javascript;
mod kube;
mod languages;
mod lint;
mod native;
mod openssl;
mod peers;
mod process;
mod python;
mod readme;
mod release;
mod steps;
mod test;
mod toolchain;
mod wac;
mod workflows;
mod workspace;

use std::path::Path;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use workspace::Workspace;

/// What a shell expects of a program that was called wrongly.
const USAGE_ERROR: u8 = 2;

fn main() -> ExitCode {
    let variable = std::env::var(arguments::TOOLCHAIN_VARIABLE).ok();
    match arguments::parse(std::env::args().skip(1), variable) {
        Ok(arguments) => match run(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("error: {error}\n\n{}", arguments::HELP);
            ExitCode::from(USAGE_ERROR)
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let workspace = Workspace::new();
    let choice = arguments.toolchain;
    match arguments.command {
        Command::Demo => commands::demo(&workspace, choice),
        Command::Test => test::test(&workspace, choice),
        Command::Build => commands::build(&workspace, choice, arguments.example.as_deref()),
        Command::Compose => {
            commands::compose(&workspace, Path::new(&arguments.application.unwrap_or_default()))
        }
        Command::Bench => commands::bench(&workspace, choice),
        Command::Docs => docs::docs(&workspace, choice),
        Command::Release => release::release(&workspace, choice, arguments.tag.as_deref()),
        Command::Readme => readme::readme(&workspace),
        Command::Lint => lint::lint(&workspace, choice),
        Command::Help => {
            println!("{}", arguments::HELP);
            Ok(())
        }
    }
}
