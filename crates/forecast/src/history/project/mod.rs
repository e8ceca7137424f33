//! A month's final MAU from the account-days seen so far.
//!
//! In: months of counts, the last of which may be under way, and a day of it. Out: [`Projection`]: each method's word, the
//! one to believe with its bounds, and how wrong each would have been on the log itself. Never here: reading, chance.

mod beta_binomial;
mod checks;
mod choice;
mod exposure;
mod good_toulmin;
mod methods;
mod minimum;
mod words;

use super::spectrum::MonthCounts;
use beta_binomial::BetaBinomial;
use checks::Past;
use choice::Choice;
use methods::{Question, Words};

/// At most so many earlier months are looked at, the newest ones.
const MONTHS: usize = 12;
/// The earlier months' mean DAU from which a day without anybody at a month's edge is a gap in the log.
const BUSY: f64 = 20.0;
/// Quantiles of the normal law: 80 % and 95 % of it lie within these.
const WIDTHS: [f64; 2] = [1.281_6, 1.96];
/// Bounds are no wider than a factor of e to this.
const WIDEST: f64 = 4.0;
/// 80 % bounds whose upper end is so many times the lower one say little.
const WIDE: f64 = 1.5;
/// Fewer accounts than this make every share a matter of chance.
const FEW: u64 = 30;
/// Without earlier months the first week does not even show each weekday.
const EARLY: u8 = 7;

/// A way to project a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Days active by a zero-truncated beta-binomial, fitted by likelihood.
    BetaBinomial,
    /// The smoothed Good-Toulmin series.
    GoodToulmin,
    /// What earlier months added from the same point on.
    Growth,
    /// The MAU of the newest earlier month.
    LastMonth,
    /// A straight line through today. For comparison only: it is never chosen.
    Linear,
}

impl Method {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::BetaBinomial,
        Self::GoodToulmin,
        Self::Growth,
        Self::LastMonth,
        Self::Linear,
    ];
}

/// Why a method has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No account was active yet.
    NothingSeen,
    /// One day does not show who comes again.
    OneDay,
    /// There is no earlier whole month to compare with.
    NoEarlierMonth,
    /// The month's end is too far for what was seen.
    BeyondRange,
    /// Its standard error is above a tenth of the accounts seen.
    TooNoisy,
}

/// One method's word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Whose.
    pub method: Method,
    /// Accounts at the month's end, never below those seen; or why it cannot say.
    pub accounts: Result<f64, Refusal>,
    /// The relative error to expect of it, where that is known.
    pub expected_error: Option<f64>,
    /// Its own 80 % bounds by that error.
    pub likely: Option<Bounds>,
    /// Its part in the chosen number, 0 to 1.
    pub weight: f64,
}

/// What the choice rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The month is over: the count itself.
    Complete,
    /// Errors on so many earlier months, as of the same day.
    EarlierMonths(usize),
    /// This month's own earlier days, corrected by what they would have said of today.
    ThisMonth,
    /// Nothing could be checked: only what these methods are worth elsewhere.
    Unchecked,
    /// No method has a number: bounds at most.
    Nothing,
}

/// Accounts between which the month's end is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Never below the accounts seen.
    pub low: f64,
    /// Never below `low`.
    pub high: f64,
}

/// Who is judged by a back-test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// A method alone.
    One(Method),
    /// What would have been chosen then.
    Chosen,
}

/// How wrong a projection would have been as of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackTest {
    /// As of this day.
    pub day: u8,
    /// What was projected: this month's count on that day, or the ends of earlier months.
    pub end: Option<u8>,
    /// Whose error.
    pub judged: Judged,
    /// The number of months or days behind it.
    pub checks: usize,
    /// The median of the absolute relative errors.
    pub error: f64,
    /// The median of the relative errors: above 0 is too high.
    pub bias: f64,
}

/// What a reader must know beside the number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Warning {
    /// Nobody was active yet.
    NothingSeen,
    /// One day and nothing to compare it with: between no newcomer at all and as many every day.
    OneDay,
    /// Less than a week and no earlier month.
    Early,
    /// The 80 % bounds' upper end over their lower one.
    Wide(f64),
    /// So few accounts that chance alone moves the number.
    FewAccounts(u64),
    /// Every account came on every day so far: that cannot show who comes rarely.
    EveryoneDaily,
    /// So many days without anybody before the day asked for: the log may end there.
    SilentDays(u8),
    /// So many earlier months were left out, because days at their edges have nobody.
    PartMonths(usize),
}

/// A month's end as it looks from one of its days.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// As of this day, within the month.
    pub as_of: u8,
    /// Accounts active up to then: exact.
    pub seen: u64,
    /// Each method's word, in the order of [`Method::ALL`].
    pub estimates: Vec<Estimate>,
    /// What the choice rests on.
    pub basis: Basis,
    /// Accounts at the month's end; none where nothing can be said but bounds.
    pub point: Option<f64>,
    /// Where four of five such months end. None where nobody was seen.
    pub likely: Option<Bounds>,
    /// Where 19 of 20 such months end.
    pub wide: Option<Bounds>,
    /// How wrong each method would have been on this log.
    pub back_tests: Vec<BackTest>,
    /// What to know beside the number.
    pub warnings: Vec<Warning>,
}

/// Projects the last of `months` (oldest first, gaps possible) as of its day `as_of`, which is held within it. None of no
/// months.
#[must_use]
pub fn project(months: &[MonthCounts], as_of: u8) -> Option<Projection> {
    let (month, earlier) = months.split_last()?;
    let as_of = as_of.clamp(1, month.days);
    let (whole, part): (Vec<_>, Vec<_>) = earlier.iter().partition(|month| is_whole(month));
    let whole = &whole[whole.len().saturating_sub(MONTHS)..];
    let words = Question {
        earlier: whole,
        month,
        seen: as_of,
        end: month.days,
    }
    .ask();

    let (choice, basis, back_tests) = choose(whole, month, as_of, &words);
    let mut projection = Projection {
        as_of,
        seen: month.active_by(as_of),
        estimates: estimates(&words, choice.as_ref()),
        basis,
        point: None,
        likely: None,
        wide: None,
        back_tests,
        warnings: Vec::new(),
    };
    projection.conclude(choice.as_ref(), month.days);
    projection.warnings = warnings(&projection, month);
    if !part.is_empty() {
        projection.warnings.push(Warning::PartMonths(part.len()));
    }
    Some(projection)
}

/// a and b of the Beta over accounts that the days active up to `as_of` show. Where most come once, a may be down to -1.
pub(super) fn days_active(month: &MonthCounts, as_of: u8) -> (f64, f64) {
    BetaBinomial::fitted(month.spectrum(as_of), as_of).shape()
}

impl Projection {
    /// The number and its bounds.
    fn conclude(&mut self, choice: Option<&Choice>, days: u8) {
        let seen = self.seen as f64;
        if self.as_of == days {
            let exact = Some(Bounds {
                low: seen,
                high: seen,
            });
            self.basis = Basis::Complete;
            self.point = Some(seen);
            (self.likely, self.wide) = (exact, exact);
        } else if let Some(choice) = choice {
            let Choice {
                log, error, checks, ..
            } = *choice;
            self.point = Some(log.exp().max(seen));
            [self.likely, self.wide] =
                WIDTHS.map(|width| Some(bounds((log, error, checks), seen, width)));
        } else {
            self.basis = Basis::Nothing;
            // Between no newcomer and as many every day; of nobody not even that.
            let line = (self.seen > 0).then(|| Bounds {
                low: seen,
                high: seen * f64::from(days) / f64::from(self.as_of),
            });
            (self.likely, self.wide) = (line, line);
        }
    }
}

fn choose(
    whole: &[&MonthCounts],
    month: &MonthCounts,
    as_of: u8,
    words: &Words,
) -> (Option<Choice>, Basis, Vec<BackTest>) {
    if whole.is_empty() {
        let (past, rows) = checks::within(month, as_of);
        let basis = if as_of < choice::CORRECTED_FROM {
            Basis::Unchecked
        } else {
            Basis::ThisMonth
        };
        let choice = choice::by_this_month(words, as_of, &past.methods);
        (choice, basis, rows)
    } else {
        let past = Past::of(whole, as_of);
        let choice = choice::by_earlier_months(words, &past.methods);
        let rows = checks::table(whole, as_of);
        (choice, Basis::EarlierMonths(whole.len()), rows)
    }
}

fn estimates(words: &Words, choice: Option<&Choice>) -> Vec<Estimate> {
    Method::ALL
        .iter()
        .map(|method| {
            let part = choice.and_then(|choice| {
                let mut parts = choice.parts.iter();
                parts.find(|part| part.method == *method)
            });
            Estimate {
                method: *method,
                accounts: words.by[*method as usize],
                expected_error: part.map(|part| part.error),
                likely: part
                    .map(|part| bounds((part.log, part.error, part.checks), words.seen, WIDTHS[0])),
                weight: part.map_or(0.0, |part| part.weight),
            }
        })
        .collect()
}

/// The bounds around `log`. `width` is a quantile of the normal law, made one of Student's t by the first term of its
/// expansion, because the expected error is itself known from few `checks` only.
fn bounds((log, error, checks): (f64, f64, f64), seen: f64, width: f64) -> Bounds {
    let all = log.exp().max(seen);
    let to_come = all - seen + 1.0;
    // Accounts are counted one by one: chance moves those to come, and those seen, from whom the former are extrapolated.
    let counting = (to_come + to_come * to_come / seen).sqrt() / all;
    let student = width * (1.0 + (width * width + 1.0) / (4.0 * checks));
    let half = (student * error.max(counting)).min(WIDEST);
    Bounds {
        low: (all * (-half).exp()).max(seen),
        high: all * half.exp(),
    }
}

fn warnings(projection: &Projection, month: &MonthCounts) -> Vec<Warning> {
    let Projection { as_of, seen, .. } = *projection;
    if seen == 0 {
        return vec![Warning::NothingSeen];
    }
    let mut all = Vec::new();
    if as_of < month.days {
        match (projection.point, projection.basis) {
            (None, _) => all.push(Warning::OneDay),
            (Some(_), Basis::Unchecked) if as_of < EARLY => all.push(Warning::Early),
            (Some(_), _) => {}
        }
        if let Some(bounds) = projection.likely
            && bounds.high > WIDE * bounds.low
        {
            all.push(Warning::Wide(bounds.high / bounds.low));
        }
        if as_of > 1 && month.spectrum(as_of)[usize::from(as_of)] == seen {
            all.push(Warning::EveryoneDaily);
        }
    }
    if seen < FEW {
        all.push(Warning::FewAccounts(seen));
    }
    let silent = (1..=as_of).rev().take_while(|day| month.dau(*day) == 0);
    if let Ok(silent @ 1..) = u8::try_from(silent.count()) {
        all.push(Warning::SilentDays(silent));
    }
    all
}

/// Whether a month seems to be in the log from its first day to its last.
fn is_whole(month: &MonthCounts) -> bool {
    let days = (1..=month.days).map(|day| month.dau(day));
    let active = days.clone().filter(|dau| *dau > 0).count();
    let mean = days.sum::<u64>() as f64 / active.max(1) as f64;
    active > 0 && (mean < BUSY || (month.dau(1) > 0 && month.dau(month.days) > 0))
}

#[cfg(test)]
mod tests;
