//! The command line.

use std::fmt;

/// Sets `--toolchain` where the option is not given.
pub(crate) const TOOLCHAIN_VARIABLE: &str = "K8S_IN_CLUSTER_TOOLCHAIN";

/// What `--help` prints, and a wrong call after its error.
pub(crate) const HELP: &str = "\
The commands of this repository

Usage: cargo xtask COMMAND [--toolchain HOW]
       cargo xtask build [EXAMPLE] [--toolchain HOW]
       cargo xtask compose APPLICATION
       cargo xtask release [TAG] [--toolchain HOW]

Commands:
  demo   Build everything and run examples/tutorial in a pod that host-test plays
  test   Build the components and a real API server, and run every test
  build  Build the components and the examples, or one of them, into target/component
  compose
         Join a component of your own with k8s-in-cluster, as `wac plug` does: app.wasm becomes
         target/component/app.wasm, and app-tls.wasm with TLS inside
  lint   Check formatting, clippy, documentation and dependencies (.ci/run calls it)
  bench  Build the components and run the benchmarks
  readme Run the commands of the READMEs and check what they show
  docs   Render the documentation into target/docs, and check that its links lead somewhere
  release
         Make the files of a release in target/release-files, and check what can be checked before
         it is published; with a tag, such as v0.1.0, that it is the release of that tag

Options:
  --toolchain HOW  Where the WebAssembly target of Rust comes from:
                     auto    the first of these that there is (the default)
                     rustup  the active toolchain, where `rustup target add` adds
                             the target if it is missing
                     debian  Debian's packages, from which a toolchain is made
                             in target/wasm-toolchain
                   The variable K8S_IN_CLUSTER_TOOLCHAIN sets it too
  -h, --help       Print this

The API server is built with Go, or is envtest's, where KUBEBUILDER_ASSETS names
its folder. With neither, the tests that need it are skipped, which is said;
with K8S_IN_CLUSTER_REQUIRE_CONTROL_PLANE=1 that is an error.

Tests run components under wasmtime's own program and under Node, too. wasmtime is
installed, or is the program that K8S_IN_CLUSTER_WASMTIME names. Without Node 20 and
npm its tests are skipped, which is said; with K8S_IN_CLUSTER_REQUIRE_HOSTS=1 that is
an error. It is the same with OpenSSL 3, with which the components speak, and
K8S_IN_CLUSTER_REQUIRE_OPENSSL=1; with Python 3.10, in which an example is written, and
K8S_IN_CLUSTER_REQUIRE_PYTHON=1; and with Chromium or Chrome, or what K8S_IN_CLUSTER_CHROMIUM
names, in which a page is looked at, and K8S_IN_CLUSTER_REQUIRE_BROWSER=1.

Everything is put into target/, but for npm's packages of examples/javascript, which
are put beside it. Installed outside, and only where missing: rustup's target, or
Debian's packages.";

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Command {
    Demo,
    Test,
    Build,
    Compose,
    Lint,
    Bench,
    Readme,
    Docs,
    Release,
    Help,
}

/// Where the WebAssembly target comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Choice {
    Auto,
    Rustup,
    Debian,
}

/// A command line that was understood.
#[derive(Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
    /// What is to be built, if it is one example.
    pub(crate) example: Option<String>,
    /// What is to be composed.
    pub(crate) application: Option<String>,
    /// What is to be released, if it is not a trial.
    pub(crate) tag: Option<String>,
    pub(crate) toolchain: Choice,
}

/// A command line that was not.
#[derive(Debug, PartialEq)]
pub(crate) enum UsageError {
    UnknownCommand(String),
    SecondCommand(String),
    NothingToCompose,
    UnknownOption(String),
    ToolchainWithoutValue,
    /// A word that is no toolchain, and where it was given.
    UnknownToolchain(String, &'static str),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCommand(word) => write!(
                f,
                "there is no command `{word}`: the commands are demo, test, build, compose, lint, bench, readme, docs and release"
            ),
            Self::SecondCommand(word) => write!(f, "one command at a time: `{word}` is a second"),
            Self::NothingToCompose => {
                write!(f, "compose takes the application: a component, such as app.wasm")
            }
            Self::UnknownOption(option) => write!(f, "there is no option `{option}`"),
            Self::ToolchainWithoutValue => {
                write!(f, "--toolchain takes one of auto, rustup and debian")
            }
            Self::UnknownToolchain(word, origin) => {
                write!(f, "{origin} takes one of auto, rustup and debian, not `{word}`")
            }
        }
    }
}

/// Reads the arguments after the program's name, and the value of
/// [`TOOLCHAIN_VARIABLE`]. No command at all asks for help.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = String>,
    variable: Option<String>,
) -> Result<Arguments, UsageError> {
    let mut command = None;
    let mut example = None;
    let mut application = None;
    let mut tag = None;
    let mut toolchain = None;
    let mut help = false;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "-h" || argument == "--help" {
            help = true;
        } else if argument == "--toolchain" {
            let value = arguments.next().ok_or(UsageError::ToolchainWithoutValue)?;
            toolchain = Some(choice(&value, "--toolchain")?);
        } else if let Some(value) = argument.strip_prefix("--toolchain=") {
            toolchain = Some(choice(value, "--toolchain")?);
        } else if argument.starts_with('-') {
            return Err(UsageError::UnknownOption(argument));
        } else if command == Some(Command::Build) && example.is_none() {
            example = Some(argument);
        } else if command == Some(Command::Compose) && application.is_none() {
            application = Some(argument);
        } else if command == Some(Command::Release) && tag.is_none() {
            tag = Some(argument);
        } else if command.is_some() {
            return Err(UsageError::SecondCommand(argument));
        } else {
            command = Some(match argument.as_str() {
                "demo" => Command::Demo,
                "test" => Command::Test,
                "build" => Command::Build,
                "compose" => Command::Compose,
                "lint" => Command::Lint,
                "bench" => Command::Bench,
                "readme" => Command::Readme,
                "docs" => Command::Docs,
                "release" => Command::Release,
                "help" => Command::Help,
                _ => return Err(UsageError::UnknownCommand(argument)),
            });
        }
    }
    let toolchain = match (toolchain, variable.as_deref()) {
        (Some(toolchain), _) => toolchain,
        (None, None | Some("")) => Choice::Auto,
        (None, Some(value)) => choice(value, TOOLCHAIN_VARIABLE)?,
    };
    let command = match command {
        Some(command) if !help => command,
        _ => Command::Help,
    };
    if command == Command::Compose && application.is_none() {
        return Err(UsageError::NothingToCompose);
    }
    Ok(Arguments { command, example, application, tag, toolchain })
}

fn choice(word: &str, origin: &'static str) -> Result<Choice, UsageError> {
    match word {
        "auto" => Ok(Choice::Auto),
        "rustup" => Ok(Choice::Rustup),
        "debian" => Ok(Choice::Debian),
        _ => Err(UsageError::UnknownToolchain(word.to_owned(), origin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str, variable: Option<&str>) -> Result<(Command, Choice), UsageError> {
        let arguments = line.split_whitespace().map(str::to_owned);
        parse(arguments, variable.map(str::to_owned)).map(|a| (a.command, a.toolchain))
    }

    #[test]
    fn a_command_and_where_the_target_comes_from() {
        let cases = [
            ("demo", None, (Command::Demo, Choice::Auto)),
            ("test", Some(""), (Command::Test, Choice::Auto)),
            ("build", Some("debian"), (Command::Build, Choice::Debian)),
            ("--toolchain rustup lint", Some("debian"), (Command::Lint, Choice::Rustup)),
            ("bench --toolchain=debian", None, (Command::Bench, Choice::Debian)),
        ];
        for (line, variable, expected) in cases {
            assert_eq!(parsed(line, variable), Ok(expected), "{line}");
        }
    }

    #[test]
    fn one_example_is_built_or_all() {
        for (line, expected) in [("build", None), ("build python", Some("python"))] {
            let arguments = parse(line.split_whitespace().map(str::to_owned), None);
            assert_eq!(arguments.map(|a| a.example), Ok(expected.map(str::to_owned)), "{line}");
        }
    }

    #[test]
    fn what_is_composed_is_named() {
        let arguments = parse(["compose", "mine/app.wasm"].map(str::to_owned), None);
        assert_eq!(arguments.map(|a| a.application), Ok(Some("mine/app.wasm".to_owned())));
    }

    #[test]
    fn a_release_is_a_trial_or_that_of_a_tag() {
        for (line, expected) in [("release", None), ("release v0.1.0", Some("v0.1.0"))] {
            let arguments = parse(line.split_whitespace().map(str::to_owned), None);
            assert_eq!(arguments.map(|a| a.tag), Ok(expected.map(str::to_owned)), "{line}");
        }
    }

    #[test]
    fn nothing_and_help_print_the_help() {
        for line in ["", "-h", "--help", "help", "demo --help"] {
            assert_eq!(parsed(line, None), Ok((Command::Help, Choice::Auto)));
        }
    }

    #[test]
    fn a_wrong_call_says_what_there_is() {
        let cases = [
            ("dmeo", None, "demo, test, build, compose, lint, bench, readme, docs and release"),
            ("demo test", None, "`test` is a second"),
            ("build hello get", None, "`get` is a second"),
            ("compose", None, "compose takes the application"),
            ("compose a.wasm b.wasm", None, "`b.wasm` is a second"),
            ("demo --fast", None, "no option `--fast`"),
            ("demo --toolchain", None, "auto, rustup and debian"),
            ("demo --toolchain=gcc", None, "debian, not `gcc`"),
            ("demo", Some("gcc"), "K8S_IN_CLUSTER_TOOLCHAIN takes one of"),
        ];
        for (line, variable, expected) in cases {
            let error =
                parsed(line, variable).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn the_help_lists_every_command() {
        for command in
            ["demo", "test", "build", "compose", "lint", "bench", "readme", "docs", "release"]
        {
            assert!(
                HELP.lines().any(|line| line.trim_start().split(' ').next() == Some(command)),
                "{command}"
            );
        }
    }
}
