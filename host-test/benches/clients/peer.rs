//! Programs that do the same, each in a process of its own: kube-rs in `benches/kube`, natively and in a component, and
//! client-go in `control-plane/bench-client`.

use super::in_component;
use super::server::Server;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Their names, and where `cargo xtask bench` leaves them.
const PROGRAMS: [(&str, &str); 2] =
    [("kube-rs", "release/bench-kube"), ("client-go", "bench-client-go")];

/// The first of them in a component: what it is called, and what says that it speaks TLS itself.
const IN_COMPONENT: [(&str, &str); 2] =
    [("kube-rs in a component", "host"), ("kube-rs in a component, TLS there", "component")];

/// One of them, connected to a server.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) is_native: bool,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _authority: tempfile::NamedTempFile,
}

impl Peer {
    /// Those that are native, as far as they are built.
    pub(crate) fn start_all(server: &Server) -> Vec<Self> {
        PROGRAMS
            .into_iter()
            .filter_map(|(name, program)| {
                let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers");
                let program = peers.join(program);
                if !program.exists() {
                    println!(
                        "  without {name}, which is not built: `cargo xtask bench` does, where Go is"
                    );
                    return None;
                }
                Some(Self::start(name, &mut Command::new(program), server, true))
            })
            .collect()
    }

    /// kube-rs in a component, whose host is this very program: on one thread, as all here.
    pub(crate) fn start_in_component(server: &Server) -> Vec<Self> {
        let program = std::env::current_exe().unwrap();
        IN_COMPONENT
            .into_iter()
            .map(|(name, side)| {
                let mut command = Command::new(&program);
                Self::start(name, command.args([in_component::ARGUMENT, side]), server, false)
            })
            .collect()
    }

    fn start(name: &'static str, command: &mut Command, server: &Server, is_native: bool) -> Self {
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), &server.ca_pem).unwrap();
        let mut process = command
            .arg(format!("https://{}", server.address))
            .arg(authority.path())
            .args([&server.token, &server.namespace])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { name, is_native, process, input, output, _authority: authority }
    }

    /// Has it do something: how many objects came, and how long that took.
    pub(crate) fn ask(&mut self, what: &str) -> (usize, Duration) {
        writeln!(self.input, "{what}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let (count, nanoseconds) = line.trim().split_once(' ').expect("the program failed");
        (count.parse().unwrap(), Duration::from_nanos(nanoseconds.parse().unwrap()))
    }

    /// How many bytes of memory it has that are its own, and not a file's. None where Linux does not tell.
    pub(crate) fn memory(&self) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<usize>().ok()? << 10)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}
