//! The forms in which logs write a time, each with its reader.
//!
//! In: a cell without blanks around it. Out: a [`Stamp`], or none where it is not of that form.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::{Timestamp, Zoned};

use super::stamp::{DAY, Stamp, Wall, day_number};

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
pub(super) fn calendar(cell: &[u8]) -> Option<Stamp> {
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
pub(super) fn number(cell: &[u8]) -> Option<Stamp> {
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
pub(super) fn access_log(cell: &[u8]) -> Option<Stamp> {
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
pub(super) fn by_name(cell: &[u8]) -> Option<Stamp> {
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
