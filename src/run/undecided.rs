//! Budgets that a plan cannot decide, told before the run instead of after it.

use std::fmt;

use super::planned::Planned;
use trtc_load_core::plan::Shard;
use trtc_load_core::verdict::needed;

/// A budget that could be broken and never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undecided {
    /// The budget.
    pub(crate) sentence: String,
    /// Samples that the plan brings, about.
    pub(crate) planned: u64,
    /// Samples that it takes.
    pub(crate) needed: u64,
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sentence,
            planned,
            needed,
        } = self;
        write!(
            f,
            "{sentence}: about {planned} samples planned, {needed} needed to keep it"
        )
    }
}

/// The profile's budgets for which the plan brings too few samples. A shard's are judged with the others'.
pub(crate) fn undecided(planned: &Planned) -> Vec<Undecided> {
    if planned.plan.shard() != Shard::WHOLE {
        return Vec::new();
    }
    let written = planned.profile.budgets().iter();
    let written = written.filter(|budget| !budget.origin.is_implied());
    let few = written.filter_map(|budget| {
        let needed = needed(budget);
        let expected = planned.plan.samples_expected(&planned.profile, budget)?;
        (expected < needed).then(|| Undecided {
            sentence: budget.sentence.clone(),
            planned: expected,
            needed,
        })
    });
    few.collect()
}
