//! `trtc-load mau`: the active accounts of a login log, to date and at the month's end.
//!
//! In: arguments, files or standard input. Out: text or JSON, and a month profile where one is asked for.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::against::{AgainstArgs, beijing, instant, is_beijing};
use super::{Output, against, write_line};
use trtc_base::clock::unix_now;
use trtc_base::error::{Exit, Problem};
use trtc_forecast::history;
use trtc_forecast::history::project::project;
use trtc_forecast::history::{AppMonths, Failures, Fault, Input, Log, Settings, Wishes};
use trtc_forecast::report::{Against, LogFindings, history_json, history_profile, history_text};

/// Which log, and how to read it.
#[derive(Debug, Args)]
pub struct MauArgs {
    /// The log, or its parts in any order: CSV, plain, gzip or zstd. `-` is standard input.
    #[arg(required = true, value_name = "LOGINS")]
    logs: Vec<PathBuf>,
    /// The account's column: its name, or its number from 1.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    account: Option<String>,
    /// The time's column.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    time: Option<String>,
    /// The app's column; `-` for none.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    app: Option<String>,
    /// The result's column; `-` for none, so that every row is a login.
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    result: Option<String>,
    /// A word of the result's column that means success, instead of the usual ones. May be repeated.
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    success: Vec<String>,
    /// What separates cells, such as `;` or `tab`. Found out from the first line otherwise.
    #[arg(long, value_name = "CHAR", allow_hyphen_values = true, value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The last day that counts. The last complete day of the log otherwise.
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// The zone in which days and months begin, and that of times without an offset. UTC otherwise.
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// The share of faulty rows that is borne, in percent.
    #[arg(
        long,
        value_name = "PERCENT",
        allow_negative_numbers = true,
        default_value = "1"
    )]
    bad_rows: f64,
    /// Write a month profile with the activity that the log shows. A file that exists is not overwritten.
    #[arg(long, value_name = "FILE")]
    fit: Option<PathBuf>,
    #[command(flatten)]
    against: AgainstArgs,
    /// A table for people or JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

/// Reads the log and tells what it says.
///
/// # Errors
/// The log cannot be read, or the arguments do not fit it.
pub fn run(args: &MauArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let against = against(args)?;
    let text = answer(args, against.as_ref()).map_err(|one| vec![one])?;
    write_line(out, &text)?;
    Ok(against.as_ref().map_or(Exit::Kept, against::exit))
}

/// The log beside Tencent's own count, where that was given. For that it is read in Beijing's days, whatever the zone of the rest.
fn against(args: &MauArgs) -> Result<Option<Against>, Vec<Problem>> {
    if !args.against.is_asked() {
        return Ok(None);
    }
    let one = |problem| vec![problem];
    refuse_reading_twice(args).map_err(one)?;
    let settings = beijing_settings(args).map_err(one)?;
    let asked = args.against.answers()?;
    let log = read(args, &settings).map_err(one)?;
    let laid = args.against.lay(&log, args.as_of, asked, now());
    laid.map(Some).map_err(one)
}

/// Refuses a log that can be read only once: it is read in the zone that was asked for and in Tencent's.
fn refuse_reading_twice(args: &MauArgs) -> Result<(), Problem> {
    let is_once = |path: &&PathBuf| path.exists() && !path.is_file() || path.as_os_str() == "-";
    let Some(path) = args.logs.iter().find(is_once) else {
        return Ok(());
    };
    Err(Problem::bad_input(
        path.display().to_string(),
        "it can be read only once, and `--against` reads the log in two zones",
        "save it to a file",
    ))
}

/// How the log is read in Tencent's days: a time without an offset stays what it is in the zone of the rest.
fn beijing_settings(args: &MauArgs) -> Result<Settings, Problem> {
    let settings = settings(args)?;
    let is_same = is_beijing(args.time_zone.as_deref());
    Ok(Settings {
        written_in: (!is_same).then_some(settings.zone),
        zone: beijing(),
        failures: Failures::ByDay,
        latest: latest(args, &beijing()),
        ..settings
    })
}

fn read(args: &MauArgs, settings: &Settings) -> Result<Log, Problem> {
    let inputs = args.logs.iter().map(input).collect::<Result<Vec<_>, _>>()?;
    history::read(inputs, settings).map_err(|fault| Problem::from(&fault))
}

fn answer(args: &MauArgs, against: Option<&Against>) -> Result<String, Problem> {
    let settings = settings(args)?;
    let log = read(args, &settings)?;
    let span = log.span(args.as_of).map_err(|kind| {
        let place = "--as-of".to_owned();
        Problem::from(&Fault { place, kind })
    })?;
    let today = now().to_zoned(settings.zone).date();
    if span.as_of > today.max(span.last) {
        return Err(Problem::bad_input(
            "--as-of",
            format!("{} is after today and after the log's last day", span.as_of),
            format!("give a day up to {}", today.max(span.last)),
        ));
    }
    let apps = log.months(&span);
    let ends = log.month_end(&span);
    let day = span.as_of.day().unsigned_abs();
    let is_whole = span.covered_from.day() == 1;
    let projected = |app: &AppMonths| project(&app.months, day).filter(|_| is_whole);
    let projections: Vec<_> = apps.iter().map(projected).collect();
    let found = LogFindings {
        log: &log,
        span: &span,
        zone: args.time_zone.as_deref(),
        apps: &apps,
        projections: &projections,
        ends: ends.as_deref(),
        against,
    };
    if let Some(path) = &args.fit {
        write_profile(path, &found)?;
    }
    match args.output {
        Output::Text => Ok(history_text(&found)),
        Output::Json => history_json(&found).map_err(|fault| {
            Problem::could_not_run("standard output", fault, "ask for `--output text`")
        }),
    }
}

/// Writes the month profile of all apps together.
fn write_profile(path: &Path, found: &LogFindings<'_>) -> Result<(), Problem> {
    let all = found
        .apps
        .first()
        .zip(found.projections.first().and_then(Option::as_ref));
    let fit = all.and_then(|(all, projection)| found.log.fit(found.span, all, projection));
    let fit = fit.ok_or_else(|| {
        Problem::bad_input(
            "--fit",
            format!(
                "as of {} the log does not tell how its month ends",
                found.span.as_of
            ),
            "give more days of it, from the month's first one on",
        )
    })?;
    let name = path.display().to_string();
    let mut file = File::create_new(path).map_err(|fault| {
        Problem::bad_input(
            name.clone(),
            fault.to_string(),
            "name a file that does not exist yet",
        )
    })?;
    file.write_all(history_profile(found, &fit).as_bytes())
        .map_err(|fault| Problem::could_not_run(name, fault.to_string(), "make room there"))
}

fn settings(args: &MauArgs) -> Result<Settings, Problem> {
    let zone = TimeZone::get(args.time_zone.as_deref().unwrap_or("UTC")).map_err(|fault| {
        Problem::bad_input(
            "--time-zone",
            fault.to_string(),
            "give a name of the IANA list, such as `Asia/Shanghai`",
        )
    })?;
    if !(0.0..=100.0).contains(&args.bad_rows) {
        return Err(Problem::bad_input(
            "--bad-rows",
            format!("{} is no percentage", args.bad_rows),
            "give 0 to 100",
        ));
    }
    Ok(Settings {
        columns: Wishes {
            account: args.account.clone(),
            time: args.time.clone(),
            app: args.app.clone(),
            result: args.result.clone(),
        },
        delimiter: args.delimiter,
        success: args.success.clone(),
        latest: latest(args, &zone),
        zone,
        written_in: None,
        failures: Failures::Counted,
        bad_rows: args.bad_rows / 100.0,
    })
}

/// The last day on which a login can be. Clocks of people go wrong by hours; a log of a month to come is believed where its day is
/// asked for.
fn latest(args: &MauArgs, zone: &TimeZone) -> Date {
    let tomorrow = now().to_zoned(zone.clone()).date().saturating_add(1.day());
    args.as_of
        .map_or(tomorrow, |day| day.last_of_month().max(tomorrow))
}

fn now() -> Timestamp {
    instant(unix_now())
}

fn input(path: &PathBuf) -> Result<Input, Problem> {
    if path.as_os_str() == "-" {
        return Ok(Input {
            name: "standard input".to_owned(),
            bytes: Box::new(std::io::stdin()),
        });
    }
    let name = path.display().to_string();
    let bytes: Box<dyn Read> = Box::new(File::open(path).map_err(|fault| {
        Problem::bad_input(
            name.clone(),
            fault.to_string(),
            "name a file that may be read, or `-` for standard input",
        )
    })?);
    Ok(Input { name, bytes })
}

/// One ASCII character, or the name of the one that cannot be typed.
fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Ok(*one),
        _ => Err("one character other than a quote, or `tab`".to_owned()),
    }
}
