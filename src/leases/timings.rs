//! How long a lease lasts, and how its holder keeps it.

use core::time::Duration;

/// The timings of an election, as client-go names them.
///
/// Two that take part never lead at the same time as long as no clock of theirs runs
/// faster than another's by `lease_duration / renew_deadline`: one and a half times with the
/// defaults. How far apart the clocks are does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// How long the others wait for a change of the Lease before they take it: whole seconds.
    pub lease_duration: Duration,
    /// How long the leader leads after it began to send the last renewal that succeeded.
    pub renew_deadline: Duration,
    /// From one attempt to the next: for a leader from its beginning, for the others from its
    /// end and with up to 1.2 times as much on top.
    pub retry_period: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
        }
    }
}

/// Why an election can't be held so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidElection {
    /// The Lease has whole seconds.
    #[error("the lease duration has to be whole seconds, from 1 to 2147483647 of them")]
    LeaseDuration,
    /// The others would take the Lease before the leader gives up.
    #[error("the lease duration has to be longer than the renew deadline")]
    RenewDeadline,
    /// One attempt that fails would be one too many.
    #[error("the renew deadline has to be longer than 1.2 times the retry period")]
    RetryPeriod,
    /// No time at all.
    #[error("the retry period has to be longer than zero")]
    Zero,
    /// Nobody's Lease is everybody's.
    #[error("the identity is empty: leave it out to have one made of the pod's name")]
    Identity,
}

/// `Lease.spec.leaseDurationSeconds` has 31 bits.
const LONGEST: u64 = i32::MAX as u64;

impl Timings {
    /// Checks them as client-go does.
    ///
    /// # Errors
    ///
    /// If the leader could lose the Lease before it knows, or each time an attempt fails.
    pub fn validate(&self) -> Result<(), InvalidElection> {
        let seconds = self.lease_duration.as_secs();
        if self.lease_duration.subsec_nanos() != 0 || !(1..=LONGEST).contains(&seconds) {
            return Err(InvalidElection::LeaseDuration);
        }
        if self.lease_duration <= self.renew_deadline {
            return Err(InvalidElection::RenewDeadline);
        }
        if self.retry_period.is_zero() {
            return Err(InvalidElection::Zero);
        }
        if self.renew_deadline <= self.jitter().max(self.retry_period) {
            return Err(InvalidElection::RetryPeriod);
        }
        Ok(())
    }

    /// 1.2 times the retry period: what is added to it at most.
    pub(super) fn jitter(&self) -> Duration {
        self.retry_period.saturating_mul(6) / 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timings(lease: u64, renew: u64, retry: u64) -> Timings {
        Timings {
            lease_duration: Duration::from_millis(lease),
            renew_deadline: Duration::from_millis(renew),
            retry_period: Duration::from_millis(retry),
        }
    }

    #[test]
    fn the_defaults_are_those_of_client_go() {
        assert_eq!(Timings::default(), timings(15_000, 10_000, 2_000));
        assert_eq!(Timings::default().validate(), Ok(()));
    }

    #[test]
    fn a_leader_gives_up_before_the_others_take_over() {
        for (lease, renew, retry, expected) in [
            (1_000, 999, 1, Ok(())),
            (15_000, 10_000, 8_333, Ok(())),
            (15_000, 10_000, 8_334, Err(InvalidElection::RetryPeriod)),
            (15_000, 10_000, 20_000, Err(InvalidElection::RetryPeriod)),
            (10_000, 10_000, 2_000, Err(InvalidElection::RenewDeadline)),
            (10_000, 11_000, 2_000, Err(InvalidElection::RenewDeadline)),
            (15_500, 10_000, 2_000, Err(InvalidElection::LeaseDuration)),
            (500, 300, 100, Err(InvalidElection::LeaseDuration)),
            (0, 0, 0, Err(InvalidElection::LeaseDuration)),
            (15_000, 10_000, 0, Err(InvalidElection::Zero)),
            (15_000, 0, 1, Err(InvalidElection::RetryPeriod)),
            (2_147_483_648_000, 10_000, 2_000, Err(InvalidElection::LeaseDuration)),
        ] {
            assert_eq!(timings(lease, renew, retry).validate(), expected, "{lease} {renew}");
        }
        let longest = Timings { retry_period: Duration::MAX, ..Timings::default() };
        assert_eq!(longest.validate(), Err(InvalidElection::RetryPeriod));
    }
}
