//! How much of its plan a merged run holds, and what became of each shard.

use serde::Serialize;

use super::run::ended;
use crate::recorder::{MergedShard, Recording};
use trtc_base::figure;

/// How much of the plan merged shards hold.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct CoverageBlock {
    /// Planned arrivals observed as a share of those of the whole plan, in 0..=1.
    pub(in crate::report) share: f64,
    /// Planned arrivals whose fate was recorded: started, or given up.
    pub(in crate::report) observed: u64,
    /// Arrivals of the whole plan.
    pub(in crate::report) planned: u64,
    /// Every shard of the plan, the missing ones too.
    pub(in crate::report) shards: Vec<ShardRow>,
}

/// A shard of the plan. Only its number is known of one that is missing.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct ShardRow {
    /// Such as `3/8`.
    pub(in crate::report) shard: String,
    /// Its run's own name.
    pub(in crate::report) run: Option<String>,
    /// Arrivals planned for it.
    pub(in crate::report) planned: Option<u64>,
    /// Those whose fate it recorded.
    pub(in crate::report) observed: Option<u64>,
    /// The one as a share of the other.
    pub(in crate::report) share: Option<f64>,
    /// How it ended, or `missing`.
    pub(in crate::report) ended: &'static str,
    /// Which cap or abort rule ended it, and why.
    pub(in crate::report) ended_by: Option<String>,
    /// Cores that it could use.
    pub(in crate::report) cores: Option<u32>,
    /// What its generator did to its own evidence.
    pub(in crate::report) faults: Vec<String>,
}

impl CoverageBlock {
    /// None in a run that is no merged one.
    pub(super) fn of(recording: &Recording) -> Option<Self> {
        let coverage = recording.coverage()?;
        let missing = coverage.missing.iter().map(|shard| {
            let row = ShardRow {
                shard: shard.to_string(),
                run: None,
                planned: None,
                observed: None,
                share: None,
                ended: "missing",
                ended_by: None,
                cores: None,
                faults: Vec::new(),
            };
            (*shard, row)
        });
        let merged = recording.shards().iter().map(|one| (one.shard, row(one)));
        let mut shards: Vec<_> = merged.chain(missing).collect();
        shards.sort_by_key(|(shard, _)| *shard);
        Some(Self {
            share: coverage.share(),
            observed: coverage.observed,
            planned: coverage.planned,
            shards: shards.into_iter().map(|(_, row)| row).collect(),
        })
    }

    /// In one line, for people.
    pub(in crate::report) fn text(&self) -> String {
        let there = self.shards.iter().filter(|row| row.run.is_some()).count();
        format!(
            "{} of the plan: {} of {} arrivals, {there} of {} shards",
            figure::share(Some(self.share)),
            figure::count(self.observed),
            figure::count(self.planned),
            self.shards.len()
        )
    }

    /// A line for each shard that did not end as planned.
    pub(in crate::report) fn unfinished(&self) -> Vec<String> {
        let line = |row: &ShardRow| {
            let seen = row.observed.zip(row.planned).map(|(observed, planned)| {
                let (observed, planned) = (figure::count(observed), figure::count(planned));
                format!(": {observed} of {planned} arrivals")
            });
            format!(
                "shard {} {}{}",
                row.shard,
                row.ended,
                seen.unwrap_or_default()
            )
        };
        let rows = self.shards.iter().filter(|row| row.ended != "completed");
        rows.map(line).collect()
    }
}

fn row(merged: &MergedShard) -> ShardRow {
    let (ended, ended_by) = ended(&merged.ended);
    ShardRow {
        shard: merged.shard.to_string(),
        run: Some(merged.run.clone()),
        planned: Some(merged.planned),
        observed: Some(merged.observed),
        share: figure::part(merged.observed, merged.planned),
        ended,
        ended_by,
        cores: Some(merged.cores),
        faults: merged.faults.clone(),
    }
}
