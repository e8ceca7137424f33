//! What is only counted: UserSigs issued right and wrong, notices late, callbacks sent again.

use serde::Serialize;

use crate::recorder::{Recording, Tally};

/// Something that was counted at least once.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct TallyRow {
    pub(in crate::report) what: &'static str,
    pub(in crate::report) count: u64,
}

/// Everything that was counted at least once, in the order tables show it.
pub(super) fn tallies(recording: &Recording) -> Vec<TallyRow> {
    let counted = &recording.counts().tallies;
    let row = |tally: Tally| {
        let count = counted.get(&tally).copied().unwrap_or(0);
        (count > 0).then_some(TallyRow {
            what: tally.name(),
            count,
        })
    };
    Tally::ALL.into_iter().filter_map(row).collect()
}
