//! The result as a person reads it at the end of a run: the verdict first and last, at most 80 columns.

mod budgets;
mod causes;
mod rules;

use std::fmt::Write;
use std::path::Path;

use super::Findings;
use super::digest::{Digest, OperationRow, PhaseRow};
use trtc_base::figure;
use trtc_base::table::{Column, Kind, Table};
use trtc_base::terminal::{Paint, Tone, fit, wrap};

/// The most columns of a line.
const COLUMNS: usize = 80;

/// The result of a run as a person reads it: its table, and its last line.
#[must_use]
pub fn terminal(findings: &Findings<'_>, folder: &Path, paint: Paint) -> String {
    table(findings, folder, paint) + &last_line(findings, paint)
}

/// The last line of a run's result, after an empty one.
#[must_use]
pub fn last_line(findings: &Findings<'_>, paint: Paint) -> String {
    let verdict = findings.verdict;
    let word = word(verdict.outcome.name(), paint);
    format!("\n{word}  exit {}\n", verdict.exit as u8)
}

/// The result table of a run, whose evidence is in `folder`, without its last line.
#[must_use]
pub fn table(findings: &Findings<'_>, folder: &Path, paint: Paint) -> String {
    let digest = Digest::of(findings);
    let mut out = String::new();
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = verdict(&mut out, &digest, paint);
    let _ = budgets::write(&mut out, &digest.budgets, paint);
    let _ = rules::write(&mut out, &digest.invariants, paint);
    let _ = operations(&mut out, &digest.operations, paint);
    let _ = connections(&mut out, &digest.phases, paint);
    let _ = causes::write(&mut out, &digest.causes, paint);
    let _ = totals(&mut out, &digest, paint);
    let _ = writeln!(out, "evidence     {}", folder.display());
    out
}

/// A table, an empty line before it.
fn put(out: &mut String, table: &Table, paint: Paint) -> std::fmt::Result {
    write!(out, "\n{}", table.as_text(COLUMNS, paint))
}

fn tone(state: &str) -> Tone {
    match state {
        "kept" => Tone::Good,
        "broken" => Tone::Bad,
        _ => Tone::Doubtful,
    }
}

fn word(outcome: &str, paint: Paint) -> String {
    paint.on(&outcome.to_uppercase(), tone(outcome))
}

fn verdict(out: &mut String, digest: &Digest, paint: Paint) -> std::fmt::Result {
    let run = &digest.run;
    let about = format!("{} ({}) against {}", run.profile, run.run, run.target);
    let mut before = format!("{}  ", word(digest.verdict.outcome, paint));
    // No outcome has more letters than seven.
    for line in wrap(&about, COLUMNS - 9) {
        writeln!(out, "{before}{line}")?;
        before = " ".repeat(4);
    }
    let labels = format!("labels: {}", run.labels_text("; "));
    let labels = (!run.labels.is_empty()).then_some(&labels);
    for text in labels.into_iter().chain(&digest.verdict.reasons) {
        for line in wrap(text, COLUMNS - 4) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// A sentence over as many lines as it takes, under the words of the tables above it.
fn indented(out: &mut String, text: &str) -> std::fmt::Result {
    let mut before = "";
    for line in wrap(text, COLUMNS - 8) {
        writeln!(out, "{before}{line}")?;
        before = "        ";
    }
    Ok(())
}

/// What is told of the run beside its tables: a name and what it says, over as many lines as it takes.
fn told(out: &mut String, name: &str, text: &str) -> std::fmt::Result {
    let mut name = name;
    for line in wrap(text, COLUMNS - 13) {
        writeln!(out, "{name:<13}{line}")?;
        name = "";
    }
    Ok(())
}

fn operations(out: &mut String, rows: &[OperationRow], paint: Paint) -> std::fmt::Result {
    const COLUMNS: &[Column] = &[
        ("MEASURED", Kind::Text),
        ("count", Kind::Number),
        ("expected", Kind::Number),
        ("errors", Kind::Number),
        ("p50", Kind::Number),
        ("p95", Kind::Number),
        ("p99", Kind::Number),
        ("max", Kind::Number),
        ("served p99", Kind::Number),
    ];
    let mut table = Table::new(COLUMNS);
    for row in rows {
        let steps = &row.measured;
        let felt = |point: fn(&super::digest::Quantiles) -> figure::Millis| {
            figure::time(steps.felt.as_ref().map(point))
        };
        table.row(vec![
            row.operation.to_owned(),
            figure::count(steps.count),
            figure::count(steps.classes.expected),
            figure::count(steps.classes.errors()),
            felt(|all| all.p50),
            felt(|all| all.p95),
            felt(|all| all.p99),
            felt(|all| all.max),
            figure::time(steps.served.map(|all| all.p99)),
        ]);
    }
    put(out, &table, paint)
}

/// What connections cost: of the phases, those before the request. The others are in the files.
fn connections(out: &mut String, rows: &[PhaseRow], paint: Paint) -> std::fmt::Result {
    let before = |row: &&PhaseRow| matches!(row.phase, "dns" | "connect" | "tls");
    // Like the table above it, the measured stages alone.
    let measured = |row: &&PhaseRow| row.measured.is_some();
    let rows: Vec<&PhaseRow> = rows.iter().filter(before).filter(measured).collect();
    if rows.is_empty() {
        return Ok(());
    }
    const COLUMNS: &[Column] = &[
        ("CONNECTIONS", Kind::Text),
        ("phase", Kind::Text),
        ("times", Kind::Number),
        ("p50", Kind::Number),
        ("p95", Kind::Number),
        ("p99", Kind::Number),
        ("max", Kind::Number),
    ];
    let mut table = Table::new(COLUMNS);
    for row in rows {
        let at = |point: fn(&super::digest::Quantiles) -> figure::Millis| {
            figure::time(row.measured.as_ref().map(point))
        };
        table.row(vec![
            row.operation.to_owned(),
            row.phase.to_owned(),
            figure::count(row.measured.as_ref().map_or(0, |all| all.samples)),
            at(|all| all.p50),
            at(|all| all.p95),
            at(|all| all.p99),
            at(|all| all.max),
        ]);
    }
    put(out, &table, paint)
}

fn totals(out: &mut String, digest: &Digest, paint: Paint) -> std::fmt::Result {
    let arrivals = &digest.arrivals;
    writeln!(out, "\n{}", paint.on("RUN", Tone::Title))?;
    shards(out, digest)?;
    let sum = format!(
        "{} due, {} started, {} not started",
        figure::count(arrivals.due),
        figure::count(arrivals.started),
        figure::count(arrivals.not_started),
    );
    told(out, "arrivals", &sum)?;
    for row in &arrivals.not_started_by_reason {
        if row.count > 0 {
            told(
                out,
                "",
                &format!("{} {}", figure::count(row.count), row.reason),
            )?;
        }
    }
    unsent(out, digest)?;
    for (nth, row) in digest.channel_ends.iter().enumerate() {
        let title = if nth == 0 { "channels" } else { "" };
        let line = format!("{} {}", row.end, row.meaning);
        writeln!(
            out,
            "{title:<13}{} {}",
            figure::count(row.count),
            fit(&line, COLUMNS - 24)
        )?;
    }
    for (nth, row) in digest.tallies.iter().enumerate() {
        let name = if nth == 0 { "counted" } else { "" };
        told(
            out,
            name,
            &format!("{} {}", figure::count(row.count), row.what),
        )?;
    }
    let peaks = &digest.peaks;
    let busiest = format!(
        "{} online at once, {} logins in a second, {} kick notices read",
        figure::count(peaks.online),
        figure::count_or_dash(peaks.logins_per_second),
        figure::count(peaks.kicks),
    );
    told(out, "peaks", &busiest)?;
    mau(out, digest)?;
    generator(out, digest)
}

/// Steps that were planned and not sent: a load that was less than it seems.
fn unsent(out: &mut String, digest: &Digest) -> std::fmt::Result {
    let rows = digest.planned.iter().filter(|row| row.not_sent > 0);
    for (nth, row) in rows.enumerate() {
        let name = if nth == 0 { "not sent" } else { "" };
        let counts = (figure::count(row.not_sent), figure::count(row.planned));
        let line = format!(
            "{} {} of {}: {}",
            row.operation,
            counts.0,
            counts.1,
            row.why()
        );
        told(out, name, &line)?;
    }
    Ok(())
}

fn mau(out: &mut String, digest: &Digest) -> std::fmt::Result {
    let mau = &digest.mau;
    let observed = format!(
        "{} accounts logged in: {} of a month as configured, {} of {}",
        figure::count(mau.as_observed.accounts),
        figure::share(mau.as_observed.share_of_month),
        figure::whole(mau.as_configured.monthly),
        figure::count(mau.as_configured.population),
    );
    told(out, "mau", &observed)?;
    let Some(month) = &mau.month_as_observed else {
        return Ok(());
    };
    let month = format!(
        "a month as observed: {} MAU, {} logins (each active day an arrival)",
        figure::whole(month.monthly),
        figure::whole(month.logins),
    );
    told(out, "", &month)
}

fn generator(out: &mut String, digest: &Digest) -> std::fmt::Result {
    let generator = &digest.generator;
    let busy = format!(
        "lag p99 {}, at most {} of {} cores busy, {} on the whole machine",
        figure::time(digest.peaks.lag_p99),
        figure::number(generator.cpu_cores_max),
        generator.cores,
        figure::number(generator.machine_cpu_cores_max),
    );
    told(out, "generator", &busy)?;
    if let Some(words) = generator.standstill_words() {
        told(out, "", &words)?;
    }
    let Some(memory) = &generator.memory else {
        return Ok(());
    };
    // Whether it stayed flat.
    let memory = format!(
        "{:.1} MiB after 5 minutes, then at most {:.1} MiB (+{:.1} %), {:.1} MiB at the end",
        memory.at_5_min_mib, memory.most_since_mib, memory.growth_percent, memory.end_mib
    );
    told(out, "memory", &memory)
}

/// Which part of the plan this is, where it is not all of it, or what it was merged from.
fn shards(out: &mut String, digest: &Digest) -> std::fmt::Result {
    if let Some(shard) = &digest.run.shard {
        let part = format!("{shard} of the plan: `trtc-load merge` adds it to the others");
        told(out, "shard", &part)?;
    }
    let Some(coverage) = &digest.coverage else {
        return Ok(());
    };
    told(out, "coverage", &coverage.text())?;
    for line in coverage.unfinished() {
        told(out, "", &line)?;
    }
    Ok(())
}
