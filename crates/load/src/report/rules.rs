//! `rules.csv`: one row for each session rule, with how often it was checked and broken.

use super::Findings;
use super::digest::{Digest, RUN_COLUMNS};
use trtc_base::shown::csv;

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let columns = ["rule", "state", "checks", "breaches"];
    let header = columns.into_iter().chain(RUN_COLUMNS).map(str::to_owned);
    let mut table: Vec<Vec<String>> = vec![header.collect()];
    for row in &digest.invariants {
        let cells = [
            row.invariant.to_owned(),
            row.state.to_owned(),
            row.checks
                .map_or_else(String::new, |checks| checks.to_string()),
            row.breaches.to_string(),
        ];
        table.push(cells.into_iter().chain(digest.run.cells()).collect());
    }
    csv(table)
}
