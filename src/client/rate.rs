//! How many requests are begun in a time.

use crate::cluster::RateLimit;
use alloc::sync::Arc;
use core::time::Duration;
use spin::Mutex;

/// A bucket of tokens, counted by the time at which it would be full again.
pub(super) struct Rate {
    interval: Duration,
    /// What may be begun at once, less one, in intervals.
    slack: Duration,
    full_at: Arc<Mutex<Duration>>,
}

/// The turn of one request that is held back. Dropped before that, another has it.
pub(super) struct Turn {
    interval: Duration,
    full_at: Arc<Mutex<Duration>>,
}

impl Turn {
    /// The request begins: there is nothing to give back.
    pub(super) fn take(mut self) {
        self.interval = Duration::ZERO;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut full_at = self.full_at.lock();
        *full_at = full_at.saturating_sub(self.interval);
    }
}

impl Rate {
    pub(super) fn new(limit: &RateLimit) -> Self {
        let interval = Duration::from_secs(1) / limit.per_second.max(1);
        let slack = interval.saturating_mul(limit.burst.max(1) - 1);
        Self { interval, slack, full_at: Arc::default() }
    }

    /// When one more may begin, and its turn then. None if that is not before the deadline.
    pub(super) fn admit(
        &self,
        now: Duration,
        deadline: Option<Duration>,
    ) -> Option<(Duration, Turn)> {
        let mut full_at = self.full_at.lock();
        let from = now.max(*full_at);
        let at = now.max(from.saturating_sub(self.slack));
        if deadline.is_some_and(|deadline| at >= deadline) {
            return None;
        }
        *full_at = from.saturating_add(self.interval);
        let turn = Turn { interval: self.interval, full_at: Arc::clone(&self.full_at) };
        Some((at, turn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When one may begin, which does so.
    fn admit(rate: &Rate, now: Duration, deadline: Option<Duration>) -> Option<Duration> {
        let (at, turn) = rate.admit(now, deadline)?;
        turn.take();
        Some(at)
    }

    fn milliseconds(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_burst_passes_and_the_rest_in_turn() {
        let rate = Rate::new(&RateLimit { per_second: 5, burst: 3 });
        let now = milliseconds(70_000);
        let admitted: Vec<_> = (0..6).filter_map(|_| admit(&rate, now, None)).collect();
        let expected = [0, 0, 0, 200, 400, 600].map(|after| now + milliseconds(after));
        assert_eq!(admitted, expected);
        // Idle for long enough for two, and for all.
        let later = now + milliseconds(1000);
        let admitted: Vec<_> = (0..3).filter_map(|_| admit(&rate, later, None)).collect();
        assert_eq!(admitted, [later, later, later + milliseconds(200)]);
        let later = now + milliseconds(1_000_000);
        let admitted: Vec<_> = (0..4).filter_map(|_| admit(&rate, later, None)).collect();
        assert_eq!(admitted, [later, later, later, later + milliseconds(200)]);
    }

    #[test]
    fn what_would_be_late_takes_no_turn() {
        let rate = Rate::new(&RateLimit { per_second: 1, burst: 1 });
        let deadline = Some(milliseconds(1000));
        assert_eq!(admit(&rate, Duration::ZERO, deadline), Some(Duration::ZERO));
        for _ in 0..3 {
            assert_eq!(admit(&rate, Duration::ZERO, deadline), None);
        }
        assert_eq!(admit(&rate, Duration::ZERO, None), deadline);
    }

    #[test]
    fn a_turn_that_is_not_taken_is_given_back() {
        let rate = Rate::new(&RateLimit { per_second: 1, burst: 1 });
        assert_eq!(admit(&rate, Duration::ZERO, None), Some(Duration::ZERO));
        for _ in 0..3 {
            let held = rate.admit(Duration::ZERO, None).map(|(at, _dropped)| at);
            assert_eq!(held, Some(milliseconds(1000)));
        }
    }

    #[test]
    fn extreme_numbers_do_no_harm() {
        for (per_second, burst) in [(0, 0), (1, u32::MAX), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
            let rate = Rate::new(&RateLimit { per_second, burst });
            for now in [Duration::ZERO, Duration::MAX, Duration::ZERO] {
                assert!(admit(&rate, now, None).is_some());
            }
        }
    }
}
