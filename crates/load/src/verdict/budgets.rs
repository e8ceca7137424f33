//! What the recording says of one budget.

use std::fmt;

use super::decisive::{AddedDelays, Asked, over_by_the_target};
use super::early::Wrong;
use super::samples::needed;
use crate::profile::{Budget, BudgetOf, Latency, Quantile};
use crate::recorder::{Distribution, OperationSecond, Recording, StageSet, Summary};
use crate::session::{Class, Operation};
use trtc_base::units::Micros;

/// What a run says of one budget.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetFinding {
    /// The budget.
    pub budget: Budget,
    /// Kept, broken or unknown.
    pub finding: Finding,
    /// The samples it was judged on.
    pub samples: u64,
    /// The first second that broke it by itself; none where seconds do not keep that number, or none did.
    pub since: Option<u64>,
}

/// Kept, broken or unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Finding {
    /// The measured value is within the limit.
    Kept {
        /// The value.
        measured: Measured,
    },
    /// It is not.
    Broken {
        /// The value.
        measured: Measured,
    },
    /// Not a pass: too few samples keep no promise.
    Unknown {
        /// What these few samples say: preliminary, it decides nothing. None without samples.
        measured: Option<Measured>,
        /// The samples there are.
        samples: u64,
        /// The samples it takes.
        needed: u64,
    },
    /// The same of a budget that the program adds: this decides nothing.
    NotChecked {
        /// What these few samples say. None without samples.
        measured: Option<Measured>,
        /// The samples there are.
        samples: u64,
        /// The samples it takes.
        needed: u64,
    },
}

/// A measured value in its own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// A latency.
    Time(Micros),
    /// A share, in 0..=1.
    Share(f64),
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => time.fmt(f),
            Self::Share(share) => write!(f, "{:.2}%", share * 100.0),
        }
    }
}

/// A budget's value before its samples are counted.
struct Reading {
    samples: u64,
    /// None without samples.
    measured: Option<Measured>,
    /// Whether the value is on the right side of its limit.
    within: bool,
    /// What is on the wrong side, where few samples have to decide.
    wrong: Wrong,
}

/// What `recording` says of `budget`.
pub(super) fn find(recording: &Recording, budget: &Budget) -> BudgetFinding {
    let reading = Reading::of(recording, budget);
    let finding = reading.finding(budget);
    let since = match finding {
        Finding::Broken { .. } => first_second(recording, budget),
        Finding::Kept { .. } | Finding::Unknown { .. } | Finding::NotChecked { .. } => None,
    };
    BudgetFinding {
        budget: budget.clone(),
        finding,
        samples: reading.samples,
        since,
    }
}

/// What of a recording a latency budget asks for: the operation, the point and its limit, and the steps.
pub(super) fn asked(
    recording: &Recording,
    budget: &Budget,
) -> Option<(Operation, Asked, Distribution)> {
    let set = StageSet::from(budget.stage);
    let (operation, quantile, latency, limit, all) = match budget.of {
        BudgetOf::Latency(operation, quantile, latency, limit) => {
            let all = recording.latency_against((operation, set), latency, limit.0);
            (operation, quantile, latency, limit, all)
        }
        // A phase begins after the step was sent: as with what is served, only a late look at its end is ours.
        BudgetOf::Phase(operation, phase, quantile, limit) => {
            let all = recording.phase(operation, phase, set);
            (operation, quantile, Latency::Served, limit, all)
        }
        BudgetOf::Errors(..) | BudgetOf::ArrivalsStarted(_) => return None,
    };
    let asked = Asked {
        quantile,
        latency,
        limit: limit.0,
    };
    Some((operation, asked, all))
}

impl Reading {
    fn of(recording: &Recording, budget: &Budget) -> Self {
        let set = StageSet::from(budget.stage);
        match budget.of {
            BudgetOf::Errors(operation, limit) => {
                let by_class = recording.by_class(operation, set);
                let (errors, judged) = (errors(&by_class), judged(&by_class));
                let share = share(errors, judged);
                Self {
                    samples: judged,
                    measured: share.map(Measured::Share),
                    within: share.is_some_and(|share| share < limit),
                    wrong: Wrong::Among {
                        wrong: errors,
                        allowed: limit,
                    },
                }
            }
            BudgetOf::ArrivalsStarted(limit) => {
                let (started, wrong) = (recording.started(set), recording.not_started(set));
                let share = share(started, started + wrong);
                Self {
                    samples: started + wrong,
                    measured: share.map(Measured::Share),
                    within: share.is_some_and(|share| share > limit),
                    wrong: Wrong::Among {
                        wrong,
                        allowed: 1.0 - limit,
                    },
                }
            }
            BudgetOf::Latency(..) | BudgetOf::Phase(..) => Self::of_latency(recording, budget),
        }
    }

    fn of_latency(recording: &Recording, budget: &Budget) -> Self {
        let Some((operation, asked, all)) = asked(recording, budget) else {
            return Self {
                samples: 0,
                measured: None,
                within: false,
                wrong: Wrong::Unseen,
            };
        };
        let measured = value(&all, asked.quantile);
        let own = AddedDelays::of(recording, operation, StageSet::from(budget.stage));
        let wrong = over_by_the_target(&all, asked, &own);
        Self {
            samples: all.count(),
            measured: measured.map(Measured::Time),
            within: measured.is_some_and(|value| value < asked.limit),
            wrong: match asked.quantile {
                Quantile::Share(share) => Wrong::Among {
                    wrong,
                    allowed: 1.0 - share,
                },
                Quantile::Max if wrong > 0 => Wrong::Proven,
                Quantile::Max | Quantile::Mean => Wrong::Unseen,
            },
        }
    }

    fn finding(&self, budget: &Budget) -> Finding {
        let needed = needed(budget);
        let (samples, is_enough) = (self.samples, self.samples >= needed);
        match self.measured {
            Some(measured) if is_enough && self.within => Finding::Kept { measured },
            Some(measured) if is_enough || self.wrong.breaks(samples, budget.origin) => {
                Finding::Broken { measured }
            }
            measured if budget.origin.is_implied() => Finding::NotChecked {
                measured,
                samples,
                needed,
            },
            measured => Finding::Unknown {
                measured,
                samples,
                needed,
            },
        }
    }
}

/// The point of a distribution that a budget asks for.
pub(super) fn value(all: &Distribution, quantile: Quantile) -> Option<Micros> {
    match quantile {
        Quantile::Share(share) => all.quantile(share),
        Quantile::Max => all.max(),
        // Rounded up: rounding must not keep a budget.
        Quantile::Mean => (!all.is_empty()).then(|| Micros(all.exact().sum.div_ceil(all.count()))),
    }
}

/// Steps that an errors budget counts: expected and cut ones stand apart.
fn judged(by_class: &[u64; Class::ALL.len()]) -> u64 {
    let judged = Class::ALL.into_iter().filter(|class| class.is_judged());
    judged.map(|class| by_class[class.index()]).sum()
}

fn errors(by_class: &[u64; Class::ALL.len()]) -> u64 {
    let errors = Class::ALL.into_iter().filter(|class| class.is_error());
    errors.map(|class| by_class[class.index()]).sum()
}

fn error_share(by_class: &[u64; Class::ALL.len()]) -> Option<f64> {
    share(errors(by_class), judged(by_class))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The first second that broke the budget by itself.
fn first_second(recording: &Recording, budget: &Budget) -> Option<u64> {
    let set = StageSet::from(budget.stage);
    let stages: Vec<_> = recording.meta().stages_in(set).collect();
    let breaks = |operations: &[OperationSecond]| match budget.of {
        BudgetOf::Latency(operation, quantile, Latency::Felt, limit) => {
            of(operations, operation).and_then(|one| at(one.felt?, quantile)) >= Some(limit.0)
        }
        BudgetOf::Errors(operation, limit) => of(operations, operation)
            .and_then(|one| error_share(&one.by_class))
            .is_some_and(|share| share >= limit),
        BudgetOf::Latency(_, _, Latency::Served, _)
        | BudgetOf::Phase(..)
        | BudgetOf::ArrivalsStarted(_) => false,
    };
    recording
        .seconds()
        .iter()
        .filter(|second| {
            let stage = recording.meta().stage_at(Micros::from_secs(second.second));
            stage.is_some_and(|stage| stages.contains(&stage))
        })
        .find(|second| breaks(&second.operations))
        .map(|second| second.second)
}

fn of(operations: &[OperationSecond], operation: Operation) -> Option<OperationSecond> {
    operations
        .iter()
        .find(|one| one.operation == operation)
        .copied()
}

/// The quantile of a second, where seconds keep it.
fn at(summary: Summary, quantile: Quantile) -> Option<Micros> {
    let kept = [
        (0.5, summary.p50),
        (0.95, summary.p95),
        (0.99, summary.p99),
        (0.999, summary.p999),
    ];
    match quantile {
        Quantile::Share(share) => kept
            .into_iter()
            .find(|(one, _)| (one - share).abs() < 1e-9)
            .map(|(_, value)| value),
        Quantile::Max => Some(summary.max),
        Quantile::Mean => None,
    }
}

#[cfg(test)]
mod tests;
