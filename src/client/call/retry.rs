//! When a request is sent again, and how long that takes.

use crate::client::response;
use crate::spread::spread;
use crate::transport::ResponseHead;
use core::time::Duration;

/// The pause after a connection that was cut.
pub(super) const AFTER_CUT: Duration = Duration::from_secs(1);

/// The pause after the first answer, doubled after each further one.
const FIRST: Duration = Duration::from_millis(100);

/// The longest pause that this side takes by itself.
const LONGEST: Duration = Duration::from_secs(10);

/// The longest pause that a server may ask for. What asks for more is left to the caller.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// How long to wait before a request that was answered so is sent again. None if it is not.
pub(super) fn after_answer(head: &ResponseHead, retries: u32, now: Duration) -> Option<Duration> {
    let asked = response::retry_after(&head.headers).map(Duration::from_secs);
    let passes = match head.status {
        429 | 503 | 504 => true,
        500..=599 => asked.is_some(),
        _ => false,
    };
    let asked = asked.unwrap_or_default();
    if !passes || asked > LONGEST_ASKED {
        return None;
    }
    let pause = FIRST.saturating_mul(1 << retries.min(10)).min(LONGEST);
    // Those who were sent away together come back one by one, and nobody too early.
    Some(asked.max(pause) + spread(pause / 2, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(status: u16, retry_after: Option<&str>, retries: u32) -> Option<Duration> {
        let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned()));
        let head = ResponseHead { status, headers: headers.into_iter().collect() };
        after_answer(&head, retries, Duration::from_nanos(123_456_789))
    }

    #[test]
    fn what_passes_by_itself_is_asked_again() {
        for status in [429, 503, 504] {
            assert!(pause(status, None, 0).is_some() && pause(status, Some("soon"), 0).is_some());
        }
        for status in [500, 501, 502, 505, 599] {
            assert!(pause(status, Some("1"), 0).is_some());
            for no_integer in [None, Some(""), Some("-1"), Some("+1"), Some("1.5"), Some("soon")] {
                assert_eq!(pause(status, no_integer, 0), None, "{status} {no_integer:?}");
            }
        }
        for status in [200, 301, 400, 401, 403, 404, 408, 409, 425, 600, 999] {
            assert_eq!(pause(status, Some("1"), 0), None, "{status}");
        }
    }

    #[test]
    fn pauses_double_up_to_ten_seconds() {
        let mut least = 100;
        for retries in [0, 1, 2, 3, 4, 5, 6, 7, 8, 100, u32::MAX] {
            let pause = pause(503, None, retries).map(|pause| pause.as_millis());
            let (from, to) = (least.min(10_000), least.min(10_000) * 3 / 2);
            assert!(pause.is_some_and(|pause| from <= pause && pause <= to), "{pause:?}");
            least *= 2;
        }
    }

    #[test]
    fn a_server_may_ask_for_longer_but_not_for_ever() {
        let seconds = |text, retries| pause(429, Some(text), retries).map(|p| p.as_secs());
        assert_eq!(seconds(" 7 ", 0), Some(7));
        assert_eq!(seconds("120", 0), Some(120));
        // Not earlier than this side would come anyway.
        assert!(seconds("1", 9).is_some_and(|seconds| seconds >= 10));
        assert_eq!(pause(429, Some("0"), 0), pause(429, None, 0));
        for absurd in ["121", "4294967296", "18446744073709551615", "99999999999999999999999"] {
            assert_eq!(seconds(absurd, 0), None, "{absurd}");
        }
    }
}
