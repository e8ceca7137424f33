//! `rules.csv`: one row for each session rule, with how often it was checked and broken.

use super::Findings;
use super::digest::Digest;
use super::digest::RUN_COLUMNS;

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let columns = ["rule", "state", "checks", "breaches"];
    csv.write_record(columns.into_iter().chain(RUN_COLUMNS))
        .map_err(|fault| fault.to_string())?;
    for row in &digest.invariants {
        let cells = [
            row.invariant.to_owned(),
            row.state.to_owned(),
            row.checks
                .map_or_else(String::new, |checks| checks.to_string()),
            row.breaches.to_string(),
        ];
        csv.write_record(cells.into_iter().chain(digest.run.cells()))
            .map_err(|fault| fault.to_string())?;
    }
    csv.into_inner().map_err(|fault| fault.to_string())
}
