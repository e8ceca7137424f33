//! What the parts of a request took: the name's lookup, the connect, the handshake, the first byte, the body.

use serde::Serialize;

use super::operations::Quantiles;
use crate::recorder::{Recording, StageSet};
use crate::session::{Operation, Phase};

/// One phase of one operation.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct PhaseRow {
    pub(in crate::report) operation: &'static str,
    pub(in crate::report) phase: &'static str,
    /// How often it was gone through, in all stages.
    pub(in crate::report) count: u64,
    /// How long it took in the measured stages; none where no step of theirs went through it.
    pub(in crate::report) measured: Option<Quantiles>,
}

/// Every phase that was gone through, by operation.
pub(super) fn phases(recording: &Recording) -> Vec<PhaseRow> {
    let row = |operation: Operation, phase: Phase| {
        let count = recording.phase(operation, phase, StageSet::All).count();
        (count > 0).then(|| PhaseRow {
            operation: operation.name(),
            phase: phase.name(),
            count,
            measured: Quantiles::of(&recording.phase(operation, phase, StageSet::Measured)),
        })
    };
    let of = |operation| {
        Phase::ALL
            .into_iter()
            .filter_map(move |phase| row(operation, phase))
    };
    Operation::ALL.into_iter().flat_map(of).collect()
}
