//! How wrong each method would have been on the log itself.
//!
//! In: earlier months, or this month's own earlier days. Out: errors by method, and of the choice among them.

use super::choice::Errors;
use super::methods::Question;
use super::{BackTest, Judged, Method, choice};
use crate::history::spectrum::MonthCounts;

/// The days that a back-test shows beside the one asked for.
const SHOWN: [u8; 6] = [3, 7, 10, 15, 20, 25];

/// As of one day of each earlier month, with only the months before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    pub(super) methods: Errors,
    /// Of what would have been chosen then.
    pub(super) chosen: Vec<f64>,
}

impl Past {
    /// Projects each of `months` as of `day` from those before it.
    pub(super) fn of(months: &[&MonthCounts], day: u8) -> Self {
        let mut past = Self::default();
        for (at, month) in months.iter().enumerate() {
            let question = Question {
                earlier: &months[..at],
                month,
                seen: day.clamp(1, month.days - 1),
                end: month.days,
            };
            let words = question.ask();
            let truth = (month.active_by(month.days) as f64).ln();
            if at > 0
                && let Some(choice) = choice::by_earlier_months(&words, &past.methods)
            {
                past.chosen.push(choice.log - truth);
            }
            for method in Method::ALL {
                past.methods[method as usize].extend(words.log(method).map(|log| log - truth));
            }
        }
        past
    }

    fn rows(&self, day: u8, end: Option<u8>) -> Vec<BackTest> {
        let methods = Method::ALL
            .iter()
            .map(|method| (Judged::One(*method), &self.methods[*method as usize]));
        methods
            .chain([(Judged::Chosen, &self.chosen)])
            .filter(|(_, errors)| !errors.is_empty())
            .map(move |(judged, errors)| BackTest {
                day,
                end,
                judged,
                checks: errors.len(),
                error: median(errors.iter().map(|error| error.exp_m1().abs())),
                bias: median(errors.iter().map(|error| error.exp_m1())),
            })
            .collect()
    }
}

/// The table over earlier months: by day, then by method.
pub(super) fn table(months: &[&MonthCounts], day: u8) -> Vec<BackTest> {
    let mut days: Vec<u8> = SHOWN.into_iter().chain([day]).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter()
        .flat_map(|day| Past::of(months, day).rows(day, None))
        .collect()
}

/// What the days around `day`² / end of `month` would have said about today: as far ahead, in proportion, as the end is now.
pub(super) fn within(month: &MonthCounts, day: u8) -> (Past, Vec<BackTest>) {
    let middle = u16::from(day) * u16::from(day) / u16::from(month.days);
    let first = u8::try_from(middle).unwrap_or(day).max(2);
    let mut past = Past::default();
    let mut rows = Vec::new();
    let truth = (month.active_by(day) as f64).ln();
    for seen in (first..day).take(3) {
        let question = Question {
            earlier: &[],
            month,
            seen,
            end: day,
        };
        let words = question.ask();
        let mut alone = Past::default();
        for method in Method::ALL {
            let error = words.log(method).map(|log| log - truth);
            past.methods[method as usize].extend(error);
            alone.methods[method as usize].extend(error);
        }
        rows.extend(alone.rows(seen, Some(day)));
    }
    (past, rows)
}

/// 0 of nothing; the mean of the middle two of an even number.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle), sorted.len() % 2) {
        (Some(one), 1) => *one,
        (Some(one), _) => f64::midpoint(sorted[middle - 1], *one),
        (None, _) => 0.0,
    }
}
