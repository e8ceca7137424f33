//! `trtc-load bill`: what given usage costs by a billing policy.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::profile::{read, with_ending};
use super::write_line;
use trtc_base::error::{Exit, Problem};
use trtc_base::shown::csv;
use trtc_forecast::bill::{Active, Counted, Money, Policy, SHIPPED, Usage, WindowDays, shipped};

/// The most days that a billing window has: from a day of January to that day of February.
const MOST_DAYS: usize = 32;

/// What given usage costs.
#[derive(Debug, Args)]
pub struct BillArgs {
    /// The policy: a file, a file in ./profiles/bills, or the name of a shipped one.
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    policy: Option<PathBuf>,
    /// List the shipped policies with their sources.
    #[arg(long, conflicts_with_all = ["policy", "mau", "dau", "peak_dau", "peak_online", "month", "price", "quota"])]
    list: bool,
    /// Billable accounts of the month; or day by day, those from the month's first day up to each day.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = counts)]
    mau: Vec<Counts>,
    /// Billable accounts of each day.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = counts)]
    dau: Vec<Counts>,
    /// Billable accounts of the highest day.
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        conflicts_with = "dau"
    )]
    peak_dau: Option<u64>,
    /// The most sessions online at once.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    peak_online: Option<u64>,
    /// The month in which the billing window begins, such as 2026-01: the invoice then has its days, and `--mau` and `--dau`
    /// may have no more.
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Date>,
    /// The price or the fee of a charge as your contract has it.
    #[arg(long, value_name = "CHARGE=AMOUNT", allow_hyphen_values = true, value_parser = price)]
    price: Vec<(String, Money)>,
    /// The quota of a charge as your contract has it.
    #[arg(long, value_name = "CHARGE=N", allow_hyphen_values = true, value_parser = quota)]
    quota: Vec<(String, u64)>,
    /// A table for people, JSON for programs, or CSV for a spreadsheet.
    #[arg(long, value_enum, default_value = "text")]
    output: BillOutput,
}

/// How a bill is written to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BillOutput {
    /// A table for people.
    Text,
    /// JSON for programs.
    Json,
    /// CSV for a spreadsheet.
    Csv,
}

/// Numbers with commas between them.
#[derive(Clone, Debug)]
struct Counts(Vec<u64>);

fn counts(text: &str) -> Result<Counts, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    for part in &parts {
        let is_plain = part.bytes().all(|byte| byte.is_ascii_digit());
        if part.is_empty() || !is_plain || (part.len() > 1 && part.starts_with('0')) {
            return Err(format!(
                "`{part}` is no whole number: write digits without a sign, a separator or a zero before them"
            ));
        }
    }
    // As thousands are grouped, up to the largest number there is.
    let [first, groups @ ..] = parts.as_slice() else {
        return Ok(Counts(Vec::new()));
    };
    let is_grouped = (1..=6).contains(&groups.len())
        && first.len() <= 3
        && groups.iter().all(|group| group.len() == 3);
    if is_grouped {
        return Err(format!(
            "it reads as one number and as {} days: write {} for the number, or the option once for each day",
            parts.len(),
            parts.concat()
        ));
    }
    let numbers = parts.iter().map(|part| {
        let number = part.parse();
        number.map_err(|_| format!("{part} is too large"))
    });
    numbers.collect::<Result<_, _>>().map(Counts)
}

fn month(text: &str) -> Result<Date, String> {
    let is_plain = text.len() == 7 && text.is_ascii();
    let first = format!("{text}-01").parse::<Date>().ok();
    first
        .filter(|_| is_plain)
        .ok_or_else(|| "write a year and a month, such as 2026-01".to_owned())
}

fn price(text: &str) -> Result<(String, Money), String> {
    let (charge, amount) = pair(text)?;
    let amount = Money::parse(amount);
    let amount = amount
        .ok_or("the amount is not exact: write digits with at most one point, such as 0.015")?;
    Ok((charge, amount))
}

fn quota(text: &str) -> Result<(String, u64), String> {
    let (charge, count) = pair(text)?;
    let count = count.parse().map_err(|_| "the quota is no whole number")?;
    Ok((charge, count))
}

fn pair(text: &str) -> Result<(String, &str), String> {
    let (charge, value) = text
        .split_once('=')
        .ok_or("write the charge's name, `=` and the value, such as excess-mau=0.05")?;
    Ok((charge.to_owned(), value))
}

/// Shows a bill, or the shipped policies.
///
/// # Errors
/// Every fault of the policy, or why there is no bill.
pub fn run(args: &BillArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let text = match &args.policy {
        Some(name) => bill(args, name)?,
        None => list(args.output)?,
    };
    write_line(out, &text)?;
    Ok(Exit::Kept)
}

fn bill(args: &BillArgs, name: &Path) -> Result<String, Vec<Problem>> {
    let mut policy = policy(name, Path::new(""))?;
    once("--price", args.price.iter().map(|(charge, _)| charge))?;
    once("--quota", args.quota.iter().map(|(charge, _)| charge))?;
    for (charge, price) in &args.price {
        policy = policy
            .with_price(charge, *price)
            .map_err(|fault| vec![(&fault).into()])?;
    }
    for (charge, quota) in &args.quota {
        policy = policy
            .with_quota(charge, *quota)
            .map_err(|fault| vec![(&fault).into()])?;
    }
    let days = args
        .month
        .and_then(|month| policy.window().days_from(month));
    let usage = usage(args, days).map_err(|one| vec![one])?;
    if let Some(days) = days {
        policy = policy.for_days(days);
    }
    let invoice = policy
        .invoice(&usage)
        .map_err(|fault| vec![(&fault).into()])?;
    match args.output {
        BillOutput::Text => Ok(invoice.to_string()),
        BillOutput::Json => Ok(format!("{:#}", serde_json::json!(invoice))),
        BillOutput::Csv => csv_of(invoice.rows()),
    }
}

/// Makes sure that no charge is set twice.
fn once<'a>(argument: &str, charges: impl Iterator<Item = &'a String>) -> Result<(), Vec<Problem>> {
    let mut seen = HashSet::new();
    for charge in charges {
        if !seen.insert(charge) {
            let wrong = format!("`{charge}` is set twice");
            return Err(vec![Problem::bad_input(argument, wrong, "set it once")]);
        }
    }
    Ok(())
}

fn usage(args: &BillArgs, days: Option<WindowDays>) -> Result<Usage, Problem> {
    let most = days.map_or(MOST_DAYS, WindowDays::count);
    let [mau, dau] = [&args.mau, &args.dau].map(|lists| {
        let all = lists.iter().flat_map(|list| &list.0);
        all.copied().collect::<Vec<u64>>()
    });
    let active = Active {
        in_month: match mau.as_slice() {
            [one] => Counted::Highest(*one),
            days => by_day("--mau", days, most)?,
        },
        on_day: match args.peak_dau {
            Some(peak) => Counted::Highest(peak),
            None => by_day("--dau", &dau, most)?,
        },
    };
    Ok(Usage::of_any_kind(&active, args.peak_online))
}

fn by_day(argument: &str, days: &[u64], most: usize) -> Result<Counted, Problem> {
    match days.len() {
        0 => Ok(Counted::Unknown),
        few if few <= most => Ok(Counted::ByDay(days.to_vec())),
        many => Err(Problem::bad_input(
            argument,
            format!("it has {many} numbers, and the billing window has at most {most} days"),
            "give one number for each day of one month",
        )),
    }
}

/// The policy of that name: a file in `folder` or in `./profiles/bills`, or a shipped one; `.toml` may be left out.
pub(super) fn policy(name: &Path, folder: &Path) -> Result<Policy, Vec<Problem>> {
    let (text, file) = find(name, folder).map_err(|one| vec![one])?;
    let policy = Policy::parse(&text, &file);
    policy.map_err(|faults| faults.iter().map(Problem::from).collect())
}

/// A policy's text, and what messages call its file.
fn find(name: &Path, folder: &Path) -> Result<(String, String), Problem> {
    let with_ending = with_ending(name);
    let places = [
        folder.join(name),
        folder.join(&with_ending),
        Path::new("profiles/bills").join(&with_ending),
    ];
    if let Some(place) = places
        .iter()
        .find(|place| place.exists() && !place.is_dir())
    {
        return Ok((read(place)?, place.display().to_string()));
    }
    let stem = with_ending.file_stem().map(|stem| stem.to_string_lossy());
    let is_a_bare_name = with_ending.components().count() == 1;
    let text = stem
        .filter(|_| is_a_bare_name)
        .and_then(|stem| shipped(&stem));
    let found = text.map(|text| (text.to_owned(), with_ending.display().to_string()));
    found.ok_or_else(|| {
        let names: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
        Problem::bad_input(
            name.display().to_string(),
            "there is no such policy, neither as a file nor in ./profiles/bills nor inside the program",
            format!("give a file, or one of the shipped ones: {}", names.join(", ")),
        )
    })
}

fn list(output: BillOutput) -> Result<String, Vec<Problem>> {
    let mut rows = Vec::new();
    for (name, text) in SHIPPED {
        let policy = Policy::parse(text, name);
        let policy =
            policy.map_err(|faults| faults.iter().map(Problem::from).collect::<Vec<_>>())?;
        let source = policy.source().cloned();
        let (place, date) = source
            .map(|source| (source.place, source.date))
            .unwrap_or_default();
        let cells = [
            (*name).to_owned(),
            policy.name().to_owned(),
            policy.currency().to_owned(),
            date,
            place,
        ];
        rows.push(cells);
    }
    match output {
        BillOutput::Text => Ok(listed(&rows)),
        BillOutput::Json => {
            let entry = |[name, title, currency, date, place]: &[String; 5]| {
                serde_json::json!({
                    "policy": name, "name": title, "currency": currency, "source": { "where": place, "date": date },
                })
            };
            let entries: Vec<_> = rows.iter().map(entry).collect();
            Ok(format!("{:#}", serde_json::json!(entries)))
        }
        BillOutput::Csv => {
            rows.insert(
                0,
                ["policy", "name", "currency", "date", "where"].map(str::to_owned),
            );
            csv_of(rows)
        }
    }
}

fn listed(rows: &[[String; 5]]) -> String {
    let mut text = String::new();
    for [name, title, currency, date, place] in rows {
        text.push_str(&format!(
            "{name:<14} {title}, {currency}\n{:<14} {date}: {place}\n",
            ""
        ));
    }
    text.push_str("\nThese are examples. Check your contract, and set what it says with --price and --quota.\n");
    text
}

fn csv_of<const N: usize>(rows: Vec<[String; N]>) -> Result<String, Vec<Problem>> {
    let lost = |fault: String| {
        vec![Problem::could_not_run(
            "standard output",
            fault,
            "use another --output",
        )]
    };
    let bytes = csv(rows).map_err(lost)?;
    String::from_utf8(bytes).map_err(|fault| lost(fault.to_string()))
}
