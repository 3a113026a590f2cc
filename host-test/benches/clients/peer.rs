//! Programs that do what they are asked to, each in a process of its own: kube-rs in `benches/kube`, client-go in
//! `control-plane/bench-client`, and hosts of components, which are this program again. Whoever shared the server's
//! process would be placed on the processors in another way.

use super::server::Server;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Their names, and where `cargo xtask bench` leaves them.
const PROGRAMS: [(&str, &str); 2] =
    [("kube-rs", "release/bench-kube"), ("client-go", "bench-client-go")];

/// One of them, connected to a server.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _authority: tempfile::NamedTempFile,
}

impl Peer {
    /// Those that are built.
    pub(crate) fn start_all(server: &Server) -> Vec<Self> {
        PROGRAMS
            .into_iter()
            .filter_map(|(name, program)| Self::start(name, program, server))
            .collect()
    }

    /// This program again, in another part.
    pub(crate) fn start_this(name: &'static str, part: &[&str], server: &Server) -> Self {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(part);
        Self::run(name, program, server)
    }

    fn start(name: &'static str, program: &str, server: &Server) -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers").join(program);
        if !program.exists() {
            println!("  without {name}, which is not built: `cargo xtask bench` does, where Go is");
            return None;
        }
        Some(Self::run(name, Command::new(program), server))
    }

    fn run(name: &'static str, mut program: Command, server: &Server) -> Self {
        let authority = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(authority.path(), &server.ca_pem).unwrap();
        let mut process = program
            .arg(format!("https://{}", server.address))
            .arg(authority.path())
            .args([&server.token, &server.namespace])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { name, process, input, output, _authority: authority }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
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
