//! `trtc-load merge RUN...`: the shards of one plan, added up into one run with one verdict.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;

use super::Output;
use super::folder;
use super::report;
use super::report::Ran;
use trtc_base::error::Exit;
use trtc_base::error::Problem;
use trtc_load_core::plan::Shard;
use trtc_load_core::profile::Profile;
use trtc_load_core::recorder::Ended;
use trtc_load_core::recorder::Merged;
use trtc_load_core::recorder::MergedShard;
use trtc_load_core::recorder::Merger;
use trtc_load_core::recorder::Meta;
use trtc_load_core::recorder::Recording;
use trtc_load_core::recorder::cores_together;
use trtc_load_core::verdict;

/// Add up the shards of one plan: one run with one verdict. Exits with it.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The folders of the shards' runs.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Where the merged run's folder goes.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// The result as a table for people or as JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

/// A shard with its run's folder.
pub(super) struct Part {
    folder: PathBuf,
    meta: Meta,
    merged: MergedShard,
}

impl Part {
    /// The shard whose run is in `folder`, judged by `profile`.
    pub(super) fn read(folder: &Path, profile: &Profile) -> Result<Self, Problem> {
        let recording = Recording::read(folder)?;
        let faults = verdict::of_shard(&recording, profile);
        Ok(Self {
            folder: folder.to_owned(),
            meta: recording.meta().clone(),
            merged: recording.as_merged(faults),
        })
    }

    /// The fingerprint of the plan that it is a part of.
    fn plan(&self) -> &str {
        &self.meta.part.plan
    }
}

/// Merges the runs and prints the verdict.
///
/// # Errors
/// When the runs are not distinct shards of one plan and one start, or the merged run cannot be written.
pub fn run(args: &MergeArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let one = |problem| vec![problem];
    let Some(first) = args.runs.first() else {
        return Ok(Exit::BadInput);
    };
    let profile = report::profile_of(first)?;
    let parts = args.runs.iter().map(|run| Part::read(run, &profile));
    let mut parts = parts.collect::<Result<Vec<_>, _>>().map_err(one)?;
    check(&parts).map_err(one)?;
    judged_alike(&args.runs).map_err(one)?;
    parts.sort_by_key(|part| part.merged.shard);
    let folder = folder::open(&args.out, &profile, Shard::WHOLE).map_err(one)?;
    let written = write(&parts, &folder).map_err(one);
    written.inspect_err(|_| folder::take_back(&folder, &profile))?;
    let recording = Recording::read(&folder);
    let ran = Ran::of(&folder, recording, Vec::new())?;
    report::of_run(ran, &profile, args.output, out)
}

/// Refuses runs that cannot be added up.
fn check(parts: &[Part]) -> Result<(), Problem> {
    let Some(first) = parts.first() else {
        return Ok(());
    };
    for (index, part) in parts.iter().enumerate() {
        let place = part.folder.display().to_string();
        let (shard, of_first) = (part.merged.shard, first.merged.shard);
        let refuse = |what: String, remedy: &str| Err(Problem::bad_input(&place, what, remedy));
        if shard == Shard::WHOLE {
            return refuse(
                "this run is no shard: it played a whole plan, or is merged already".into(),
                "name the folders of runs with --shard, or those inside a run with --workers",
            );
        }
        if part.plan() != first.plan() || shard.of() != of_first.of() {
            return refuse(
                format!(
                    "it is shard {shard} of another plan than that of {}",
                    first.folder.display()
                ),
                "name shards of one plan: the same profile, seed, target, program and number of shards",
            );
        }
        if part.meta.started_at != first.meta.started_at {
            return refuse(
                format!("it started at another time than {}", first.folder.display()),
                "name shards of one run: all of them have the same --start-at",
            );
        }
        let mut before = parts.iter().take(index);
        if let Some(twice) = before.find(|before| before.merged.shard == shard) {
            return refuse(
                format!(
                    "shard {shard} is there twice, here and in {}",
                    twice.folder.display()
                ),
                "name each shard once",
            );
        }
    }
    Ok(())
}

/// Refuses shards whose profiles are not the same any more: one of them judges all, and it must not matter which.
fn judged_alike(runs: &[PathBuf]) -> Result<(), Problem> {
    let read = |run: &PathBuf| {
        let path = run.join(report::RESOLVED);
        let text = fs::read_to_string(&path);
        text.map_err(|fault| report::unreadable(&path, &fault))
    };
    let Some((first, others)) = runs.split_first() else {
        return Ok(());
    };
    let of_first = read(first)?;
    for run in others {
        let Some(line) = difference(&of_first, &read(run)?) else {
            continue;
        };
        // Without the line itself: whoever changed it may have put a secret there.
        return Err(Problem::bad_input(
            format!("{}:{line}", run.join(report::RESOLVED).display()),
            format!(
                "this line is not that of {}: one of them was changed after the run",
                first.join(report::RESOLVED).display()
            ),
            "restore it, or make the same change in the profile of every shard",
        ));
    }
    Ok(())
}

/// The first line, from 1, that is not the same in both texts.
fn difference(one: &str, other: &str) -> Option<usize> {
    let (mut ours, mut theirs) = (one.lines(), other.lines());
    for line in 1.. {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (ours, theirs) if ours == theirs => {}
            (_, _) => return Some(line),
        }
    }
    None
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
fn write(parts: &[Part], folder: &Path) -> Result<(), Problem> {
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
pub(super) fn finish(
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

    #[test]
    fn the_first_line_that_differs_is_named_also_where_one_text_is_longer() {
        for (one, other, want) in [
            ("", "", None),
            ("a\nb\n", "a\nb", None),
            ("a\nb\n", "a\nc\n", Some(2)),
            ("a\n", "a\nc\n", Some(2)),
            ("a\nb\n", "a\n", Some(2)),
        ] {
            assert_eq!(difference(one, other), want);
        }
    }

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
