//! The data of the page's charts, small enough for a browser however long the run was.

use serde::Serialize;

use crate::profile::Latency;
use crate::recorder::{Distribution, Recording, Second, StageSet};
use crate::report::digest::Digest;
use crate::report::timeline::felt;
use crate::session::{Class, Operation};
use trtc_base::figure::Millis;
use trtc_base::units::Micros;

/// The most points of a line: more than a wide screen shows pixels for.
const POINTS: usize = 1_000;
/// Points of a percentile curve for each factor of ten in rarity.
const POINTS_A_DECADE: u32 = 10;

/// What the page's script draws.
#[derive(Serialize)]
pub(super) struct Charts<'a> {
    /// Seconds that one point stands for.
    every: usize,
    /// Seconds since the run's start, the middle of each point.
    at: Vec<f64>,
    stages: Vec<Band<'a>>,
    /// When the generator stood still: from and until, in seconds.
    stills: Vec<(f64, f64)>,
    charts: Vec<Chart>,
    curves: Vec<Curve>,
}

#[derive(Serialize)]
struct Band<'a> {
    name: &'a str,
    kind: &'static str,
    start: f64,
    end: f64,
}

#[derive(Serialize)]
struct Chart {
    title: &'static str,
    unit: &'static str,
    scale: &'static str,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    name: &'static str,
    /// Which colour of the page's palette.
    ink: &'static str,
    values: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct Curve {
    operation: &'static str,
    /// Decades of rarity (0: all, 1: one in ten, 2: one in a hundred) and milliseconds.
    felt: Vec<(f64, f64)>,
    served: Vec<(f64, f64)>,
}

/// How the seconds of one point become one value.
#[derive(Clone, Copy)]
enum Fold {
    /// A count: its mean for each second.
    Mean,
    /// A level or a quantile: the largest, because a mean of quantiles is none.
    Largest,
}

type Read = fn(&Second) -> Option<f64>;

/// A line of a chart: its name, its ink, how points are made, and what is read.
type LineOf = (&'static str, &'static str, Fold, Read);

/// Every chart over time: title, unit, scale, lines.
const CHARTS: &[(&str, &str, &str, &[LineOf])] = &[
    (
        "Arrivals",
        "/s",
        "linear",
        &[
            ("started", "blue", Fold::Mean, |one| number(one.started)),
            // Over the line above, which it should meet: the dashes leave both in sight.
            ("due", "grey dashed", Fold::Mean, |one| number(one.due)),
            ("not started", "red", Fold::Mean, |one| {
                number(one.not_started)
            }),
        ],
    ),
    (
        "Felt by a login",
        "ms",
        "log",
        &[
            ("p50", "blue", Fold::Largest, |one| {
                felt(one, Operation::Login).map(|felt| millis(felt.p50))
            }),
            ("p99", "orange", Fold::Largest, |one| {
                felt(one, Operation::Login).map(|felt| millis(felt.p99))
            }),
        ],
    ),
    (
        "Errors",
        "/s",
        "linear",
        &[
            ("timeout", "orange", Fold::Mean, |one| {
                class(one, Class::Timeout)
            }),
            ("throttled", "violet", Fold::Mean, |one| {
                class(one, Class::Throttled)
            }),
            ("failed", "red", Fold::Mean, |one| class(one, Class::Failed)),
        ],
    ),
    (
        "Sessions online",
        "",
        "linear",
        &[("online", "blue", Fold::Largest, |one| {
            number(one.online_peak)
        })],
    ),
    (
        "Distinct accounts so far (MAU)",
        "",
        "linear",
        &[("accounts", "green", Fold::Largest, |one| {
            number(one.accounts)
        })],
    ),
    (
        "The generator's own delay, p99",
        "ms",
        "log",
        &[
            ("lag", "orange", Fold::Largest, |one| {
                one.lag.map(|lag| millis(lag.p99))
            }),
            ("wait for a core", "violet", Fold::Largest, |one| {
                one.oversleep.map(|late| millis(late.p99))
            }),
        ],
    ),
];

impl<'a> Charts<'a> {
    pub(super) fn of(recording: &Recording, digest: &'a Digest) -> Self {
        let seconds = recording.seconds();
        let every = seconds.len().div_ceil(POINTS).max(1);
        let points: Vec<&[Second]> = seconds.chunks(every).collect();
        Self {
            every,
            at: points.iter().map(|point| middle(point)).collect(),
            stages: digest
                .run
                .stages
                .iter()
                .map(|stage| Band {
                    name: &stage.name,
                    kind: stage.kind,
                    start: stage.start_s,
                    end: stage.end_s,
                })
                .collect(),
            stills: recording
                .standstills()
                .iter()
                .take(POINTS)
                .map(|one| (one.from.as_secs_f64(), one.until.as_secs_f64()))
                .collect(),
            charts: CHARTS
                .iter()
                .map(|&(title, unit, scale, lines)| Chart {
                    title,
                    unit,
                    scale,
                    lines: lines.iter().map(|of| line(&points, of)).collect(),
                })
                .collect(),
            curves: Operation::ALL
                .into_iter()
                .filter_map(|operation| curve(recording, operation))
                .collect(),
        }
    }
}

fn line(points: &[&[Second]], &(name, ink, fold, read): &LineOf) -> Line {
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

/// Of an operation's measured stages, as a budget sees it.
fn curve(recording: &Recording, operation: Operation) -> Option<Curve> {
    let of = |latency| recording.latency(operation, StageSet::Measured, latency);
    let felt = percentiles(&of(Latency::Felt));
    (!felt.is_empty()).then(|| Curve {
        operation: operation.name(),
        felt,
        served: percentiles(&of(Latency::Served)),
    })
}

/// Up to the rarity that the samples reach: one in as many as there are.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn percentiles(all: &Distribution) -> Vec<(f64, f64)> {
    let rarest = (all.count() as f64).log10();
    let mut points: Vec<(f64, f64)> = (0..)
        .map(|step| f64::from(step) / f64::from(POINTS_A_DECADE))
        .take_while(|decades| *decades < rarest)
        .filter_map(|decades| {
            let time = all.quantile(1.0 - 10_f64.powf(-decades))?;
            Some((decades, millis(time)))
        })
        .collect();
    if let Some(max) = all.max() {
        points.push((rarest, Millis(max).0.as_millis_f64()));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_from_the_least_to_the_largest_and_no_further_than_its_samples() {
        let mut all = Distribution::default();
        for value in 1..=1_000 {
            all.take(Micros(value * 1_000));
        }
        let points = percentiles(&all);
        // 3 decades of 10 points each, and the largest.
        assert_eq!(points.len(), 31);
        assert_eq!(points[30], (3.0, 1_000.0));
        // One in ten is slower than 900 ms; the histogram is good to 0.1%.
        let (decades, time) = points[10];
        assert!((decades - 1.0).abs() < 1e-9);
        assert!((time - 900.0).abs() <= 0.9 + 1.0, "{time}");
        assert!(percentiles(&Distribution::default()).is_empty());
    }

    #[test]
    fn a_point_of_many_seconds_is_the_mean_of_counts_and_the_largest_of_levels() {
        let second = |number, due| Second {
            second: number,
            due,
            ..Second::default()
        };
        let seconds = [second(0, 10), second(1, 30)];
        let read: Read = |one| number(one.due);
        let of = |fold| line(&[&seconds], &("due", "grey", fold, read)).values;
        assert_eq!(of(Fold::Mean), [Some(20.0)]);
        assert_eq!(of(Fold::Largest), [Some(30.0)]);
        assert!((middle(&seconds) - 1.0).abs() < 1e-9);
        // A second that covers the two before it too.
        let late = [Second {
            covers: 3,
            ..second(4, 30)
        }];
        let mean = line(&[&late], &("due", "grey", Fold::Mean, read)).values;
        assert_eq!(mean, [Some(10.0)]);
        assert!((middle(&late) - 3.5).abs() < 1e-9);
        let unseen: Read = |one| one.lag.map(|lag| millis(lag.p99));
        let none = line(&[&seconds], &("lag", "grey", Fold::Mean, unseen)).values;
        assert_eq!(none, [None]);
    }
}
