//! The budgets on the terminal: each that the profile writes, and of those that it does not write the broken ones.

use std::fmt::Write;

use super::{indented, put, tone};
use crate::report::digest::BudgetRow;
use trtc_base::figure;
use trtc_base::table::{Column, Kind, Table};
use trtc_base::terminal::Paint;

/// What marks a measured value of too few samples.
const PRELIMINARY: &str = "*";

pub(super) fn write(out: &mut String, rows: &[BudgetRow], paint: Paint) -> std::fmt::Result {
    if rows.iter().all(|row| row.implied) {
        writeln!(
            out,
            "\nno budgets: nothing was promised, so nothing was kept"
        )?;
    }
    let is_shown = |row: &&BudgetRow| !row.implied || row.state == "broken";
    let shown: Vec<&BudgetRow> = rows.iter().filter(is_shown).collect();
    if !shown.is_empty() {
        table(out, &shown, paint)?;
    }
    if shown.iter().any(|row| row.is_preliminary()) {
        writeln!(
            out,
            "{PRELIMINARY} preliminary: too few samples to decide anything"
        )?;
    }
    unwritten(out, rows)
}

fn table(out: &mut String, rows: &[&BudgetRow], paint: Paint) -> std::fmt::Result {
    const COLUMNS: &[Column] = &[
        ("BUDGETS", Kind::Text),
        ("", Kind::Long),
        ("measured", Kind::Number),
        ("samples", Kind::Number),
        ("needed", Kind::Number),
    ];
    let mut table = Table::new(COLUMNS);
    for row in rows {
        let cells = vec![
            row.state.to_owned(),
            row.sentence.clone(),
            measured(row),
            figure::count(row.samples),
            figure::count(row.needed),
        ];
        table.toned(tone(row.state), cells);
    }
    put(out, &table, paint)
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

/// The budgets that the program adds and that are not broken, in one sentence.
fn unwritten(out: &mut String, rows: &[BudgetRow]) -> std::fmt::Result {
    let of = |state: &'static str| {
        let rows = rows.iter().filter(|row| row.implied);
        rows.filter(move |row| row.state == state)
    };
    let kept: Vec<&str> = of("kept").map(|row| subject(&row.sentence)).collect();
    let few = of("not checked");
    let few: Vec<String> = few
        .map(|row| {
            let (samples, needed) = (figure::count(row.samples), figure::count(row.needed));
            format!("{} ({samples} of {needed})", subject(&row.sentence))
        })
        .collect();
    let parts = [("kept", kept.join(", ")), ("not checked", few.join(", "))];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(state, names)| format!("{state}: {names}"))
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    indented(out, &format!("errors < 1% unwritten, {}", parts.join("; ")))
}

/// The operation, and the stage where one is named.
fn subject(sentence: &str) -> &str {
    sentence
        .split_once(" errors")
        .map_or(sentence, |(operation, _)| operation)
}
