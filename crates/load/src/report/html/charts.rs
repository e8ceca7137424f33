//! The charts of the page over time, small enough for a browser however long the run was.

use crate::profile::{BudgetOf, Latency, StageKind};
use crate::recorder::{Second, StageMeta, StageSet};
use crate::report::Findings;
use crate::report::timeline::felt;
use crate::session::{Class, Operation};
use trtc_base::chart::{Across, Band, Chart, Counts, Ink, Limit, Line, Scale, Stroke, Unit};
use trtc_base::page::Html;
use trtc_base::units::Micros;

/// The most points of a line: more than a wide screen shows pixels for.
const POINTS: usize = 1_000;

/// The chart that the budgets on what a login feels are drawn into.
const FELT_BY_A_LOGIN: &str = "Felt by a login";

const BLUE: (Ink, Stroke) = (Ink::Blue, Stroke::Solid);
const ORANGE: (Ink, Stroke) = (Ink::Orange, Stroke::Solid);
const RED: (Ink, Stroke) = (Ink::Red, Stroke::Solid);
const GREEN: (Ink, Stroke) = (Ink::Green, Stroke::Solid);
const VIOLET: (Ink, Stroke) = (Ink::Violet, Stroke::Solid);
/// Over another line, which it should meet: the dashes leave both in sight.
const GREY_DASHES: (Ink, Stroke) = (Ink::Grey, Stroke::Dashed);

/// How the seconds of one point become one value.
#[derive(Clone, Copy)]
enum Fold {
    /// A count: its mean for each second.
    Mean,
    /// A level or a quantile: the largest, because a mean of quantiles is none.
    Largest,
}

type Read = fn(&Second) -> Option<f64>;

/// A line of a chart: its name, its ink and stroke, how points are made, and what is read.
type LineOf = (&'static str, (Ink, Stroke), Fold, Read);

/// Every chart over time: title, unit, scale, lines.
const CHARTS: &[(&str, Unit, Scale, &[LineOf])] = &[
    (
        "Arrivals",
        Unit::PerSecond,
        Scale::Linear,
        &[
            ("started", BLUE, Fold::Mean, |one| number(one.started)),
            ("due", GREY_DASHES, Fold::Mean, |one| number(one.due)),
            ("not started", RED, Fold::Mean, |one| {
                number(one.not_started)
            }),
        ],
    ),
    (
        FELT_BY_A_LOGIN,
        Unit::Millis,
        Scale::Log,
        &[
            ("p50", BLUE, Fold::Largest, |one| {
                felt(one, Operation::Login).map(|felt| millis(felt.p50))
            }),
            ("p99", ORANGE, Fold::Largest, |one| {
                felt(one, Operation::Login).map(|felt| millis(felt.p99))
            }),
        ],
    ),
    (
        "Errors",
        Unit::PerSecond,
        Scale::Linear,
        &[
            ("timeout", ORANGE, Fold::Mean, |one| {
                class(one, Class::Timeout)
            }),
            ("throttled", VIOLET, Fold::Mean, |one| {
                class(one, Class::Throttled)
            }),
            ("failed", RED, Fold::Mean, |one| class(one, Class::Failed)),
        ],
    ),
    (
        "Sessions online",
        Unit::Count,
        Scale::Linear,
        &[("online", BLUE, Fold::Largest, |one| number(one.online_peak))],
    ),
    (
        "Distinct accounts so far (MAU)",
        Unit::Count,
        Scale::Linear,
        &[("accounts", GREEN, Fold::Largest, |one| number(one.accounts))],
    ),
    (
        "The generator's own delay, p99",
        Unit::Millis,
        Scale::Log,
        &[
            ("lag", ORANGE, Fold::Largest, |one| {
                one.lag.map(|lag| millis(lag.p99))
            }),
            ("wait for a core", VIOLET, Fold::Largest, |one| {
                one.oversleep.map(|late| millis(late.p99))
            }),
        ],
    ),
];

/// The charts over time, as figures.
pub(super) fn over_time(page: &mut Html, findings: &Findings<'_>) {
    let recording = findings.recording;
    let seconds = recording.seconds();
    let every = seconds.len().div_ceil(POINTS).max(1);
    let points: Vec<&[Second]> = seconds.chunks(every).collect();
    let at: Vec<f64> = points.iter().map(|point| middle(point)).collect();
    let every = Micros::from_secs(every as u64).as_secs_f64();
    let stages = &recording.meta().stages;
    let last = at.last().map_or(0.0, |last| last + every / 2.0);
    let until = stages
        .last()
        .map_or(last, |stage| last.max(stage.end.as_secs_f64()));
    let stills = recording.standstills().iter().take(POINTS);
    let stills: Vec<(f64, f64)> = stills
        .map(|one| (one.from.as_secs_f64(), one.until.as_secs_f64()))
        .collect();
    for &(title, unit, scale, lines) in CHARTS {
        let chart = Chart {
            title: title.to_owned(),
            at: at.clone(),
            x: Across::Time { every, until },
            unit,
            scale,
            reach: Vec::new(),
            lines: lines.iter().map(|of| line(&points, of)).collect(),
            bands: stages.iter().map(band).collect(),
            stills: stills.clone(),
            limits: if title == FELT_BY_A_LOGIN {
                limits(findings)
            } else {
                Vec::new()
            },
        };
        page.drawn(&chart.figure());
    }
}

fn band(stage: &StageMeta) -> Band<'_> {
    Band {
        name: &stage.name,
        counts: match stage.kind {
            StageKind::Measured => Counts::Measured,
            StageKind::WarmUp | StageKind::CoolDown => Counts::Beside,
        },
        span: (stage.start.as_secs_f64(), stage.end.as_secs_f64()),
    }
}

/// What budgets ask of what a login feels, each over the stages that it covers.
fn limits<'f>(findings: &Findings<'f>) -> Vec<Limit<'f>> {
    let meta = findings.recording.meta();
    let found = findings.verdict.findings.iter();
    let limits = found.filter_map(|found| {
        let budget = &found.budget;
        let BudgetOf::Latency(Operation::Login, _, Latency::Felt, limit) = budget.of else {
            return None;
        };
        let set = StageSet::from(budget.stage);
        let covered = || {
            let stages = meta.stages_in(set);
            stages.filter_map(|stage| meta.stages.get(usize::from(stage.0)))
        };
        let from = covered().next()?.start.as_secs_f64();
        let until = covered().last()?.end.as_secs_f64();
        Some(Limit {
            words: &budget.sentence,
            value: millis(limit.0),
            span: (from, until),
        })
    });
    limits.collect()
}

fn line(points: &[&[Second]], &(name, (ink, stroke), fold, read): &LineOf) -> Line<'static> {
    let value = |point: &&[Second]| {
        let seen: Vec<f64> = point.iter().filter_map(read).collect();
        match fold {
            Fold::Mean if seen.is_empty() => None,
            Fold::Mean => Some(seen.iter().sum::<f64>() / covered(point)),
            Fold::Largest => seen.into_iter().max_by(f64::total_cmp),
        }
    };
    Line {
        name,
        ink,
        stroke,
        values: points.iter().map(value).collect(),
    }
}

fn middle(point: &[Second]) -> f64 {
    let ends = point.first().zip(point.last());
    ends.map_or(0.0, |(first, last)| {
        let start = (first.second + 1).saturating_sub(first.covers.max(1));
        (Micros::from_secs(start).as_secs_f64() + Micros::from_secs(last.second + 1).as_secs_f64())
            / 2.0
    })
}

/// Seconds that a point stands for: one after a standstill covers those before it too.
#[expect(clippy::cast_precision_loss, reason = "a run is shorter than 2^53 s")]
fn covered(point: &[Second]) -> f64 {
    point.iter().map(|one| one.covers.max(1)).sum::<u64>() as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::unnecessary_wraps,
    reason = "counts of a run are below 2^53; a count is never missing, unlike its neighbours in the table"
)]
const fn number(count: u64) -> Option<f64> {
    Some(count as f64)
}

fn class(second: &Second, class: Class) -> Option<f64> {
    number(second.by_class[class.index()])
}

fn millis(time: Micros) -> f64 {
    time.as_millis_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_many_seconds_is_the_mean_of_counts_and_the_largest_of_levels() {
        let second = |number, due| Second {
            second: number,
            due,
            ..Second::default()
        };
        let seconds = [second(0, 10), second(1, 30)];
        let read: Read = |one| number(one.due);
        let of = |fold| line(&[&seconds], &("due", BLUE, fold, read)).values;
        assert_eq!(of(Fold::Mean), [Some(20.0)]);
        assert_eq!(of(Fold::Largest), [Some(30.0)]);
        assert!((middle(&seconds) - 1.0).abs() < 1e-9);
        // A second that covers the two before it too.
        let late = [Second {
            covers: 3,
            ..second(4, 30)
        }];
        let mean = line(&[&late], &("due", GREY_DASHES, Fold::Mean, read)).values;
        assert_eq!(mean, [Some(10.0)]);
        assert!((middle(&late) - 3.5).abs() < 1e-9);
        let unseen: Read = |one| one.lag.map(|lag| millis(lag.p99));
        let none = line(&[&seconds], &("lag", GREY_DASHES, Fold::Mean, unseen)).values;
        assert_eq!(none, [None]);
    }
}
