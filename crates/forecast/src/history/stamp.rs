//! The time of a row, in whichever common form a log writes it.
//!
//! In: the text of a cell. Out: a [`Stamp`]; none where it is no time. Never here: time zones.

use jiff::civil::Date;

use super::forms::{access_log, by_name, calendar, number};

/// Seconds of a day without a jump of the clock.
pub(super) const DAY: i64 = 86_400;

/// The first day that is believed. Earlier ones are of clocks that were never set.
pub(super) const EARLIEST: Date = Date::constant(2010, 1, 1);

/// What a row says of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// A date alone.
    Date(i32),
    /// A date and a time of day on the wall clock of the log's place.
    Wall(Wall),
    /// An instant: seconds since 1970-01-01 UTC, and the offset from UTC in seconds where one was written.
    Instant { unix: i64, offset: Option<i32> },
}

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wall {
    /// Days since 1970-01-01.
    pub(super) day: i32,
    /// Seconds since midnight, 0 to 86,399.
    pub(super) second: u32,
}

impl Stamp {
    /// Reads a cell. Surrounding blanks and the square brackets of access logs do not count.
    pub(super) fn read(cell: &[u8]) -> Option<Self> {
        let cell = cell.trim_ascii();
        let cell = cell.strip_prefix(b"[").unwrap_or(cell);
        let cell = cell
            .strip_suffix(b"]")
            .filter(|_| !cell.contains(&b'['))
            .unwrap_or(cell);
        if matches!(cell.get(4), Some(b'-' | b'/')) {
            return calendar(cell).or_else(|| by_name(cell));
        }
        if cell
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.')
        {
            return number(cell);
        }
        access_log(cell).or_else(|| by_name(cell))
    }
}

/// Whether a cell is a time for sure enough to tell its column by: a small number is an account as well.
pub(super) fn is_likely(cell: &str) -> bool {
    match Stamp::read(cell.as_bytes()) {
        None => false,
        Some(Stamp::Date(_) | Stamp::Wall(_)) => true,
        Some(Stamp::Instant { unix, .. }) => unix >= i64::from(day_number(EARLIEST)) * DAY,
    }
}

/// Days from 1970-01-01 to `date`.
pub(super) fn day_number(date: Date) -> i32 {
    // The difference of two dates of jiff is at most 7.3 million days.
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// The date that many days after 1970-01-01; of what no calendar has, 1970-01-01.
pub(super) fn date_of(day: i32) -> Date {
    let first = Date::constant(1970, 1, 1);
    first
        .checked_add(jiff::Span::new().try_days(day).unwrap_or_default())
        .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_date_is_the_calendar_s_day_by_day() {
        // Every day of 2000 to 2100, among them a century with and one without a leap day.
        let mut day = date(2000, 1, 1);
        while day < date(2101, 1, 1) {
            let text = day.to_string();
            assert_eq!(
                Stamp::read(text.as_bytes()),
                Some(Stamp::Date(day_number(day))),
                "{text}"
            );
            assert_eq!(date_of(day_number(day)), day);
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn every_common_form_of_one_instant_is_that_instant() {
        let at: Timestamp = "2026-03-05T04:08:09Z".parse().unwrap();
        for text in [
            "2026-03-05T04:08:09Z",
            "2026-03-05t04:08:09z",
            "2026-03-05 04:08:09 UTC",
            "2026-03-05T04:08:09.123456789Z",
            "2026-03-05 04:08:09,123 +00:00",
            "2026-03-05T12:08:09+08:00",
            "2026-03-05T12:08:09+0800",
            "2026-03-05T12:08:09+08",
            "2026/3/5 9:38:09 +05:30",
            "2026-03-04T20:08:09.5-08:00",
            "2026-03-05T12:08:09+08:00[Asia/Shanghai]",
            "1772683689",
            "1772683689.75",
            "1772683689123",
            "1772683689123456",
            "1772683689123456789",
            "[05/Mar/2026:04:08:09 +0000]",
            "05/Mar/2026:12:08:09 +0800",
            "Thu, 05 Mar 2026 04:08:09 GMT",
            "5 Mar 2026 12:08:09 +0800",
            "20260305T040809Z",
            "  2026-03-05T04:08:09Z ",
        ] {
            let Some(Stamp::Instant { unix, .. }) = Stamp::read(text.as_bytes()) else {
                panic!(
                    "{text} is an instant, not {:?}",
                    Stamp::read(text.as_bytes())
                );
            };
            assert_eq!(unix, at.as_second(), "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_the_wall_clock_s() {
        let day = day_number(date(2026, 3, 5));
        for (text, second) in [
            ("2026-03-05 04:08:09", 14_889),
            ("2026-03-05T04:08:09.999", 14_889),
            ("2026/03/05 4:08", 14_880),
            ("2026-03-05 23:59:60", 86_399),
            ("20260305040809", 14_889),
            ("20260305T040809", 14_889),
            ("05/Mar/2026:04:08:09", 14_889),
        ] {
            let want = Stamp::Wall(Wall { day, second });
            assert_eq!(Stamp::read(text.as_bytes()), Some(want), "{text}");
        }
        for text in ["2026-03-05", "2026/3/5", "20260305"] {
            assert_eq!(
                Stamp::read(text.as_bytes()),
                Some(Stamp::Date(day)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            " ",
            "[]",
            "alice",
            "2026-",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-1-0",
            "2026-03/05",
            "2026-03-05 24:00",
            "2026-03-05 12:60",
            "2026-03-05 12:00:61",
            "2026-03-05 12:00:00 XYZ",
            "2026-03-05 12:00:00.",
            "05/03/2026",
            "03-05-2026 12:00",
            "1.2.3",
            ".5",
            "5.",
            "20261301",
            "20260305250000",
            "99999999999999999999",
            "-5",
            "2026-03-05T12:00:00+08:00x",
            "\u{ff11}",
        ] {
            assert_eq!(Stamp::read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Stamp::read(b"\xff\xfe"), None);
    }
}
