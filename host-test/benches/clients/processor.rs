//! All on one processor, for work that goes back and forth between client and server: nothing overlaps there, so that
//! another one is of no use. On two, the system moves now one and now the other, and each waits for a processor to wake
//! up: one run then says little about the next.

use std::process::{Command, Stdio};

/// Keeps processes on one processor until it is dropped.
pub(crate) struct OneProcessor {
    processes: Vec<u32>,
    before: String,
}

impl OneProcessor {
    /// None where that can't be had: it takes Linux and `taskset`.
    pub(crate) fn keep(processes: Vec<u32>) -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let before =
            status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?.trim();
        let first = before.split(['-', ',']).next()?;
        let kept = Self { processes, before: before.to_owned() };
        kept.place(first).then_some(kept)
    }

    fn place(&self, list: &str) -> bool {
        self.processes.iter().all(|process| {
            let mut command = Command::new("taskset");
            command.args(["--all-tasks", "--cpu-list", "--pid", list, &process.to_string()]);
            command.stdout(Stdio::null()).status().is_ok_and(|status| status.success())
        })
    }
}

impl Drop for OneProcessor {
    fn drop(&mut self) {
        self.place(&self.before);
    }
}
