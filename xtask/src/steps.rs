//! Says what is done, about how long that takes, and how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The steps of one command.
pub(crate) struct Steps {
    command: &'static str,
    total: usize,
    start: Instant,
    taken: Vec<(String, Duration)>,
}

impl Steps {
    /// A command of so many steps, which begins now.
    pub(crate) fn new(command: &'static str, total: usize) -> Self {
        Self { command, total, start: Instant::now(), taken: Vec::new() }
    }

    /// Does the next step. `about` is what it does, and how long that may take.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        about: &str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let number = self.taken.len() + 1;
        eprintln!("[{number}/{}] {name}: {about}", self.total);
        let start = Instant::now();
        let result = work()?;
        let taken = start.elapsed();
        eprintln!("      {}", seconds(taken));
        self.taken.push((name.to_owned(), taken));
        Ok(result)
    }

    /// One line: the time of the whole and of each step.
    pub(crate) fn summary(&self) -> String {
        let steps: Vec<_> = self
            .taken
            .iter()
            .map(|(name, taken)| format!("{} {}", name.to_lowercase(), seconds(*taken)))
            .collect();
        format!(
            "{}: done in {} ({})",
            self.command,
            seconds(self.start.elapsed()),
            steps.join(", ")
        )
    }
}

/// A time as a user reads it: `0.2 s`, `48 s`, `3 min 5 s`.
fn seconds(time: Duration) -> String {
    let whole = time.as_secs_f64().round() as u64;
    match whole {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{whole} s"),
        _ => format!("{} min {} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn times_are_short_to_read() {
        let cases = [
            (40, "0.0 s"),
            (9_440, "9.4 s"),
            (9_600, "10 s"),
            (119_000, "119 s"),
            (185_000, "3 min 5 s"),
        ];
        for (milliseconds, expected) in cases {
            assert_eq!(seconds(Duration::from_millis(milliseconds)), expected);
        }
    }

    #[test]
    fn the_summary_names_each_step_that_was_done() {
        let mut steps = Steps::new("demo", 2);
        steps.step("Target", "nothing", || Ok(())).unwrap();
        let failed: Result<()> = steps.step("Harness", "fails", || anyhow::bail!("no"));
        assert!(failed.is_err());
        let summary = steps.summary();
        assert!(summary.starts_with("demo: done in "), "{summary}");
        assert!(summary.contains("(target "), "{summary}");
        assert!(!summary.contains("harness"), "{summary}");
    }
}
