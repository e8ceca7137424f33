//! The exact test against sums of our own, and what few samples prove.

use super::*;

/// The chance of `wrong` or more among `samples` at one in a hundred, as a fraction of 100^samples. Exact up to 19 samples.
fn exact(wrong: u64, samples: u64) -> (u128, u128) {
    let mut choose = 1_u128;
    let mut sum = 0;
    for k in 0..=samples {
        let right = u32::try_from(samples - k).unwrap();
        if k >= wrong {
            sum += choose * 99_u128.pow(right);
        }
        choose = choose * u128::from(samples - k) / u128::from(k + 1);
    }
    (sum, 100_u128.pow(u32::try_from(samples).unwrap()))
}

/// The same for any share, as a sum of terms whose logarithms are sums themselves.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub(in crate::verdict) fn summed(wrong: u64, samples: u64, share: f64) -> f64 {
    let (mut choose, mut sum) = (0.0_f64, 0.0_f64);
    for k in 0..=samples {
        if k >= wrong {
            let (k, right) = (k as f64, (samples - k) as f64);
            sum += (choose + k * share.ln() + right * (-share).ln_1p()).exp();
        }
        choose += ((samples - k) as f64).ln() - ((k + 1) as f64).ln();
    }
    sum
}

#[test]
#[expect(
    clippy::cast_precision_loss,
    reason = "the fraction is compared as a float"
)]
fn the_chance_of_a_count_is_that_of_the_exact_sums() {
    for samples in 1..=19 {
        for wrong in 1..=samples {
            let (part, whole) = exact(wrong, samples);
            let (want, got) = (part as f64 / whole as f64, chance(wrong, samples, 0.01));
            assert!(
                ((got - want) / want).abs() < 1e-9,
                "{wrong} of {samples}: {got} {want}"
            );
        }
    }
    for samples in [28, 58, 148, 298, 1_188, 2_994] {
        for share in [0.001, 0.01, 0.05, 0.5] {
            for wrong in (1..=samples).step_by(1 + usize::try_from(samples / 60).unwrap()) {
                let (got, want) = (chance(wrong, samples, share), summed(wrong, samples, share));
                // What is smaller than this decides nothing, and a sum of so small terms has no digits left.
                let is_alike = (got - want).abs() <= 1e-9 * want.max(1e-30);
                assert!(is_alike, "{wrong} of {samples} at {share}: {got} {want}");
            }
        }
    }
}

#[test]
fn under_no_share_at_all_one_is_proof_and_under_every_share_none_is() {
    assert!(chance(1, 5, 0.0) <= RISK);
    assert!(chance(5, 5, 1.0) > RISK);
}

#[test]
fn an_implied_budget_is_broken_by_the_least_count_that_chance_does_not_explain() {
    let implied = Origin::Implied { beside: None };
    for samples in [2_u64, 10, 28, 59, 148, 298] {
        let breaks = |wrong: &u64| {
            let wrong = Wrong::Among {
                wrong: *wrong,
                allowed: 0.01,
            };
            wrong.breaks(samples, implied)
        };
        let least = (1..=samples).find(breaks).unwrap();
        let oracle = |wrong: &u64| summed(*wrong, samples, 0.01) <= 0.001;
        assert_eq!(Some(least), (1..=samples).find(oracle), "{samples}");
    }
    let one = Wrong::Among {
        wrong: 1,
        allowed: 0.01,
    };
    assert!(
        !one.breaks(1, implied),
        "one of one comes up in one run of a hundred"
    );
}

#[test]
fn one_sample_over_a_largest_is_proof_and_a_mean_of_few_never_is() {
    assert!(Wrong::Proven.breaks(1, Origin::Written));
    assert!(!Wrong::Unseen.breaks(58, Origin::Written));
}
