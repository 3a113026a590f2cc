//! Chance, where it is only to keep pods from doing the same at the same time.

use core::time::Duration;

/// Some part of a time: what differs from one pod to the next is the nanosecond at which it asks.
pub(crate) fn spread(time: Duration, now: Duration) -> Duration {
    // SplitMix64.
    let mut mixed = u64::from(now.subsec_nanos()).wrapping_add(now.as_secs());
    mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    time * ((mixed >> 54) as u32) / 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pods_do_not_come_back_together() {
        let second = Duration::from_secs(1);
        let mut parts: Vec<_> =
            (0..1000).map(|at| spread(second, Duration::from_nanos(at * 1000))).collect();
        assert!(parts.iter().all(|part| *part < second));
        parts.sort();
        parts.dedup();
        assert!(parts.len() > 500, "{}", parts.len());
        assert!(parts[50] < second / 4 && parts[parts.len() - 50] > second * 3 / 4);
    }
}
