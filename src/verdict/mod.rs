//! Whether a run kept its budgets, broke them, or proves nothing.
//!
//! In: a [`Recording`] and the profile's budgets. Out: [`Verdict`], with its reasons in words. Never here: printing,
//! files, clocks.
//!
//! `docs/verdict.md` gives every rule with its reason.

mod breaker;
mod budgets;
mod decisive;
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

use crate::error::Exit;
use crate::profile::Budget;
use crate::profile::BudgetOf;
use crate::profile::Profile;
use crate::recorder::Ended;
use crate::recorder::Invariant;
use crate::recorder::Recording;
use crate::recorder::StageSet;
use crate::session::Class;
use crate::session::Operation;

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
    /// One for each budget, in the profile's order.
    pub findings: Vec<BudgetFinding>,
    /// What was seen of every invariant.
    pub invariants: Vec<InvariantFinding>,
    /// What the generator did to its own evidence. Empty for a run that counts.
    pub generator: Vec<GeneratorFault>,
    /// In words, the ones that decide first. Those of a run that kept everything decide nothing: they name operations that
    /// went wrong under no budget, and merged shards without an end where part of the plan is enough.
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
    let findings: Vec<BudgetFinding> = budgets
        .iter()
        .map(|budget| budgets::find(recording, budget))
        .collect();
    let invariants: Vec<InvariantFinding> = Invariant::ALL
        .into_iter()
        .map(|one| InvariantFinding::of(recording, one))
        .collect();
    let mut generator = shards::faults(recording, least_coverage);
    generator.extend(generator::faults(recording, &findings));
    let is_told = |one: &&BudgetFinding| generator.iter().any(|fault| fault.tells(&one.budget));
    let broken = findings.iter().filter(|one| !is_told(one));
    let broken = broken.filter_map(|one| broken_reason(recording, one));
    let reasons = Reasons {
        invariants: invariants
            .iter()
            .filter_map(InvariantFinding::reason)
            .collect(),
        generator: generator.iter().map(ToString::to_string).collect(),
        broken: abort_reason(recording).into_iter().chain(broken).collect(),
        unknown: findings.iter().filter_map(unknown_reason).collect(),
        notes: shards::notes(recording, least_coverage)
            .into_iter()
            .chain(unwatched(recording, budgets))
            .collect(),
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
    invariants: Vec<String>,
    generator: Vec<String>,
    broken: Vec<String>,
    unknown: Vec<String>,
    /// What decides nothing and is not hidden.
    notes: Vec<String>,
}

impl Reasons {
    /// The first rank with a reason decides.
    const fn decide(&self) -> (Outcome, Exit) {
        // A broken rule is proof however late we were: no lag makes a target accept an ended session.
        if !self.invariants.is_empty() {
            (Outcome::Broken, Exit::Broken)
        } else if !self.generator.is_empty() {
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
        [
            self.invariants,
            self.generator,
            self.broken,
            self.unknown,
            self.notes,
        ]
        .concat()
    }
}

/// Operations of which 1% or more went wrong, and no budget on errors looks. They decide nothing, and are not hidden.
fn unwatched(recording: &Recording, budgets: &[Budget]) -> Vec<String> {
    let watched = |operation| {
        let looks =
            |budget: &Budget| matches!(budget.of, BudgetOf::Errors(of, _) if of == operation);
        budgets.iter().any(looks)
    };
    let wrong = |operation: Operation| {
        let steps = recording.by_class(operation, StageSet::Measured);
        let count = |class: Class| steps[class.index()];
        let all: u64 = steps.iter().sum::<u64>() - count(Class::Expected);
        let errors: u64 = Class::ALL
            .into_iter()
            .filter(|class| class.is_error())
            .map(count)
            .sum();
        (errors > 0 && errors * 100 >= all && !watched(operation)).then(|| {
            format!("{operation}: {errors} of {all} steps went wrong, and no budget looks at them")
        })
    };
    Operation::ALL.into_iter().filter_map(wrong).collect()
}

fn abort_reason(recording: &Recording) -> Option<String> {
    match recording.ended() {
        Ended::Aborted(why) => Some(format!("the run was aborted: {why}")),
        Ended::Completed
        | Ended::Interrupted
        | Ended::Cap(_)
        | Ended::Unwritten(_)
        | Ended::Lost
        | Ended::Damaged(_) => None,
    }
}

fn broken_reason(recording: &Recording, one: &BudgetFinding) -> Option<String> {
    match one.finding {
        Finding::Broken { measured } => Some(format!(
            "{}: measured {measured} in {} samples{}",
            one.budget.sentence,
            one.samples,
            in_flight(recording, &one.budget.of)
        )),
        Finding::Kept { .. } | Finding::Unknown { .. } => None,
    }
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
        Finding::Kept { .. } | Finding::Broken { .. } => None,
    }
}

#[cfg(test)]
mod tests;
