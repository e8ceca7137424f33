//! Whether a run kept its budgets, broke them, or proves nothing.
//!
//! In: a [`Recording`] and the profile's budgets. Out: [`Verdict`], with its reasons in words. Never here: printing,
//! files, clocks.
//!
//! `docs/verdict.md` gives every rule with its reason.

mod breaker;
mod budgets;
mod decisive;
mod early;
#[cfg(test)]
mod example;
mod generator;
mod generator_fault;
mod invariants;
mod samples;
mod shards;

pub use breaker::Breaker;
pub use budgets::{BudgetFinding, Finding, Measured};
pub use generator::{
    CPU_SHARE, CPU_TIME, LAG_FLOOR, LAG_LEAST_STEPS, LAG_SHARE, STANDSTILL_ALLOWED, THROTTLED_SHARE,
};
pub use generator_fault::GeneratorFault;
pub use invariants::{InvariantFinding, RuleState};
pub use samples::{LEAST_SAMPLES, needed};
pub use shards::of_shard;

use crate::plan::Shard;
use crate::profile::{Budget, BudgetOf, Profile};
use crate::recorder::{Ended, Invariant, Recording, StageSet};
use crate::session::Operation;
use trtc_base::error::Exit;

/// What a run proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every budget and every invariant was kept.
    Kept,
    /// A budget or an invariant was broken, or the run was aborted because the target failed.
    Broken,
    /// Neither can be said.
    Invalid,
}

impl Outcome {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Invalid => "invalid",
        }
    }
}

/// What a run proves, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// In one word.
    pub outcome: Outcome,
    /// For the pipeline.
    pub exit: Exit,
    /// One for each budget: the profile's in its order, then those that nobody writes.
    pub findings: Vec<BudgetFinding>,
    /// What was seen of every invariant.
    pub invariants: Vec<InvariantFinding>,
    /// What the generator did to its own evidence. Empty for a run that counts.
    pub generator: Vec<GeneratorFault>,
    /// In words, the ones that decide first. Those of a run that kept everything decide nothing: they name merged shards
    /// without an end where part of the plan is enough.
    pub reasons: Vec<String>,
}

/// Judges a run by its profile's budgets.
#[must_use]
pub fn judge(recording: &Recording, profile: &Profile) -> Verdict {
    judge_by(
        recording,
        profile.budgets(),
        profile.limits().least_coverage,
    )
}

/// Judges a run by these budgets. Merged shards must have observed `least_coverage` (in 0..=1) of their plan.
#[must_use]
pub fn judge_by(recording: &Recording, budgets: &[Budget], least_coverage: f64) -> Verdict {
    let budgets = watched(recording, budgets);
    let found = budgets
        .iter()
        .map(|budget| budgets::find(recording, budget));
    let findings: Vec<BudgetFinding> = found.collect();
    let invariants: Vec<InvariantFinding> = Invariant::ALL
        .into_iter()
        .map(|one| InvariantFinding::of(recording, one))
        .collect();
    let mut generator = shards::faults(recording, least_coverage);
    generator.extend(generator::faults(recording, &findings));
    let is_told = |one: &&BudgetFinding| generator.iter().any(|fault| fault.tells(&one.budget));
    let broken = findings.iter().filter(|one| !is_told(one));
    let broken = broken.filter_map(|one| broken_reason(recording, one));
    let only_doubts = generator.iter().all(GeneratorFault::is_a_doubt);
    let reasons = Reasons {
        only_doubts,
        invariants: invariants
            .iter()
            .filter_map(InvariantFinding::reason)
            .collect(),
        generator: generator.iter().map(ToString::to_string).collect(),
        broken: abort_reason(recording).into_iter().chain(broken).collect(),
        unknown: nothing_tried(recording)
            .into_iter()
            .chain(findings.iter().filter_map(unknown_reason))
            .collect(),
        notes: shards::notes(recording, least_coverage),
    };
    let (outcome, exit) = reasons.decide();
    Verdict {
        outcome,
        exit,
        findings,
        invariants,
        generator,
        reasons: reasons.in_order(),
    }
}

/// Reasons by their rank.
struct Reasons {
    /// Whether all that is said against the generator is that it could have decided some budget.
    only_doubts: bool,
    invariants: Vec<String>,
    generator: Vec<String>,
    broken: Vec<String>,
    unknown: Vec<String>,
    /// What decides nothing and is not hidden.
    notes: Vec<String>,
}

impl Reasons {
    /// Whether what the generator did stands behind what was broken: a doubt about one budget is none about another.
    const fn breaks_beyond_doubt(&self) -> bool {
        self.only_doubts && !self.broken.is_empty()
    }

    /// The first rank with a reason decides.
    const fn decide(&self) -> (Outcome, Exit) {
        // A broken rule is proof however late we were: no lag makes a target accept an ended session.
        if !self.invariants.is_empty() {
            (Outcome::Broken, Exit::Broken)
        } else if !self.generator.is_empty() && !self.breaks_beyond_doubt() {
            (Outcome::Invalid, Exit::Invalid)
        } else if !self.broken.is_empty() {
            (Outcome::Broken, Exit::Broken)
        } else if !self.unknown.is_empty() {
            (Outcome::Invalid, Exit::Invalid)
        } else {
            (Outcome::Kept, Exit::Kept)
        }
    }

    fn in_order(self) -> Vec<String> {
        let (first, second) = if self.breaks_beyond_doubt() {
            (self.broken, self.generator)
        } else {
            (self.generator, self.broken)
        };
        [self.invariants, first, second, self.unknown, self.notes].concat()
    }
}

/// The budgets, and those on errors of what was tried though nobody thought of it: errors never pass in silence.
fn watched(recording: &Recording, budgets: &[Budget]) -> Vec<Budget> {
    let is_watched = |operation| budgets.iter().any(|one| one.is_on_errors_of(operation));
    let is_tried = |operation: &Operation| {
        let steps = recording.by_class(*operation, StageSet::Measured);
        steps.iter().any(|count| *count > 0)
    };
    // A sum of others, each of which has its own.
    let parts = Operation::ALL
        .into_iter()
        .filter(|one| *one != Operation::SignIn);
    let more = parts.filter(|one| !is_watched(*one)).filter(is_tried);
    let more = more.map(Budget::implied);
    budgets.iter().cloned().chain(more).collect()
}

/// That the run did nothing at all, which keeps nothing. A shard may have no part in a small plan.
fn nothing_tried(recording: &Recording) -> Option<String> {
    let is_whole = recording.meta().part.shard == Shard::WHOLE;
    let steps = recording.seconds().iter().any(|second| second.done() > 0);
    if !is_whole || steps || recording.started(StageSet::All) > 0 {
        return None;
    }
    Some(match recording.counts().due {
        0 => "no arrival came due, so nothing was tried".to_owned(),
        due => format!("none of {due} arrivals was started, so nothing was tried"),
    })
}

fn abort_reason(recording: &Recording) -> Option<String> {
    match recording.ended() {
        Ended::Aborted(why) => Some(format!("the run was aborted: {why}")),
        Ended::Completed
        | Ended::Interrupted
        | Ended::Cap(_)
        | Ended::Unwritten(_)
        | Ended::MockEnded
        | Ended::Lost
        | Ended::Damaged(_) => None,
    }
}

fn broken_reason(recording: &Recording, one: &BudgetFinding) -> Option<String> {
    match one.finding {
        Finding::Broken { measured } => Some(format!(
            "{}: measured {measured} in {}{}{}",
            one.budget.sentence,
            samples(one.samples),
            enough(one),
            in_flight(recording, &one.budget.of)
        )),
        Finding::Kept { .. } | Finding::Unknown { .. } | Finding::NotChecked { .. } => None,
    }
}

fn samples(count: u64) -> String {
    match count {
        1 => "1 sample".to_owned(),
        more => format!("{more} samples"),
    }
}

/// How few samples could break it, and who asked for it.
fn enough(one: &BudgetFinding) -> String {
    let needed = needed(&one.budget);
    let few = if one.samples < needed {
        format!(", proof enough though it takes {needed} to keep it")
    } else {
        String::new()
    };
    let implied = if one.budget.origin.is_implied() {
        "; no budget of the profile limits these errors"
    } else {
        ""
    };
    few + implied
}

/// That steps of the budget's operation were under way while the generator stood still: theirs is no proof.
fn in_flight(recording: &Recording, of: &BudgetOf) -> String {
    let (BudgetOf::Latency(operation, ..)
    | BudgetOf::Phase(operation, ..)
    | BudgetOf::Errors(operation, _)) = of
    else {
        return String::new();
    };
    match recording.in_flight(*operation) {
        0 => String::new(),
        some => format!(
            "; {} in flight while the generator stood still",
            generator_fault::steps(some)
        ),
    }
}

fn unknown_reason(one: &BudgetFinding) -> Option<String> {
    match one.finding {
        Finding::Unknown {
            samples, needed, ..
        } => Some(format!(
            "{}: unknown, {samples} samples of at least {needed}",
            one.budget.sentence
        )),
        Finding::Kept { .. } | Finding::Broken { .. } | Finding::NotChecked { .. } => None,
    }
}

#[cfg(test)]
mod cut_tests;
#[cfg(test)]
mod tests;
