//! `trtc-load month`: a calendar month of accounts, what it costs, and the load of its busiest hour.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, thread};

use clap::Args;

use super::{Output, bill, profile, write_line};
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::config::parse_span;
use trtc_base::error::{Exit, Problem};
use trtc_base::terminal::Paint;
use trtc_base::units::Micros;
use trtc_forecast::bill::{Active, Billable, Counted, Policy as BillingPolicy, Usage};
use trtc_forecast::month::{Load, Model, Peaks, Policy, Tally, busiest_window, expected, simulate};
use trtc_forecast::report;
use trtc_forecast::report::{MonthFindings, PolicyMonth};

/// Simulate a calendar month of accounts: active users, logins by minute, the peak, the bill.
#[derive(Debug, Args)]
pub struct MonthArgs {
    /// The month profile: a file, a file in ./profiles, or the name of a shipped one.
    #[arg(long, value_name = "FILE", default_value = "month.toml")]
    profile: PathBuf,
    /// Draw every account's month from this seed instead of the profile's.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=9_223_372_036_854_775_807))]
    seed: Option<u64>,
    /// Threads that simulate; as many as there are cores where it is left out.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    threads: Option<NonZero<usize>>,
    /// The folder in which the month's own folder is made.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Write the busiest window as a load profile to this new file.
    #[arg(long, value_name = "FILE")]
    emit_peak: Option<PathBuf>,
    /// How long that window is, in whole minutes.
    #[arg(long, value_name = "SPAN", default_value = "1h", value_parser = window, requires = "emit_peak")]
    window: u32,
    /// What its arrivals are multiplied by, above 0 and at most 1000.
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true, default_value = "1", value_parser = scale, requires = "emit_peak")]
    scale: f64,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
    /// The result as a table for people or as JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

/// Whole minutes of a day at most.
fn window(text: &str) -> Result<u32, String> {
    let minutes = parse_span(text).map(|span| (span.whole_secs() / 60, span.0 % 60_000_000));
    match minutes {
        Some((minutes @ 1..=1_440, 0)) => u32::try_from(minutes).map_err(|fault| fault.to_string()),
        Some(_) | None => Err("write whole minutes, from \"1m\" to \"24h\"".to_owned()),
    }
}

fn scale(text: &str) -> Result<f64, String> {
    let scale = text.parse::<f64>().ok();
    let scale = scale.filter(|scale| *scale > 0.0 && *scale <= 1_000.0);
    scale.ok_or_else(|| "write a number above 0 and at most 1000, such as 0.01".to_owned())
}

/// Simulates a month.
///
/// # Errors
/// Every fault of the profile, or what could not be written.
pub fn run(args: &MonthArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let model = read(args)?;
    if let Some(path) = &args.emit_peak {
        refuse_to_replace(path).map_err(|one| vec![one])?;
    }
    fs::create_dir_all(&args.out).map_err(|fault| vec![unwritable(&args.out, &fault)])?;
    let billing = model
        .bill
        .as_ref()
        .map(|name| billing(name, args))
        .transpose()?;
    let clock = Clock::start();
    let threads = args
        .threads
        .or_else(|| thread::available_parallelism().ok());
    let threads = threads.unwrap_or(NonZero::<usize>::MIN);
    let tallies = lived(&model, threads, args);
    let took = clock.now().as_secs_f64();
    let mut months = Vec::new();
    for (policy, tally) in model.policies.iter().zip(tallies) {
        let month = of_policy(&model, policy, tally, billing.as_ref());
        months.push(month.map_err(|one| vec![one])?);
    }
    // A model has at least one policy.
    let others = months.split_off(1.min(months.len()));
    let Some(first) = months.pop() else {
        return Ok(Exit::Kept);
    };
    let findings = MonthFindings {
        model: &model,
        first,
        others,
        took,
    };
    let folder = args
        .out
        .join(format!("month-{}-{}", model.name, clock::utc_stamp()));
    report::write_month(&folder, &findings).map_err(|one| vec![one])?;
    if let Some(path) = &args.emit_peak {
        emit(path, &model, &findings.first.tally, args).map_err(|one| vec![one])?;
    }
    let text = match args.output {
        Output::Text => report::month_terminal(&findings, &folder, Paint::for_stdout()),
        Output::Json => report::month_json(&findings).map_err(|fault| {
            vec![Problem::could_not_run(
                "standard output",
                fault,
                "report this as a fault of the program",
            )]
        })?,
    };
    write_line(out, &text)?;
    Ok(Exit::Kept)
}

/// The billing policy that the profile names, beside the profile or among the shipped ones.
fn billing(name: &str, args: &MonthArgs) -> Result<BillingPolicy, Vec<Problem>> {
    let beside = args.profile.parent().unwrap_or(Path::new(""));
    bill::policy(Path::new(name), beside)
}

fn of_policy<'m>(
    model: &Model,
    policy: &'m Policy,
    tally: Tally,
    billing: Option<&BillingPolicy>,
) -> Result<PolicyMonth<'m>, Problem> {
    let peaks = Peaks::of(&model.calendar, &tally);
    let invoice = billing
        .map(|billing| billing.invoice(&usage(&tally, &peaks)))
        .transpose()
        .map_err(|fault| Problem::from(&fault))?;
    Ok(PolicyMonth {
        policy,
        expected: expected(model, policy),
        peaks,
        invoice,
        tally,
    })
}

/// What a month used, for its bill. A token is refreshed only by accounts that logged in.
fn usage(tally: &Tally, peaks: &Peaks) -> Usage {
    let mut so_far = 0;
    let mau = tally.first_logins.iter().map(|first| {
        so_far += first;
        so_far
    });
    let logged_in = Active {
        in_month: Counted::ByDay(mau.collect()),
        on_day: Counted::ByDay(tally.dau.clone()),
    };
    let devices = Active {
        in_month: Counted::Highest(tally.devices),
        on_day: Counted::Unknown,
    };
    let devices_opened = Active {
        in_month: Counted::Highest(tally.devices_opened),
        on_day: Counted::Unknown,
    };
    let opened = Active {
        in_month: Counted::Highest(tally.opened),
        on_day: Counted::ByDay(tally.opened_by_day.clone()),
    };
    Usage {
        active: BTreeMap::from([
            (Billable::Login, logged_in.clone()),
            (Billable::LoginOrRefresh, logged_in),
            (Billable::Device, devices),
            (Billable::Open, opened),
            (Billable::DeviceOpen, devices_opened),
        ]),
        peak_online: Some(peaks.online.count),
    }
}

fn read(args: &MonthArgs) -> Result<Model, Vec<Problem>> {
    let (text, source) =
        profile::find(&args.profile, trtc_forecast::month::SHIPPED).map_err(|one| vec![one])?;
    let model = Model::parse(&text, &source.file, &source.name);
    let mut model = model.map_err(|faults| faults.iter().map(Problem::from).collect::<Vec<_>>())?;
    if let Some(seed) = args.seed {
        model.seed = seed;
    }
    Ok(model)
}

/// Every account's month, with a line that tells how far it is.
fn lived(model: &Model, threads: NonZero<usize>, args: &MonthArgs) -> Vec<Tally> {
    let (done, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let shown = !args.quiet && std::io::stderr().is_terminal();
    thread::scope(|scope| {
        if shown {
            scope.spawn(|| tell(model.people(), &done, &over));
        }
        let tallies = simulate(model, 0..model.people(), threads, &done);
        over.store(true, Ordering::Release);
        tallies
    })
}

/// Draws the line again five times a second.
fn tell(people: u64, done: &AtomicU64, over: &AtomicBool) {
    let clock = Clock::start();
    let mut err = std::io::stderr();
    while !over.load(Ordering::Acquire) {
        thread::sleep(Duration::from_millis(200));
        let lived = done.load(Ordering::Relaxed);
        let share = lived as f64 / people.max(1) as f64;
        let seconds = clock.now().as_secs_f64();
        let left = Micros::from_secs_f64(seconds / share.max(1e-9) * (1.0 - share));
        // A terminal that is gone is no problem of the simulation.
        let _ = write!(
            err,
            "\r\u{1b}[K{:.0}% of {people} accounts lived, {left:.0} left",
            share * 100.0
        );
        let _ = err.flush();
    }
    let _ = write!(err, "\r\u{1b}[K");
}

fn emit(path: &Path, model: &Model, tally: &Tally, args: &MonthArgs) -> Result<(), Problem> {
    let window = busiest_window(tally, args.window);
    let load = Load::of(&model.calendar, tally, window, args.scale);
    if load.arrivals() == 0 {
        let nobody = load.mix.iter().all(|arrivals| *arrivals == 0);
        let (what, remedy) = if nobody {
            (
                "the month has no login at all",
                "raise `needs_rtc`, or let the first policy log in at start",
            )
        } else {
            (
                "at this scale the busiest window has no arrival",
                "raise `--scale`",
            )
        };
        return Err(Problem::bad_input("--emit-peak", what, remedy));
    }
    fs::write(path, load.profile(model)).map_err(|fault| {
        Problem::could_not_run(
            path.display().to_string(),
            format!("it cannot be written: {fault}"),
            "give another file with --emit-peak",
        )
    })
}

fn unwritable(folder: &Path, fault: &std::io::Error) -> Problem {
    Problem::could_not_run(
        folder.display().to_string(),
        format!("the month's folder cannot be made here: {fault}"),
        "give a folder that can be written with --out",
    )
}

fn refuse_to_replace(path: &Path) -> Result<(), Problem> {
    if path.exists() {
        return Err(Problem::bad_input(
            path.display().to_string(),
            "it is there already, and a profile that somebody may have changed is not replaced",
            "give a new name, or remove it",
        ));
    }
    Ok(())
}
