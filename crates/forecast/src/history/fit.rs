//! The activity that a log shows, in the terms of a month profile.
//!
//! In: a [`Log`], its span, its months, the projection. Out: a [`Fit`]. Nothing is carried forward: the next month is taken
//! to be like the last one.

use jiff::ToSpan;
use jiff::civil::Date;

use super::log::{AppMonths, Log};
use super::project::{Projection, days_active};
use super::span::Span;
use super::spectrum::MonthCounts;

/// Weekdays are told from the last eight weeks: enough to even out a holiday, and too few for growth to matter.
const WEEKS: usize = 8;
/// The fewest days and accounts that tell how alike accounts are.
const LEAST: (u8, u64) = (7, 1_000);
/// The most logins of an account on a day that a month profile allows.
const MOST_STARTS: f64 = 50.0;

/// What a month profile needs, for all apps together.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The first day of the month that the profile is for: the one after the span's.
    pub month: Date,
    /// Accounts active in the month.
    pub mau: f64,
    /// Accounts active on a day, on average.
    pub dau: f64,
    /// a + b of the Beta over accounts; none where the days active do not show it.
    pub concentration: Option<f64>,
    /// Accounts that are new on a day; none where no earlier month tells them from others.
    pub new_per_day: Option<f64>,
    /// Logins of an account on a day on which it is active, at least 1.
    pub starts_per_day: f64,
    /// Monday to Sunday, with a mean of 1; none before every weekday was seen.
    pub weekdays: Option<[f64; 7]>,
    /// The share of logins in each hour of the day; none of a log of dates alone.
    pub hours: Option<[f64; 24]>,
    /// The share of logins that failed.
    pub failures: f64,
}

impl Log {
    /// Fits the activity of all apps together. None where the month's end cannot be told yet.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a log are far below 2^53"
    )]
    pub fn fit(&self, span: &Span, all: &AppMonths, projection: &Projection) -> Option<Fit> {
        let (month, earlier) = all.months.split_last()?;
        let day = span.as_of.day().unsigned_abs();
        let account_days: u64 = (1..=day).map(|day| month.dau(day)).sum();
        let rows = &self.month_rows()[usize::from(span.months.last()?.place)];
        let logins: u64 = (1..=day).map(|day| rows.rows(day)).sum();
        let shape = (day >= LEAST.0 && month.active_by(day) >= LEAST.1)
            .then(|| days_active(month, day))
            .filter(|(a, _)| *a > 0.0);
        let tried = self.rows.logins + self.rows.failures;
        Some(Fit {
            month: span.as_of.first_of_month().checked_add(1.month()).ok()?,
            mau: projection.point?,
            dau: account_days as f64 / f64::from(day),
            concentration: shape.map(|(a, b)| a + b),
            new_per_day: shape.and_then(|shape| newcomers(month, earlier, day, shape)),
            starts_per_day: (logins as f64 / account_days.max(1) as f64).clamp(1.0, MOST_STARTS),
            weekdays: weekdays(&all.months, day),
            hours: shares(rows.hours[1..=usize::from(day)].iter()),
            failures: self.rows.failures as f64 / tried.max(1) as f64,
        })
    }
}

/// New accounts a day: those that no earlier month has, but for the old ones that were idle all that time.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a log are far below 2^53"
)]
fn newcomers(
    month: &MonthCounts,
    earlier: &[MonthCounts],
    day: u8,
    (a, b): (f64, f64),
) -> Option<f64> {
    let before: u32 = earlier.iter().map(|month| u32::from(month.days)).sum();
    if before == 0 {
        return None;
    }
    let seen = month.active_by(day) as f64;
    // The chance that an account is idle for so many days: E[(1 - p)^days].
    let idle = |days: u32| -> f64 {
        (0..days)
            .map(|day| (b + f64::from(day)) / (a + b + f64::from(day)))
            .product()
    };
    let (known, days) = (month.known_by(day) as f64, u32::from(day));
    // Who is known was there before and came in both; who is not known and not new was idle all the time before.
    let neither = idle(before + days);
    let old = known / (1.0 - idle(before) - idle(days) + neither);
    let back = old * (idle(before) - neither);
    Some((seen - known - back).max(0.0) / f64::from(day))
}

/// The mean of each weekday's active accounts over the last weeks, as factors with a mean of 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a log are far below 2^53"
)]
fn weekdays(months: &[MonthCounts], day: u8) -> Option<[f64; 7]> {
    let newest = months.len().checked_sub(1)?;
    let days = months.iter().enumerate().rev().flat_map(|(at, month)| {
        let last = if at == newest { day } else { month.days };
        let weekday = |day: u8| usize::from(month.first_weekday + day - 1) % 7;
        (1..=last)
            .rev()
            .map(move |day| (weekday(day), month.dau(day)))
    });
    let mut sums = [(0.0, 0.0); 7];
    for (weekday, accounts) in days.take(WEEKS * 7) {
        sums[weekday].0 += accounts as f64;
        sums[weekday].1 += 1.0;
    }
    let means = sums.map(|(accounts, days)| accounts / days);
    let mean = means.iter().sum::<f64>() / 7.0;
    // A weekday without a day is no number, and so is the mean.
    (mean.is_finite() && mean > 0.0).then(|| means.map(|accounts| accounts / mean))
}

/// The share of each hour.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a log are far below 2^53"
)]
fn shares<'a>(days: impl Iterator<Item = &'a [u64; 24]>) -> Option<[f64; 24]> {
    let mut hours = [0.0; 24];
    for (hour, rows) in days.flat_map(|day| day.iter().enumerate()) {
        hours[hour] += *rows as f64;
    }
    let all: f64 = hours.iter().sum();
    (all > 0.0).then(|| hours.map(|rows| rows / all))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use jiff::civil::date;

    use super::super::project::project;
    use super::super::tests::log;
    use super::*;
    use trtc_base::chance::Bits;

    /// Two months of 4,000 accounts whose daily chances follow Beta(1, 4), halved at weekends, and of 20 more each day, who
    /// come on their first day. Every second active day has two logins, at 8 and at 20 o'clock, others one at 8.
    fn two_months() -> String {
        let mut dice = Bits(3);
        let mut text = String::from("user,time\n");
        let chance = |dice: &mut Bits| 1.0 - dice.unit().powf(0.25);
        let mut people: Vec<f64> = (0..4_000).map(|_| chance(&mut dice)).collect();
        let mut rows = 0_u64;
        for day in date(2026, 9, 1).series(1.day()).take(61) {
            let factor = if day.weekday().to_monday_zero_offset() > 4 {
                0.5
            } else {
                1.0
            };
            let old = people.len();
            people.extend((0..20).map(|_| chance(&mut dice)));
            for (account, chance) in people.iter().enumerate() {
                if account >= old || dice.unit() < chance * factor {
                    writeln!(text, "u{account},{day} 08:59:59").unwrap();
                    rows += 1;
                    if rows.is_multiple_of(2) {
                        writeln!(text, "u{account},{day} 20:00:00").unwrap();
                    }
                }
            }
        }
        text
    }

    #[test]
    fn the_activity_that_made_a_log_is_found_in_it() {
        let log = log(&two_months());
        let span = log.span(Some(date(2026, 10, 31))).unwrap();
        let all = log.months(&span).swap_remove(0);
        let projection = project(&all.months, 31).unwrap();
        let fit = log.fit(&span, &all, &projection).unwrap();
        let october = &all.months[1];
        assert_eq!(fit.month, date(2026, 11, 1));
        assert!((fit.mau - october.active_by(31) as f64).abs() < 1e-6);
        let days: u64 = (1..=31).map(|day| october.dau(day)).sum();
        assert!((fit.dau - days as f64 / 31.0).abs() < 1e-9);
        // Every second active day has two rows; half a row of the month's border at most.
        assert!((fit.starts_per_day - 1.5).abs() < 1e-4);
        // Weekends make the mean chance 0.2 x 6 / 7, which with a = 1 is a + b = 5.83. 5,000 people or so tell it to a tenth
        // with newcomers among them, whom the law does not know.
        let concentration = fit.concentration.unwrap();
        assert!((concentration - 5.83).abs() < 0.58, "{concentration}");
        // 300 or so of 900 unknown accounts were only idle; the law, which newcomers bend, tells that number to a third.
        let new = fit.new_per_day.unwrap();
        assert!((new - 20.0).abs() < 4.0, "{new}");
        let weekdays = fit.weekdays.unwrap();
        // Newcomers come at weekends too: (0.5 x 900 + 20) / (900 + 20) = 0.51 of a weekday.
        let ratio =
            weekdays[5..].iter().sum::<f64>() / 2.0 / (weekdays[..5].iter().sum::<f64>() / 5.0);
        assert!((ratio - 0.51).abs() < 0.03, "{ratio}");
        let hours = fit.hours.unwrap();
        assert!((hours[8] - 2.0 / 3.0).abs() < 1e-4 && (hours[20] - 1.0 / 3.0).abs() < 1e-4);
        assert!(fit.failures.abs() < 1e-12);
    }

    #[test]
    fn what_a_log_does_not_tell_is_left_out() {
        let log = log("user,time\na,2026-10-01\nb,2026-10-02\na,2026-10-03\n");
        let span = log.span(None).unwrap();
        let all = log.months(&span).swap_remove(0);
        let projection = project(&all.months, 3).unwrap();
        let fit = log.fit(&span, &all, &projection).unwrap();
        assert_eq!(
            (fit.concentration, fit.new_per_day, fit.weekdays, fit.hours),
            (None, None, None, None)
        );
    }
}
