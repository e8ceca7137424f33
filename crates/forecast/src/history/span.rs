//! Which days of a log count: its own run of months, its last day, and the day as of which to say something.
//!
//! In: a [`Log`], and the day that was asked for if one was. Out: a [`Span`]. Clocks that are wrong leave rows months away or
//! days ahead; they are few and apart, and are told.

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::MonthRows;
use super::fault::LogFault;
use super::log::{AppMonths, Log, Upto};

/// A day counts as one of the log's own if it has at least a fiftieth of the accounts of a usual day.
const FEW: u64 = 50;
/// A log of a usual day with fewer accounts may have days without any by chance.
const MANY: u64 = 20;
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

/// A day with a login.
#[derive(Clone, Copy, Debug)]
struct Lived {
    date: Date,
    /// The place of its month.
    month: u16,
    accounts: u64,
    rows: u64,
}

impl Log {
    /// Finds the days that count, as of `as_of` or as of the log's last complete day.
    ///
    /// # Errors
    /// The day is not in the log.
    pub fn span(&self, as_of: Option<Date>) -> Result<Span, LogFault> {
        let all = self.lived();
        let run = own_run(&all, as_of);
        let (Some(first), Some(end)) = (run.first().map(|day| day.date), own_end(run)) else {
            return Err(LogFault::Empty);
        };
        let last = end.usual.date;
        let latest = latest(run, &end);
        let (as_of, why) = match as_of {
            Some(day) if day < first || day > latest => {
                let last = end.begun.unwrap_or(last);
                return Err(LogFault::NotInLog {
                    day,
                    first,
                    last,
                    latest,
                });
            }
            Some(day) => (day, AsOf::Given),
            None => match end.begun {
                Some(begun) => (last, AsOf::DayBefore(begun)),
                None => self.last_complete(first, end.usual),
            },
        };
        let until = end.begun.unwrap_or(last).max(as_of);
        let is_stray = |day: &&Lived| day.date < first || day.date > until;
        let strays: Vec<&Lived> = all.iter().filter(is_stray).collect();
        let covered_from = first.max(as_of.first_of_month());
        let covered = (as_of - covered_from).get_days().unsigned_abs() + 1;
        let lived = run
            .iter()
            .filter(|day| (covered_from..=as_of).contains(&day.date))
            .count();
        let mut months: Vec<Upto> = Vec::new();
        for day in run.iter().filter(|day| day.date.first_of_month() <= as_of) {
            if months.last().is_none_or(|month| month.place != day.month) {
                let last = day.date.last_of_month().min(as_of);
                months.push(Upto {
                    place: day.month,
                    day: last.day().unsigned_abs(),
                });
            }
        }
        Ok(Span {
            first,
            last,
            as_of,
            why,
            covered_from,
            stray_rows: strays.iter().map(|day| day.rows).sum(),
            stray_first: strays.first().map(|day| day.date),
            empty_days: covered.saturating_sub(u32::try_from(lived).unwrap_or(0)),
            months,
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
    /// beyond that day to the month's end.
    #[must_use]
    pub fn month_end(&self, span: &Span) -> Option<Vec<u64>> {
        let end = span.as_of.last_of_month();
        let is_ahead = span.as_of < end && span.last >= end;
        let month = span.months.last().filter(|_| is_ahead)?;
        let whole = self.count(&[Upto { day: 31, ..*month }]);
        let months = whole.iter().filter_map(|app| app.months.first());
        Some(months.map(|month| month.active_by(31)).collect())
    }

    /// Every day with a login, in order.
    fn lived(&self) -> Vec<Lived> {
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
        let mut lived = Vec::new();
        for ((month, rows), counts) in places.into_iter().zip(counted) {
            for (day, date) in (1..=counts.days).zip(rows.first.series(1.day())) {
                let (accounts, rows) = (counts.dau(day), rows.rows(day));
                if accounts > 0 {
                    lived.push(Lived {
                        date,
                        month,
                        accounts,
                        rows,
                    });
                }
            }
        }
        lived
    }

    /// The last day that is over, and how that is known.
    fn last_complete(&self, first: Date, last: Lived) -> (Date, AsOf) {
        let month = &self.month_rows()[usize::from(last.month)];
        let place = usize::from(last.date.day().unsigned_abs());
        if month.hours[place].iter().all(|rows| *rows == 0) {
            return (last.date, AsOf::LastDate);
        }
        let latest = month.last_second[place];
        let left = 86_400_u32.saturating_sub(latest + 1);
        let is_over =
            left <= LAST_HOUR && u64::from(left) * last.rows <= GAPS * u64::from(latest + 1);
        match last.date.yesterday() {
            _ if is_over => (last.date, AsOf::LastDay),
            Ok(before) if before >= first => (before, AsOf::DayBefore(last.date)),
            Ok(_) | Err(_) => (last.date, AsOf::OnlyDay),
        }
    }
}

/// The months that follow each other without a gap and hold the day that was asked for, or else the most active days.
fn own_run(all: &[Lived], as_of: Option<Date>) -> &[Lived] {
    let follows = |a: &Lived, b: &Lived| {
        let next = a.date.first_of_month().checked_add(1.month());
        next.is_ok_and(|next| b.date.first_of_month() <= next)
    };
    let active = |run: &&[Lived]| run.iter().map(|day| day.accounts).sum::<u64>();
    let holds = |run: &[Lived], day: Date| {
        run.iter()
            .any(|lived| lived.date.first_of_month() == day.first_of_month())
    };
    let asked = as_of.and_then(|day| all.chunk_by(follows).find(|run| holds(run, day)));
    asked
        .or_else(|| all.chunk_by(follows).max_by_key(active))
        .unwrap_or_default()
}

/// Where a log ends.
#[derive(Clone, Copy, Debug)]
struct End {
    /// The last day with a usual number of accounts.
    usual: Lived,
    /// The accounts of a usual day.
    accounts: u64,
    /// The day after it, where that has begun.
    begun: Option<Date>,
}

/// The last day that may be asked about: a log may be silent after its last row, as far as chance or its own habits go.
fn latest(run: &[Lived], end: &End) -> Date {
    let last = run.last().map_or(end.usual.date, |day| day.date);
    if end.accounts < MANY {
        return last.last_of_month();
    }
    // Weekends and holidays: as long as it was silent before, it may be again.
    let until = run.partition_point(|day| day.date <= end.usual.date);
    let gaps = run[..until]
        .windows(2)
        .map(|pair| pair[1].date - pair[0].date);
    let longest = gaps.map(|gap| gap.get_days() - 1).max().unwrap_or(0);
    let silent_until = end.usual.date.saturating_add(longest.days());
    // A month without any row is none of the log's.
    last.max(silent_until.min(last.last_of_month()))
}

/// The last day with a usual number of accounts. Days after it are of clocks that are ahead, but for the one that follows.
fn own_end(run: &[Lived]) -> Option<End> {
    // The usual day: half of all accounts' days are on days with at least as many accounts. Stray days do not move it.
    let mut days: Vec<u64> = run.iter().map(|day| day.accounts).collect();
    days.sort_unstable_by_key(|accounts| std::cmp::Reverse(*accounts));
    let all: u64 = days.iter().sum();
    let mut above = 0;
    let accounts = days.into_iter().find(|accounts| {
        above += *accounts;
        above * 2 >= all
    })?;
    let place = run.iter().rposition(|day| day.accounts * FEW >= accounts)?;
    let next = run.get(place + 1).map(|day| day.date);
    let begun = next.filter(|next| run[place].date.tomorrow().is_ok_and(|day| day == *next));
    Some(End {
        usual: run[place],
        accounts,
        begun,
    })
}
