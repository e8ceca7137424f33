//! The part of a plan that a run played, and the parts that a merged recording was made of.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::meta::StageSet;
use super::recording::{Ended, Recording};
use crate::plan::{Plan, Shard};
use crate::profile::Profile;

/// The part of a plan that a run played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The SHA-256, in hex, of what determines the whole plan and where it goes.
    pub plan: String,
    /// Which part it is.
    pub shard: Shard,
    /// Arrivals planned for this part. Of a long plan that is played whole an estimate, of a shard never.
    pub arrivals: u64,
    /// Arrivals of the whole plan; the same goes for them.
    pub arrivals_of_plan: u64,
}

impl Part {
    /// The part of `profile` that `plan` is.
    #[must_use]
    pub fn of(profile: &Profile, plan: &Plan) -> Self {
        // Shards are added up to exactly the plan's arrivals, however many there are. Of a long plan that takes a while.
        let (arrivals, arrivals_of_plan) = if plan.shard() == Shard::WHOLE {
            (plan.total(), plan.total_of_all_shards())
        } else {
            plan.counted()
        };
        Self {
            plan: fingerprint(profile),
            shard: plan.shard(),
            arrivals,
            arrivals_of_plan,
        }
    }

    /// The whole of the same plan.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self {
            plan: self.plan.clone(),
            shard: Shard::WHOLE,
            arrivals: self.arrivals_of_plan,
            arrivals_of_plan: self.arrivals_of_plan,
        }
    }
}

/// Over the program's version, the profile with its defaults written out and without its secrets, and the dialect, which
/// may be a file of its own. The seed and what the command line changes are in the profile.
#[must_use]
pub fn fingerprint(profile: &Profile) -> String {
    let mut hash = Sha256::new();
    hash.update(trtc_base::VERSION);
    hash.update([0]);
    hash.update(profile.resolved_toml());
    hash.update([0]);
    hash.update(format!("{:?}", profile.target().dialect));
    let mut hex = String::new();
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A shard that is in a merged recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedShard {
    /// Which.
    pub shard: Shard,
    /// Its run's own name.
    pub run: String,
    /// Arrivals planned for it.
    pub planned: u64,
    /// Those of them whose fate it recorded: started, or given up.
    pub observed: u64,
    /// How it ended.
    pub ended: Ended,
    /// Cores that it could use, at least 1.
    pub cores: u32,
    /// What its generator did to its own evidence, in words; empty where nothing.
    pub faults: Vec<String>,
}

/// How much of a plan a merged recording holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Arrivals whose fate was recorded: started, or given up.
    pub observed: u64,
    /// Arrivals of the whole plan.
    pub planned: u64,
    /// The shards that are not there at all.
    pub missing: Vec<Shard>,
}

impl Coverage {
    /// Observed of planned, in 0..=1; a plan of nothing is covered.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share; counts are far below 2^53"
    )]
    pub fn share(&self) -> f64 {
        if self.planned == 0 {
            return 1.0;
        }
        self.observed as f64 / self.planned as f64
    }
}

impl Recording {
    /// The shards that were merged into it, by their numbers; none in a run that is no merged one.
    #[must_use]
    pub fn shards(&self) -> &[MergedShard] {
        &self.shards
    }

    /// How much of the plan it holds; none in a run that is no merged one.
    #[must_use]
    pub fn coverage(&self) -> Option<Coverage> {
        let of = self.shards.first()?.shard.of();
        let is_here = |shard: &Shard| self.shards.iter().any(|here| here.shard == *shard);
        let all = (1..=of).filter_map(|number| Shard::new(number, of));
        Some(Coverage {
            observed: self.shards.iter().map(|shard| shard.observed).sum(),
            planned: self.meta.part.arrivals_of_plan,
            missing: all.filter(|shard| !is_here(shard)).collect(),
        })
    }

    /// What a merged recording keeps of this one, which is a shard's, beside its seconds.
    #[must_use]
    pub fn as_merged(&self, faults: Vec<String>) -> MergedShard {
        let Part {
            shard, arrivals, ..
        } = self.meta.part;
        let booked = self.started(StageSet::All) + self.not_started(StageSet::All);
        MergedShard {
            shard,
            run: self.meta.run.clone(),
            planned: arrivals,
            // What came due and was in nobody's hands when its process died was not observed.
            observed: booked.min(self.counts.due),
            ended: self.ended.clone(),
            cores: self.meta.cores,
            faults,
        }
    }
}
