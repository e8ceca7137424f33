//! The shards of one plan, added up into one recording.

use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::folder;
use trtc_base::error::Problem;
use trtc_load_core::profile::Profile;
use trtc_load_core::recorder::{
    Ended, Merged, MergedShard, Merger, Meta, Recording, cores_together,
};
use trtc_load_core::verdict;

/// A shard with its run's folder.
pub(crate) struct Part {
    pub(crate) folder: PathBuf,
    pub(crate) meta: Meta,
    pub(crate) merged: MergedShard,
}

impl Part {
    /// The shard whose run is in `folder`, judged by `profile`.
    pub(crate) fn read(folder: &Path, profile: &Profile) -> Result<Self, Problem> {
        let recording = Recording::read(folder)?;
        let faults = verdict::of_shard(&recording, profile);
        Ok(Self {
            folder: folder.to_owned(),
            meta: recording.meta().clone(),
            merged: recording.as_merged(faults),
        })
    }

    /// The fingerprint of the plan that it is a part of.
    pub(crate) fn plan(&self) -> &str {
        &self.meta.part.plan
    }
}

/// Says which shards may have been on one machine and are taken as on one each.
fn tell_unknown_machines(parts: &[Part]) {
    let unknown = parts.iter().filter(|part| part.meta.host.is_none());
    let unknown: Vec<String> = unknown.map(|part| part.merged.shard.to_string()).collect();
    if parts.len() > 1 && !unknown.is_empty() {
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "the machine of shard {} is not known: its cores are taken as its own",
            unknown.join(", ")
        );
    }
}

/// Writes the merged recording of finished runs.
pub(crate) fn merge(parts: &[Part], folder: &Path) -> Result<(), Problem> {
    let Some(first) = parts.first() else {
        return Ok(());
    };
    let is_everywhere =
        |label: &&(String, String)| parts.iter().all(|part| part.meta.labels.contains(label));
    let meta = Meta {
        run: folder::run_name(folder),
        labels: first
            .meta
            .labels
            .iter()
            .filter(is_everywhere)
            .cloned()
            .collect(),
        cores: cores_together(parts.iter().map(|part| &part.meta)),
        host: None,
        part: first.meta.part.whole(),
        ..first.meta.clone()
    };
    tell_unknown_machines(parts);
    let folders: Vec<PathBuf> = parts.iter().map(|part| part.folder.clone()).collect();
    let mut merger = Merger::begin(&folders, &meta, folder)?;
    for folder in &folders {
        merger.ended(folder);
    }
    loop {
        match merger.step()? {
            Merged::Second(_) => {}
            Merged::Unwritten(problem) => return Err(problem),
            Merged::Waits | Merged::Over => break,
        }
    }
    finish(&mut merger, parts, None)
}

/// Ends the merged recording. It ended as its shards did, unless its own evidence could not be written.
pub(crate) fn finish(
    merger: &mut Merger,
    parts: &[Part],
    unwritten: Option<&Problem>,
) -> Result<(), Problem> {
    let shards: Vec<MergedShard> = parts.iter().map(|part| part.merged.clone()).collect();
    let ended = unwritten.map_or_else(
        || ended(&shards),
        |problem| Ended::Unwritten(problem.what.clone()),
    );
    merger.finish(&ended, &shards)
}

/// How shards ended, as one run. One that was lost lowers the coverage, and the others may still be enough.
fn ended(shards: &[MergedShard]) -> Ended {
    let first = |is_it: fn(&Ended) -> bool| {
        let mut all = shards.iter().map(|shard| &shard.ended);
        all.find(|ended| is_it(ended)).cloned()
    };
    first(|ended| matches!(ended, Ended::Aborted(_)))
        .or_else(|| first(|ended| *ended == Ended::Interrupted))
        .or_else(|| first(|ended| matches!(ended, Ended::Cap(_))))
        .or_else(|| first(|ended| *ended == Ended::Completed))
        .or_else(|| first(|ended| matches!(ended, Ended::Damaged(_))))
        .or_else(|| first(|ended| *ended == Ended::MockEnded))
        .or_else(|| first(|ended| matches!(ended, Ended::Unwritten(_))))
        .unwrap_or(Ended::Lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trtc_load_core::plan::Shard;

    #[test]
    fn merged_shards_ended_as_the_one_that_ended_worst_and_a_lost_one_is_no_end_of_the_others() {
        let shard = |ended: &Ended| MergedShard {
            shard: Shard::WHOLE,
            run: String::new(),
            planned: 0,
            observed: 0,
            ended: ended.clone(),
            cores: 1,
            faults: Vec::new(),
        };
        let damaged = Ended::Damaged("a line".into());
        let unwritten = Ended::Unwritten("no room".into());
        let aborted = Ended::Aborted("errors".into());
        let cap = Ended::Cap("max_mau".into());
        let (completed, interrupted) = (Ended::Completed, Ended::Interrupted);
        for (shards, want) in [
            (vec![], Ended::Lost),
            (vec![&Ended::Lost], Ended::Lost),
            (vec![&Ended::Lost, &damaged], damaged.clone()),
            (vec![&Ended::Lost, &completed], Ended::Completed),
            (vec![&damaged, &completed], Ended::Completed),
            (vec![&completed, &cap], cap.clone()),
            (vec![&cap, &interrupted], Ended::Interrupted),
            (vec![&interrupted, &aborted], aborted.clone()),
            (vec![&Ended::Lost, &unwritten], unwritten.clone()),
            (vec![&unwritten, &completed], Ended::Completed),
        ] {
            let shards: Vec<_> = shards.into_iter().map(shard).collect();
            assert_eq!(ended(&shards), want);
        }
    }
}
