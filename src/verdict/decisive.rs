//! Whether a broken latency budget would be broken without the generator's own delays.
//!
//! A latency F that we measured is the target's H, plus our lag G before the send, plus our wait O for a core before we
//! read the answer. Only the distributions of F, G and O are known, not which delay met which step, so the worst case is
//! taken. H >= L holds whenever F >= L + g + o, G <= g and O <= o. So at least
//!
//! ```text
//! count(F >= L + g + o) - count(G > g) - n share(O > o)
//! ```
//!
//! steps took the target L or longer, for every g and o. If that is more than the quantile forgives for any pair, the
//! budget is broken whatever we did. If it is for none, our delay could have decided.

use crate::profile::Latency;
use crate::profile::Quantile;
use crate::recorder::Distribution;
use crate::units::Micros;

/// The delays tried for g and o, as shares of their distributions; zero and the largest are tried too.
const TRIED: [f64; 5] = [0.5, 0.9, 0.95, 0.99, 0.999];

/// The delays that the generator added.
pub(super) struct Own {
    /// From ready to sent, for steps of the budget's operation.
    pub(super) lag: Distribution,
    /// What a timer of ours woke too late.
    pub(super) oversleep: Distribution,
}

/// What the target's part of a broken latency is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Broken whatever we did.
    TheTargets,
    /// Our delay could have decided.
    Undecided,
}

/// A budget's limit, and the point of the distribution it is for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) quantile: Quantile,
    pub(super) latency: Latency,
    pub(super) limit: Micros,
}

/// Whether the target alone breaks the limit in `all`.
pub(super) fn proof(all: &Distribution, asked: Asked, own: &Own) -> Proof {
    let empty = Distribution::default();
    let lag = match asked.latency {
        Latency::Felt => &own.lag,
        // Served time begins when the step is sent.
        Latency::Served => &empty,
    };
    let proven = match asked.quantile {
        Quantile::Share(share) => share_is_proven(all, (share, asked.limit), lag, &own.oversleep),
        Quantile::Max => {
            let delays = largest(lag).plus(largest(&own.oversleep));
            all.max() >= Some(asked.limit.plus(delays))
        }
        Quantile::Mean => mean_is_proven(all, asked.limit, lag, &own.oversleep),
    };
    if proven {
        Proof::TheTargets
    } else {
        Proof::Undecided
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts are far below 2^53, and shares are in 0..=1"
)]
fn share_is_proven(
    all: &Distribution,
    (share, limit): (f64, Micros),
    lag: &Distribution,
    oversleep: &Distribution,
) -> bool {
    let count = all.count();
    // Nearest rank: the quantile is under the limit as long as no more than these are not.
    let forgiven = count - ((share * count as f64).ceil() as u64).min(count);
    delays(lag).any(|before| {
        delays(oversleep).any(|after| {
            let over = all.at_least(limit.plus(before).plus(after));
            let late = beyond(lag, before);
            let slept = match oversleep.count() {
                0 => 0,
                beats => {
                    let share = beyond(oversleep, after) as f64 / beats as f64;
                    (share * count as f64).ceil() as u64
                }
            };
            over.saturating_sub(late).saturating_sub(slept) > forgiven
        })
    })
}

#[expect(clippy::cast_precision_loss, reason = "sums are far below 2^53")]
fn mean_is_proven(
    all: &Distribution,
    limit: Micros,
    lag: &Distribution,
    oversleep: &Distribution,
) -> bool {
    let count = all.count() as f64;
    let slept = match oversleep.count() {
        0 => 0.0,
        beats => oversleep.exact().sum as f64 / beats as f64 * count,
    };
    // All of the operation's lag, also that of steps which are not in `all`: the worst case.
    let targets = all.exact().sum as f64 - lag.exact().sum as f64 - slept;
    targets >= limit.0 as f64 * count
}

fn delays(of: &Distribution) -> impl Iterator<Item = Micros> {
    let tried = TRIED.into_iter().filter_map(|share| of.quantile(share));
    [Micros::ZERO, largest(of)].into_iter().chain(tried)
}

fn largest(of: &Distribution) -> Micros {
    of.max().unwrap_or(Micros::ZERO)
}

fn beyond(of: &Distribution, delay: Micros) -> u64 {
    of.at_least(delay.plus(Micros(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: impl Iterator<Item = u64>) -> Distribution {
        let mut all = Distribution::default();
        values.for_each(|millis| all.take(Micros::from_millis(millis)));
        all
    }

    fn asked(quantile: Quantile, latency: Latency) -> Asked {
        let limit = Micros::from_millis(250);
        Asked {
            quantile,
            latency,
            limit,
        }
    }

    #[test]
    fn a_breach_is_the_targets_only_when_no_arrangement_of_our_delays_explains_it() {
        let p99 = Quantile::Share(0.99);
        // 1,000 steps: felt of the slow ones in ms, how many are slow, lag of all in ms, oversleep in ms.
        for (quantile, slow, slows, lag, oversleep, want) in [
            (p99, 300, 50, 0, 0, Proof::TheTargets),
            (p99, 300, 50, 20, 0, Proof::TheTargets),
            (p99, 300, 50, 20, 20, Proof::TheTargets),
            (p99, 300, 50, 60, 0, Proof::Undecided),
            (p99, 300, 50, 0, 60, Proof::Undecided),
            (p99, 300, 50, 30, 30, Proof::Undecided),
            // Exactly the forgiven ten, and one more.
            (p99, 300, 11, 0, 0, Proof::TheTargets),
            (p99, 300, 10, 0, 0, Proof::Undecided),
            (Quantile::Max, 300, 1, 20, 20, Proof::TheTargets),
            (Quantile::Max, 300, 1, 30, 30, Proof::Undecided),
            (Quantile::Mean, 300, 1_000, 20, 20, Proof::TheTargets),
            (Quantile::Mean, 300, 1_000, 30, 30, Proof::Undecided),
        ] {
            let felt = (0..1_000).map(|place| if place < slows { slow } else { 100 });
            let all = spread(felt);
            let own = Own {
                lag: spread((0..1_000).map(|_| lag)),
                oversleep: spread((0..100).map(|_| oversleep)),
            };
            let got = proof(&all, asked(quantile, Latency::Felt), &own);
            assert_eq!(got, want, "{quantile:?} {slow} {slows} {lag} {oversleep}");
        }
    }

    #[test]
    fn a_few_late_sends_do_not_excuse_many_slow_answers() {
        let all = spread((0..1_000).map(|place| if place < 50 { 300 } else { 100 }));
        let own = Own {
            lag: spread((0..1_000).map(|place| if place < 20 { 400 } else { 1 })),
            oversleep: Distribution::default(),
        };
        // 50 slow, of which at most 20 are ours: 30 are more than the 10 that p99 forgives.
        let share = Quantile::Share(0.99);
        assert_eq!(
            proof(&all, asked(share, Latency::Felt), &own),
            Proof::TheTargets
        );
        let own = Own {
            lag: spread((0..1_000).map(|place| if place < 45 { 400 } else { 1 })),
            ..own
        };
        assert_eq!(
            proof(&all, asked(share, Latency::Felt), &own),
            Proof::Undecided
        );
        // Served time does not contain the lag.
        assert_eq!(
            proof(&all, asked(share, Latency::Served), &own),
            Proof::TheTargets
        );
    }
}
