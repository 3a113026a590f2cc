//! How long to leave the server alone after a failure.

use crate::spread::spread;
use core::time::Duration;

/// The first pause, doubled after each further one.
const FIRST: Duration = Duration::from_millis(800);

/// The longest pause, before it is spread.
const LONGEST: Duration = Duration::from_secs(30);

/// After so long without a failure, the next one is the first again.
const QUIET: Duration = Duration::from_secs(120);

/// The longest pause that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

#[derive(Debug, Clone)]
pub(super) struct Backoff {
    next: Duration,
    last: Duration,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { next: FIRST, last: Duration::ZERO }
    }

    /// The pause after a failure, no shorter than the server asked for: up to twice the
    /// one that is due, so that those who were sent away together come back one by one.
    pub(super) fn pause(&mut self, asked: Option<u32>, now: Duration) -> Duration {
        if now.saturating_sub(self.last) >= QUIET {
            self.next = FIRST;
        }
        let due = self.next;
        self.next = due.saturating_mul(2).min(LONGEST);
        let asked = Duration::from_secs(u64::from(asked.unwrap_or_default())).min(LONGEST_ASKED);
        let pause = due.max(asked) + spread(due, now);
        self.last = now.saturating_add(pause);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_thirty_seconds() {
        let mut backoff = Backoff::new();
        let mut now = SECOND * 1000;
        for least in [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000] {
            let pause = backoff.pause(None, now);
            assert!((least..=2 * least).contains(&pause.as_millis()), "{least} {pause:?}");
            now += pause + SECOND;
        }
        // Quiet for two minutes: the next failure is the first.
        let pause = backoff.pause(None, now + QUIET);
        assert!(pause < 2 * SECOND, "{pause:?}");
    }

    #[test]
    fn those_who_were_sent_away_together_come_back_one_by_one() {
        let mut pauses: Vec<_> = (0..1000)
            .map(|at| Backoff::new().pause(Some(5), SECOND + Duration::from_nanos(at * 1017)))
            .collect();
        pauses.sort();
        pauses.dedup();
        assert!(pauses.len() > 500, "{}", pauses.len());
        assert!(pauses[0] >= SECOND * 5 && pauses[pauses.len() - 1] - pauses[0] > SECOND / 2);
    }

    #[test]
    fn a_server_may_ask_for_longer_but_not_for_ever() {
        let now = SECOND * 1000;
        let asked = |seconds| Backoff::new().pause(Some(seconds), now).as_secs();
        assert_eq!(asked(0), Backoff::new().pause(None, now).as_secs());
        assert!((7..9).contains(&asked(7)));
        assert!((300..302).contains(&asked(u32::MAX)));
    }
}
