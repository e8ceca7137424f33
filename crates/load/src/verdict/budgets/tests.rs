//! Tightening a budget on errors never hides an outage.

use super::*;
use crate::profile::Origin;

const LIMITS: [f64; 12] = [
    0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9, 1.0,
];

fn is_broken(wrong: u64, samples: u64, limit: f64) -> bool {
    let share = share(wrong, samples);
    let reading = Reading {
        samples,
        measured: share.map(Measured::Share),
        within: share.is_some_and(|share| share < limit),
        wrong: Wrong::Among {
            wrong,
            allowed: limit,
        },
    };
    let budget = Budget {
        sentence: String::new(),
        of: BudgetOf::Errors(Operation::Login, limit),
        stage: None,
        origin: Origin::Written,
    };
    matches!(reading.finding(&budget), Finding::Broken { .. })
}

#[test]
fn where_a_lax_limit_is_broken_every_tighter_one_is_too() {
    let many = [200, 298, 299, 300, 598, 600, 1_188, 2_994, 2_995, 6_000];
    for samples in (1..=130).chain(many) {
        // Beyond so many errors every limit here is broken by the share alone, or the count is one of the sparse ones.
        for wrong in (0..=samples.min(60)).chain((60..=samples).step_by(97)) {
            let broken = LIMITS.map(|limit| is_broken(wrong, samples, limit));
            let tighter = broken.windows(2).all(|pair| pair[0] || !pair[1]);
            assert!(tighter, "{wrong} of {samples}: {broken:?}");
        }
    }
}

#[test]
fn an_outage_is_broken_however_few_saw_it_and_however_tight_the_limit() {
    for (wrong, samples, limit, want) in [
        (28, 28, 0.01, true),
        (1_188, 1_188, 0.001, true),
        (1_188, 1_188, 0.01, true),
        (3, 28, 0.01, true),
        // Two of 28 are no more than chance gives, and 28 are enough for no limit that they break.
        (2, 28, 0.01, false),
        (0, 28, 0.01, false),
        (2, 298, 0.01, false),
        (3, 299, 0.01, true),
        (2, 299, 0.01, false),
    ] {
        assert_eq!(
            is_broken(wrong, samples, limit),
            want,
            "{wrong} of {samples}, {limit}"
        );
    }
}
