//! `operations.csv`: one row for each operation, scenario, stage and outcome class that had steps.

use std::collections::BTreeMap;

use super::Findings;
use super::digest::{Digest, Quantiles, RUN_COLUMNS};
use crate::profile::{ScenarioIx, StageIx};
use crate::recorder::{Meta, Recording, Series, StageSet};
use crate::session::{Class, Operation};
use trtc_base::shown::csv;

/// What stands for all scenarios together, and for the measured stages together.
const ALL: &str = "all";

/// The numbers of one latency, in the order of [`cells`].
const POINTS: [&str; 7] = ["p50", "p90", "p95", "p99", "p99.9", "max", "mean"];

/// Rows in the order of the file: operations, then all scenarios before each, then stages before `all`, then classes.
type Rows = BTreeMap<(Operation, Option<ScenarioIx>, StageRank, Class), Series>;

/// A stage, or the measured ones together, which come after them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum StageRank {
    One(StageIx),
    Measured,
}

pub(super) fn write(findings: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let mut table = vec![header()];
    let meta = findings.recording.meta();
    for ((operation, scenario, stage, class), series) in rows(findings.recording) {
        let mut row = vec![
            operation.name().to_owned(),
            scenario
                .map_or(ALL, |one| meta.scenario_name(one))
                .to_owned(),
            stage_name(meta, stage).to_owned(),
            class.name().to_owned(),
            series.felt.count().to_string(),
        ];
        row.extend(cells(Quantiles::of(&series.felt)));
        row.extend(cells(Quantiles::of(&series.served)));
        row.extend(digest.run.cells());
        table.push(row);
    }
    csv(table)
}

fn header() -> Vec<String> {
    let mut header: Vec<String> = ["operation", "scenario", "stage", "class", "count"]
        .map(str::to_owned)
        .into();
    for latency in ["felt", "served"] {
        header.extend(POINTS.map(|point| format!("{latency}_{point}_ms")));
    }
    header.extend(RUN_COLUMNS.map(str::to_owned));
    header
}

fn rows(recording: &Recording) -> Rows {
    let measured: Vec<StageIx> = recording.meta().stages_in(StageSet::Measured).collect();
    let mut rows = Rows::new();
    let whole = recording
        .all_series()
        .map(|(key, series)| (key, None, series));
    let by_scenario = recording
        .scenario_series()
        .map(|(key, scenario, series)| (key, Some(scenario), series));
    for (key, scenario, series) in whole.chain(by_scenario) {
        let mut add = |stage| {
            let row = rows
                .entry((key.operation, scenario, stage, key.class))
                .or_default();
            row.felt.add(&series.felt);
            row.served.add(&series.served);
        };
        add(StageRank::One(key.stage));
        if measured.contains(&key.stage) {
            add(StageRank::Measured);
        }
    }
    rows.retain(|_, series| !series.felt.is_empty());
    rows
}

fn stage_name(meta: &Meta, stage: StageRank) -> &str {
    match stage {
        StageRank::One(stage) => meta.stage_name(stage),
        StageRank::Measured => ALL,
    }
}

/// Empty where there is no sample: a step that sent nothing was served in no time at all, not in 0 ms.
fn cells(points: Option<Quantiles>) -> [String; POINTS.len()] {
    points.map_or_else(Default::default, |all| {
        [
            all.p50, all.p90, all.p95, all.p99, all.p999, all.max, all.mean,
        ]
        .map(|point| point.cell())
    })
}
