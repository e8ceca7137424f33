//! `planned.csv`: what the plan wanted of each operation, what was sent of it, and why the rest was not.

use super::Findings;
use super::digest::{Digest, RUN_COLUMNS};
use crate::recorder::Unsent;
use trtc_base::shown::csv;

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let columns = ["operation", "planned", "sent", "not_sent"];
    let columns = columns.into_iter().chain(Unsent::ALL.map(Unsent::key));
    let header = columns.chain(["beyond"]).chain(RUN_COLUMNS);
    let mut table: Vec<Vec<String>> = vec![header.map(str::to_owned).collect()];
    for row in &digest.planned {
        let mut cells = vec![row.operation.to_owned()];
        let reasons = row.not_sent_by_reason.iter().map(|reason| reason.count);
        let counts = [row.planned, row.sent, row.not_sent];
        let counts = counts.into_iter().chain(reasons).chain([row.beyond]);
        cells.extend(counts.map(|count| count.to_string()));
        cells.extend(digest.run.cells());
        table.push(cells);
    }
    csv(table)
}
