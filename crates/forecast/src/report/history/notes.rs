//! What a reader must know beside the numbers, in sentences.

use super::LogFindings;
use crate::history::AsOf;
use trtc_base::figure;

/// The notes, the weightiest first.
pub(super) fn of(found: &LogFindings<'_>) -> Vec<String> {
    let span = found.span;
    let mut notes = Vec::new();
    notes.extend(why(span.why, span.as_of));
    if span.covered_from.day() > 1 {
        notes.push(format!(
            "the log begins on {}: who was active in this month before that is not in it, so its end is not projected",
            span.covered_from
        ));
    }
    if span.as_of > span.last {
        notes.push(format!(
            "no usual day follows {}: the days up to {} count as they are",
            span.last, span.as_of
        ));
    }
    if span.empty_days > 0 {
        notes.push(format!(
            "{} of the days from {} to {} have no login at all",
            span.empty_days, span.covered_from, span.as_of
        ));
    }
    if let Some(first) = span.stray_first {
        notes.push(format!(
            "{} rows are of months apart from the log's own or of days after its last, the first of {first}: left out as \
             those of clocks that are wrong; another day may be given by `--as-of`",
            figure::count(span.stray_rows)
        ));
    }
    if found.zone.is_none() {
        notes.push("days and months begin in UTC, because no `--time-zone` is named".to_owned());
    }
    notes.extend(elsewhere(found));
    if found.log.rows.breaks > 0 {
        notes.push(format!(
            "{} line breaks are inside quotes: rows are lost there if a quote is not closed",
            figure::count(found.log.rows.breaks)
        ));
    }
    notes
}

fn why(why: AsOf, as_of: jiff::civil::Date) -> Option<String> {
    match why {
        AsOf::Given | AsOf::LastDay => None,
        AsOf::LastDate => Some(format!(
            "the log has dates alone: its last one, {as_of}, is taken as a whole day"
        )),
        AsOf::DayBefore(last) => Some(format!(
            "the rows of the last day, {last}, end before midnight, so it does not count; if it is over: `--as-of {last}`"
        )),
        AsOf::OnlyDay => Some(format!(
            "the rows of the only day, {as_of}, end before midnight: it counts as far as it goes"
        )),
    }
}

fn elsewhere(found: &LogFindings<'_>) -> Option<String> {
    let (rows, first) = found.log.rows.elsewhere?;
    let (sign, seconds) = (if first < 0 { '-' } else { '+' }, first.unsigned_abs());
    Some(format!(
        "{} times were written with another offset than that of {}, the first with {sign}{:02}:{:02}: if people live there, \
         name their zone by `--time-zone`",
        figure::count(rows),
        found.zone_name(),
        seconds / 3_600,
        seconds / 60 % 60
    ))
}
