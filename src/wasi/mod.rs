//! The pod as WASI shows it: environment, preopened folders, and a clock. The only
//! module, beside the transports, that touches WASI.

#[cfg(feature = "tls")]
mod clock;
mod files;

#[cfg(feature = "tls")]
pub use clock::WallClock;

use crate::pod::{FileError, Pod};
use alloc::{string::String, vec::Vec};
use core::time::Duration;
use files::Preopens;
use wasip2::cli::environment;
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::io::poll::Pollable;

/// Ready after a while.
pub(crate) fn timer(after: Duration) -> Pollable {
    monotonic_clock::subscribe_duration(u64::try_from(after.as_nanos()).unwrap_or(u64::MAX))
}

/// The pod that this component runs in.
pub struct WasiPod {
    environment: Vec<(String, String)>,
    preopens: Preopens,
}

impl WasiPod {
    /// Takes the environment and the preopened folders as they are now; the files
    /// in them are read when asked for.
    pub fn new() -> Self {
        Self { environment: environment::get_environment(), preopens: Preopens::new() }
    }
}

impl Default for WasiPod {
    fn default() -> Self {
        Self::new()
    }
}

impl Pod for WasiPod {
    fn variable(&self, name: &str) -> Option<String> {
        self.environment.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.preopens.read(path)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    fn sleep(&self, time: Duration) {
        timer(time).block();
    }

    fn wall_clock(&self) -> Duration {
        let now = wall_clock::now();
        Duration::from_secs(now.seconds)
            .saturating_add(Duration::from_nanos(now.nanoseconds.into()))
    }
}
