//! Whether few samples prove a budget broken. They never prove one kept.
//!
//! A budget allows a share of samples on the wrong side of its limit. Were no more than that share of all steps there, some
//! counts would still come up by chance; a count that would come up less than once in a thousand runs is proof. The test is
//! the exact one-sided binomial.
//!
//! Of a budget that the profile writes more can be said. The same samples may be enough for a laxer limit, and break it: then
//! the tighter one is broken as well, or tightening a budget would hide an outage. The laxest limit that they break is the
//! share that was measured. A budget that the program adds has no laxer one beside it, and is left to the test alone.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::samples::for_share;
use crate::profile::Origin;

/// The chance of calling a budget broken that was kept, where the samples are too few to call it kept.
const RISK: f64 = 0.001;

/// What is on the wrong side of a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wrong {
    /// So many samples, surely by the target's doing.
    Among {
        /// How many.
        wrong: u64,
        /// The share that the budget allows, in 0..=1.
        allowed: f64,
    },
    /// One that no budget forgives: the largest is over its limit.
    Proven,
    /// Nothing that few samples can show.
    Unseen,
}

impl Wrong {
    /// Whether this among `samples`, which are too few to keep the budget, breaks it.
    pub(super) fn breaks(self, samples: u64, origin: Origin) -> bool {
        match self {
            Self::Proven => true,
            Self::Unseen | Self::Among { wrong: 0, .. } => false,
            Self::Among { wrong, allowed } => {
                let is_laxer_broken = match origin {
                    Origin::Written => breaks_a_laxer_limit(wrong, samples),
                    Origin::Implied { .. } => false,
                };
                is_laxer_broken || chance(wrong, samples, allowed) <= RISK
            }
        }
    }
}

/// Whether `samples` are enough for the limit that they just break: that share itself. Where the budget's own limit is above
/// it, they are too few for the one as they are for the other.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn breaks_a_laxer_limit(wrong: u64, samples: u64) -> bool {
    let right = samples.saturating_sub(wrong) as f64 / samples as f64;
    for_share(right) <= samples
}

/// The chance of `wrong` or more among `samples` where each is wrong with the chance `allowed`.
fn chance(wrong: u64, samples: u64, allowed: f64) -> f64 {
    // Whole shares are no distribution: under 0% nothing may be wrong, under 100% everything may.
    if allowed <= 0.0 {
        return 0.0;
    }
    match (wrong.checked_sub(1), Binomial::new(allowed, samples)) {
        (Some(fewer), Ok(binomial)) => binomial.sf(fewer),
        (None, _) | (_, Err(_)) => 1.0,
    }
}

#[cfg(test)]
pub(super) use tests::summed;

#[cfg(test)]
mod tests;
