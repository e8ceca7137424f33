//! `trtc-load merge RUN...`: the shards of one plan, added up into one run with one verdict.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Output, report};
use crate::run;
use crate::run::{Part, RESOLVED, Ran};
use trtc_base::error::{Exit, Problem};
use trtc_load_core::plan::Shard;
use trtc_load_core::recorder::Recording;

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
    let folder = run::open(&args.out, &profile, Shard::WHOLE).map_err(one)?;
    let written = run::merge(&parts, &folder).map_err(one);
    written.inspect_err(|_| run::take_back(&folder, &profile))?;
    let recording = Recording::read(&folder);
    let ran = Ran::of(&folder, recording, Vec::new())?;
    report::of_run(&ran, &profile, args.output, out)
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
        let path = run.join(RESOLVED);
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
            format!("{}:{line}", run.join(RESOLVED).display()),
            format!(
                "this line is not that of {}: one of them was changed after the run",
                first.join(RESOLVED).display()
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
}
