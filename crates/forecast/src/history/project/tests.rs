use jiff::civil::{Date, date};

use super::*;
use crate::history::spectrum::{Known, Tally};

fn month(first: Date, masks: impl IntoIterator<Item = u32>) -> MonthCounts {
    let mut tally = Tally::of_month(first);
    for days in masks {
        tally.add(days, Known::New);
    }
    tally.counts()
}

/// Multiplies by Knuth's constant: enough for populations whose averages alone matter.
struct Chance(u64);

impl Chance {
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// Accounts whose daily chances follow Beta(1, b), by its inverse distribution function.
    fn beta_month(&mut self, first: Date, accounts: usize, b: f64) -> MonthCounts {
        let masks: Vec<u32> = (0..accounts)
            .map(|_| {
                let p = 1.0 - self.unit().powf(1.0 / b);
                (0..first.days_in_month())
                    .fold(0, |mask, day| mask | u32::from(self.unit() < p) << day)
            })
            .collect();
        month(first, masks)
    }
}

fn of(projection: &Projection, method: Method) -> Result<f64, Refusal> {
    projection.estimates[method as usize].accounts
}

#[test]
fn accounts_of_a_beta_law_are_projected_within_their_sampling_error() {
    // Beta(1, 3): idle through D days with chance 3 / (3 + D). As of day 16 about 16,800 of 20,000 accounts are seen and 1,400
    // still come, with a sampling error of 60 or 0.3 % of the MAU. 2 % leaves room for what the series assumes: that days
    // are many and chances small.
    let mut chance = Chance(11);
    let lived = chance.beta_month(date(2026, 5, 1), 20_000, 3.0);
    let projection = project(&[lived], 16).unwrap();
    let want = 20_000.0 * (1.0 - 3.0 / 34.0);
    for method in [Method::BetaBinomial, Method::GoodToulmin] {
        let got = of(&projection, method).unwrap();
        assert!((got / want - 1.0).abs() < 0.02, "{method}: {got} {want}");
    }
    let bounds = projection.likely.unwrap();
    assert!(bounds.low < want && want < bounds.high);
}

#[test]
fn growth_of_the_same_month_again_is_exact() {
    // January and October 2026 begin on a Thursday and have 31 days.
    let lived = |first| Chance(5).beta_month(first, 300, 3.0);
    let months = [lived(date(2026, 1, 1)), lived(date(2026, 10, 1))];
    for as_of in [1, 3, 10, 30] {
        let got = of(&project(&months, as_of).unwrap(), Method::Growth).unwrap();
        let want = months[0].active_by(31) as f64;
        assert!((got - want).abs() < 1e-6 * want, "{as_of}: {got} {want}");
    }
}

#[test]
fn growth_follows_weekdays_and_not_dates() {
    // Everybody comes once, five times as many on a working day: accounts follow from the weekdays alone, also where a
    // shorter month has to stand for a longer one.
    let lived = |first: Date| {
        let weekday = first.weekday().to_monday_zero_offset();
        let masks = (0..first.days_in_month()).flat_map(move |day| {
            let accounts = if (weekday + day) % 7 >= 5 { 20 } else { 100 };
            std::iter::repeat_n(1 << day, accounts)
        });
        month(first, masks)
    };
    let months = [date(2026, 2, 1), date(2026, 4, 1), date(2026, 5, 1)].map(lived);
    let want = months[2].active_by(31) as f64;
    for as_of in [1, 2, 3, 9, 20] {
        let got = of(&project(&months, as_of).unwrap(), Method::Growth).unwrap();
        assert!((got / want - 1.0).abs() < 1e-9, "{as_of}: {got} {want}");
    }
}

/// Months that are at an edge of what a log can hold.
fn hostile() -> Vec<(&'static str, Vec<MonthCounts>)> {
    let whole = u32::MAX >> 1;
    let in_may = |masks: Vec<u32>| month(date(2026, 5, 1), masks);
    let mut chance = Chance(3);
    let mut history: Vec<MonthCounts> = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)]
        .map(|first| chance.beta_month(first, 400, 5.0))
        .into();
    let after = |masks: Vec<u32>| {
        let mut months = history.clone();
        months.push(in_may(masks));
        months
    };
    let mut all = vec![
        ("nobody after months", after(vec![])),
        ("one account after months", after(vec![1 << 4])),
        ("everyone daily after months", after(vec![whole; 400])),
        (
            "once each after months",
            after((0..31).map(|day| 1 << day).collect()),
        ),
    ];
    history.insert(0, month(date(2025, 12, 1), vec![]));
    history.push(in_may(vec![whole; 50]));
    all.push(("an empty month before, daily last", history));
    all.extend([
        ("nobody", vec![in_may(vec![])]),
        ("one account, one day", vec![in_may(vec![1])]),
        ("one account, last day", vec![in_may(vec![1 << 30])]),
        ("everyone daily", vec![in_may(vec![whole; 5_000])]),
        ("all on the first day", vec![in_may(vec![1; 5_000])]),
        (
            "once each",
            vec![in_may((0..3_100).map(|at| 1 << (at % 31)).collect())],
        ),
        (
            "twins",
            vec![in_may(vec![whole; 9]), in_may(vec![whole; 9])],
        ),
    ]);
    all
}

#[test]
fn no_month_whatsoever_breaks_the_order_of_the_numbers() {
    for (name, months) in hostile() {
        let last = months.last().unwrap();
        for as_of in [0, 1, 2, 3, 8, 15, 30, 31, 99] {
            let projection = project(&months, as_of).unwrap();
            let seen = projection.seen as f64;
            assert_eq!(
                projection.seen,
                last.active_by(as_of.max(1)),
                "{name} {as_of}"
            );
            for estimate in &projection.estimates {
                let all = estimate.accounts.unwrap_or(seen);
                assert!(
                    all.is_finite() && all >= seen,
                    "{name} {as_of} {estimate:?}"
                );
                assert!(estimate.expected_error.is_none_or(f64::is_finite));
            }
            for row in &projection.back_tests {
                assert!(
                    row.error.is_finite() && row.bias.is_finite(),
                    "{name} {as_of} {row:?}"
                );
            }
            if let (Some(likely), Some(wide)) = (projection.likely, projection.wide) {
                let point = projection.point.unwrap_or(likely.low);
                let order = [seen, wide.low, likely.low, point, likely.high, wide.high];
                assert!(
                    order.is_sorted() && wide.high.is_finite(),
                    "{name} {as_of} {order:?}"
                );
            } else {
                assert_eq!(projection.seen, 0, "{name} {as_of}");
            }
            let weights: f64 = projection.estimates.iter().map(|one| one.weight).sum();
            assert!(
                weights < 1e-9 || (weights - 1.0).abs() < 1e-9,
                "{name} {as_of}"
            );
        }
    }
}

#[test]
fn a_month_that_is_over_is_its_count() {
    for (name, months) in hostile() {
        let projection = project(&months, 31).unwrap();
        let count = months.last().unwrap().active_by(31) as f64;
        let exact = Some(Bounds {
            low: count,
            high: count,
        });
        assert_eq!(projection.point, Some(count), "{name}");
        assert_eq!(
            (projection.likely, projection.wide),
            (exact, exact),
            "{name}"
        );
        assert_eq!(projection.basis, Basis::Complete, "{name}");
    }
}

#[test]
fn one_day_alone_has_bounds_and_no_number() {
    let lived = month(date(2026, 5, 1), vec![1; 100]);
    let projection = project(&[lived], 1).unwrap();
    let line = Some(Bounds {
        low: 100.0,
        high: 3_100.0,
    });
    assert_eq!((projection.point, projection.likely), (None, line));
    assert_eq!(projection.basis, Basis::Nothing);
    assert_eq!(of(&projection, Method::BetaBinomial), Err(Refusal::OneDay));
    assert_eq!(
        of(&projection, Method::Growth),
        Err(Refusal::NoEarlierMonth)
    );
    assert!(projection.warnings.contains(&Warning::OneDay));
}

#[test]
fn what_makes_a_number_doubtful_is_said() {
    let told = |months: &[MonthCounts], as_of| project(months, as_of).unwrap().warnings;
    let whole = u32::MAX >> 1;
    let daily = month(date(2026, 5, 1), vec![whole; 100]);
    assert_eq!(
        told(std::slice::from_ref(&daily), 4),
        [Warning::Early, Warning::EveryoneDaily]
    );
    let few = month(date(2026, 5, 1), vec![1, 3]);
    assert_eq!(
        told(&[few], 31),
        [Warning::FewAccounts(2), Warning::SilentDays(29)]
    );
    // A log that begins in the middle of a month: that month tells nothing of a month's beginning.
    let part = month(date(2026, 4, 1), vec![whole << 14 & whole; 100]);
    assert_eq!(
        told(&[part, daily], 20),
        [Warning::EveryoneDaily, Warning::PartMonths(1)]
    );
}

#[test]
fn a_steady_app_is_projected_from_its_earlier_months_and_a_changed_method_is_dropped() {
    let mut chance = Chance(7);
    let months: Vec<MonthCounts> = (1..=4)
        .map(|at| chance.beta_month(date(2026, at, 1), 2_000, 4.0))
        .collect();
    let projection = project(&months, 10).unwrap();
    let truth = months[3].active_by(30) as f64;
    assert_eq!(projection.basis, Basis::EarlierMonths(3));
    // Binomial noise of 2,000 accounts is 1 % of the MAU.
    assert!((projection.point.unwrap() / truth - 1.0).abs() < 0.03);
    let weight = |method: Method| projection.estimates[method as usize].weight;
    assert!(weight(Method::Linear) < 1e-9 && weight(Method::Growth) > 0.05);
    let reason = projection.reason();
    assert!(
        reason.contains("growth of earlier months") && reason.ends_with("as of the same day"),
        "{reason}"
    );
    // The table shows each method on the days of every month, the choice from the second one on.
    let row = |judged| {
        let mut rows = projection.back_tests.iter();
        rows.find(|row| row.day == 10 && row.judged == judged)
            .unwrap()
    };
    assert_eq!(row(Judged::One(Method::BetaBinomial)).checks, 3);
    assert_eq!(row(Judged::One(Method::Growth)).checks, 2);
    assert_eq!(row(Judged::Chosen).checks, 2);
    assert!(row(Judged::One(Method::Linear)).bias > 0.5);
}

#[test]
fn no_month_is_no_projection() {
    assert_eq!(project(&[], 3), None);
}
