//! Random choices that are functions of (seed, what for, number): any of them can be made alone, in any order.

use crate::scenario::Draws;
pub(super) use trtc_base::chance::unit;
use trtc_base::chance::{STEP, mix};

/// What a choice is for. Two purposes never share their draws.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// The distance to the next arrival.
    Gap = 1,
    /// An arrival's scenario.
    Scenario = 2,
    /// An arrival's app.
    App = 3,
    /// An arrival's own draws: dwell, reaction, how it ends.
    Arrival = 4,
    /// The population's order.
    Walk = 5,
    /// An account's platform.
    Platform = 6,
}

/// The 64 well-mixed bits of (seed, purpose, number). Source: the finaliser of Steele et al. 2014, "Fast Splittable
/// Pseudorandom Number Generators", applied twice.
pub(super) const fn bits(seed: u64, purpose: Purpose, number: u64) -> u64 {
    let first = mix(seed ^ (purpose as u64).wrapping_mul(STEP));
    mix(first.wrapping_add(number.wrapping_mul(STEP)))
}

/// A draw from the exponential distribution with mean 1, by inversion.
pub(super) fn exponential(bits: u64) -> f64 {
    // 1 - u is in (0, 1], so the logarithm is finite.
    -(1.0 - unit(bits)).ln()
}

/// The index whose share of the whole holds `point`, which is in 0..1. The last one where rounding leaves a gap.
pub(super) fn pick(shares: impl Iterator<Item = f64>, point: f64) -> usize {
    let mut below = 0.0;
    let mut chosen = 0;
    for (index, share) in shares.enumerate() {
        if share > 0.0 {
            chosen = index;
        }
        below += share;
        if point < below {
            break;
        }
    }
    chosen
}

/// The draws of one arrival.
pub(super) const fn draws(seed: u64, arrival: u64) -> Draws {
    Draws::new(bits(seed, Purpose::Arrival, arrival))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_picked_as_often_as_they_say() {
        let shares = [0.5, 0.0, 0.3, 0.2];
        let n = 100_000_u64;
        let mut counts = [0_u64; 4];
        for number in 0..n {
            counts[pick(shares.into_iter(), unit(bits(7, Purpose::Scenario, number)))] += 1;
        }
        for (count, share) in counts.into_iter().zip(shares) {
            // Five standard deviations of a binomial.
            let slack = 5.0 * (n as f64 * share * (1.0 - share)).sqrt();
            assert!(
                (count as f64 - n as f64 * share).abs() <= slack,
                "{counts:?}"
            );
        }
    }

    #[test]
    fn a_point_that_rounding_leaves_beyond_the_shares_takes_the_last_real_one() {
        assert_eq!(pick([0.5, 0.5, 0.0].into_iter(), 1.0), 1);
    }
}
