//! A run, read back: everything that is printed, judged or exported is derived from this.

use std::collections::BTreeMap;

use super::distribution::Distribution;
use super::event::{Reason, Standing, Unsent, Violation};
use super::invariant::Invariant;
use super::meta::{Meta, StageSet};
use super::part::MergedShard;
use super::second::Second;
use super::standstill::Standstill;
use super::tally::Tally;
use super::unknown::Unknown;
use crate::profile::{Latency, ScenarioIx, StageIx};
use crate::session::{Cause, ChannelEnd, Class, Operation, Phase};
use trtc_base::units::Micros;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The schedule was played and its sessions ended.
    Completed,
    /// A person or the system stopped it.
    Interrupted,
    /// It stopped at a cap of the profile; which.
    Cap(String),
    /// An abort rule or the circuit breaker ended it; which, and why.
    Aborted(String),
    /// The recording has no end: the process was killed, or still runs.
    Lost,
    /// The built-in mock, which it loaded, ended before it was told to.
    MockEnded,
    /// Its evidence could not be written any more, and so it was ended; why.
    Unwritten(String),
    /// A line of the recording cannot be read, or its histograms are not there: it was changed, or copied in part. Which,
    /// and in what file. What follows it is not known.
    Damaged(String),
}

/// The steps of one operation, class and stage.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// From due to done.
    pub felt: Distribution,
    /// From sent to done; steps that sent nothing are not in it.
    pub served: Distribution,
}

impl Series {
    pub(super) const fn of(&mut self, latency: Latency) -> &mut Distribution {
        match latency {
            Latency::Felt => &mut self.felt,
            Latency::Served => &mut self.served,
        }
    }
}

/// Which steps a [`Series`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// What was done.
    pub operation: Operation,
    /// How it ended.
    pub class: Class,
    /// The stage of its due time.
    pub stage: StageIx,
}

/// Requests that went out and answers that came back. The difference was cut or is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Steps with a sent time.
    pub attempts: u64,
    /// Steps with a complete answer.
    pub answers: u64,
}

/// Requests that left, counted twice: by the client as the kernel took them, and by the outcomes that were booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Departures {
    /// Requests that the kernel took.
    pub handed: u64,
    /// Steps whose request did.
    pub booked: u64,
}

/// Accounts and logins of one app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AppCount {
    /// Distinct accounts with at least one successful login.
    pub accounts: u64,
    /// Successful logins.
    pub logins: u64,
}

/// A run, read back.
#[derive(Clone, Debug)]
pub struct Recording {
    pub(super) meta: Meta,
    pub(super) ended: Ended,
    pub(super) seconds: Vec<Second>,
    pub(super) steps: BTreeMap<SeriesKey, Series>,
    pub(super) scenario_steps: BTreeMap<(SeriesKey, ScenarioIx), Series>,
    pub(super) unstarted: BTreeMap<(StageIx, ScenarioIx), Distribution>,
    pub(super) phases: BTreeMap<(Operation, Phase, StageIx), Distribution>,
    pub(super) lag: BTreeMap<(Operation, StageIx), Distribution>,
    pub(super) blocked: BTreeMap<StageIx, Distribution>,
    pub(super) oversleep: BTreeMap<Option<StageIx>, Distribution>,
    pub(super) counts: Counts,
    pub(super) breaches: Vec<Violation>,
    pub(super) standstills: Vec<Standstill>,
    pub(super) shards: Vec<MergedShard>,
    pub(super) unknown: Unknown,
}

/// The counters of a run, or of a second of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Arrivals that came due by the plan.
    pub due: u64,
    /// Arrivals that a slot began, by stage and scenario.
    pub started: BTreeMap<(StageIx, ScenarioIx), u64>,
    /// Arrivals that were given up, by stage, scenario and reason.
    pub not_started: BTreeMap<(StageIx, ScenarioIx, Reason), u64>,
    /// Requests and answers.
    pub exchanges: BTreeMap<Operation, Exchange>,
    /// Requests that left, by two counts that have to agree when the run is over.
    pub departures: BTreeMap<Operation, Departures>,
    /// Steps that were planned and sent.
    pub as_planned: BTreeMap<Operation, u64>,
    /// Steps that were planned and not sent, by why.
    pub unsent: BTreeMap<(Operation, Unsent), u64>,
    /// Push channels that the target ended, by how and when.
    pub channel_ends: BTreeMap<(ChannelEnd, Standing), u64>,
    /// Why steps did not succeed, at most 1,000 kinds.
    pub causes: BTreeMap<(Operation, Class, Cause), u64>,
    /// Steps whose cause is of a kind beyond those 1,000.
    pub other_causes: u64,
    /// Accounts and logins by app, in the profile's order.
    pub apps: Vec<AppCount>,
    /// Logins that the documented rules would not have made.
    pub logins_beyond_rules: u64,
    /// Logins of accounts that the population does not have: a fault of the generator.
    pub strays: u64,
    /// How often session rules were checked, the broken ones included.
    pub checks: BTreeMap<Invariant, u64>,
    /// Seconds of recordings from before checks were counted: what they checked is not known.
    pub checks_untold: u64,
    /// Session rules that the target broke.
    pub breaches: BTreeMap<Invariant, u64>,
    /// What is only counted.
    pub tallies: BTreeMap<Tally, u64>,
    /// Steps that were in flight while the generator stood still.
    pub in_flight: BTreeMap<Operation, u64>,
}

impl Recording {
    /// What the run was.
    #[must_use]
    pub const fn meta(&self) -> &Meta {
        &self.meta
    }

    /// How it ended.
    #[must_use]
    pub const fn ended(&self) -> &Ended {
        &self.ended
    }

    /// Every second, ascending.
    #[must_use]
    pub fn seconds(&self) -> &[Second] {
        &self.seconds
    }

    /// All counters of the run.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The steps of one kind; none when there were none.
    #[must_use]
    pub fn series(&self, operation: Operation, class: Class, stage: StageIx) -> Option<&Series> {
        self.steps.get(&SeriesKey {
            operation,
            class,
            stage,
        })
    }

    /// Every kind of step that happened, in the order tables show them.
    pub fn all_series(&self) -> impl Iterator<Item = (SeriesKey, &Series)> {
        self.steps.iter().map(|(key, series)| (*key, series))
    }

    /// The same by scenario, for the operations that are kept so.
    pub fn scenario_series(&self) -> impl Iterator<Item = (SeriesKey, ScenarioIx, &Series)> {
        self.scenario_steps
            .iter()
            .map(|((key, scenario), series)| (*key, *scenario, series))
    }

    /// Steps of an operation by [`Class::index`].
    #[must_use]
    pub fn by_class(&self, operation: Operation, stages: StageSet) -> [u64; Class::ALL.len()] {
        let mut counts = [0; Class::ALL.len()];
        for stage in self.meta.stages_in(stages) {
            for class in Class::ALL {
                counts[class.index()] += self
                    .series(operation, class, stage)
                    .map_or(0, |series| series.felt.count());
            }
        }
        counts
    }

    /// The latency that a budget sees: successes, timeouts (at no less than their limit) and, where `felt` is asked and
    /// the operation begins a scenario, the arrivals that no slot took.
    #[must_use]
    pub fn latency(
        &self,
        operation: Operation,
        stages: StageSet,
        latency: Latency,
    ) -> Distribution {
        let mut all = Distribution::default();
        if !operation.has_latency() {
            return all;
        }
        for stage in self.meta.stages_in(stages) {
            for class in [Class::Success, Class::Timeout] {
                if let Some(series) = self.series(operation, class, stage) {
                    all.add(match latency {
                        Latency::Felt => &series.felt,
                        Latency::Served => &series.served,
                    });
                }
            }
            if latency == Latency::Felt {
                self.add_unstarted(operation, stage, &mut all);
            }
        }
        all
    }

    /// The latency that a budget of `limit` sees: as [`Recording::latency`], and of the steps that were cut those that had
    /// waited for so long already. How long the others would have taken nobody knows.
    #[must_use]
    pub fn latency_against(
        &self,
        (operation, stages): (Operation, StageSet),
        latency: Latency,
        limit: Micros,
    ) -> Distribution {
        let mut all = self.latency(operation, stages, latency);
        if !operation.has_latency() {
            return all;
        }
        for stage in self.meta.stages_in(stages) {
            if let Some(series) = self.series(operation, Class::Cut, stage) {
                all.add(&match latency {
                    Latency::Felt => series.felt.from(limit),
                    Latency::Served => series.served.from(limit),
                });
            }
        }
        all
    }

    fn add_unstarted(&self, operation: Operation, stage: StageIx, all: &mut Distribution) {
        for (index, scenario) in (0..=u8::MAX).zip(&self.meta.scenarios) {
            if !scenario.first.contains(&operation) {
                continue;
            }
            if let Some(waits) = self.unstarted.get(&(stage, ScenarioIx(index))) {
                all.add(waits);
            }
        }
    }

    /// How long a phase took, in every step of `operation` that went through it, however the step ended. A step without
    /// an answer counts in the phase in which it hung, at no less than the step's limit.
    #[must_use]
    pub fn phase(&self, operation: Operation, phase: Phase, stages: StageSet) -> Distribution {
        let mut all = Distribution::default();
        for stage in self.meta.stages_in(stages) {
            if let Some(took) = self.phases.get(&(operation, phase, stage)) {
                all.add(took);
            }
        }
        all
    }

    /// What the generator lost between ready and sent, in steps of `operation`; all operations where none is named.
    #[must_use]
    pub fn lag(&self, operation: Option<Operation>, stages: StageSet) -> Distribution {
        let mut all = Distribution::default();
        for stage in self.meta.stages_in(stages) {
            for op in Operation::ALL {
                if operation.is_none_or(|one| one == op)
                    && let Some(lag) = self.lag.get(&(op, stage))
                {
                    all.add(lag);
                }
            }
        }
        all
    }

    /// How long arrivals waited for a free slot: the target's doing.
    #[must_use]
    pub fn blocked(&self, stages: StageSet) -> Distribution {
        let mut all = Distribution::default();
        for stage in self.meta.stages_in(stages) {
            if let Some(blocked) = self.blocked.get(&stage) {
                all.add(blocked);
            }
        }
        all
    }

    /// How much too late the generator's own timer woke: what it waited for a core.
    #[must_use]
    pub fn oversleep(&self, stages: StageSet) -> Distribution {
        let mut all = Distribution::default();
        for stage in self.meta.stages_in(stages) {
            if let Some(late) = self.oversleep.get(&Some(stage)) {
                all.add(late);
            }
        }
        all
    }

    /// When the generator stood still, ascending.
    #[must_use]
    pub fn standstills(&self) -> &[Standstill] {
        &self.standstills
    }

    /// Steps of `operation` that were in flight while the generator stood still.
    #[must_use]
    pub fn in_flight(&self, operation: Operation) -> u64 {
        self.counts.in_flight.get(&operation).copied().unwrap_or(0)
    }

    /// Arrivals that a slot began.
    #[must_use]
    pub fn started(&self, stages: StageSet) -> u64 {
        self.meta
            .stages_in(stages)
            .map(|stage| in_stage(&self.counts.started, stage, |key| key.0))
            .fold(0, u64::saturating_add)
    }

    /// Arrivals that were given up, for any reason.
    #[must_use]
    pub fn not_started(&self, stages: StageSet) -> u64 {
        self.meta
            .stages_in(stages)
            .map(|stage| in_stage(&self.counts.not_started, stage, |key| key.0))
            .fold(0, u64::saturating_add)
    }

    /// Arrivals that were given up, by stage and reason.
    #[must_use]
    pub fn not_started_by_reason(&self) -> BTreeMap<(StageIx, Reason), u64> {
        let mut all = BTreeMap::new();
        for ((stage, _, reason), count) in &self.counts.not_started {
            let sum: &mut u64 = all.entry((*stage, *reason)).or_default();
            *sum = sum.saturating_add(*count);
        }
        all
    }

    /// The first breaches, whole, at most 100. All are counted in [`Counts::breaches`].
    #[must_use]
    pub fn breaches(&self) -> &[Violation] {
        &self.breaches
    }

    /// Rows that a later program wrote, and this one does not know.
    #[must_use]
    pub const fn unknown(&self) -> &Unknown {
        &self.unknown
    }

    /// The most devices online at once.
    #[must_use]
    pub fn online_peak(&self) -> u64 {
        self.seconds
            .iter()
            .map(|second| second.online_peak)
            .max()
            .unwrap_or(0)
    }

    /// Distinct accounts with at least one successful login, all apps.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.counts.accounts()
    }

    /// Successful logins, all apps.
    #[must_use]
    pub fn logins(&self) -> u64 {
        self.counts.logins()
    }
}

fn in_stage<K>(counts: &BTreeMap<K, u64>, stage: StageIx, stage_of: impl Fn(&K) -> StageIx) -> u64 {
    counts
        .iter()
        .filter(|(key, _)| stage_of(key) == stage)
        .fold(0, |sum, (_, count)| sum.saturating_add(*count))
}
