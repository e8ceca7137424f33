//! The days of a billing window.
//!
//! In: a window, and a month of the calendar. Out: its first and its last day. Source: packages of TRTC end at 23:59:59 of the day
//! before the same date of the next month (tencentcloud.com/document/product/647/59806), Chat's run to that date
//! (tencentcloud.com/document/product/1047/34349). What stands for a date that a month lacks is not documented: here its last day does, so that
//! packages that end the day before follow each other without a gap.

use jiff::ToSpan;
use jiff::civil::Date;
use trtc_base::config::Named;

use super::Window;

/// Which day is a package's last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PackageEnd {
    /// The day before the same date of the next month: to its end, 23:59:59.
    DayBefore,
    /// The same date of the next month.
    SameDay,
}

impl Named for PackageEnd {
    const NAMED: &'static [(&'static str, Self)] =
        &[("day-before", Self::DayBefore), ("same-day", Self::SameDay)];
}

/// The days of one window, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowDays {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

impl WindowDays {
    /// How many there are, 28 to 32.
    #[must_use]
    pub fn count(self) -> usize {
        let days = (self.last - self.first).get_days();
        usize::try_from(days).unwrap_or(0) + 1
    }
}

impl Window {
    /// The days of the window that begins in the month of `month`. None beyond the calendar's years.
    #[must_use]
    pub fn days_from(self, month: Date) -> Option<WindowDays> {
        let this = month.first_of_month();
        let next = this.checked_add(1.month()).ok()?;
        Some(match self {
            Self::CalendarMonth => WindowDays {
                first: this,
                last: this.last_of_month(),
            },
            Self::PackageFromDay(day) => WindowDays {
                first: dated(this, day),
                last: dated(next, day).yesterday().ok()?,
            },
            Self::PackageToSameDay(day) => WindowDays {
                first: dated(this, day),
                last: dated(next, day),
            },
        })
    }
}

/// That day of a month, or the month's last where it has no such day.
fn dated(first: Date, day: u8) -> Date {
    let ahead = i64::from(day.saturating_sub(1));
    let last = first.last_of_month();
    first
        .checked_add(ahead.days())
        .map_or(last, |date| date.min(last))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// The last day of a month by the rule of the Gregorian calendar.
    fn length(year: i16, month: i8) -> i8 {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month {
            2 => 28 + i8::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    #[test]
    fn a_package_ends_on_the_day_before_the_same_date_or_on_that_date() {
        for (from, begins, day_before, same_day) in [
            (15, date(2026, 3, 15), date(2026, 4, 14), date(2026, 4, 15)),
            (1, date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1)),
            (31, date(2026, 1, 31), date(2026, 2, 27), date(2026, 2, 28)),
            (31, date(2028, 1, 31), date(2028, 2, 28), date(2028, 2, 29)),
            (30, date(2100, 1, 30), date(2100, 2, 27), date(2100, 2, 28)),
            (29, date(2028, 1, 29), date(2028, 2, 28), date(2028, 2, 29)),
            (31, date(2026, 2, 28), date(2026, 3, 30), date(2026, 3, 31)),
            (31, date(2026, 4, 30), date(2026, 5, 30), date(2026, 5, 31)),
            (29, date(2028, 2, 29), date(2028, 3, 28), date(2028, 3, 29)),
            (31, date(2026, 12, 31), date(2027, 1, 30), date(2027, 1, 31)),
        ] {
            let days = |window: Window| window.days_from(begins).unwrap();
            let before = days(Window::PackageFromDay(from));
            let same = days(Window::PackageToSameDay(from));
            assert_eq!((before.first, before.last), (begins, day_before), "{from}");
            assert_eq!((same.first, same.last), (begins, same_day), "{from}");
            assert_eq!(before.count() + 1, same.count());
        }
    }

    #[test]
    fn packages_that_end_the_day_before_cover_four_centuries_without_a_gap_or_a_day_twice() {
        for from in 1..=31_u8 {
            let window = Window::PackageFromDay(from);
            let mut days = 0;
            let mut before: Option<Date> = None;
            for month in 0..4_800_i16 {
                let first = date(2000 + month / 12, i8::try_from(month % 12).unwrap() + 1, 1);
                let found = window.days_from(first).unwrap();
                let last_of_month = length(first.year(), first.month());
                let begins = i8::try_from(from).unwrap().min(last_of_month);
                assert_eq!(found.first, date(first.year(), first.month(), begins));
                if let Some(before) = before {
                    assert_eq!(found.first, before.tomorrow().unwrap(), "{from}");
                }
                before = Some(found.last);
                days += found.count();
                let whole = Window::CalendarMonth.days_from(first).unwrap();
                assert_eq!(whole.count(), usize::try_from(last_of_month).unwrap());
            }
            // 400 years of the calendar have 146,097 days.
            assert_eq!(days, 146_097, "{from}");
        }
    }

    #[test]
    fn the_calendar_s_last_month_has_no_package_and_that_is_no_fault() {
        assert_eq!(
            Window::PackageFromDay(15).days_from(date(9999, 12, 1)),
            None
        );
    }
}
