//! Which days of a log count: its own run of months, its last day, and the day as of which to say something.
//!
//! In: a [`Log`], and the day that was asked for if one was. Out: a [`Span`]. Clocks that are wrong leave rows months away or
//! days ahead; they are few and apart, and are told.

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::MonthRows;
use super::fault::LogFault;
use super::log::{AppMonths, Log, Upto};
use super::spectrum::MonthCounts;

/// A log ends with its last day of at least a hundredth of the accounts of a usual day.
const FEW: u64 = 100;
/// A day is over when its last row is at most this long before midnight, in seconds,
const LAST_HOUR: u32 = 3_600;
/// and at most this many mean distances of rows: about so many rows can be missing.
const GAPS: u64 = 10;

/// Why a day is the one as of which something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// It was asked for.
    Given,
    /// The log's last day, whose rows go on to midnight.
    LastDay,
    /// The log's last day, of rows that have dates alone.
    LastDate,
    /// The day before the log's last, whose rows end before midnight.
    DayBefore(Date),
    /// The log's only day, whose rows end before midnight.
    OnlyDay,
}

/// The days of a log that count.
#[derive(Clone, Debug)]
pub struct Span {
    /// The first day with a login.
    pub first: Date,
    /// The last day with a usual number of logins.
    pub last: Date,
    /// The last day that is counted, as of which something is said.
    pub as_of: Date,
    /// Why that day.
    pub why: AsOf,
    /// The first day of the month of `as_of` that the log covers; it is not the 1st where the log begins later.
    pub covered_from: Date,
    /// Rows of months apart from the log's own, and of days after its last.
    pub stray_rows: u64,
    /// The first day of those.
    pub stray_first: Option<Date>,
    /// Days from `covered_from` to `as_of` without any login.
    pub empty_days: u32,
    /// Months without gaps up to that of `as_of`.
    pub(super) months: Vec<Upto>,
}

/// A month in which somebody was active.
struct Seen<'a> {
    place: u16,
    rows: &'a MonthRows,
    counts: &'a MonthCounts,
}

impl Seen<'_> {
    fn day(&self, day: u8) -> Date {
        self.rows
            .first
            .with()
            .day(i8::try_from(day).unwrap_or(1))
            .build()
            .unwrap_or(self.rows.first)
    }

    /// Each day with a login: the date, the day of the month, its accounts.
    fn days(&self) -> impl Iterator<Item = (Date, u8, u64)> {
        let dau = |day| (self.day(day), day, self.counts.dau(day));
        (1..=self.counts.days)
            .map(dau)
            .filter(|(.., accounts)| *accounts > 0)
    }
}

impl Log {
    /// Finds the days that count, as of `as_of` or as of the log's last complete day.
    ///
    /// # Errors
    /// The day is not in the log.
    pub fn span(&self, as_of: Option<Date>) -> Result<Span, LogFault> {
        let mut places: Vec<(u16, &MonthRows)> = (0..).zip(self.month_rows()).collect();
        places.sort_by_key(|(_, rows)| rows.first);
        let whole: Vec<Upto> = places
            .iter()
            .map(|(place, _)| Upto {
                place: *place,
                day: 31,
            })
            .collect();
        let counted = self.count(&whole).swap_remove(0).months;
        let seen: Vec<Seen<'_>> = places
            .iter()
            .zip(&counted)
            .map(|((place, rows), counts)| Seen {
                place: *place,
                rows,
                counts,
            })
            .collect();
        let run = own_run(&seen, as_of);
        let last = last_day(run);
        let first = run.first().and_then(|month| month.days().next());
        let (Some(first), Some((last, last_month))) = (first.map(|(date, ..)| date), last) else {
            return Err(LogFault::Empty);
        };
        let (as_of, why) = match as_of {
            Some(day) if day < first || day > last_month.rows.first.last_of_month() => {
                return Err(LogFault::NotInLog { day, first, last });
            }
            Some(day) => (day, AsOf::Given),
            None => last_complete(first, last, last_month.rows),
        };
        let strays = strays(&seen, run, last.max(as_of));
        let upto: Vec<&Seen<'_>> = run
            .iter()
            .filter(|month| month.rows.first <= as_of)
            .collect();
        let covered_from = first.max(as_of.first_of_month());
        let has_login = |(date, ..): &(Date, u8, u64)| (covered_from..=as_of).contains(date);
        let active = upto
            .last()
            .map_or(0, |month| month.days().filter(has_login).count());
        let covered = (as_of - covered_from).get_days().unsigned_abs() + 1;
        let day_of = |month: &Seen<'_>| match as_of < month.rows.first.last_of_month() {
            true => as_of.day().unsigned_abs(),
            false => 31,
        };
        Ok(Span {
            first,
            last,
            as_of,
            why,
            covered_from,
            stray_rows: strays.iter().map(|(_, rows)| rows).sum(),
            stray_first: strays.first().map(|(date, _)| *date),
            empty_days: covered.saturating_sub(u32::try_from(active).unwrap_or(0)),
            months: upto
                .iter()
                .map(|month| Upto {
                    place: month.place,
                    day: day_of(month),
                })
                .collect(),
        })
    }

    /// The months of a span, oldest first, of all apps together and then of each. The last one is counted up to the
    /// span's day. A first month that the log does not cover from its first day is left out, unless it is the last one too.
    #[must_use]
    pub fn months(&self, span: &Span) -> Vec<AppMonths> {
        let mut all = self.count(&span.months);
        if span.months.len() > 1 && span.first.day() > 1 {
            all.iter_mut().for_each(|app| drop(app.months.remove(0)));
        }
        all
    }

    /// How many accounts the month of the span's day ended with, in the order of [`Self::months`], where the log goes on
    /// to the month's end.
    #[must_use]
    pub fn month_end(&self, span: &Span) -> Option<Vec<u64>> {
        let month = span
            .months
            .last()
            .filter(|_| span.last >= span.as_of.last_of_month())?;
        let whole = self.count(&[Upto { day: 31, ..*month }]);
        Some(
            whole
                .iter()
                .filter_map(|app| app.months.first())
                .map(|month| month.active_by(31))
                .collect(),
        )
    }
}

/// The months that follow each other without a gap and hold the day that was asked for, or else the most active days.
fn own_run<'a, 'b>(seen: &'a [Seen<'b>], as_of: Option<Date>) -> &'a [Seen<'b>] {
    let follows = |a: &Seen<'_>, b: &Seen<'_>| {
        a.rows
            .first
            .checked_add(1.month())
            .is_ok_and(|next| next == b.rows.first)
    };
    let active = |run: &&[Seen<'_>]| {
        run.iter()
            .flat_map(Seen::days)
            .map(|(.., accounts)| accounts)
            .sum::<u64>()
    };
    let holds = |run: &&[Seen<'_>], day: Date| {
        run.iter()
            .any(|month| month.rows.first == day.first_of_month())
    };
    let asked = as_of.and_then(|day| seen.chunk_by(follows).find(|run| holds(run, day)));
    asked
        .or_else(|| seen.chunk_by(follows).max_by_key(active))
        .unwrap_or_default()
}

/// The last day with a usual number of accounts, and its month.
fn last_day<'a, 'b>(run: &'a [Seen<'b>]) -> Option<(Date, &'a Seen<'b>)> {
    // The usual day: half of all accounts' days are on days with at least as many accounts. Stray days do not move it.
    let mut days: Vec<u64> = run
        .iter()
        .flat_map(Seen::days)
        .map(|(.., accounts)| accounts)
        .collect();
    days.sort_unstable_by_key(|accounts| std::cmp::Reverse(*accounts));
    let all: u64 = days.iter().sum();
    let mut above = 0;
    let usual = days.iter().find(|accounts| {
        above += **accounts;
        above * 2 >= all
    })?;
    let is_usual = |(.., accounts): &(Date, u8, u64)| accounts * FEW >= *usual;
    let last = |month: &'a Seen<'b>| {
        month
            .days()
            .filter(is_usual)
            .last()
            .map(|(date, ..)| (date, month))
    };
    run.iter().rev().find_map(last)
}

/// The last day that is over, and how that is known.
fn last_complete(first: Date, last: Date, rows: &MonthRows) -> (Date, AsOf) {
    let day = last.day().unsigned_abs();
    let place = usize::from(day);
    if rows.hours[place].iter().all(|rows| *rows == 0) {
        return (last, AsOf::LastDate);
    }
    let latest = rows.last_second[place];
    let left = 86_400_u32.saturating_sub(latest + 1);
    let is_over =
        left <= LAST_HOUR && u64::from(left) * rows.rows(day) <= GAPS * u64::from(latest + 1);
    match last.yesterday() {
        _ if is_over => (last, AsOf::LastDay),
        Ok(before) if before >= first => (before, AsOf::DayBefore(last)),
        Ok(_) | Err(_) => (last, AsOf::OnlyDay),
    }
}

/// The days with rows that do not belong to the run, or come after `last`, with their rows.
fn strays(seen: &[Seen<'_>], run: &[Seen<'_>], last: Date) -> Vec<(Date, u64)> {
    let is_own = |month: &Seen<'_>| run.iter().any(|own| own.place == month.place);
    let days = seen
        .iter()
        .flat_map(|month| month.days().map(move |day| (month, day)));
    days.filter(|(month, (date, ..))| !is_own(month) || *date > last)
        .map(|(month, (date, day, _))| (date, month.rows.rows(day)))
        .collect()
}
