//! The commands: parsed arguments in, a room's work, what to print or a problem out.

mod against;
pub mod bill;
mod consent;
pub mod mau;
pub mod merge;
pub mod mock;
mod mock_args;
pub mod month;
pub mod plan;
mod profile;
pub mod report;
mod result;
pub mod run;
pub mod schema;
pub mod signals;
pub mod usersig;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use trtc_base::error::{Exit, Problem};

/// Load testing and MAU simulation for apps that log in through Tencent RTC / Chat.
///
/// Exit codes: 0 budgets kept, 1 a budget or a session rule broken, 2 bad profile or arguments, 3 could not run,
/// 4 the run proves nothing (generator at fault, interrupted, too few samples).
#[derive(Debug, Parser)]
#[command(name = "trtc-load", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::RunArgs,
}

/// What to do other than run a profile.
#[derive(Debug, Subcommand)]
enum Command {
    /// Tell what a run would do, without any traffic.
    Plan(plan::PlanArgs),
    /// Rebuild every report from a run's folder, also after a crash.
    Report(report::ReportArgs),
    /// Add up the shards of one plan: one run with one verdict.
    Merge(merge::MergeArgs),
    /// Simulate a calendar month of accounts: active users, logins by minute, the peak, the bill.
    Month(month::MonthArgs),
    /// Tell what a month of given usage costs by a billing policy.
    Bill(bill::BillArgs),
    /// Count the active accounts of a login log, month by month.
    Mau(mau::MauArgs),
    /// Start the mock service on its own.
    Mock(Box<mock::MockArgs>),
    /// Print the keys of a file that this program reads, as a JSON Schema for editors or a page for people.
    Schema(schema::SchemaArgs),
    /// Make or check a UserSig.
    #[command(name = "usersig")]
    UserSig(usersig::UserSigArgs),
}

/// Which profile, and what this one run changes in it.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    /// The profile: a file, a file in ./profiles, or the name of a shipped one.
    #[arg(long, value_name = "FILE", default_value = "quick.toml")]
    profile: PathBuf,
    /// Load this service instead of the profile's: `http://HOST:PORT`.
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// Draw the plan from this seed instead of the profile's.
    // TOML, in which the run keeps it, has no larger whole number.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=9_223_372_036_854_775_807))]
    seed: Option<u64>,
}

impl ProfileArgs {
    /// The same as arguments for another process of this program.
    fn words(&self) -> Vec<OsString> {
        let mut words = vec!["--profile".into(), self.profile.clone().into_os_string()];
        if let Some(target) = &self.target {
            words.extend(["--target".into(), target.into()]);
        }
        if let Some(seed) = self.seed {
            words.extend(["--seed".into(), seed.to_string().into()]);
        }
        words
    }
}

/// How results are written to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table for people.
    Text,
    /// JSON for programs.
    Json,
}

/// Does what the arguments say. Results go to `out`, the log to standard error.
///
/// # Errors
/// Every problem of the command, at least one.
pub fn dispatch(cli: &Cli, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    match &cli.command {
        None => run::run(&cli.run, out),
        Some(Command::Plan(args)) => plan::run(args, out),
        Some(Command::Report(args)) => report::run(args, out),
        Some(Command::Merge(args)) => merge::run(args, out),
        Some(Command::Month(args)) => month::run(args, out),
        Some(Command::Bill(args)) => bill::run(args, out),
        Some(Command::Mau(args)) => mau::run(args, out),
        Some(Command::Mock(args)) => mock::run(args)
            .map(|()| Exit::Kept)
            .map_err(|one| vec![one]),
        Some(Command::Schema(args)) => {
            write_line(out, &schema::run(args))?;
            Ok(Exit::Kept)
        }
        Some(Command::UserSig(args)) => {
            let text = usersig::run(args).map_err(|one| vec![one])?;
            write_line(out, &text)?;
            Ok(Exit::Kept)
        }
    }
}

/// Writes a result. A reader that has gone away is no problem of ours.
fn write_line(out: &mut impl Write, text: &str) -> Result<(), Vec<Problem>> {
    match writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()) {
        Err(fault) if fault.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(vec![Problem::could_not_run(
                "standard output",
                fault.to_string(),
                "make room where it is written to",
            )])
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
