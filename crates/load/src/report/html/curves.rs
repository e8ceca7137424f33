//! The charts of the page by percentile: how long each operation's slowest steps took, down to the rarest.

use crate::profile::{BudgetOf, Latency, Quantile, StageIx};
use crate::recorder::{Distribution, StageSet};
use crate::report::Findings;
use crate::session::Operation;
use trtc_base::chart::{Across, Chart, Ink, Limit, Line, RARITIES, Scale, Stroke, Unit, rarity};
use trtc_base::page::Html;
use trtc_base::units::Micros;

/// Points of a percentile curve for each factor of ten in rarity.
const POINTS_A_DECADE: u32 = 10;

/// The operations' curves, as figures. They share one range, so that two beside each other can be compared.
pub(super) fn curves(page: &mut Html, findings: &Findings<'_>) {
    let of = |operation, latency| {
        let recording = findings.recording;
        recording.latency(operation, StageSet::Measured, latency)
    };
    let operations = Operation::ALL.into_iter();
    let mut charts: Vec<Chart<'_>> = operations
        .filter_map(|operation| {
            let felt = of(operation, Latency::Felt);
            let served = of(operation, Latency::Served);
            (felt.count() > 0).then(|| Chart {
                limits: limits(findings, operation, rarest(&felt)),
                ..chart(operation.name(), &felt, &served)
            })
        })
        .collect();
    let values = charts.iter().flat_map(|chart| &chart.lines);
    let values = values.flat_map(|line| line.values.iter().flatten().copied());
    let limits = charts.iter().flat_map(|chart| &chart.limits);
    let reach: Vec<f64> = values
        .clone()
        .filter(|value| *value > 0.0)
        .min_by(f64::total_cmp)
        .into_iter()
        .chain(
            values
                .chain(limits.map(|limit| limit.value))
                .max_by(f64::total_cmp),
        )
        .collect();
    for chart in &mut charts {
        chart.reach.clone_from(&reach);
        page.drawn(&chart.figure());
    }
}

fn chart<'t>(operation: &str, felt: &Distribution, served: &Distribution) -> Chart<'t> {
    let at = places(felt, served);
    let line = |name, (ink, stroke), all| Line {
        name,
        ink,
        stroke,
        values: at.iter().map(|place| percentile(all, *place)).collect(),
    };
    Chart {
        title: operation.to_owned(),
        lines: vec![
            line("served", (Ink::Grey, Stroke::Dashed), served),
            line("felt", (Ink::Blue, Stroke::Solid), felt),
        ],
        at,
        x: Across::Rarity,
        unit: Unit::Millis,
        scale: Scale::Log,
        reach: Vec::new(),
        bands: Vec::new(),
        stills: Vec::new(),
        limits: Vec::new(),
    }
}

/// The rarity that the samples reach: one in as many as there are.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn rarest(all: &Distribution) -> f64 {
    (all.count() as f64).log10().max(0.0)
}

/// Where the curves of both have points: at round steps, at what the axis names, and at the rarest of each.
fn places(felt: &Distribution, served: &Distribution) -> Vec<f64> {
    let ends = [rarest(felt), rarest(served)];
    let most = ends.into_iter().fold(0.0, f64::max);
    let steps = (0..).map(|step| f64::from(step) / f64::from(POINTS_A_DECADE));
    let steps = steps.take_while(|place| *place < most);
    let named = RARITIES
        .into_iter()
        .map(rarity)
        .filter(|place| *place < most);
    let mut places: Vec<f64> = steps.chain(named).chain(ends).collect();
    places.sort_by(f64::total_cmp);
    places.dedup_by(|one, other| (*one - *other).abs() < 1e-9);
    places
}

/// Milliseconds at a rarity; the largest at the one that the samples reach, and none beyond it.
fn percentile(all: &Distribution, place: f64) -> Option<f64> {
    let beyond = place - rarest(all);
    let time = if beyond > 1e-9 {
        None
    } else if beyond > -1e-9 {
        all.max()
    } else {
        all.quantile(1.0 - 10_f64.powf(-place))
    };
    time.map(Micros::as_millis_f64)
}

/// What budgets on the measured stages ask of the operation: a curve stays below the line up to its end.
fn limits<'f>(findings: &Findings<'f>, operation: Operation, rarest: f64) -> Vec<Limit<'f>> {
    let found = findings.verdict.findings.iter();
    let limits = found.filter_map(|found| {
        let BudgetOf::Latency(of, quantile, _, limit) = found.budget.of else {
            return None;
        };
        let until = match quantile {
            Quantile::Share(share) => rarity(share),
            Quantile::Max => rarest,
            // The curve does not show it.
            Quantile::Mean => return None,
        };
        let covers = found
            .budget
            .stage
            .is_none_or(|stage| is_all_measured(findings, stage));
        (of == operation && covers).then(|| Limit {
            words: &found.budget.sentence,
            value: limit.0.as_millis_f64(),
            span: (0.0, until),
        })
    });
    limits.collect()
}

/// Whether a stage is the only one that the curves show.
fn is_all_measured(findings: &Findings<'_>, stage: StageIx) -> bool {
    let meta = findings.recording.meta();
    let mut measured = meta.stages_in(StageSet::Measured);
    measured.next() == Some(stage) && measured.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_from_the_least_to_the_largest_and_no_further_than_its_samples() {
        let of = |samples: u64| {
            let mut all = Distribution::default();
            for value in 1..=samples {
                all.take(Micros(value * 1_000));
            }
            all
        };
        let (felt, served) = (of(1_000), of(100));
        let places = places(&felt, &served);
        // 3 decades of 10 points each, the largest, and those of p50 and p95; p90 and p99 are among them.
        assert_eq!(places.len(), 33);
        assert!(places.is_sorted());
        let last = places[32];
        assert!((last - 3.0).abs() < 1e-9, "{last}");
        assert_eq!(percentile(&felt, last), Some(1_000.0));
        // The histogram is good to 0.1%.
        for (share, want) in [(0.5, 500.0), (0.9, 900.0), (0.95, 950.0), (0.99, 990.0)] {
            let time = percentile(&felt, rarity(share)).unwrap();
            assert!((time - want).abs() <= want * 0.001 + 1.0, "{time}");
        }
        assert_eq!(percentile(&served, 2.0), Some(100.0));
        assert_eq!(percentile(&served, 2.1), None);
        assert_eq!(percentile(&Distribution::default(), 0.5), None);
    }
}
