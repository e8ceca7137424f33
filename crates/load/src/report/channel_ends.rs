//! `channel_ends.csv`: one row for each way in which push channels ended.

use super::Findings;
use super::digest::{Digest, RUN_COLUMNS};
use trtc_base::shown::csv;

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let columns = ["end", "standing", "count"];
    let header = columns.into_iter().chain(RUN_COLUMNS).map(str::to_owned);
    let mut table: Vec<Vec<String>> = vec![header.collect()];
    for row in &digest.channel_ends {
        let cells = [
            row.end.clone(),
            row.standing.to_owned(),
            row.count.to_string(),
        ];
        table.push(cells.into_iter().chain(digest.run.cells()).collect());
    }
    csv(table)
}
