//! A pod's monotonic clock, which a test can put forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use wasmtime_wasi::HostMonotonicClock;

/// The clock that components in a pod see. It runs as this machine's does, ahead of it by what it
/// was put forward. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct Clock {
    /// None if it stands still.
    start: Option<Instant>,
    ahead: Arc<AtomicU64>,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Some(Instant::now()), ahead: Arc::default() }
    }

    /// A clock that stands still but for what it is put forward. Components still wake in time:
    /// what they wait for is measured by this machine's clock.
    #[must_use]
    pub fn stopped() -> Self {
        Self { start: None, ahead: Arc::default() }
    }

    /// Puts the clock forward, for running components too.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(nanoseconds(by), Ordering::Relaxed);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl HostMonotonicClock for Clock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        let since = self.start.map(|start| nanoseconds(start.elapsed())).unwrap_or_default();
        since.saturating_add(self.ahead.load(Ordering::Relaxed))
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
