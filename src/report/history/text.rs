//! The answer as a person reads it: the number first, what it rests on below.

use std::fmt::Write;

use super::document::{App, Document, File};
use crate::report::figure;
use crate::report::terminal::{fit, wrap};

/// The most columns of a line.
const COLUMNS: usize = 100;
/// The words of a result column that are shown; JSON has all.
const WORDS: usize = 4;

pub(super) fn write(document: &Document) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = apps(&mut out, document);
    let _ = earlier(&mut out, document);
    let _ = log(&mut out, document);
    let _ = notes(&mut out, document);
    out
}

fn apps(out: &mut String, document: &Document) -> std::fmt::Result {
    writeln!(
        out,
        "{}  as of {}, days of {}\n",
        document.month, document.as_of, document.time_zone
    )?;
    writeln!(
        out,
        "{:<24}{:>16}{:>16}{:>16}{:>16}",
        "ACTIVE", "mau to date", "dau mean", "dau last", "month's end"
    )?;
    let first: usize = document
        .log
        .covered_from
        .rsplit('-')
        .next()
        .and_then(|day| day.parse().ok())
        .unwrap_or(1);
    for app in &document.apps {
        writeln!(
            out,
            "{:<24}{:>16}{:>16}{:>16}{:>16}",
            fit(name(app), 23),
            figure::count(app.mau_to_date),
            figure::whole(app.dau_mean(first - 1)),
            figure::count(app.dau.last().copied().unwrap_or(0)),
            figure::count_or_dash(app.mau_at_month_end),
        )?;
    }
    Ok(())
}

fn name(app: &App) -> &str {
    match app.app.as_deref() {
        None => "all",
        Some("") => "(no app)",
        Some(name) => name,
    }
}

fn earlier(out: &mut String, document: &Document) -> std::fmt::Result {
    let Some(all) = document.apps.first().filter(|all| !all.earlier.is_empty()) else {
        return Ok(());
    };
    writeln!(
        out,
        "\n{:<24}{:>16}{:>16}",
        "EARLIER MONTHS", "mau", "dau mean"
    )?;
    for month in &all.earlier {
        writeln!(
            out,
            "{:<24}{:>16}{:>16}",
            month.month,
            figure::count(month.mau),
            figure::whole(month.dau_mean)
        )?;
    }
    Ok(())
}

fn log(out: &mut String, document: &Document) -> std::fmt::Result {
    let rows = &document.rows;
    writeln!(out, "\nLOG")?;
    writeln!(
        out,
        "{:<13}{} to {}",
        "days", document.log.first, document.log.last
    )?;
    let faulty: u64 = rows.faulty.iter().map(|one| one.rows).sum();
    writeln!(
        out,
        "{:<13}{} read: {} logins, {} failures, {} faulty",
        "rows",
        figure::count(rows.read),
        figure::count(rows.logins),
        figure::count(rows.failures),
        figure::count(faulty)
    )?;
    for one in &rows.faulty {
        let cell = if one.first.is_empty() {
            String::new()
        } else {
            format!(" `{}`", one.first)
        };
        let line = format!(
            "{} {}, first at {}{cell}",
            figure::count(one.rows),
            one.reason,
            one.first_at
        );
        writeln!(out, "{:<13}{}", "", fit(&line, COLUMNS - 13))?;
    }
    for (nth, file) in document.files.iter().enumerate() {
        // Files of one log look alike; what differs is shown.
        if nth == 0 || file.columns != document.files[nth - 1].columns {
            columns(out, file)?;
        }
    }
    writeln!(
        out,
        "{:<13}{}; exact but for a chance of {:.1e} that two of them are taken for one",
        "accounts",
        figure::count(document.accounts_in_log),
        document.collision_chance
    )
}

fn columns(out: &mut String, file: &File) -> std::fmt::Result {
    let column = |column: &super::document::Column| match &column.name {
        Some(name) => format!("{} `{name}` ({})", column.role, column.number),
        None => format!("{} ({})", column.role, column.number),
    };
    let columns: Vec<String> = file.columns.iter().map(column).collect();
    let text = format!("{}: {}, {}", file.name, file.packed, columns.join(", "));
    titled(out, "columns", &text)?;
    if file.results.is_empty() {
        return Ok(());
    }
    let word = |one: &super::document::Outcome| {
        let verdict = if one.is_success { "success" } else { "failure" };
        format!("`{}` {verdict} ({})", one.word, figure::count(one.rows))
    };
    let mut words: Vec<String> = file.results.iter().take(WORDS).map(word).collect();
    if let more @ 1.. = file.results.len().saturating_sub(WORDS) {
        words.push(format!("{more} more"));
    }
    titled(out, "results", &words.join(", "))
}

fn titled(out: &mut String, title: &str, text: &str) -> std::fmt::Result {
    for (nth, line) in wrap(text, COLUMNS - 13).iter().enumerate() {
        writeln!(out, "{:<13}{line}", if nth == 0 { title } else { "" })?;
    }
    Ok(())
}

fn notes(out: &mut String, document: &Document) -> std::fmt::Result {
    for note in &document.notes {
        titled(out, "note", note)?;
    }
    Ok(())
}
