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
//!
//! A step without an answer is the target's whatever we did: it had its whole limit after it was sent.
//!
//! However long the generator stands still, its timer wakes too late once. Its share says nothing of that time, so the steps
//! that were in flight meanwhile are taken off too.

use crate::profile::{Latency, Quantile};
use crate::recorder::{Distribution, Recording, StageSet};
use crate::session::{Class, Operation};
use trtc_base::units::Micros;

/// The delays tried for g and o, as shares of their distributions; zero and the largest are tried too.
const TRIED: [f64; 5] = [0.5, 0.9, 0.95, 0.99, 0.999];

/// The delays that the generator added.
pub(super) struct AddedDelays {
    /// From ready to sent, for steps of the budget's operation.
    pub(super) lag: Distribution,
    /// What a timer of ours woke too late.
    pub(super) oversleep: Distribution,
    /// Steps of the budget's operation that were in flight while the generator stood still.
    pub(super) in_flight: u64,
    /// Steps that had no answer, and how long each had waited for one since it was sent. An answer that is there when our
    /// timer wakes counts, however late it wakes: of these no delay of ours took any.
    pub(super) unanswered: (u64, Micros),
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
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) quantile: Quantile,
    pub(super) latency: Latency,
    pub(super) limit: Micros,
}

/// Whether the target alone breaks the limit in `all`.
pub(super) fn proof(all: &Distribution, asked: Asked, own: &AddedDelays) -> Proof {
    let empty = Distribution::default();
    let lag = own.lag_in(asked.latency, &empty);
    let proven = match asked.quantile {
        Quantile::Share(share) => over(all, asked.limit, lag, own) > forgiven(all.count(), share),
        Quantile::Max => largest_is_over(all, asked.limit, lag, own),
        Quantile::Mean => mean_is_proven(all, asked.limit, lag, own),
    };
    if proven {
        Proof::TheTargets
    } else {
        Proof::Undecided
    }
}

/// At least so many steps took the target the limit or longer. A mean has no such steps.
pub(super) fn over_by_the_target(all: &Distribution, asked: Asked, own: &AddedDelays) -> u64 {
    let empty = Distribution::default();
    let lag = own.lag_in(asked.latency, &empty);
    match asked.quantile {
        Quantile::Share(_) => over(all, asked.limit, lag, own),
        Quantile::Max => u64::from(largest_is_over(all, asked.limit, lag, own)),
        Quantile::Mean => 0,
    }
}

impl AddedDelays {
    /// Of the steps of `operation` in those stages.
    pub(super) fn of(recording: &Recording, operation: Operation, set: StageSet) -> Self {
        Self {
            lag: recording.lag(Some(operation), set),
            oversleep: recording.oversleep(set),
            in_flight: recording.in_flight(operation),
            // A dialect may give its polls another limit, which the recording does not know.
            unanswered: if operation == Operation::Status {
                (0, Micros::ZERO)
            } else {
                let by_class = recording.by_class(operation, set);
                (
                    by_class[Class::Timeout.index()],
                    recording.meta().limit(operation),
                )
            },
        }
    }

    /// Steps that took the target `limit` or longer, as they had no answer by then.
    fn unanswered_at(&self, limit: Micros) -> u64 {
        match self.unanswered {
            (steps, waited) if waited >= limit => steps.saturating_sub(self.in_flight),
            _ => 0,
        }
    }

    /// The lag that is in such a latency: served time begins when the step is sent.
    const fn lag_in<'a>(&'a self, latency: Latency, empty: &'a Distribution) -> &'a Distribution {
        match latency {
            Latency::Felt => &self.lag,
            Latency::Served => empty,
        }
    }
}

fn largest_is_over(
    all: &Distribution,
    limit: Micros,
    lag: &Distribution,
    own: &AddedDelays,
) -> bool {
    let delays = largest(lag).plus(largest(&own.oversleep));
    all.max() >= Some(limit.plus(delays)) || own.unanswered_at(limit) > 0
}

/// Nearest rank: the quantile is under the limit as long as no more than these are not.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts are far below 2^53, and shares are in 0..=1"
)]
fn forgiven(count: u64, share: f64) -> u64 {
    count - ((share * count as f64).ceil() as u64).min(count)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts are far below 2^53, and shares are in 0..=1"
)]
fn over(all: &Distribution, limit: Micros, lag: &Distribution, own: &AddedDelays) -> u64 {
    let oversleep = &own.oversleep;
    let count = all.count();
    let slept: Vec<(Micros, u64)> = delays(oversleep)
        .map(|after| {
            let beats = oversleep.count().max(1);
            let share = beyond(oversleep, after) as f64 / beats as f64;
            (after, (share * count as f64).ceil() as u64)
        })
        .collect();
    let arranged = delays(lag).flat_map(|before| {
        let late = beyond(lag, before);
        slept.iter().map(move |(after, slept)| {
            let over = all.at_least(limit.plus(before).plus(*after));
            over.saturating_sub(late + slept + own.in_flight)
        })
    });
    arranged.max().unwrap_or(0).max(own.unanswered_at(limit))
}

#[expect(clippy::cast_precision_loss, reason = "sums are far below 2^53")]
fn mean_is_proven(
    all: &Distribution,
    limit: Micros,
    lag: &Distribution,
    own: &AddedDelays,
) -> bool {
    let oversleep = &own.oversleep;
    let count = all.count() as f64;
    let slept = match oversleep.count() {
        0 => 0.0,
        beats => oversleep.exact().sum as f64 / beats as f64 * count,
    };
    let stood_still = own.in_flight as f64 * largest(oversleep).0 as f64;
    // All of the operation's lag, also that of steps which are not in `all`: the worst case.
    let targets = all.exact().sum as f64 - lag.exact().sum as f64 - slept - stood_still;
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
            let own = AddedDelays {
                lag: spread((0..1_000).map(|_| lag)),
                oversleep: spread((0..100).map(|_| oversleep)),
                in_flight: 0,
                unanswered: (0, Micros::ZERO),
            };
            let got = proof(&all, asked(quantile, Latency::Felt), &own);
            assert_eq!(got, want, "{quantile:?} {slow} {slows} {lag} {oversleep}");
        }
    }

    #[test]
    fn a_few_late_sends_do_not_excuse_many_slow_answers() {
        let all = spread((0..1_000).map(|place| if place < 50 { 300 } else { 100 }));
        let own = AddedDelays {
            lag: spread((0..1_000).map(|place| if place < 20 { 400 } else { 1 })),
            oversleep: Distribution::default(),
            in_flight: 0,
            unanswered: (0, Micros::ZERO),
        };
        // 50 slow, of which at most 20 are ours: 30 are more than the 10 that p99 forgives.
        let share = Quantile::Share(0.99);
        assert_eq!(
            proof(&all, asked(share, Latency::Felt), &own),
            Proof::TheTargets
        );
        let own = AddedDelays {
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

    #[test]
    fn steps_in_flight_in_a_standstill_are_ours_though_its_timer_woke_late_only_once() {
        let p999 = Quantile::Share(0.999);
        // 10,000 steps, 40 slow, and a standstill of 2 s among 60,000 beats: a share of 1 / 60,000, so one step.
        for (quantile, slow, in_flight, want) in [
            (p999, 300, 0, Proof::TheTargets),
            // p99.9 forgives ten: 40 - 1 - 28 is one more, and 40 - 1 - 29 is not.
            (p999, 300, 28, Proof::TheTargets),
            (p999, 300, 29, Proof::Undecided),
            // The mean is 100 ms and 40 x 100 s / 10,000 = 400 ms more; 150 x 2 s / 10,000 are 30 ms, 1,500 x 2 s are 300 ms.
            (Quantile::Mean, 100_000, 150, Proof::TheTargets),
            (Quantile::Mean, 100_000, 1_500, Proof::Undecided),
        ] {
            let all = spread((0..10_000).map(|place| if place < 40 { slow } else { 100 }));
            let own = AddedDelays {
                lag: Distribution::default(),
                oversleep: spread((0..60_000).map(|beat| if beat == 0 { 2_000 } else { 0 })),
                in_flight,
                unanswered: (0, Micros::ZERO),
            };
            let got = proof(&all, asked(quantile, Latency::Served), &own);
            assert_eq!(got, want, "{quantile:?} {in_flight}");
        }
    }

    #[test]
    fn steps_without_an_answer_are_the_targets_however_late_we_were() {
        let limit = Micros::from_millis(200);
        let all = spread((0..100).map(|place| if place < 20 { 200 } else { 100 }));
        let own = |unanswered, in_flight| AddedDelays {
            lag: spread((0..100).map(|_| 2)),
            oversleep: spread((0..100).map(|_| 3)),
            in_flight,
            unanswered,
        };
        for (quantile, unanswered, in_flight, want) in [
            // p95 forgives five.
            (Quantile::Share(0.95), (20, limit), 0, Proof::TheTargets),
            (Quantile::Share(0.95), (20, limit), 14, Proof::TheTargets),
            (Quantile::Share(0.95), (20, limit), 15, Proof::Undecided),
            // They had waited for less than the limit.
            (
                Quantile::Share(0.95),
                (20, Micros(199_999)),
                0,
                Proof::Undecided,
            ),
            (Quantile::Max, (1, limit), 0, Proof::TheTargets),
            (Quantile::Max, (1, limit), 1, Proof::Undecided),
        ] {
            let asked = Asked {
                quantile,
                latency: Latency::Felt,
                limit,
            };
            let got = proof(&all, asked, &own(unanswered, in_flight));
            assert_eq!(got, want, "{quantile:?} {unanswered:?} {in_flight}");
        }
    }
}
