//! A log that was read: its accounts by month, and what was said of its rows.
//!
//! In: the parts that reading leaves. Out: [`MonthCounts`] for all apps together and for each.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::columns::Role;
use super::days::{Days, MonthRows};
use super::fault::LogFault;
use super::rejected::Rejected;
use super::row_parser::RowParser;
use super::spectrum::{Known, MonthCounts, Tally};
use super::success::Word;
use super::table::Shard;

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct FileRead {
    /// Its name.
    pub name: String,
    /// `plain`, `gzip` or `zstd`.
    pub packed: &'static str,
    /// What separates its cells.
    pub delimiter: u8,
    /// Whether its first row names the columns.
    pub has_header: bool,
    /// Which columns were used: the role, the number from 1, the name.
    pub columns: Vec<(Role, usize, Option<String>)>,
    /// The words of its result column, the commonest first.
    pub results: Vec<Word>,
    /// Its rows, without the header.
    pub rows: u64,
}

/// What was counted of the rows of all files.
#[derive(Clone, Debug)]
pub struct RowCounts {
    /// All rows, without headers.
    pub read: u64,
    /// Successful logins that count.
    pub logins: u64,
    /// Logins that failed.
    pub failures: u64,
    /// Faulty rows by reason, the commonest first.
    pub rejected: Vec<Rejected>,
    /// Line breaks inside quotes: more than a log has by right are a quote that is not closed.
    pub breaks: u64,
    /// Times with an offset that is not the zone's, and the first such offset in seconds.
    pub elsewhere: Option<(u64, i32)>,
    /// Logins whose time has no offset, dates alone included.
    pub unzoned: u64,
}

/// A log that was read.
#[derive(Debug)]
pub struct Log {
    shards: Vec<Shard>,
    days: Days,
    apps: Vec<String>,
    /// Failures by app and day, where they were asked for.
    pub(super) failed: BTreeMap<(u8, i32), u64>,
    /// The files, in the order in which they were given.
    pub files: Vec<FileRead>,
    /// What was counted of the rows.
    pub rows: RowCounts,
}

/// The months of one app, or of all together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppMonths {
    /// The app; none for all together.
    pub app: Option<String>,
    /// The months, in the order in which they were asked for.
    pub months: Vec<MonthCounts>,
}

/// A month that is counted up to one of its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Upto {
    /// The month's place in [`Log::month_rows`].
    pub(super) place: u16,
    /// The last day that counts.
    pub(super) day: u8,
}

impl Log {
    pub(super) fn new(parser: RowParser, shards: Vec<Shard>, files: Vec<FileRead>) -> Self {
        let rejected = parser.rejects.all();
        let rows = RowCounts {
            read: parser.rows,
            logins: parser.rows - parser.failures - parser.rejects.rows(),
            failures: parser.failures,
            rejected,
            breaks: parser.breaks,
            elsewhere: parser.elsewhere,
            unzoned: parser.unzoned,
        };
        Self {
            shards,
            days: parser.days,
            apps: parser.apps.names,
            failed: parser.failed,
            files,
            rows,
        }
    }

    /// Why the log as a whole cannot be used, if so.
    pub(super) fn fault(&self, bad_rows: f64) -> Option<LogFault> {
        let (rows, rejected) = (self.rows.read, self.rows.rejected.clone());
        if rows == 0 {
            return Some(LogFault::Empty);
        }
        if self.rows.logins == 0 {
            let results = self
                .files
                .iter()
                .flat_map(|file| file.results.clone())
                .collect();
            return Some(LogFault::NoLogin {
                rows,
                rejected,
                results,
            });
        }
        let bad: u64 = rejected.iter().map(|one| one.rows).sum();
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share; rows are far below 2^53"
        )]
        let is_too_bad = bad as f64 > bad_rows * rows as f64;
        is_too_bad.then_some(LogFault::TooManyBad {
            rows,
            rejected,
            allowed: bad_rows,
        })
    }

    /// The distinct accounts of all months and apps.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.shards
            .iter()
            .map(|shard| shard.accounts() as u64)
            .sum()
    }

    /// The chance that any two accounts have one hash, so that the counts are not exact: n^2 / 2^65 at most.
    #[must_use]
    pub fn collision_chance(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a bound; accounts are far below 2^53"
        )]
        let accounts = self.accounts() as f64;
        accounts * accounts / 2.0_f64.powi(65)
    }

    /// The apps, in the order in which they came; none where the log has no app column.
    #[must_use]
    pub fn apps(&self) -> &[String] {
        &self.apps
    }

    /// The rows of the months, in the order in which the months came.
    pub(super) fn month_rows(&self) -> &[MonthRows] {
        self.days.months()
    }

    /// Counts `months`, which go forward in time: all apps together, then each app where there are several.
    ///
    /// An account is known in a month when it was active in one of the months before it here.
    pub(super) fn count(&self, months: &[Upto]) -> Vec<AppMonths> {
        let places: Vec<u16> = months.iter().map(|month| month.place).collect();
        let masks: Vec<u32> = months
            .iter()
            .map(|month| u32::MAX >> (32 - u32::from(month.day.min(31))))
            .collect();
        let firsts: Vec<Date> = places
            .iter()
            .map(|place| self.month_rows()[usize::from(*place)].first)
            .collect();
        let tallies = || {
            firsts
                .iter()
                .map(|first| Tally::of_month(*first))
                .collect::<Vec<_>>()
        };
        let mut all = tallies();
        let mut by_app: Vec<Vec<Tally>> = match self.apps.len() {
            0 | 1 => Vec::new(),
            apps => (0..apps).map(|_| tallies()).collect(),
        };
        for shard in &self.shards {
            shard.each(&places, |app, days| {
                let mut known = Known::New;
                for (month, (days, mask)) in days.iter().zip(&masks).enumerate() {
                    let days = days & mask;
                    if days == 0 {
                        continue;
                    }
                    all[month].add(days, known);
                    if let Some(tallies) = by_app.get_mut(usize::from(app)) {
                        tallies[month].add(days, known);
                    }
                    known = Known::Before;
                }
            });
        }
        let counts = |tallies: Vec<Tally>| tallies.iter().map(Tally::counts).collect();
        let whole = AppMonths {
            app: None,
            months: counts(all),
        };
        let each = self
            .apps
            .iter()
            .zip(by_app)
            .map(|(app, tallies)| AppMonths {
                app: Some(app.clone()),
                months: counts(tallies),
            });
        std::iter::once(whole).chain(each).collect()
    }
}
