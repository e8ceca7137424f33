//! `shards.csv`: one row for each shard of a merged run's plan; none in other runs.

use super::Findings;
use super::digest::{Digest, RUN_COLUMNS, ShardRow};
use trtc_base::shown::csv;

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let columns = [
        "shard",
        "shard_run",
        "planned",
        "observed",
        "ended",
        "ended_by",
        "cores",
        "faults",
    ];
    let header = columns.into_iter().chain(RUN_COLUMNS).map(str::to_owned);
    let mut table: Vec<Vec<String>> = vec![header.collect()];
    for row in digest.coverage.iter().flat_map(|all| &all.shards) {
        let cells = cells(row).into_iter().chain(digest.run.cells());
        table.push(cells.collect());
    }
    csv(table)
}

fn cells(row: &ShardRow) -> [String; 8] {
    let number = |number: Option<u64>| number.map_or_else(String::new, |one| one.to_string());
    [
        row.shard.clone(),
        row.run.clone().unwrap_or_default(),
        number(row.planned),
        number(row.observed),
        row.ended.to_owned(),
        row.ended_by.clone().unwrap_or_default(),
        number(row.cores.map(u64::from)),
        row.faults.join("; "),
    ]
}
