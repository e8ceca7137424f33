//! `timeline.csv`: one row for each second of the run, by when things happened.

use super::Findings;
use super::digest;
use super::digest::Digest;
use super::digest::RUN_COLUMNS;
use super::figure::Millis;
use crate::recorder::Recording;
use crate::recorder::Second;
use crate::recorder::Summary;
use crate::session::Class;
use crate::session::Operation;
use crate::units::Micros;

/// The columns before those of each operation.
const COLUMNS: [&str; 17] = [
    "second",
    "stage",
    "due",
    "started",
    "not_started",
    "done",
    "success",
    "expected",
    "timeout",
    "throttled",
    "failed",
    "online",
    "online_peak",
    "logins",
    "accounts",
    "lag_p99_ms",
    "process_cpu_cores",
];

pub(super) fn write(findings: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut header = COLUMNS.map(str::to_owned).to_vec();
    for operation in Operation::ALL {
        header.extend(["p50", "p99"].map(|point| format!("{operation}_felt_{point}_ms")));
    }
    header.extend(RUN_COLUMNS.map(str::to_owned));
    csv.write_record(header)
        .map_err(|fault| fault.to_string())?;
    for second in findings.recording.seconds() {
        let mut row = row(findings.recording, second);
        row.extend(digest.run.cells());
        csv.write_record(row).map_err(|fault| fault.to_string())?;
    }
    csv.into_inner().map_err(|fault| fault.to_string())
}

fn row(recording: &Recording, second: &Second) -> Vec<String> {
    let meta = recording.meta();
    let at = Micros::from_secs(second.second);
    // After the schedule's end sessions drain: no stage, so an empty cell.
    let stage = meta.stage_at(at).map_or("", |stage| meta.stage_name(stage));
    let mut row = vec![
        second.second.to_string(),
        stage.to_owned(),
        second.due.to_string(),
        second.started.to_string(),
        second.not_started.to_string(),
        second.done().to_string(),
    ];
    let class = |class: Class| second.by_class[class.index()].to_string();
    row.extend(Class::ALL.map(class));
    row.extend([
        second.online.to_string(),
        second.online_peak.to_string(),
        second.logins.to_string(),
        second.accounts.to_string(),
        cell(second.lag, |lag| lag.p99),
        cpu(second).map_or_else(String::new, |cores| format!("{cores:.3}")),
    ]);
    for operation in Operation::ALL {
        let felt = felt(second, operation);
        row.push(cell(felt, |felt| felt.p50));
        row.push(cell(felt, |felt| felt.p99));
    }
    row
}

fn cell(summary: Option<Summary>, point: fn(&Summary) -> Micros) -> String {
    summary.map_or_else(String::new, |summary| Millis(point(&summary)).cell())
}

/// What was felt of an operation in a second; none when nothing ended that a latency counts.
pub(super) fn felt(second: &Second, operation: Operation) -> Option<Summary> {
    second
        .operations
        .iter()
        .find(|one| one.operation == operation)
        .and_then(|one| one.felt)
}

/// Cores that the process kept busy in a second; none where it was not looked at.
pub(super) fn cpu(second: &Second) -> Option<f64> {
    second
        .health
        .and_then(|health| digest::cores(health.process_cpu, health.over))
}
