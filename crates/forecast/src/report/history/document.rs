//! The document that text and JSON are written from. Its fields are documented in `docs/logs.md`.

use serde::Serialize;

use super::against::AgainstTencent;
use super::outlook::Outlook;
use super::{LogFindings, notes};
use crate::history::{AppMonths, AsOf, FileRead, MonthCounts, RowCounts, Verdict};

#[derive(Serialize)]
pub(super) struct Document {
    version: u32,
    pub(super) month: String,
    pub(super) as_of: String,
    as_of_because: &'static str,
    pub(super) time_zone: String,
    pub(super) log: Days,
    pub(super) apps: Vec<App>,
    pub(super) rows: Rows,
    pub(super) files: Vec<File>,
    pub(super) accounts_in_log: u64,
    pub(super) collision_chance: f64,
    pub(super) notes: Vec<String>,
    /// Left out where there is nothing to lay beside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) against: Option<AgainstTencent>,
}

#[derive(Serialize)]
pub(super) struct Days {
    pub(super) first: String,
    pub(super) last: String,
    pub(super) covered_from: String,
    empty_days: u32,
}

#[derive(Serialize)]
pub(super) struct App {
    /// None for all apps together.
    pub(super) app: Option<String>,
    pub(super) mau_to_date: u64,
    pub(super) mau_at_month_end: Option<u64>,
    pub(super) known_before: Option<u64>,
    pub(super) dau: Vec<u64>,
    /// At place k - 1: the accounts active on exactly k days.
    pub(super) days_active: Vec<u64>,
    pub(super) earlier: Vec<Month>,
    pub(super) outlook: Option<Outlook>,
}

#[derive(Serialize)]
pub(super) struct Month {
    pub(super) month: String,
    pub(super) mau: u64,
    pub(super) dau_mean: f64,
}

#[derive(Serialize)]
pub(super) struct Rows {
    pub(super) read: u64,
    pub(super) logins: u64,
    pub(super) failures: u64,
    pub(super) faulty: Vec<Faulty>,
    stray: u64,
    line_breaks_in_quotes: u64,
}

#[derive(Serialize)]
pub(super) struct Faulty {
    pub(super) reason: String,
    pub(super) rows: u64,
    pub(super) first_at: String,
    pub(super) first: String,
}

#[derive(Serialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) packed: &'static str,
    delimiter: char,
    has_header: bool,
    rows: u64,
    pub(super) columns: Vec<Column>,
    pub(super) results: Vec<Outcome>,
}

#[derive(PartialEq, Serialize)]
pub(super) struct Column {
    pub(super) role: &'static str,
    pub(super) number: usize,
    pub(super) name: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Outcome {
    pub(super) word: String,
    pub(super) is_success: bool,
    pub(super) rows: u64,
}

impl Document {
    pub(super) fn of(found: &LogFindings<'_>) -> Self {
        let span = found.span;
        let day = span.as_of.day().unsigned_abs();
        let outlook = |place: usize| found.projections.get(place)?.as_ref().map(Outlook::of);
        let ends = |place: usize| found.ends.and_then(|ends| ends.get(place).copied());
        Self {
            version: 1,
            month: span.as_of.strftime("%Y-%m").to_string(),
            as_of: span.as_of.to_string(),
            as_of_because: match span.why {
                AsOf::Given => "given",
                AsOf::LastDay => "last_day",
                AsOf::LastDate => "last_date",
                AsOf::DayBefore(_) => "day_before_last",
                AsOf::OnlyDay => "only_day",
            },
            time_zone: found.zone_name().to_owned(),
            log: Days {
                first: span.first.to_string(),
                last: span.last.to_string(),
                covered_from: span.covered_from.to_string(),
                empty_days: span.empty_days,
            },
            apps: found
                .apps
                .iter()
                .enumerate()
                .filter_map(|(at, app)| App::of(app, day, outlook(at), ends(at)))
                .collect(),
            rows: Rows::of(&found.log.rows, span.stray_rows),
            files: found.log.files.iter().map(File::of).collect(),
            accounts_in_log: found.log.accounts(),
            collision_chance: found.log.collision_chance(),
            notes: notes::of(found),
            against: found.against.map(AgainstTencent::of),
        }
    }
}

impl App {
    fn of(app: &AppMonths, day: u8, outlook: Option<Outlook>, end: Option<u64>) -> Option<Self> {
        let (month, earlier) = app.months.split_last()?;
        let spectrum = month.spectrum(day);
        Some(Self {
            app: app.app.clone(),
            mau_to_date: month.active_by(day),
            mau_at_month_end: end,
            known_before: (!earlier.is_empty()).then(|| month.known_by(day)),
            dau: (1..=day).map(|day| month.dau(day)).collect(),
            days_active: spectrum
                .iter()
                .skip(1)
                .take(usize::from(day))
                .copied()
                .collect(),
            earlier: earlier.iter().map(Month::of).collect(),
            outlook,
        })
    }

    /// The mean of the daily active accounts; the days are those from `first`.
    pub(super) fn dau_mean(&self, first: usize) -> f64 {
        mean(self.dau.get(first..).unwrap_or_default())
    }
}

impl Month {
    fn of(month: &MonthCounts) -> Self {
        let dau: Vec<u64> = (1..=month.days).map(|day| month.dau(day)).collect();
        Self {
            month: format!("{:04}-{:02}", month.year, month.month),
            mau: month.active_by(month.days),
            dau_mean: mean(&dau),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a mean of counts far below 2^53"
)]
fn mean(counts: &[u64]) -> f64 {
    counts.iter().sum::<u64>() as f64 / counts.len().max(1) as f64
}

impl Rows {
    fn of(rows: &RowCounts, stray: u64) -> Self {
        let faulty = rows.rejected.iter().map(|one| Faulty {
            reason: one.reason.to_string(),
            rows: one.rows,
            first_at: format!("{}:{}", one.file, one.line),
            first: one.cell.clone(),
        });
        Self {
            read: rows.read,
            logins: rows.logins,
            failures: rows.failures,
            faulty: faulty.collect(),
            stray,
            line_breaks_in_quotes: rows.breaks,
        }
    }
}

impl File {
    fn of(file: &FileRead) -> Self {
        let columns = file.columns.iter().map(|(role, number, name)| Column {
            role: role.name(),
            number: *number,
            name: name.clone(),
        });
        let results = file.results.iter().map(|word| Outcome {
            word: word.word.clone(),
            is_success: word.verdict == Verdict::Success,
            rows: word.rows,
        });
        Self {
            name: file.name.clone(),
            packed: file.packed,
            delimiter: char::from(file.delimiter),
            has_header: file.has_header,
            rows: file.rows,
            columns: columns.collect(),
            results: results.collect(),
        }
    }
}
