//! How a month will end, as the document says it.

use serde::Serialize;

use crate::history::project::{BackTest, Basis, Bounds, Estimate, Projection};

/// Accounts at the month's end.
#[derive(Serialize)]
pub(super) struct Outlook {
    pub(super) mau: Option<u64>,
    /// Where four of five such months end: from, to.
    pub(super) likely_80: Option<[u64; 2]>,
    /// Where 19 of 20 such months end.
    pub(super) likely_95: Option<[u64; 2]>,
    /// What the number is made of, and why.
    pub(super) reason: String,
    /// Whether the month is over: then the number is a count.
    pub(super) is_over: bool,
    pub(super) methods: Vec<Word>,
    pub(super) back_tests: Vec<Tested>,
    pub(super) warnings: Vec<String>,
}

/// One method's word.
#[derive(Serialize)]
pub(super) struct Word {
    pub(super) method: String,
    pub(super) mau: Option<u64>,
    pub(super) refused_because: Option<String>,
    pub(super) likely_80: Option<[u64; 2]>,
    pub(super) weight: f64,
}

/// How wrong a method would have been.
#[derive(Serialize)]
pub(super) struct Tested {
    pub(super) method: String,
    pub(super) as_of_day: u8,
    /// The day of this month that it was to say; null: the ends of earlier months.
    pub(super) of_day: Option<u8>,
    pub(super) checks: usize,
    pub(super) median_error: f64,
    pub(super) median_bias: f64,
}

impl Outlook {
    pub(super) fn of(projection: &Projection) -> Self {
        Self {
            mau: projection.point.map(whole),
            likely_80: projection.likely.map(pair),
            likely_95: projection.wide.map(pair),
            reason: projection.reason(),
            is_over: projection.basis == Basis::Complete,
            methods: projection.estimates.iter().map(Word::of).collect(),
            back_tests: projection.back_tests.iter().map(Tested::of).collect(),
            warnings: projection
                .warnings
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

impl Word {
    fn of(estimate: &Estimate) -> Self {
        Self {
            method: estimate.method.to_string(),
            mau: estimate.accounts.ok().map(whole),
            refused_because: estimate.accounts.err().map(|why| why.to_string()),
            likely_80: estimate.likely.map(pair),
            weight: estimate.weight,
        }
    }
}

impl Tested {
    fn of(test: &BackTest) -> Self {
        Self {
            method: test.judged.to_string(),
            as_of_day: test.day,
            of_day: test.end,
            checks: test.checks,
            median_error: test.error,
            median_bias: test.bias,
        }
    }
}

fn pair(bounds: Bounds) -> [u64; 2] {
    [whole(bounds.low), whole(bounds.high)]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and accounts are not negative"
)]
fn whole(accounts: f64) -> u64 {
    accounts.round() as u64
}
