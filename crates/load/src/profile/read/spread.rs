//! Spans of time that are drawn anew each time.

use std::ops::RangeInclusive;

use super::super::scenario::Spread;
use trtc_base::config::{FaultKind, Value};
use trtc_base::units::Micros;

/// What a dwell or a reaction may be: up to a day.
const RANGE: RangeInclusive<Micros> = Micros::ZERO..=Micros::from_secs(86_400);

/// `"3s"`, `{ uniform = ["1s", "3s"] }` or `{ exponential = "8s", max = "30s" }`
pub(super) fn read_spread(value: &Value<'_>) -> Option<Spread> {
    if !value.is_table() {
        return value.span(RANGE).map(Spread::Constant);
    }
    let table = value.table(&["uniform", "exponential", "max"])?;
    match (
        table.get("uniform"),
        table.get("exponential"),
        table.get("max"),
    ) {
        (Some(ends), None, None) => read_uniform(ends),
        (None, Some(mean), Some(max)) => read_exponential(mean, max),
        (None, Some(mean), None) => {
            mean.fault(
                FaultKind::SpreadWithoutMax,
                format!(
                    "`{}` has no `max`, so no population is surely large enough",
                    mean.path()
                ),
                "add it: { exponential = \"8s\", max = \"30s\" }",
            );
            None
        }
        (Some(_) | None, Some(_) | None, Some(_) | None) => {
            let what = format!(
                "`{}` is neither a span, nor uniform, nor exponential",
                value.path()
            );
            value.fault(FaultKind::SpreadForm, what, "write \"3s\", { uniform = [\"1s\", \"3s\"] } or { exponential = \"8s\", max = \"30s\" }");
            None
        }
    }
}

fn read_uniform(value: &Value<'_>) -> Option<Spread> {
    let ends = value.list()?;
    let ends: Vec<_> = ends.iter().map(|end| end.span(RANGE)).collect();
    let ends: Vec<_> = ends.into_iter().collect::<Option<_>>()?;
    let [from, to] = ends[..] else {
        value.fault(
            FaultKind::SpreadEnds,
            format!("`{}` needs two spans", value.path()),
            "write { uniform = [\"1s\", \"3s\"] }",
        );
        return None;
    };
    if from > to {
        value.fault(
            FaultKind::SpreadBackwards,
            format!("`{}` begins after it ends", value.path()),
            "write the shorter span first",
        );
    }
    Some(Spread::Uniform { from, to })
}

fn read_exponential(mean: &Value<'_>, max: &Value<'_>) -> Option<Spread> {
    let (mean_span, max_span) = (mean.span(RANGE), max.span(RANGE));
    let (mean_span, max_span) = (mean_span?, max_span?);
    if mean_span == Micros::ZERO || mean_span > max_span {
        mean.fault(
            FaultKind::SpreadMean,
            format!("`{}` is not between 0 and its max", mean.path()),
            "raise `max` above the mean",
        );
    }
    Some(Spread::Exponential {
        mean: mean_span,
        max: max_span,
    })
}
