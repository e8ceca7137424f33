//! The answer as a person reads it: the number first, what it rests on below. At most 100 columns.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::against_text;
use super::document::{App, Document, File};
use super::outlook::Tested;
use trtc_base::figure;
use trtc_base::table::{Kind, Table};
use trtc_base::terminal::{Paint, fit, wrap};

/// The most columns of a line.
const COLUMNS: usize = 100;
/// The words of a result column that are shown; JSON has all.
const WORDS: usize = 4;

pub(super) fn write(document: &Document) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = apps(&mut out, document);
    if let Some(against) = &document.against {
        let _ = against_text::write(&mut out, against);
    }
    let _ = methods(&mut out, document);
    let _ = earlier(&mut out, document);
    let _ = log(&mut out, document);
    let _ = notes(&mut out, document);
    out
}

fn apps(out: &mut String, document: &Document) -> std::fmt::Result {
    writeln!(
        out,
        "{}  as of {}, in days of {}\n",
        document.month, document.as_of, document.time_zone
    )?;
    let mut table = Table::new(&[
        ("ACTIVE", Kind::Text),
        ("mau to date", Kind::Number),
        ("dau mean", Kind::Number),
        ("month's end", Kind::Number),
        ("80 % between", Kind::Number),
        ("95 % between", Kind::Number),
    ]);
    let covered = &document.log.covered_from;
    let first: usize = covered
        .rsplit('-')
        .next()
        .and_then(|day| day.parse().ok())
        .unwrap_or(1);
    for app in &document.apps {
        let outlook = app.outlook.as_ref();
        table.row([
            name(app).to_owned(),
            figure::count(app.mau_to_date),
            figure::whole(app.dau_mean(first - 1)),
            figure::count_or_dash(outlook.and_then(|outlook| outlook.mau)),
            between(outlook.and_then(|outlook| outlook.likely_80)),
            between(outlook.and_then(|outlook| outlook.likely_95)),
        ]);
    }
    out.push_str(&table.as_text(COLUMNS, Paint::Plain));
    if let Some(end) = document.apps.first().and_then(|all| all.mau_at_month_end) {
        writeln!(
            out,
            "\nthe log goes on to the month's end: {}",
            figure::count(end)
        )?;
    }
    Ok(())
}

/// A table, an empty line before it.
pub(super) fn put(out: &mut String, table: &Table) -> std::fmt::Result {
    write!(out, "\n{}", table.as_text(COLUMNS, Paint::Plain))
}

fn between(bounds: Option<[u64; 2]>) -> String {
    bounds.map_or_else(
        || figure::MISSING.to_owned(),
        |[low, high]| format!("{} .. {}", figure::count(low), figure::count(high)),
    )
}

/// How the number of all apps together came about. JSON has the same of each.
fn methods(out: &mut String, document: &Document) -> std::fmt::Result {
    let all = document.apps.first().and_then(|all| all.outlook.as_ref());
    let Some(outlook) = all.filter(|outlook| !outlook.is_over) else {
        return Ok(());
    };
    let mut table = Table::new(&[
        ("METHODS", Kind::Text),
        ("month's end", Kind::Number),
        ("part", Kind::Number),
        ("", Kind::Long),
    ]);
    for word in &outlook.methods {
        table.row([
            word.method.to_string(),
            figure::count_or_dash(word.mau),
            figure::share((word.weight > 0.0).then_some(word.weight)),
            word.refused_because.clone().unwrap_or_default(),
        ]);
    }
    put(out, &table)?;
    titled(out, "chosen", &outlook.reason)?;
    back_tests(out, &outlook.back_tests)
}

/// How wrong each method would have been: a row each, a column for each day.
fn back_tests(out: &mut String, tests: &[Tested]) -> std::fmt::Result {
    let Some(first) = tests.first() else {
        return Ok(());
    };
    let of = match first.of_day {
        Some(day) => format!("what they said of day {day}"),
        None => "what they said of earlier months' ends".to_owned(),
    };
    let days: BTreeSet<u8> = tests.iter().map(|test| test.as_of_day).collect();
    let mut methods: Vec<&str> = Vec::new();
    for test in tests {
        if !methods.contains(&test.method.as_str()) {
            methods.push(&test.method);
        }
    }
    writeln!(out, "\nBACK-TEST  median error of {of}, as of day")?;
    let heads: Vec<String> = days.iter().map(ToString::to_string).collect();
    let days_of = heads.iter().map(|head| (head.as_str(), Kind::Number));
    let mut table = Table::new(
        &[("", Kind::Text)]
            .into_iter()
            .chain(days_of)
            .collect::<Vec<_>>(),
    );
    for method in methods {
        let error = |day: &u8| {
            let found = tests
                .iter()
                .find(|test| test.method == method && test.as_of_day == *day);
            found.map_or_else(
                || figure::MISSING.to_owned(),
                |test| format!("{:.1}%", test.median_error * 100.0),
            )
        };
        let cells = days.iter().map(error);
        table.row(std::iter::once(method.to_owned()).chain(cells));
    }
    out.push_str(&table.as_text(COLUMNS, Paint::Plain));
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
    let mut table = Table::new(&[
        ("EARLIER MONTHS", Kind::Text),
        ("mau", Kind::Number),
        ("dau mean", Kind::Number),
    ]);
    for month in &all.earlier {
        let (mau, dau) = (figure::count(month.mau), figure::whole(month.dau_mean));
        table.row([month.month.to_string(), mau, dau]);
    }
    put(out, &table)?;
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

pub(super) fn titled(out: &mut String, title: &str, text: &str) -> std::fmt::Result {
    for (nth, line) in wrap(text, COLUMNS - 13).iter().enumerate() {
        writeln!(out, "{:<13}{line}", if nth == 0 { title } else { "" })?;
    }
    Ok(())
}

fn notes(out: &mut String, document: &Document) -> std::fmt::Result {
    for app in &document.apps {
        for warning in app.outlook.iter().flat_map(|outlook| &outlook.warnings) {
            titled(out, "warning", &format!("{}: {warning}", name(app)))?;
        }
    }
    for note in &document.notes {
        titled(out, "note", note)?;
    }
    Ok(())
}
