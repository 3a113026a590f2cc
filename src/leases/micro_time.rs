//! `meta/v1.MicroTime`: RFC 3339 in UTC, with six digits of a second's fraction.

use alloc::{format, string::String};

const DAY: u64 = 86_400;
const MICROSECONDS: u64 = 1_000_000;

/// The last second that four digits of a year can tell.
const LAST: u64 = 253_402_300_799;

/// Microseconds since the Unix epoch as `2026-11-24T14:17:09.123456Z`.
pub(super) fn text(microseconds: u64) -> String {
    let seconds = (microseconds / MICROSECONDS).min(LAST);
    let (year, month, day) = date(seconds / DAY);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let fraction = microseconds % MICROSECONDS;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// Year, month and day of the Gregorian calendar, by days since the epoch.
fn date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here: the leap day is the last one. 1 March 0000 lies 719468 days
    // before the epoch, and 146097 days are 400 years.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March on have 153 days in each five.
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day() {
        for (microseconds, expected) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1, "1970-01-01T00:00:00.000001Z"),
            (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
            (1_795_529_829_123_456, "2026-11-24T14:17:09.123456Z"),
            (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            // What no year can tell is the last second of the last one.
            (253_402_300_800_000_007, "9999-12-31T23:59:59.000007Z"),
        ] {
            assert_eq!(text(microseconds), expected);
        }
        assert_eq!(text(u64::MAX).len(), 27);
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let leap = |year: u64| {
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
        };
        let mut expected = (1970, 1, 1);
        for days in 0..400_000 {
            assert_eq!(date(days), expected);
            let (year, month, day) = expected;
            let length = match month {
                2 if leap(year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == length => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }
}
