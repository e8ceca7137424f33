//! `trtc-load --profile FILE`: the whole run, from a profile to a verdict.

use std::io::Write;
use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use tokio::runtime::Runtime;

use super::Output;
use super::ProfileArgs;
use super::account_names::AccountNames;
use super::conductor::Progress;
use super::consent;
use super::keys;
use super::preflight;
use super::prepared::Prepared;
use super::profile::Planned;
use super::profile::planned;
use super::report;
use super::signals;
use super::start;
use super::start::Start;
use super::start::Worker;
use super::undecided::undecided;
use super::workers;
use trtc_base::error::Exit;
use trtc_base::error::Problem;
use trtc_base::units::UnixSeconds;
use trtc_load_core::engine::Cost;
use trtc_load_core::plan::Fault;
use trtc_load_core::plan::Shard;
use trtc_load_core::report::Facts;

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
    #[arg(long, value_name = "TIME", value_parser = start::time)]
    start_at: Option<UnixSeconds>,
    /// Spread the run over so many processes of this machine, each with descriptors of its own.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), conflicts_with_all = ["shard", "start_at", "worker"])]
    workers: Option<u32>,
    /// Be a worker with this folder: the process on the other end of standard input says when to start.
    #[arg(long, value_name = "FOLDER", hide = true, requires = "start_at")]
    worker: Option<PathBuf>,
    /// Use so many threads.
    #[arg(long, value_name = "N", hide = true)]
    threads: Option<NonZero<usize>>,
    /// What is under test, such as `build=1234`; kept in every output. Repeatable.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
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
        return workers::run(args, workers.of(), out);
    }
    let start = args.start();
    let one = |problem| vec![problem];
    start.check().map_err(one)?;
    let planned = planned(&args.profile, args.shard.unwrap_or(Shard::WHOLE))?;
    let keys = keys::load(&planned.profile)?;
    // Nobody is asked about a run that would be refused anyway.
    preflight::limits(&planned.profile, &planned.plan).map_err(one)?;
    if !args.yes {
        consent::ask(&planned).map_err(one)?;
    }
    preflight::descriptors(&planned.plan.foresight(&planned.profile)).map_err(one)?;
    let second = start.second();
    let run = Prepared {
        names: AccountNames::of(planned.profile.population(), second),
        second,
        start,
        planned,
        keys,
        out: args.out.clone(),
        labels: args.labels.clone(),
        threads: args.threads.map_or_else(cores, NonZero::get),
    };
    signals::hold_quit();
    let runtime = runtime(run.threads).map_err(one)?;
    let progress = args.progress();
    if progress == Progress::Shown && run.planned.plan.shard() != Shard::WHOLE {
        announce_count(&run.planned);
    }
    let ran = runtime.block_on(run.drive(progress));
    // Slots that ignored the halt must not hold the evidence back.
    runtime.shutdown_background();
    report::of_run(ran?, &run.planned.profile, args.output, out)
}

/// What devices run on. The library panics where the system gives it no thread, and not where it gives it no descriptor.
fn runtime(threads: usize) -> Result<Runtime, Problem> {
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(threads).enable_all().build()
    };
    let built = std::panic::catch_unwind(build);
    let built = built.unwrap_or_else(|_| Err(std::io::ErrorKind::OutOfMemory.into()));
    built.map_err(|fault| no_threads(&fault))
}

impl RunArgs {
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

    pub(super) fn progress(&self) -> Progress {
        if self.quiet {
            Progress::Quiet
        } else {
            Progress::Shown
        }
    }
}

/// Arrivals of a plan that are counted in a second, about.
const COUNTED_A_SECOND: u64 = 10_000_000;

/// Cores that this process may use; 1 where that is not known.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Why a runtime could not be made.
pub(super) fn no_threads(fault: &std::io::Error) -> Problem {
    Problem::could_not_run(
        "threads",
        fault.to_string(),
        "free some memory or processes",
    )
}

/// Says that the arrivals of a long plan are counted first, as a shard's have to be.
pub(super) fn announce_count(planned: &Planned) {
    if planned.plan.foresight(&planned.profile).is_estimated {
        let arrivals = planned.plan.total_of_all_shards();
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(
            std::io::stderr(),
            "the plan's {arrivals} arrivals or so are counted first, to divide them exactly: about {} s",
            arrivals.div_ceil(COUNTED_A_SECOND)
        );
    }
}

/// Says what the run is about to do and to cost, before it does.
pub(super) fn announce(planned: &Planned) {
    let foresight = planned.plan.foresight(&planned.profile);
    let costs = match consent::cost_of(planned, &foresight) {
        Cost {
            logins: 0,
            registrations: 0,
        } => "nobody logs in or is registered anywhere".to_owned(),
        Cost {
            logins: 0,
            registrations,
        } => format!("{registrations} accounts; each that is new there is registered"),
        Cost { logins, .. } => format!(
            "{logins} accounts; each that is new there is registered and counts into the month's MAU"
        ),
    };
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(
        std::io::stderr(),
        "{} against {}: {} arrivals in {} s, {costs}",
        planned.profile.name(),
        Facts::of(&planned.profile).target,
        foresight.arrivals,
        planned.plan.end().whole_secs(),
    );
    let kicked = consent::kicked_by(planned, &foresight);
    if kicked > 0 {
        let _ = writeln!(
            std::io::stderr(),
            "it ends the sessions of {kicked} accounts, whoever has them"
        );
    }
    for one in undecided(planned) {
        let _ = writeln!(std::io::stderr(), "this plan cannot keep {one}");
    }
}

/// A plan's faults, told.
pub(super) fn explained(faults: &[Fault]) -> Vec<Problem> {
    faults.iter().map(Problem::from).collect()
}
