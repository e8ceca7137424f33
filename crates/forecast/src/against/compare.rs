//! Day by day: a log's accounts and logins beside the service's.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Now, Reason, ServiceDay};
use crate::history::{AsOf, LogDay, Span};

/// Where a day stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Both numbers are within the tolerance.
    Agrees,
    /// A number is not, and both sides cover the day.
    Differs,
    /// A number is not, and one side does not cover the day.
    NotJudged,
}

impl Standing {
    /// As JSON has it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::NotJudged => "not_judged",
        }
    }

    /// Its word, for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::NotJudged => "not judged",
        }
    }
}

/// The log's number and the service's. None where that side has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// The log's.
    pub log: Option<u64>,
    /// The service's.
    pub service: Option<u64>,
}

impl Pair {
    /// How many more the log has; none where a side has no number.
    #[must_use]
    pub fn difference(self) -> Option<i128> {
        Some(i128::from(self.log?) - i128::from(self.service?))
    }

    /// The same as a share of the service's number; none where that is 0 and the log's is not.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share; counts are far below 2^53"
    )]
    pub fn share(self) -> Option<f64> {
        let difference = self.difference()?;
        match (difference, self.service?) {
            (0, _) => Some(0.0),
            (_, 0) => None,
            (difference, service) => Some(difference as f64 / service as f64),
        }
    }

    /// Whether they differ by no more than `tolerance` of the service's number. None where a side has no number.
    fn agrees(self, tolerance: f64) -> Option<bool> {
        self.difference()?;
        Some(self.share().is_some_and(|share| share.abs() <= tolerance))
    }
}

/// One day of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRow {
    /// The day.
    pub date: Date,
    /// Distinct accounts that logged in.
    pub accounts: Pair,
    /// Successful logins.
    pub logins: Pair,
    /// The log's failed logins.
    pub failures: Option<u64>,
    /// What the service calls active, which its documents do not define. Not judged.
    pub active: Option<u64>,
    /// The most accounts online at once. A login log does not tell when sessions ended, so it has no such number.
    pub most_online: Option<u64>,
    /// Where it stands.
    pub standing: Standing,
    /// Why it may differ; empty where it agrees.
    pub reasons: Vec<Reason>,
}

/// A log beside the service's count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The days of the answer, and those of the log between its first and its last.
    pub days: Vec<DayRow>,
    /// The log's days before the answer's first, and after its last.
    pub beyond: [u64; 2],
    /// Every reason that a day has, each once.
    pub reasons: Vec<Reason>,
}

impl Comparison {
    /// The days of that standing.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        let is_one = |day: &&DayRow| day.standing == standing;
        self.days.iter().filter(is_one).count()
    }
}

/// Lays the log's days beside the service's. `tolerance` is a share of the service's number, 0 for to the unit.
#[must_use]
pub fn compare(
    log: (&[LogDay], &Span),
    service: &[ServiceDay],
    now: Now,
    (tolerance, has_unzoned): (f64, Zoned),
) -> Comparison {
    let (own, span) = log;
    let theirs: BTreeMap<Date, ServiceDay> = service.iter().map(|day| (day.date, *day)).collect();
    let ours: BTreeMap<Date, LogDay> = own.iter().map(|day| (day.date, *day)).collect();
    let (Some(first), Some(last)) = (theirs.keys().next(), theirs.keys().next_back()) else {
        return Comparison {
            days: Vec::new(),
            beyond: [own.len() as u64, 0],
            reasons: Vec::new(),
        };
    };
    let within = ours.range(*first..=*last).map(|(date, _)| *date);
    let mut dates: Vec<Date> = theirs.keys().copied().chain(within).collect();
    dates.sort_unstable();
    dates.dedup();
    let covered = Covered::of(span, own);
    let mut days: Vec<DayRow> = dates
        .into_iter()
        .map(|date| {
            let (own, their) = (ours.get(&date), theirs.get(&date));
            row(date, (own, their), tolerance, (covered, now))
        })
        .collect();
    note_shifts(&mut days);
    if has_unzoned == Zoned::NotAll {
        let differing = |day: &&mut DayRow| day.standing == Standing::Differs;
        for day in days.iter_mut().filter(differing) {
            day.reasons.push(Reason::Unzoned);
        }
    }
    let mut reasons: Vec<Reason> = days.iter().flat_map(|day| day.reasons.clone()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    Comparison {
        beyond: [
            ours.range(..*first).count() as u64,
            ours.keys().filter(|date| *date > last).count() as u64,
        ],
        days,
        reasons,
    }
}

/// Whether all of a log's times have an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zoned {
    /// They do.
    All,
    /// Some do not.
    NotAll,
}

/// The days that a log covers.
#[derive(Clone, Copy, Debug)]
struct Covered {
    first: Date,
    /// The last day that is over.
    whole: Option<Date>,
    last: Date,
}

impl Covered {
    fn of(span: &Span, own: &[LogDay]) -> Self {
        Self {
            first: span.first,
            whole: (span.why != AsOf::OnlyDay).then_some(span.as_of),
            last: own.last().map_or(span.last, |day| day.date),
        }
    }

    fn lacks(self, date: Date) -> Option<Reason> {
        if date < self.first {
            Some(Reason::BeforeLog)
        } else if date > self.last {
            Some(Reason::AfterLog)
        } else if date == self.first {
            Some(Reason::LogBegins)
        } else {
            let is_whole = self.whole.is_some_and(|whole| date <= whole);
            (!is_whole).then_some(Reason::LogEnds)
        }
    }
}

fn row(
    date: Date,
    (own, their): (Option<&LogDay>, Option<&ServiceDay>),
    tolerance: f64,
    (covered, now): (Covered, Now),
) -> DayRow {
    let pair = |log: Option<u64>, service: Option<u64>| Pair { log, service };
    let mut row = DayRow {
        date,
        accounts: pair(
            own.map(|day| day.accounts),
            their.and_then(ServiceDay::accounts),
        ),
        logins: pair(own.map(|day| day.logins), their.and_then(|day| day.logins)),
        failures: own.map(|day| day.failures),
        active: their.and_then(|day| day.active),
        most_online: their.and_then(|day| day.most_online),
        standing: Standing::NotJudged,
        reasons: Vec::new(),
    };
    let agrees = [row.accounts, row.logins].map(|pair| pair.agrees(tolerance));
    if agrees == [Some(true); 2] {
        row.standing = Standing::Agrees;
        return row;
    }
    row.reasons.extend(covered.lacks(date));
    match their {
        None => row.reasons.push(Reason::NotInAnswer),
        Some(_) if now.may_lack(date) => row.reasons.push(Reason::NotReady),
        Some(day) if day.is_blank() && own.is_some_and(|own| own.logins > 0) => {
            row.reasons.push(Reason::Blank);
        }
        Some(day) if day.accounts().is_none() || day.logins.is_none() => {
            row.reasons.push(Reason::NoNumber);
        }
        Some(_) => {}
    }
    let is_uncovered = row.reasons.iter().any(|reason| reason.excuses());
    // A number that is missing excuses nothing about the other one.
    let is_off = agrees.contains(&Some(false));
    row.standing = if is_uncovered || !is_off {
        Standing::NotJudged
    } else {
        Standing::Differs
    };
    if row.standing == Standing::Differs && their.is_some_and(|day| !day.is_blank()) {
        row.reasons.extend(seen_in(&row, tolerance));
    }
    row.reasons.sort_unstable();
    row
}

/// What the numbers themselves say; accounts are the same within `tolerance`.
fn seen_in(row: &DayRow, tolerance: f64) -> Option<Reason> {
    let accounts_agree = row.accounts.agrees(tolerance) == Some(true);
    let logins = row.logins.difference();
    let failures = row.failures.unwrap_or(0);
    if failures > 0 && logins == Some(-i128::from(failures)) {
        return Some(Reason::FailuresCounted);
    }
    match (accounts_agree, row.accounts.difference(), logins) {
        (true, _, Some(1..)) => Some(Reason::RowsTwice),
        (true, _, Some(..=-1)) => Some(Reason::LoginsUnseen),
        (false, Some(..=-1), _) => Some(Reason::LogCoversPart),
        (false, Some(1..), _) => Some(Reason::NamesDiffer),
        _ => None,
    }
}

/// Of the logins that a day has too many, a neighbour lacks at least this share where days are cut in another zone.
const TAKEN_BACK: f64 = 0.9;

/// Notes days whose logins are too many or too few by about as much as their neighbour's are the other way.
fn note_shifts(days: &mut [DayRow]) {
    let differs = |day: &DayRow| day.standing == Standing::Differs;
    let off = |day: &DayRow| day.logins.difference().filter(|_| differs(day));
    for at in 1..days.len() {
        let (Some(one), Some(other)) = (off(&days[at - 1]), off(&days[at])) else {
            continue;
        };
        let (least, most) = (
            one.unsigned_abs().min(other.unsigned_abs()),
            one.unsigned_abs().max(other.unsigned_abs()),
        );
        #[expect(clippy::cast_precision_loss, reason = "a share of counts")]
        let is_taken_back = least as f64 >= TAKEN_BACK * most as f64;
        if one.signum() * other.signum() < 0 && is_taken_back {
            for day in &mut days[at - 1..=at] {
                if !day.reasons.contains(&Reason::Shifted) {
                    day.reasons.push(Reason::Shifted);
                }
            }
        }
    }
}
