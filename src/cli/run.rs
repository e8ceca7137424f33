//! `trtc-load --profile FILE`: the whole run, from a profile to a verdict.

use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;

use super::{Output, ProfileArgs, consent, profile, report, signals};
use crate::run;
use crate::run::{
    Crew, Hiring, Planned, Progress, Run, Settings, Start, Worker, refuse_shards_logs,
    refuse_unlogged, refuse_unplayable,
};
use trtc_base::error::{Exit, Problem};
use trtc_base::units::UnixSeconds;
use trtc_load_core::plan::Shard;

/// One run of a profile.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that a person types"
)]
pub struct RunArgs {
    #[command(flatten)]
    pub(super) profile: ProfileArgs,
    /// Where run folders go.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) out: PathBuf,
    /// Play one of several shards of the plan, such as 3/8, while others play the rest. `trtc-load merge` adds them up.
    #[arg(long, value_name = "N/OF", requires = "start_at")]
    shard: Option<Shard>,
    /// Begin at this time, RFC 3339 or Unix seconds, as the machine's clock has it. Everything is prepared before.
    #[arg(long, value_name = "TIME", value_parser = run::time)]
    start_at: Option<UnixSeconds>,
    /// Spread the run over so many processes of this machine, each with descriptors of its own.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with_all = ["shard", "start_at", "worker"])]
    workers: Option<u32>,
    /// Be a worker with this folder: the process on the other end of standard input says when to start.
    #[arg(long, value_name = "FOLDER", hide = true, requires = "start_at")]
    worker: Option<PathBuf>,
    /// Use so many threads.
    #[arg(long, value_name = "N", allow_negative_numbers = true, hide = true)]
    threads: Option<NonZero<usize>>,
    /// Keep each login as a row of this file, which `trtc-load mau` reads. With `--workers` each has one, such as
    /// `logins-2-of-4.csv` for `logins.csv`.
    #[arg(long, value_name = "FILE")]
    logins: Option<PathBuf>,
    /// What is under test, such as `build=1234`; kept in every output. Repeatable.
    #[arg(long = "label", value_name = "KEY=VALUE", allow_hyphen_values = true, value_parser = label)]
    pub(super) labels: Vec<(String, String)>,
    /// Do not ask before a run that registers accounts, costs MAU or ends sessions off this machine.
    #[arg(long)]
    pub(super) yes: bool,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
    /// The result as a table for people or as JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) output: Output,
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().into(), value.trim().into()))
        }
        Some(_) | None => Err("write it as key=value, for example build=1234".into()),
    }
}

/// Runs the profile and prints the verdict.
///
/// # Errors
/// Every problem that kept the run from starting, or its evidence from being written.
pub fn run(args: &RunArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    if let Some(workers) = args.workers.and_then(|count| Shard::new(1, count))
        && workers != Shard::WHOLE
    {
        return by_workers(args, workers.of(), out);
    }
    let settings = args.settings();
    let planned = profile::planned(&args.profile, settings.shard)?;
    // Nobody is asked about a run that would be refused anyway.
    let run = Run::of(planned, settings)?;
    args.ask(run.planned())?;
    signals::hold_quit();
    signals::stop_on_signals(&run.stop()).map_err(|one| vec![one])?;
    let ran = run.play()?;
    report::of_run(&ran, run.profile(), args.output, out)
}

/// The same in `count` processes of this program.
fn by_workers(args: &RunArgs, count: u32, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let one = |problem| vec![problem];
    profile::refuse_pipe(&args.profile).map_err(one)?;
    let planned = profile::planned(&args.profile, Shard::WHOLE)?;
    refuse_unplayable(&planned, count)?;
    refuse_unlogged(&planned, args.logins.as_deref()).map_err(one)?;
    refuse_shards_logs(args.logins.as_deref(), count).map_err(one)?;
    args.ask(&planned)?;
    let hiring = Hiring {
        profile: args.profile.words(),
        count,
        settings: args.settings(),
    };
    let mut crew = Crew::of(planned, hiring).map_err(one)?;
    signals::hold_quit();
    signals::stop_on_signals(&crew.stop()).map_err(one)?;
    let ran = crew.run()?;
    report::of_run(&ran, crew.profile(), args.output, out)
}

impl RunArgs {
    fn settings(&self) -> Settings {
        let usual = Settings::default();
        Settings {
            out: self.out.clone(),
            labels: self.labels.clone(),
            threads: self.threads.map_or(usual.threads, NonZero::get),
            start: self.start(),
            shard: self.shard.unwrap_or(Shard::WHOLE),
            progress: self.progress(),
            logins: self.logins.clone(),
        }
    }

    fn ask(&self, planned: &Planned) -> Result<(), Vec<Problem>> {
        if self.yes {
            return Ok(());
        }
        consent::ask(planned).map_err(|one| vec![one])
    }

    fn start(&self) -> Start {
        match (self.start_at, &self.worker) {
            (None, _) => Start::Soon,
            (Some(second), None) => Start::At(second),
            (Some(second), Some(folder)) => Start::Told(Worker {
                folder: folder.clone(),
                second,
            }),
        }
    }

    fn progress(&self) -> Progress {
        if self.quiet {
            Progress::Quiet
        } else {
            Progress::Shown
        }
    }
}
