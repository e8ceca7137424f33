//! The result as a person reads it at the end of a run: the verdict first and last, at most 100 columns.

use std::env;
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::Path;

use super::Findings;
use super::digest::BudgetRow;
use super::digest::Digest;
use super::digest::Memory;
use super::digest::OperationRow;
use super::digest::PhaseRow;
use super::figure;

/// The most columns of a line.
const COLUMNS: usize = 100;
/// What marks a measured value of too few samples.
const PRELIMINARY: &str = "*";
/// The causes that are shown; the files have all.
const CAUSES: usize = 5;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// With ANSI colours.
    Colour,
    /// As it stands.
    Plain,
}

/// A colour with a meaning.
#[derive(Clone, Copy)]
enum Tone {
    Good,
    Bad,
    Doubtful,
    Title,
}

impl Paint {
    /// Colours only where standard output is a terminal and `NO_COLOR` is unset or empty (no-color.org).
    #[must_use]
    pub fn for_stdout() -> Self {
        let is_refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if std::io::stdout().is_terminal() && !is_refused {
            Self::Colour
        } else {
            Self::Plain
        }
    }

    fn on(self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Good => "1;32",
            Tone::Bad => "1;31",
            Tone::Doubtful => "1;33",
            Tone::Title => "1",
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// The result table of a run, whose evidence is in `folder`.
#[must_use]
pub fn terminal(findings: &Findings<'_>, folder: &Path, paint: Paint) -> String {
    let digest = Digest::of(findings);
    let mut out = String::new();
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = verdict(&mut out, &digest, paint);
    let _ = budgets(&mut out, &digest.budgets, paint);
    let _ = operations(&mut out, &digest.operations, paint);
    let _ = connections(&mut out, &digest.phases, paint);
    let _ = causes(&mut out, &digest, paint);
    let _ = totals(&mut out, &digest, paint);
    let _ = writeln!(out, "evidence     {}", folder.display());
    let _ = writeln!(
        out,
        "\n{}  exit {}",
        word(&digest, paint),
        digest.verdict.exit
    );
    out
}

fn tone(state: &str) -> Tone {
    match state {
        "kept" => Tone::Good,
        "broken" => Tone::Bad,
        _ => Tone::Doubtful,
    }
}

fn word(digest: &Digest, paint: Paint) -> String {
    let outcome = digest.verdict.outcome;
    paint.on(&outcome.to_uppercase(), tone(outcome))
}

fn verdict(out: &mut String, digest: &Digest, paint: Paint) -> std::fmt::Result {
    let run = &digest.run;
    let about = fit(
        &format!("{} ({}) against {}", run.profile, run.run, run.target),
        COLUMNS - 10,
    );
    writeln!(out, "{}  {about}", word(digest, paint))?;
    if !run.labels.is_empty() {
        let labels = format!("labels: {}", run.labels_text("; "));
        for line in wrap(&labels, COLUMNS - 4) {
            writeln!(out, "    {line}")?;
        }
    }
    for reason in &digest.verdict.reasons {
        for line in wrap(reason, COLUMNS - 4) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn budgets(out: &mut String, rows: &[BudgetRow], paint: Paint) -> std::fmt::Result {
    if rows.is_empty() {
        return writeln!(
            out,
            "\nno budgets: nothing was promised, so nothing was kept"
        );
    }
    let title = format!(
        "{:<48}{:>12}{:>12}{:>11}{:>11}",
        "BUDGETS", "measured", "limit", "samples", "needed"
    );
    writeln!(out, "\n{}", paint.on(&title, Tone::Title))?;
    for row in rows {
        writeln!(
            out,
            "{} {:<39}{:>12}{:>12}{:>11}{:>11}",
            paint.on(&format!("{:<8}", row.state), tone(row.state)),
            fit(&row.sentence, 38),
            measured(row),
            row.limit_text(),
            figure::count(row.samples),
            figure::count(row.needed),
        )?;
    }
    if rows.iter().any(BudgetRow::is_preliminary) {
        writeln!(
            out,
            "{PRELIMINARY} preliminary: too few samples to decide anything"
        )?;
    }
    Ok(())
}

/// What was measured of a budget, marked where it is preliminary.
fn measured(row: &BudgetRow) -> String {
    let amount = figure::amount(row.measured);
    if row.is_preliminary() {
        amount + PRELIMINARY
    } else {
        amount
    }
}

fn operations(out: &mut String, rows: &[OperationRow], paint: Paint) -> std::fmt::Result {
    let title = format!(
        "{:<12}{:>10}{:>10}{:>9}{:>8}{:>10}{:>10}{:>10}{:>10}{:>11}",
        "MEASURED", "count", "ok", "expected", "errors", "p50", "p95", "p99", "max", "served p99"
    );
    writeln!(out, "\n{}", paint.on(&title, Tone::Title))?;
    for row in rows {
        let steps = &row.measured;
        let felt = |point: fn(&super::digest::Quantiles) -> figure::Millis| {
            figure::time(steps.felt.as_ref().map(point))
        };
        writeln!(
            out,
            "{:<12}{:>10}{:>10}{:>9}{:>8}{:>10}{:>10}{:>10}{:>10}{:>11}",
            row.operation,
            figure::count(steps.count),
            figure::count(steps.classes.success),
            figure::count(steps.classes.expected),
            figure::count(steps.classes.errors()),
            felt(|all| all.p50),
            felt(|all| all.p95),
            felt(|all| all.p99),
            felt(|all| all.max),
            figure::time(steps.served.map(|all| all.p99)),
        )?;
    }
    Ok(())
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
    let title = format!(
        "{:<12}{:<10}{:>10}{:>18}{:>10}{:>10}{:>10}",
        "CONNECTIONS", "phase", "times", "p50", "p95", "p99", "max"
    );
    writeln!(out, "\n{}", paint.on(&title, Tone::Title))?;
    for row in rows {
        let at = |point: fn(&super::digest::Quantiles) -> figure::Millis| {
            figure::time(row.measured.as_ref().map(point))
        };
        writeln!(
            out,
            "{:<12}{:<10}{:>10}{:>18}{:>10}{:>10}{:>10}",
            row.operation,
            row.phase,
            figure::count(row.measured.as_ref().map_or(0, |all| all.samples)),
            at(|all| all.p50),
            at(|all| all.p95),
            at(|all| all.p99),
            at(|all| all.max),
        )?;
    }
    Ok(())
}

fn causes(out: &mut String, digest: &Digest, paint: Paint) -> std::fmt::Result {
    if digest.causes.is_empty() {
        return Ok(());
    }
    let title = format!("{:>10}  {:<22}{}", "CAUSES", "operation", "cause");
    writeln!(out, "\n{}", paint.on(&title, Tone::Title))?;
    for row in digest.causes.iter().take(CAUSES) {
        let place = format!(
            "{} {}",
            row.operation.unwrap_or("any"),
            row.class.unwrap_or_default()
        );
        let cause = match row.meaning {
            Some(meaning) => format!("{}: {meaning}", row.cause),
            None => row.cause.clone(),
        };
        let line = format!(
            "{:>10}  {place:<22}{}",
            figure::count(row.count),
            fit(&cause, COLUMNS - 34)
        );
        writeln!(out, "{line}")?;
    }
    match digest.causes.len().saturating_sub(CAUSES) {
        0 => Ok(()),
        more => writeln!(
            out,
            "{:>10}  more kinds in report.html",
            figure::count(more as u64)
        ),
    }
}

fn totals(out: &mut String, digest: &Digest, paint: Paint) -> std::fmt::Result {
    let arrivals = &digest.arrivals;
    writeln!(out, "\n{}", paint.on("RUN", Tone::Title))?;
    shards(out, digest)?;
    writeln!(
        out,
        "arrivals     {} due, {} started, {} not started",
        figure::count(arrivals.due),
        figure::count(arrivals.started),
        figure::count(arrivals.not_started),
    )?;
    for row in &arrivals.not_started_by_reason {
        if row.count > 0 {
            writeln!(
                out,
                "             {} {}",
                figure::count(row.count),
                row.reason
            )?;
        }
    }
    for (nth, row) in digest.tallies.iter().enumerate() {
        let title = if nth == 0 { "counted" } else { "" };
        writeln!(out, "{title:<13}{} {}", figure::count(row.count), row.what)?;
    }
    let peaks = &digest.peaks;
    writeln!(
        out,
        "peaks        {} online at once, {} logins in a second, {} kicks",
        figure::count(peaks.online),
        figure::count_or_dash(peaks.logins_per_second),
        figure::count(peaks.kicks),
    )?;
    let mau = &digest.mau;
    writeln!(
        out,
        "mau          {} accounts logged in; a month as configured: {} of {}",
        figure::count(mau.as_observed.accounts),
        figure::whole(mau.as_configured.monthly),
        figure::count(mau.as_configured.population),
    )?;
    let generator = &digest.generator;
    writeln!(
        out,
        "generator    lag p99 {}, at most {} of {} cores busy, {} on the whole machine",
        figure::time(peaks.lag_p99),
        figure::number(generator.cpu_cores_max),
        generator.cores,
        figure::number(generator.machine_cpu_cores_max),
    )?;
    if let Some(words) = generator.standstill_words() {
        writeln!(out, "             {words}")?;
    }
    match &generator.memory {
        Some(memory) => write_memory(out, memory),
        None => Ok(()),
    }
}

/// Whether the generator's memory stayed flat.
fn write_memory(out: &mut String, memory: &Memory) -> std::fmt::Result {
    writeln!(
        out,
        "memory       {:.1} MiB after 5 minutes, then at most {:.1} MiB (+{:.1} %), {:.1} MiB at the end",
        memory.at_5_min_mib, memory.most_since_mib, memory.growth_percent, memory.end_mib
    )
}

/// Which part of the plan this is, where it is not all of it, or what it was merged from.
fn shards(out: &mut String, digest: &Digest) -> std::fmt::Result {
    if let Some(shard) = &digest.run.shard {
        writeln!(
            out,
            "shard        {shard} of the plan: `trtc-load merge` adds it to the others"
        )?;
    }
    let Some(coverage) = &digest.coverage else {
        return Ok(());
    };
    writeln!(out, "coverage     {}", coverage.text())?;
    for line in coverage.unfinished() {
        writeln!(out, "             {line}")?;
    }
    Ok(())
}

/// At most `columns` characters; what does not fit ends in an ellipsis. Control characters do not reach the terminal.
pub(super) fn fit(text: &str, columns: usize) -> String {
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    if text.chars().count() <= columns {
        return text.chars().map(clean).collect();
    }
    let kept = text.chars().take(columns.saturating_sub(1)).map(clean);
    kept.chain(['\u{2026}']).collect()
}

/// Lines of at most `columns` characters, broken at spaces where there are some.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = fit(word, columns);
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_target_says_cannot_move_the_cursor_or_the_margin() {
        assert_eq!(fit("a\u{1b}[2Jb", 80), "a\u{fffd}[2Jb");
        assert_eq!(fit("abcdef", 4), "abc\u{2026}");
        assert_eq!(fit("abcd", 4), "abcd");
    }

    #[test]
    fn a_long_reason_is_broken_at_its_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 4), ["abc\u{2026}"]);
        assert!(wrap("", 4).is_empty());
    }

    #[test]
    fn plain_text_has_no_escapes() {
        assert_eq!(Paint::Plain.on("x", Tone::Bad), "x");
        assert_eq!(Paint::Colour.on("x", Tone::Bad), "\u{1b}[1;31mx\u{1b}[0m");
    }
}
