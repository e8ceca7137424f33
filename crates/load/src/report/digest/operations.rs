//! How each operation fared: counts by class, and both latencies.

use serde::Serialize;

use crate::profile::Latency;
use crate::recorder::{Distribution, Recording, Series, StageSet};
use crate::session::{Class, Operation};
use trtc_base::figure::Millis;

/// One operation.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct OperationRow {
    /// Its name.
    pub(in crate::report) operation: &'static str,
    /// Steps with a sent time, in all stages.
    pub(in crate::report) attempts: u64,
    /// Steps with a complete answer, in all stages.
    pub(in crate::report) answers: u64,
    /// All measured stages together: what a budget without `in STAGE` covers.
    pub(in crate::report) measured: Steps,
    /// Each stage that had steps of it.
    pub(in crate::report) stages: Vec<StageSteps>,
}

/// The steps of an operation in one stage.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct StageSteps {
    /// The stage's name.
    pub(in crate::report) stage: String,
    /// Its steps.
    pub(in crate::report) steps: Steps,
}

/// The steps of an operation in one scenario, in the measured stages.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct ScenarioRow {
    /// The scenario's name.
    pub(in crate::report) scenario: String,
    /// The operation's name.
    pub(in crate::report) operation: &'static str,
    /// Its steps.
    pub(in crate::report) steps: Steps,
}

/// Counts and latencies.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Steps {
    /// Steps that ended, whatever their class.
    pub(in crate::report) count: u64,
    /// The same by class.
    pub(in crate::report) classes: Classes,
    /// What a latency budget sees, from due to done: successes, timeouts, arrivals that no slot took.
    pub(in crate::report) felt: Option<Quantiles>,
    /// The same from sent to done: successes and timeouts.
    pub(in crate::report) served: Option<Quantiles>,
}

/// Steps by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Classes {
    pub(in crate::report) success: u64,
    pub(in crate::report) expected: u64,
    pub(in crate::report) timeout: u64,
    pub(in crate::report) throttled: u64,
    pub(in crate::report) failed: u64,
    pub(in crate::report) cut: u64,
}

/// Points of a distribution, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::report) struct Quantiles {
    /// How many durations.
    pub(in crate::report) samples: u64,
    pub(in crate::report) p50: Millis,
    pub(in crate::report) p90: Millis,
    pub(in crate::report) p95: Millis,
    pub(in crate::report) p99: Millis,
    #[serde(rename = "p99.9")]
    pub(in crate::report) p999: Millis,
    pub(in crate::report) max: Millis,
    pub(in crate::report) mean: Millis,
}

impl Classes {
    /// From counts by [`Class::index`].
    pub(in crate::report) fn of(counts: [u64; Class::ALL.len()]) -> Self {
        let of = |class: Class| counts[class.index()];
        Self {
            success: of(Class::Success),
            expected: of(Class::Expected),
            timeout: of(Class::Timeout),
            throttled: of(Class::Throttled),
            failed: of(Class::Failed),
            cut: of(Class::Cut),
        }
    }

    /// Steps that count against `errors`.
    pub(in crate::report) const fn errors(&self) -> u64 {
        self.timeout + self.throttled + self.failed
    }

    const fn all(&self) -> u64 {
        self.success + self.expected + self.errors() + self.cut
    }
}

impl Quantiles {
    /// Of a distribution; none when it is empty.
    pub(in crate::report) fn of(all: &Distribution) -> Option<Self> {
        let [p50, p90, p95, p99, p999] = all.quantiles([0.5, 0.9, 0.95, 0.99, 0.999])?.map(Millis);
        Some(Self {
            samples: all.count(),
            p50,
            p90,
            p95,
            p99,
            p999,
            max: Millis(all.max()?),
            mean: Millis(all.mean()?),
        })
    }
}

/// Every operation that was tried or that somebody waited for, in the order of [`Operation::ALL`].
pub(super) fn operations(recording: &Recording) -> Vec<OperationRow> {
    Operation::ALL
        .into_iter()
        .filter_map(|operation| row(recording, operation))
        .collect()
}

fn row(recording: &Recording, operation: Operation) -> Option<OperationRow> {
    let meta = recording.meta();
    let exchange = recording.counts().exchanges.get(&operation).copied();
    let stages: Vec<StageSteps> = meta
        .stages_in(StageSet::All)
        .filter_map(|stage| {
            let steps = steps(recording, operation, StageSet::One(stage));
            let is_there = steps.count > 0 || steps.felt.is_some();
            is_there.then(|| StageSteps {
                stage: meta.stage_name(stage).to_owned(),
                steps,
            })
        })
        .collect();
    if exchange.is_none() && stages.is_empty() {
        return None;
    }
    let exchange = exchange.unwrap_or_default();
    Some(OperationRow {
        operation: operation.name(),
        attempts: exchange.attempts,
        answers: exchange.answers,
        measured: steps(recording, operation, StageSet::Measured),
        stages,
    })
}

fn steps(recording: &Recording, operation: Operation, stages: StageSet) -> Steps {
    let classes = Classes::of(recording.by_class(operation, stages));
    let latency = |which| Quantiles::of(&recording.latency(operation, stages, which));
    Steps {
        count: classes.all(),
        classes,
        felt: latency(Latency::Felt),
        served: latency(Latency::Served),
    }
}

/// Login and relogin in the measured stages by scenario; arrivals that no slot took are not in these latencies.
pub(super) fn scenarios(recording: &Recording) -> Vec<ScenarioRow> {
    let meta = recording.meta();
    let measured: Vec<_> = meta.stages_in(StageSet::Measured).collect();
    let mut rows = Vec::new();
    for (index, scenario) in (0..=u8::MAX).zip(&meta.scenarios) {
        for operation in Operation::ALL {
            let mut counts = [0; Class::ALL.len()];
            let mut all = Series::default();
            for (key, of, series) in recording.scenario_series() {
                if of.0 != index || key.operation != operation || !measured.contains(&key.stage) {
                    continue;
                }
                counts[key.class.index()] += series.felt.count();
                if matches!(key.class, Class::Success | Class::Timeout) {
                    all.felt.add(&series.felt);
                    all.served.add(&series.served);
                }
            }
            let classes = Classes::of(counts);
            if classes.all() > 0 {
                rows.push(ScenarioRow {
                    scenario: scenario.name.clone(),
                    operation: operation.name(),
                    steps: Steps {
                        count: classes.all(),
                        classes,
                        felt: Quantiles::of(&all.felt),
                        served: Quantiles::of(&all.served),
                    },
                });
            }
        }
    }
    rows
}
