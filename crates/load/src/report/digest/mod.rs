//! Everything that a report shows, as plain values: derived once from the findings, so that no two formats disagree.
//!
//! In: [`Findings`]. Out: [`Digest`], which serializes as `summary.json`. Never here: layout, files.

mod arrivals;
mod causes;
mod channels;
mod coverage;
mod generator;
mod judgement;
mod mau;
mod memory;
mod operations;
mod phases;
mod planned;
mod run;
mod tallies;

pub(super) use arrivals::{Arrivals, Peaks};
pub(super) use causes::CauseRow;
pub(super) use channels::ChannelEndRow;
pub(super) use coverage::{CoverageBlock, ShardRow};
pub(super) use generator::{Generator, SocketsRow, cores};
pub(super) use judgement::{BudgetRow, InvariantRow, Judgement};
pub(super) use mau::{AppRow, Behaved, MauBlock};
pub(super) use operations::{OperationRow, Quantiles, ScenarioRow, Steps};
pub(super) use phases::PhaseRow;
pub(super) use planned::PlannedRow;
pub(super) use run::{RUN_COLUMNS, Run};
pub(super) use tallies::TallyRow;

use serde::Serialize;

use super::Findings;

/// The version of `summary.json`. A field that changes its meaning or goes away raises it; a new field does not.
const VERSION: u32 = 1;

/// Everything that a report shows.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Digest {
    version: u32,
    pub(super) program: Program,
    pub(super) run: Run,
    pub(super) verdict: Judgement,
    pub(super) budgets: Vec<BudgetRow>,
    pub(super) invariants: Vec<InvariantRow>,
    /// None in a run that is no merged one.
    pub(super) coverage: Option<CoverageBlock>,
    pub(super) arrivals: Arrivals,
    /// What the plan wanted of each operation, and what became of it.
    pub(super) planned: Vec<PlannedRow>,
    pub(super) peaks: Peaks,
    pub(super) operations: Vec<OperationRow>,
    pub(super) scenarios: Vec<ScenarioRow>,
    pub(super) phases: Vec<PhaseRow>,
    pub(super) causes: Vec<CauseRow>,
    /// Push channels that the target ended.
    pub(super) channel_ends: Vec<ChannelEndRow>,
    pub(super) tallies: Vec<TallyRow>,
    pub(super) mau: MauBlock,
    pub(super) generator: Generator,
}

/// What made the report.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

impl Digest {
    /// Of a run's findings.
    pub(super) fn of(findings: &Findings<'_>) -> Self {
        let recording = findings.recording;
        Self {
            version: VERSION,
            program: Program {
                name: trtc_base::PROGRAM,
                version: trtc_base::VERSION,
            },
            run: Run::of(recording, findings.facts),
            verdict: judgement::judgement(findings),
            budgets: judgement::budgets(findings),
            invariants: judgement::invariants(findings),
            coverage: CoverageBlock::of(recording),
            arrivals: Arrivals::of(recording),
            planned: planned::planned(recording),
            peaks: Peaks::of(recording),
            operations: operations::operations(recording),
            scenarios: operations::scenarios(recording),
            phases: phases::phases(recording),
            causes: causes::causes(recording),
            channel_ends: channels::channel_ends(recording),
            tallies: tallies::tallies(recording),
            mau: mau::block(findings),
            generator: Generator::of(recording),
        }
    }
}
