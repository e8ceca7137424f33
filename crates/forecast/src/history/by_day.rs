//! A log day by day, of all apps together or of one: what is laid beside somebody else's count.
//!
//! In: a [`Log`] and its [`Span`]. Out: a [`LogDay`] for each day that the log covers, also for one without a login.

use jiff::ToSpan;
use jiff::civil::Date;

use super::log::{Log, Upto};
use super::span::{AsOf, Span};
use super::stamp::day_number;

/// One day of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogDay {
    /// The day, in the zone that the log was cut in.
    pub date: Date,
    /// Distinct accounts with a login.
    pub accounts: u64,
    /// Logins that succeeded: rows.
    pub logins: u64,
    /// Logins that failed; 0 where the log was read without them.
    pub failures: u64,
}

impl Log {
    /// The place of the app that is called `name`.
    #[must_use]
    pub fn app_place(&self, name: &str) -> Option<usize> {
        self.apps().iter().position(|app| app == name)
    }

    /// The days from the span's first to the last that has begun, of the app at `place`, or of all together.
    #[must_use]
    pub fn days(&self, span: &Span, place: Option<usize>) -> Vec<LogDay> {
        let end = match span.why {
            AsOf::DayBefore(begun) => begun,
            AsOf::Given | AsOf::LastDay | AsOf::LastDate | AsOf::OnlyDay => {
                span.last.max(span.as_of)
            }
        };
        let is_within = |first: Date| first >= span.first.first_of_month() && first <= end;
        let mut months: Vec<(u16, Date)> = (0..)
            .zip(self.month_rows().iter().map(|rows| rows.first))
            .filter(|(_, first)| is_within(*first))
            .collect();
        months.sort_by_key(|(_, first)| *first);
        let whole: Vec<Upto> = months
            .iter()
            .map(|(place, _)| Upto {
                place: *place,
                day: 31,
            })
            .collect();
        let counted = self.count(&whole);
        // One app's months are those of all: they are not kept twice.
        let counted = place
            .and_then(|place| counted.get(place + 1))
            .or(counted.first());
        let mut days = Vec::new();
        let mut date = span.first;
        while date <= end {
            let of_month = months
                .iter()
                .position(|(_, first)| *first == date.first_of_month());
            let accounts = of_month.and_then(|month| {
                let counts = counted?.months.get(month)?;
                Some(counts.dau(date.day().unsigned_abs()))
            });
            let rows = of_month.map(|month| self.rows_on(months[month].0, date, place));
            days.push(LogDay {
                date,
                accounts: accounts.unwrap_or(0),
                logins: rows.unwrap_or(0),
                failures: self.failures_on(date, place),
            });
            let Ok(next) = date.checked_add(1.day()) else {
                break;
            };
            date = next;
        }
        days
    }

    fn rows_on(&self, month: u16, date: Date, place: Option<usize>) -> u64 {
        let rows = &self.month_rows()[usize::from(month)];
        let day = usize::from(date.day().unsigned_abs());
        match place {
            Some(place) => rows.by_app.get(place).map_or(0, |days| days[day]),
            None => rows.by_app.iter().map(|days| days[day]).sum(),
        }
    }

    fn failures_on(&self, date: Date, place: Option<usize>) -> u64 {
        let day = day_number(date);
        self.failed
            .iter()
            .filter(|((app, on), _)| {
                *on == day && place.is_none_or(|place| usize::from(*app) == place)
            })
            .map(|(_, rows)| rows)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::history::tests::settings;
    use crate::history::{Failures, Input, Settings, read};

    fn log(text: &str, settings: &Settings) -> Log {
        let input = Input {
            name: "log.csv".to_owned(),
            bytes: Box::new(std::io::Cursor::new(text.to_owned())),
        };
        read(vec![input], settings).unwrap()
    }

    const TEXT: &str = "time,account,app,result\n\
        2026-11-30T15:59:59Z,a,1,0\n\
        2026-11-30T16:00:00Z,a,1,0\n\
        2026-11-30 16:00:00,b,1,0\n\
        2026-11-30T17:00:00Z,b,2,0\n\
        2026-11-30T17:00:00Z,b,2,6206\n\
        2026-12-02T01:00:00Z,a,1,0\n";

    #[test]
    fn days_are_cut_where_they_begin_for_each_app_and_for_all() {
        let beijing = Settings {
            written_in: Some(TimeZone::UTC),
            failures: Failures::ByDay,
            ..settings("Asia/Shanghai")
        };
        let log = log(TEXT, &beijing);
        let span = log.span(None).unwrap();
        let of = |place| -> Vec<(Date, u64, u64, u64)> {
            let days = log.days(&span, place);
            days.iter()
                .map(|day| (day.date, day.accounts, day.logins, day.failures))
                .collect()
        };
        let (last, first, second) = (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2));
        assert_eq!(
            of(None),
            [(last, 1, 1, 0), (first, 3, 3, 1), (second, 1, 1, 0)]
        );
        assert_eq!(
            of(log.app_place("1")),
            [(last, 1, 1, 0), (first, 2, 2, 0), (second, 1, 1, 0)]
        );
        assert_eq!(
            of(log.app_place("2")),
            [(last, 0, 0, 0), (first, 1, 1, 1), (second, 0, 0, 0)]
        );
    }
}
