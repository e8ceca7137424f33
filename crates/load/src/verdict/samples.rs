//! How many samples a budget needs before it can be called kept.

use crate::profile::{Budget, BudgetOf, Origin, Quantile};

/// The chance that is left for calling a budget kept that a longer run would break.
const RISK: f64 = 0.05;

/// What `max` and `mean` need, which are no quantiles: as many as `p95`.
///
/// A largest value of 59 says with 95% confidence that at most 5% of logins are slower; of fewer it says less than any
/// tail budget would. For a mean it is about twice the 30 of the usual rule of thumb, because latencies are skewed.
pub const LEAST_SAMPLES: u64 = 59;

/// The samples that `budget` needs.
#[must_use]
pub fn needed(budget: &Budget) -> u64 {
    let own = match budget.of {
        BudgetOf::Latency(_, quantile, ..) | BudgetOf::Phase(_, _, quantile, _) => {
            for_quantile(quantile)
        }
        BudgetOf::Errors(_, limit) => for_share(1.0 - limit),
        BudgetOf::ArrivalsStarted(limit) => for_share(limit),
    };
    // One that stands beside a latency budget must not ask for a longer run than that.
    match budget.origin {
        Origin::Implied {
            beside: Some(quantile),
        } => own.min(for_quantile(quantile)),
        Origin::Implied { beside: None } | Origin::Written => own,
    }
}

fn for_quantile(quantile: Quantile) -> u64 {
    match quantile {
        Quantile::Share(share) => for_share(share),
        Quantile::Max | Quantile::Mean => LEAST_SAMPLES,
    }
}

/// The least n with share^n <= 5%: if more than 1 - share were over the limit, n samples would show it with 95%
/// confidence. At least 1; a share of 1 can never be shown.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and the value is raised to 1 first"
)]
pub(super) fn for_share(share: f64) -> u64 {
    if share <= 0.0 {
        return 1;
    }
    if share >= 1.0 {
        return u64::MAX;
    }
    (RISK.ln() / share.ln()).ceil().max(1.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Latency, Limit};
    use crate::session::Operation;
    use trtc_base::units::Micros;

    fn budget(of: BudgetOf, beside: Option<Quantile>) -> Budget {
        Budget {
            sentence: String::new(),
            of,
            stage: None,
            origin: beside.map_or(Origin::Written, |quantile| Origin::Implied {
                beside: Some(quantile),
            }),
        }
    }

    fn latency(quantile: Quantile) -> BudgetOf {
        let limit = Limit(Micros(1));
        BudgetOf::Latency(Operation::Login, quantile, Latency::Felt, limit)
    }

    #[test]
    fn a_budget_needs_as_many_samples_as_would_show_its_breach_with_95_percent_confidence() {
        for (of, beside, want) in [
            (latency(Quantile::Share(0.5)), None, 5),
            (latency(Quantile::Share(0.95)), None, 59),
            (latency(Quantile::Share(0.99)), None, 299),
            (latency(Quantile::Share(0.999)), None, 2_995),
            (latency(Quantile::Max), None, LEAST_SAMPLES),
            (latency(Quantile::Mean), None, LEAST_SAMPLES),
            (BudgetOf::Errors(Operation::Login, 0.01), None, 299),
            (BudgetOf::Errors(Operation::Login, 1.0), None, 1),
            (BudgetOf::Errors(Operation::Login, 0.0), None, u64::MAX),
            (BudgetOf::ArrivalsStarted(0.99), None, 299),
            (
                BudgetOf::Errors(Operation::Login, 0.01),
                Some(Quantile::Share(0.95)),
                59,
            ),
            (
                BudgetOf::Errors(Operation::Login, 0.01),
                Some(Quantile::Share(0.999)),
                299,
            ),
        ] {
            let budget = budget(of, beside);
            assert_eq!(needed(&budget), want, "{budget:?}");
        }
    }

    #[test]
    fn the_number_is_the_least_that_satisfies_its_definition() {
        for share in [0.5, 0.9, 0.95, 0.99, 0.995, 0.999] {
            let samples = i32::try_from(for_share(share)).unwrap();
            assert!(share.powi(samples) <= RISK, "{share}");
            assert!(share.powi(samples - 1) > RISK, "{share}");
        }
    }
}
