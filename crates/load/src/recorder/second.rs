//! One second's line of a chart, made the same way while a run goes on and when it is read back.

use hdrhistogram::Counter;

use super::counts::held_sum;
use super::distribution::Distribution;
use super::health::HealthSample;
use super::recording::Counts;
use super::standstill::Standstill;
use super::tag::Tag;
use crate::profile::Latency;
use crate::session::{Class, Operation};
use trtc_base::units::Micros;

/// The numbers of a distribution that a line of a chart or table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// The median.
    pub p50: Micros,
    /// The 95th percentile.
    pub p95: Micros,
    /// The 99th percentile.
    pub p99: Micros,
    /// The 99.9th percentile.
    pub p999: Micros,
    /// The largest.
    pub max: Micros,
}

impl Summary {
    /// Of a distribution; none when it is empty.
    #[must_use]
    pub fn of<C: Counter>(all: &Distribution<C>) -> Option<Self> {
        let [p50, p95, p99, p999] = all.quantiles([0.5, 0.95, 0.99, 0.999])?;
        Some(Self {
            count: all.count(),
            p50,
            p95,
            p99,
            p999,
            max: all.max()?,
        })
    }
}

/// One operation in one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationSecond {
    /// Which.
    pub operation: Operation,
    /// Steps that ended, by [`Class::index`].
    pub by_class: [u64; Class::ALL.len()],
    /// What was felt, successes and timeouts together; none when there were neither.
    pub felt: Option<Summary>,
}

/// One second of the run, by when things happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Second {
    /// Which, from 0; it ends at `second + 1` s since the run's start.
    pub second: u64,
    /// How many seconds it covers: more than 1 when the generator was late to write, for it covers those before it too.
    pub covers: u64,
    /// Arrivals that came due.
    pub due: u64,
    /// Arrivals that a slot began.
    pub started: u64,
    /// Arrivals that were given up.
    pub not_started: u64,
    /// Steps that ended, by [`Class::index`].
    pub by_class: [u64; Class::ALL.len()],
    /// The same for each operation that had any.
    pub operations: Vec<OperationSecond>,
    /// Devices online at its end.
    pub online: u64,
    /// The most devices online at once in it.
    pub online_peak: u64,
    /// Logins with success.
    pub logins: u64,
    /// Distinct accounts that have logged in so far, all apps.
    pub accounts: u64,
    /// What the generator lost between ready and sent.
    pub lag: Option<Summary>,
    /// How long arrivals waited for a slot.
    pub blocked: Option<Summary>,
    /// How much too late the generator's own timer woke.
    pub oversleep: Option<Summary>,
    /// How long the generator stood still, in standstills that ended in it.
    pub stood_still: Micros,
    /// Steps that ended in it and were in flight while the generator stood still.
    pub in_flight: u64,
    /// How the generator fared; none when it was not looked at.
    pub health: Option<HealthSample>,
}

impl Second {
    /// Steps that ended.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.by_class.iter().sum()
    }

    /// Steps that failed, timed out or were throttled.
    #[must_use]
    pub fn errors(&self) -> u64 {
        Class::ALL
            .into_iter()
            .filter(|class| class.is_error())
            .map(|class| self.by_class[class.index()])
            .sum()
    }
}

/// What a second knows beside its distributions and counters.
pub(super) struct Frame {
    pub(super) second: u64,
    pub(super) covers: u64,
    pub(super) online: u64,
    pub(super) online_peak: u64,
    pub(super) accounts: u64,
    pub(super) stood_still: Micros,
    pub(super) health: Option<HealthSample>,
}

/// What adds up over stages for one operation.
struct Sum<C: Counter> {
    by_class: [u64; Class::ALL.len()],
    felt: Distribution<C>,
}

impl Frame {
    /// The second as charts and tables show it.
    pub(super) fn second<'a, C: Counter + 'a>(
        self,
        counts: &Counts,
        cells: impl Iterator<Item = (Tag, &'a Distribution<C>)>,
    ) -> Second {
        let mut sums: [Option<Sum<C>>; Operation::ALL.len()] = Operation::ALL.map(|_| None);
        let mut lag = Distribution::default();
        let mut blocked = Distribution::default();
        let mut oversleep = Distribution::default();
        for (tag, cell) in cells {
            match tag {
                Tag::Step(key, Latency::Felt) => {
                    let sum = sums[key.operation.index()].get_or_insert_with(Sum::new);
                    sum.by_class[key.class.index()] += cell.count();
                    let counts = matches!(key.class, Class::Success | Class::Timeout);
                    if counts && key.operation.has_latency() {
                        sum.felt.add(cell);
                    }
                }
                Tag::Lag(..) => lag.add(cell),
                Tag::Blocked(_) => blocked.add(cell),
                Tag::Oversleep => oversleep.add(cell),
                Tag::Step(_, Latency::Served)
                | Tag::ScenarioStep(..)
                | Tag::Phase(..)
                | Tag::Unstarted(..) => {}
            }
        }
        let operations = operations(&sums);
        Second {
            second: self.second,
            covers: self.covers,
            due: counts.due,
            started: held_sum(counts.started.values().copied()),
            not_started: held_sum(counts.not_started.values().copied()),
            by_class: Class::ALL.map(|class| {
                let of_class = operations.iter().map(|one| one.by_class[class.index()]);
                of_class.sum()
            }),
            operations,
            online: self.online,
            online_peak: self.online_peak,
            logins: counts.logins(),
            accounts: self.accounts,
            lag: Summary::of(&lag),
            blocked: Summary::of(&blocked),
            oversleep: Summary::of(&oversleep),
            stood_still: self.stood_still,
            in_flight: held_sum(counts.in_flight.values().copied()),
            health: self.health,
        }
    }
}

/// How long these were, together.
pub(super) fn stood_still(standstills: &[Standstill]) -> Micros {
    let lengths = standstills.iter().map(|one| one.length());
    lengths.fold(Micros::ZERO, Micros::plus)
}

fn operations<C: Counter>(sums: &[Option<Sum<C>>]) -> Vec<OperationSecond> {
    Operation::ALL
        .into_iter()
        .zip(sums)
        .filter_map(|(operation, sum)| {
            let sum = sum.as_ref()?;
            Some(OperationSecond {
                operation,
                by_class: sum.by_class,
                felt: Summary::of(&sum.felt),
            })
        })
        .collect()
}

impl<C: Counter> Sum<C> {
    fn new() -> Self {
        Self {
            by_class: [0; Class::ALL.len()],
            felt: Distribution::default(),
        }
    }
}
