//! The session rules on the terminal: what was checked, how often, and what nothing checked.

use std::fmt::Write;

use super::{indented, put, tone};
use crate::report::digest::InvariantRow;
use trtc_base::figure;
use trtc_base::table::{Column, Kind, Table};
use trtc_base::terminal::{Paint, Tone};

pub(super) fn write(out: &mut String, rows: &[InvariantRow], paint: Paint) -> std::fmt::Result {
    const COLUMNS: &[Column] = &[
        ("RULES", Kind::Text),
        ("", Kind::Long),
        ("checks", Kind::Number),
        ("breaches", Kind::Number),
    ];
    let mut table = Table::new(COLUMNS);
    let is_checked = |row: &&InvariantRow| matches!(row.state, "kept" | "broken");
    for row in rows.iter().filter(is_checked) {
        let cells = vec![
            row.state.to_owned(),
            row.invariant.to_owned(),
            figure::count_or_dash(row.checks),
            figure::count(row.breaches),
        ];
        table.toned(tone(row.state), cells);
    }
    if rows.iter().any(|row| is_checked(&row)) {
        put(out, &table, paint)?;
    } else {
        writeln!(out, "\n{}", paint.on("RULES", Tone::Title))?;
    }
    for state in ["not checked", "not counted"] {
        let rules = rows.iter().filter(|row| row.state == state);
        let rules: Vec<&str> = rules.map(|row| row.invariant).collect();
        if rules.is_empty() {
            continue;
        }
        indented(out, &format!("{state}: {}", rules.join("; ")))?;
    }
    Ok(())
}
