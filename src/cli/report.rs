//! `trtc-load report RUN`: every report of a run, from its folder alone. A run that just ended takes the same way.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;

use super::Output;
use super::result::ResultPrinter;
use crate::run::{RESOLVED, Ran};
use trtc_base::error::{Exit, Problem};
use trtc_base::terminal::Paint;
use trtc_load_core::plan::Shard;
use trtc_load_core::profile::{Overrides, Profile, Source};
use trtc_load_core::recorder::{Ended, Meta, Recording};
use trtc_load_core::report;

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
    let is_cut = *recording.ended() == Ended::Lost && recording.shards().is_empty();
    let ran = Ran {
        folder: args.run.clone(),
        recording,
        faults: Vec::new(),
    };
    let exit = of_run(&ran, &profile, args.output, out)?;
    if is_cut {
        tell_of_workers(&args.run);
    }
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

/// Says where the rest is of a run that was cut short, and whose workers outlived the process that merged them.
fn tell_of_workers(folder: &Path) {
    let is_shard =
        |folder: &Path| Meta::read(folder).is_ok_and(|meta| meta.part.shard != Shard::WHOLE);
    let mut inner = fs::read_dir(folder).into_iter().flatten().flatten();
    if inner.any(|entry| is_shard(&entry.path())) {
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "this is what was merged before the run's own process ended. Its workers may have measured more:\n\
             trtc-load merge {}/*-shard-*",
            folder.display()
        );
    }
}

/// Tells the result of a run, and writes its reports. The result comes first: it is in memory, and whatever becomes of the
/// files, a person has the numbers.
pub(super) fn of_run(
    ran: &Ran,
    profile: &Profile,
    output: Output,
    out: &mut impl Write,
) -> Result<Exit, Vec<Problem>> {
    let judged = ran.judged(profile);
    let (findings, folder) = (judged.findings(), &ran.folder);
    let mut faults = ran.faults.clone();
    let paint = Paint::for_stdout();
    let text = match output {
        Output::Text => report::table(&findings, folder, paint),
        Output::Json => report::summary(&findings).map_err(|one| vec![one])?,
    };
    let mut printer = ResultPrinter::of(out);
    printer.tell(&text);
    // A folder that somebody took away is not made anew: a report without its recording is no evidence.
    if faults.is_empty() || folder.is_dir() {
        faults.extend(report::write_all(folder, &findings).err());
    }
    if output == Output::Text {
        printer.tell(&if faults.is_empty() {
            report::last_line(&findings, paint)
        } else {
            format!("\nNOT WRITTEN  exit {}\n", Exit::CouldNotRun as u8)
        });
    }
    faults.extend(printer.end().err());
    if faults.is_empty() {
        Ok(judged.verdict.exit)
    } else {
        Err(faults)
    }
}
