//! What merged shards prove: each is judged by itself, for one that was late hides in the sum of many.

use super::generator_fault::GeneratorFault;
use super::judge;
use crate::profile::Profile;
use crate::recorder::Coverage;
use crate::recorder::Recording;

/// What the generator of one shard did to its own evidence, in words. How a shard ended is no part of it: a merged
/// recording says that of all of them.
#[must_use]
pub fn of_shard(recording: &Recording, profile: &Profile) -> Vec<String> {
    let is_its_own = |fault: &&GeneratorFault| match fault {
        GeneratorFault::Lag { .. }
        | GeneratorFault::Oversleep { .. }
        | GeneratorFault::Standstill { .. }
        | GeneratorFault::Throttled { .. }
        | GeneratorFault::Cpu { .. }
        | GeneratorFault::Exhausted(_)
        | GeneratorFault::Panics(_)
        | GeneratorFault::Strays(_)
        | GeneratorFault::Uncounted(_) => true,
        // A budget is decided by all shards together, and so is what could have decided it.
        GeneratorFault::CouldDecide { .. }
        | GeneratorFault::Interrupted
        | GeneratorFault::Cap(_)
        | GeneratorFault::Lost
        | GeneratorFault::Shard { .. }
        | GeneratorFault::Coverage { .. } => false,
    };
    let verdict = judge(recording, profile);
    let faults = verdict.generator.iter().filter(is_its_own);
    faults.map(ToString::to_string).collect()
}

/// What makes merged shards prove nothing: too little of the plan, or one of them.
pub(super) fn faults(recording: &Recording, least: f64) -> Vec<GeneratorFault> {
    let coverage = recording
        .coverage()
        .filter(|coverage| coverage.share() < least)
        .map(|coverage| GeneratorFault::Coverage { coverage, least });
    let own = recording.shards().iter().flat_map(|merged| {
        merged.faults.iter().map(|fault| GeneratorFault::Shard {
            shard: merged.shard,
            fault: fault.clone(),
        })
    });
    coverage.into_iter().chain(own).collect()
}

/// How much of the plan is there, and what is missing, in words.
pub(super) fn too_little(coverage: &Coverage, least: f64) -> String {
    let missing = match coverage.missing.as_slice() {
        [] => String::new(),
        [one] => format!("; shard {one} is missing"),
        [first, rest @ ..] => format!("; shard {first} and {} more are missing", rest.len()),
    };
    format!(
        "{:.2}% of the plan was observed ({} of {} arrivals), at least {:.2}% is needed{missing}",
        coverage.share() * 100.0,
        coverage.observed,
        coverage.planned,
        least * 100.0
    )
}
