//! A log beside Tencent's own count, as a person reads it.

use super::against::{AgainstTencent, Beside, Day};
use super::text::{put, titled};
use trtc_base::figure;
use trtc_base::table::{Kind, Table};

/// What stands where a log cannot know a number.
const UNKNOWN: &str = "unknown";

pub(super) fn write(out: &mut String, against: &AgainstTencent) -> std::fmt::Result {
    let mut table = Table::new(&[
        ("TENCENT'S", Kind::Text),
        ("dau log", Kind::Number),
        ("tencent", Kind::Number),
        ("differ", Kind::Number),
        ("logins log", Kind::Number),
        ("tencent", Kind::Number),
        ("differ", Kind::Number),
        ("peak", Kind::Number),
        ("", Kind::Long),
    ]);
    for day in &against.days {
        table.row(cells(day));
    }
    put(out, &table)?;
    let app = match &against.app {
        Some(app) => format!("app {app}"),
        None => "all rows".to_owned(),
    };
    let tolerance = match against.tolerance {
        Some(tolerance) => format!(
            "more than {} of Tencent's number is a difference",
            figure::share(Some(tolerance))
        ),
        None => "no `--tolerance` given: nothing is judged beyond what is shown".to_owned(),
    };
    let (agree, differ, open) = (against.agreeing, against.differing, against.not_judged);
    let said = format!(
        "{agree} days agree, {differ} differ, {open} are not judged, of {app}; days of Beijing, as Tencent's are, whatever the zone \
         above; peak: the most online at once by Tencent, unknown to a log of logins; {tolerance}",
    );
    titled(out, "beside", &said)?;
    let beyond = against.log_days_before + against.log_days_after;
    if beyond > 0 {
        let said = format!(
            "{} of the log's days are outside of Tencent's answer, which has 30 days at most",
            figure::count(beyond)
        );
        titled(out, "", &said)?;
    }
    for why in &against.reasons {
        titled(out, "likely", &why.said)?;
    }
    for said in against.projection.iter().flat_map(|month| &month.said) {
        titled(out, "projection", said)?;
    }
    titled(out, "source", &against.source)
}

fn cells(day: &Day) -> [String; 9] {
    [
        day.date.clone(),
        figure::count_or_dash(day.accounts.log),
        figure::count_or_dash(day.accounts.tencent),
        differ(&day.accounts),
        figure::count_or_dash(day.logins.log),
        figure::count_or_dash(day.logins.tencent),
        differ(&day.logins),
        day.peak_online
            .tencent
            .map_or_else(|| UNKNOWN.to_owned(), figure::count),
        if day.words.is_empty() {
            day.stands.to_owned()
        } else {
            format!("{}: {}", day.stands, day.words.join(", "))
        },
    ]
}

/// `-12 (-1.3%)`; a dash where a side has no number.
fn differ(beside: &Beside) -> String {
    match (beside.difference, beside.share) {
        (None, _) => figure::MISSING.to_owned(),
        (Some(0), _) => "0".to_owned(),
        (Some(more), None) => format!("{more:+}"),
        (Some(more), Some(share)) => format!("{more:+} ({:+.1}%)", share * 100.0),
    }
}
