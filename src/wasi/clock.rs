use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use wasip2::clocks::wall_clock;

/// The time of day, by which certificates are judged.
#[derive(Debug, Clone, Copy)]
pub struct WallClock;

impl TimeProvider for WallClock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = wall_clock::now();
        Some(UnixTime::since_unix_epoch(core::time::Duration::from_secs(now.seconds)))
    }
}
