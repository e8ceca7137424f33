//! The time of a row, in whichever common form a log writes it.
//!
//! In: the text of a cell. Out: a [`Stamp`]; none where it is no time. Never here: time zones.

use jiff::Timestamp;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;

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

/// Days from 1970-01-01 to a date; none where the calendar has no such date.
fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    const BEFORE: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    const LENGTH: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let place = usize::try_from(month).ok()?.checked_sub(1)?;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = LENGTH.get(place)? + u32::from(is_leap && month == 2);
    if day == 0 || day > length || year == 0 {
        return None;
    }
    let past = i32::try_from(year - 1).ok()?;
    let leap_days = past / 4 - past / 100 + past / 400;
    let in_year = BEFORE[place] + i32::from(is_leap && month > 2) + i32::try_from(day).ok()? - 1;
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    Some(past * 365 + leap_days + in_year - 719_162)
}

/// What is left of a cell while it is read from its front.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// A number of `least` to `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let mut value = 0;
        let mut count = 0;
        while count < most
            && let Some(digit) = self.0.get(count).filter(|byte| byte.is_ascii_digit())
        {
            value = value * 10 + u32::from(digit - b'0');
            count += 1;
        }
        self.0 = self.0.get(count..)?;
        (count >= least).then_some(value)
    }

    /// The next byte, if it is one of `any`.
    fn one_of(&mut self, any: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        any.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    /// `H:MM`, `HH:MM` or `HH:MM:SS`, with a fraction of any length, which is dropped. A leap second is the one before.
    fn time_of_day(&mut self) -> Option<u32> {
        let hour = self.digits(1, 2).filter(|hour| *hour < 24)?;
        self.one_of(b":")?;
        let minute = self.digits(2, 2).filter(|minute| *minute < 60)?;
        let mut second = 0;
        if self.one_of(b":").is_some() {
            second = self.digits(2, 2).filter(|second| *second <= 60)?.min(59);
            if self.one_of(b".,").is_some() {
                self.digits(1, 9)?;
                while self.digits(1, 9).is_some() {}
            }
        }
        Some(hour * 3_600 + minute * 60 + second)
    }

    /// `Z`, `UTC`, `GMT`, `+HH`, `+HHMM` or `+HH:MM` and nothing after it: seconds east of UTC.
    fn offset(mut self) -> Option<i32> {
        if matches!(self.0, b"Z" | b"z" | b"UTC" | b"GMT") {
            return Some(0);
        }
        let sign = self.one_of(b"+-")?;
        let hours = self.digits(2, 2).filter(|hours| *hours < 24)?;
        let mut minutes = 0;
        if !self.0.is_empty() {
            let _ = self.one_of(b":");
            minutes = self.digits(2, 2).filter(|minutes| *minutes < 60)?;
        }
        let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
        self.0
            .is_empty()
            .then_some(if sign == b'-' { -seconds } else { seconds })
    }

    /// A wall clock time, with the offset that follows it or with none.
    fn zoned(mut self, day: i32, second: u32) -> Option<Stamp> {
        if self.0.is_empty() {
            return Some(Stamp::Wall(Wall { day, second }));
        }
        self.skip_blanks();
        let offset = self.offset()?;
        let unix = i64::from(day) * DAY + i64::from(second) - i64::from(offset);
        Some(Stamp::Instant {
            unix,
            offset: Some(offset),
        })
    }
}

/// `YYYY-MM-DD` or `YYYY/MM/DD`, alone or with a time of day, with or without an offset.
fn calendar(cell: &[u8]) -> Option<Stamp> {
    let mut rest = Rest(cell);
    let year = rest.digits(4, 4)?;
    let between = rest.one_of(b"-/")?;
    let month = rest.digits(1, 2)?;
    rest.one_of(&[between])?;
    let day = days(year, month, rest.digits(1, 2)?)?;
    if rest.0.is_empty() {
        return Some(Stamp::Date(day));
    }
    rest.one_of(b"Tt ")?;
    rest.skip_blanks();
    let second = rest.time_of_day()?;
    rest.zoned(day, second)
}

/// Unix time in seconds, milliseconds, microseconds or nanoseconds, told apart by size, or digits of a date.
fn number(cell: &[u8]) -> Option<Stamp> {
    let (whole, fraction) = match cell.iter().position(|byte| *byte == b'.') {
        Some(point) => (&cell[..point], Some(&cell[point + 1..])),
        None => (cell, None),
    };
    if whole.is_empty()
        || fraction.is_some_and(|digits| digits.is_empty() || digits.contains(&b'.'))
    {
        return None;
    }
    if fraction.is_none() && matches!(whole.len(), 8 | 14) && matches!(&whole[..2], b"19" | b"20") {
        return compact(whole);
    }
    let value: i64 = std::str::from_utf8(whole).ok()?.parse().ok()?;
    // Seconds have 11 digits from the year 5138 on; milliseconds had 11 until 1973.
    let unix = match value {
        0..100_000_000_000 => value,
        100_000_000_000..100_000_000_000_000 => value / 1_000,
        100_000_000_000_000..100_000_000_000_000_000 => value / 1_000_000,
        _ => value / 1_000_000_000,
    };
    Some(Stamp::Instant { unix, offset: None })
}

/// `YYYYMMDD` or `YYYYMMDDHHMMSS`.
fn compact(digits: &[u8]) -> Option<Stamp> {
    let mut rest = Rest(digits);
    let (year, month, day) = (rest.digits(4, 4)?, rest.digits(2, 2)?, rest.digits(2, 2)?);
    let day = days(year, month, day)?;
    if rest.0.is_empty() {
        return Some(Stamp::Date(day));
    }
    let (hour, minute, second) = (rest.digits(2, 2)?, rest.digits(2, 2)?, rest.digits(2, 2)?);
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some(Stamp::Wall(Wall {
        day,
        second: hour * 3_600 + minute * 60 + second,
    }))
}

/// `10/Oct/2026:13:55:36 -0700`, as HTTP servers log it.
fn access_log(cell: &[u8]) -> Option<Stamp> {
    const MONTHS: [&[u8]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
        b"Dec",
    ];
    let mut rest = Rest(cell);
    let day = rest.digits(1, 2)?;
    let between = rest.one_of(b"/-")?;
    let name = rest.0.get(..3)?;
    let month = (1..)
        .zip(MONTHS)
        .find(|(_, known)| known.eq_ignore_ascii_case(name))?
        .0;
    rest.0 = &rest.0[3..];
    rest.one_of(&[between])?;
    let day = days(rest.digits(4, 4)?, month, day)?;
    rest.one_of(b": ")?;
    let second = rest.time_of_day()?;
    rest.zoned(day, second)
}

/// The less common forms: RFC 2822, RFC 9557, ISO 8601 with weeks or without separators.
fn by_name(cell: &[u8]) -> Option<Stamp> {
    let text = std::str::from_utf8(cell).ok()?;
    let mail = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if let Ok(zoned) = text.parse::<Zoned>().or_else(|_| mail.parse_zoned(text)) {
        let offset = Some(zoned.offset().seconds());
        return Some(Stamp::Instant {
            unix: zoned.timestamp().as_second(),
            offset,
        });
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Stamp::Instant {
            unix: at.as_second(),
            offset: None,
        });
    }
    let at = text.parse::<DateTime>().ok()?;
    let day = day_number(at.date());
    let time = at.time();
    let second = [
        (time.hour(), 3_600),
        (time.minute(), 60),
        (time.second(), 1),
    ]
    .map(|(count, seconds)| u32::from(count.unsigned_abs()) * seconds)
    .iter()
    .sum();
    Some(Stamp::Wall(Wall { day, second }))
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
