//! `trtc-load report RUN`: every report of a run, from its folder alone. A run that just ended takes the same way.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;

use super::Output;
use super::write_line;
use crate::error::Exit;
use crate::error::Problem;
use crate::mau;
use crate::plan::Shard;
use crate::profile::Overrides;
use crate::profile::Profile;
use crate::profile::Source;
use crate::recorder::Ended;
use crate::recorder::Meta;
use crate::recorder::Recording;
use crate::report;
use crate::report::Facts;
use crate::report::Findings;
use crate::report::Paint;
use crate::verdict;

/// The resolved profile in a run's folder, secrets redacted.
pub(super) const RESOLVED: &str = "profile.toml";

/// Rebuild every report from a run's folder, also after a crash. Exits with the run's verdict.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The run's folder.
    run: PathBuf,
    /// The result as a table for people or as JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

/// Rebuilds the reports of a run.
///
/// # Errors
/// When the folder holds no run, or cannot be written.
pub fn run(args: &ReportArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let profile = profile_of(&args.run)?;
    let recording = Recording::read(&args.run).map_err(|one| vec![one])?;
    let exit = write(&args.run, &recording, &profile, args.output, out)?;
    tell_of_workers(&args.run, &recording);
    Ok(exit)
}

/// The profile of the run in `folder`, as it ran.
pub(super) fn profile_of(folder: &Path) -> Result<Profile, Vec<Problem>> {
    let path = folder.join(RESOLVED);
    let text = fs::read_to_string(&path).map_err(|fault| vec![unreadable(&path, &fault)])?;
    let meta = Meta::read(folder).map_err(|one| vec![one])?;
    let source = Source {
        file: path.display().to_string(),
        name: meta.profile,
        dir: folder.to_owned(),
    };
    Profile::parse(&text, &source, &Overrides::default())
        .map_err(|faults| faults.iter().map(Problem::from).collect())
}

/// Why a run's profile cannot be read.
pub(super) fn unreadable(path: &Path, fault: &io::Error) -> Problem {
    Problem::bad_input(
        path.display().to_string(),
        format!("it cannot be read: {fault}"),
        "give the folder of a run, such as reports/quick-20260131T235959Z",
    )
}

/// Says where the rest is of a run whose workers outlived the process that merged them.
fn tell_of_workers(folder: &Path, recording: &Recording) {
    let is_cut = *recording.ended() == Ended::Lost && recording.shards().is_empty();
    let is_shard =
        |folder: &Path| Meta::read(folder).is_ok_and(|meta| meta.part.shard != Shard::WHOLE);
    let mut inner = fs::read_dir(folder).into_iter().flatten().flatten();
    if is_cut && inner.any(|entry| is_shard(&entry.path())) {
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "this is what was merged before the run's own process ended. Its workers may have measured more:\n\
             trtc-load merge {}/*-shard-*",
            folder.display()
        );
    }
}

/// Writes the reports of a run that has just ended.
pub(super) fn of_run(
    folder: &Path,
    profile: &Profile,
    output: Output,
    out: &mut impl Write,
) -> Result<Exit, Vec<Problem>> {
    // The run was ours, so a recording that cannot be read back is no bad input: the evidence could not be written.
    let lost = |problem: Problem| Problem {
        exit: Exit::CouldNotRun,
        ..problem
    };
    let recording = Recording::read(folder).map_err(|one| vec![lost(one)])?;
    write(folder, &recording, profile, output, out)
}

fn write(
    folder: &Path,
    recording: &Recording,
    profile: &Profile,
    output: Output,
    out: &mut impl Write,
) -> Result<Exit, Vec<Problem>> {
    let verdict = verdict::judge(recording, profile);
    let mau = mau::estimate(recording, &profile.activity());
    let facts = Facts::of(profile);
    let findings = Findings {
        recording,
        verdict: &verdict,
        mau: &mau,
        facts: &facts,
    };
    report::write_all(folder, &findings).map_err(|one| vec![one])?;
    let text = match output {
        Output::Text => report::terminal(&findings, folder, Paint::for_stdout()),
        Output::Json => summary(folder)?,
    };
    write_line(out, &text)?;
    Ok(verdict.exit)
}

/// The summary just written: what a program reads on standard output is what lies in the folder.
fn summary(folder: &Path) -> Result<String, Vec<Problem>> {
    let path = folder.join("summary.json");
    fs::read_to_string(&path).map_err(|fault| {
        vec![Problem::could_not_run(
            path.display().to_string(),
            format!("it cannot be read back: {fault}"),
            "keep the run's folder until the run has ended",
        )]
    })
}
