//! Why steps did not succeed, on the terminal: the most frequent causes whole, with what to do about them.

use std::fmt::Write;

use super::COLUMNS;
use crate::report::digest::CauseRow;
use trtc_base::figure;
use trtc_base::terminal::{Paint, Tone, wrap};

/// The causes that are shown; the files have all.
const CAUSES: usize = 5;
/// Columns before a cause.
const INDENT: usize = 12;

pub(super) fn write(out: &mut String, rows: &[CauseRow], paint: Paint) -> std::fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    let title = "CAUSES, in all stages";
    writeln!(out, "\n{}", paint.on(title, Tone::Title))?;
    for row in rows.iter().take(CAUSES) {
        let mut before = format!("{:>10}  ", figure::count(row.count));
        for line in lines(row) {
            writeln!(out, "{before}{line}")?;
            before = " ".repeat(INDENT);
        }
    }
    match rows.len().saturating_sub(CAUSES) {
        0 => Ok(()),
        more => writeln!(
            out,
            "{:>10}  more kinds in report.html",
            figure::count(more as u64)
        ),
    }
}

/// The cause, what it means, and for an error what to do. Nothing is cut: what helps stands at the end.
fn lines(row: &CauseRow) -> Vec<String> {
    let (operation, class) = (row.operation.unwrap_or("any"), row.class.unwrap_or(""));
    let cause = match row.meaning {
        Some(meaning) => format!("{operation} {class}: {}: {meaning}", row.cause),
        None => format!("{operation} {class}: {}", row.cause),
    };
    let mut lines = wrap(&cause, COLUMNS - INDENT);
    if let Some(remedy) = row.remedy.filter(|_| class != "expected") {
        lines.extend(wrap(&format!("try: {remedy}"), COLUMNS - INDENT));
    }
    lines
}
