//! Which method to believe, and how far: by how wrong each would have been.
//!
//! In: what the methods say, their errors in the past. Out: weights, one number, how wide it is.
//! All errors are differences of natural logarithms: 0.01 is about 1 %.

use super::Method;
use super::methods::Words;

/// The past counts as if there had been this many checks before the first, with the error of [`Expected`].
const CHECKS_BEFORE: f64 = 2.0;

/// From this day on a month without earlier ones corrects its methods by their error on itself; before, the day that it would
/// be checked from is too early to say anything.
pub(super) const CORRECTED_FROM: u8 = 14;
/// From this day on that error at least widens the bounds.
const WIDENED_FROM: u8 = 7;
/// The part of the error that goes on to the month's end.
const CORRECTION: f64 = 0.8;

/// The error to expect before anything is checked: `scale * ratio ^ power + least`, where ratio is the time that follows over
/// the time seen. Set on the worlds of `benches/projection` with the seeds 1 to 30.
struct Expected {
    scale: f64,
    power: f64,
    least: f64,
}

impl Expected {
    fn at(&self, ratio: f64) -> f64 {
        self.scale * ratio.powf(self.power) + self.least
    }
}

const fn expected(scale: f64, power: f64, least: f64) -> Expected {
    Expected {
        scale,
        power,
        least,
    }
}

/// The straight line is far too high wherever anybody comes twice.
const LINE: Expected = expected(0.5, 0.5, 0.0);

/// With earlier months, which reveal a method that does not suit.
const WITH_HISTORY: [(Method, Expected); 5] = [
    (Method::BetaBinomial, expected(0.015, 0.75, 0.0015)),
    (Method::GoodToulmin, expected(0.0036, 1.5, 0.0009)),
    (Method::Growth, expected(0.003, 0.65, 0.0008)),
    (Method::LastMonth, expected(0.012, 0.0, 0.0)),
    (Method::Linear, LINE),
];

/// Without: nothing reveals it, so that more has to be expected.
const ALONE: [(Method, Expected); 3] = [
    (Method::BetaBinomial, expected(0.045, 0.55, 0.003)),
    (Method::GoodToulmin, expected(0.03, 1.0, 0.0)),
    (Method::Linear, LINE),
];
/// By how much more to expect of a method that nothing was checked on, though there are earlier months.
const UNCHECKED: f64 = 2.0;
/// What is left of it after a correction.
const AFTER_CORRECTION: f64 = 0.75;

/// The errors of each method in the past, in the order of [`Method::ALL`].
pub(super) type Errors = [Vec<f64>; Method::ALL.len()];

/// What stands behind an estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weighed {
    pub(super) method: Method,
    /// Its word, corrected where it was, in natural logarithm.
    pub(super) log: f64,
    /// The error to expect of it.
    pub(super) error: f64,
    /// The checks behind that error, those of [`CHECKS_BEFORE`] with them.
    pub(super) checks: f64,
    /// Its part in the whole.
    pub(super) weight: f64,
}

impl Weighed {
    fn new(method: Method, log: f64, error: f64, checks: f64) -> Self {
        // The straight line is shown beside the others and has no part.
        let weight = if method == Method::Linear {
            0.0
        } else {
            error.powi(-4)
        };
        Self {
            method,
            log,
            error,
            checks,
            weight,
        }
    }
}

/// The methods' words, weighed.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) parts: Vec<Weighed>,
    /// The natural logarithm of the accounts at the end.
    pub(super) log: f64,
    /// The error to expect of it.
    pub(super) error: f64,
    /// The checks behind that error.
    pub(super) checks: f64,
}

/// Weighs by the errors that each method made in earlier months.
pub(super) fn by_earlier_months(words: &Words, errors: &Errors) -> Option<Choice> {
    let parts = WITH_HISTORY.iter().filter_map(|(method, expected)| {
        let log = words.log(*method)?;
        let past = &errors[*method as usize];
        let before = expected.at(words.ratio);
        let checks = CHECKS_BEFORE + past.len() as f64;
        let squares: f64 = past.iter().map(|error| error * error).sum();
        let error = ((CHECKS_BEFORE * before * before + squares) / checks).sqrt();
        // One earlier month does not tell whether months are alike.
        match (past.is_empty(), *method == Method::LastMonth) {
            (true, true) => None,
            (true, false) => Some(Weighed::new(*method, log, UNCHECKED * error, checks)),
            (false, _) => Some(Weighed::new(*method, log, error, checks)),
        }
    });
    weighed(parts)
}

/// Weighs by the error that each method made on this month's own earlier days, where there is one.
pub(super) fn by_this_month(words: &Words, day: u8, errors: &Errors) -> Option<Choice> {
    let parts = ALONE.iter().filter_map(|(method, expected)| {
        let log = words.log(*method)?;
        let past = &errors[*method as usize];
        let before = expected.at(words.ratio);
        let past = match past.len() {
            0 => 0.0,
            days => past.iter().sum::<f64>() / days as f64,
        };
        let (log, error) = match day {
            ..WIDENED_FROM => (log, before),
            WIDENED_FROM..CORRECTED_FROM => (log, before.hypot(past)),
            _ => {
                let log = (log - CORRECTION * past).max(words.seen.ln());
                (log, (AFTER_CORRECTION * before).hypot(past))
            }
        };
        Some(Weighed::new(*method, log, error, CHECKS_BEFORE))
    });
    weighed(parts)
}

/// By the inverse fourth power of the expected error: between the best alone and an even mean.
fn weighed(parts: impl Iterator<Item = Weighed>) -> Option<Choice> {
    let mut parts: Vec<Weighed> = parts.collect();
    let all: f64 = parts.iter().map(|part| part.weight).sum();
    if all <= 0.0 || !all.is_finite() {
        return None;
    }
    for part in &mut parts {
        part.weight /= all;
    }
    let sum = |of: &dyn Fn(&Weighed) -> f64| -> f64 {
        parts.iter().map(|part| part.weight * of(part)).sum()
    };
    let log = sum(&|part| part.log);
    // Methods that do not agree are a reason to doubt the number, whatever they were worth before.
    let squares = sum(&|part| part.error.powi(2) + (part.log - log).powi(2));
    let checks = sum(&|part| part.checks);
    Some(Choice {
        log,
        error: squares.sqrt(),
        checks,
        parts,
    })
}
