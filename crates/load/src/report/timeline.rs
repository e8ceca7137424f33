//! `timeline.csv`: one row for each second of the run, by when things happened.

use super::digest::{Digest, RUN_COLUMNS};
use super::{Findings, digest};
use crate::recorder::{Recording, Second, Summary};
use crate::session::{Class, Operation};
use trtc_base::figure::Millis;
use trtc_base::shown::csv;
use trtc_base::units::Micros;

/// The columns before those of each operation.
const COLUMNS: [&str; 26] = [
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
    "cut",
    "online",
    "online_peak",
    "logins",
    "accounts",
    "lag_p99_ms",
    "process_cpu_cores",
    "machine_cpu_cores",
    "tcp_in_use",
    "tcp_established",
    "tcp_time_wait",
    "tcp_retransmitted",
    "stood_still_ms",
    "in_flight",
    "covers",
];

pub(super) fn write(findings: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let mut header = COLUMNS.map(str::to_owned).to_vec();
    for operation in Operation::ALL {
        header.extend(["p50", "p99"].map(|point| format!("{operation}_felt_{point}_ms")));
    }
    header.extend(RUN_COLUMNS.map(str::to_owned));
    let rows = findings.recording.seconds().iter().map(|second| {
        let mut row = row(findings.recording, second);
        row.extend(digest.run.cells());
        row
    });
    csv(std::iter::once(header).chain(rows))
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
    ]);
    row.extend(own(second));
    row.push(second.covers.to_string());
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

/// How the generator fared in a second; empty where it was not looked at.
fn own(second: &Second) -> [String; 8] {
    let health = second.health.unwrap_or_default();
    let sockets = health.sockets;
    let busy = |cpu| {
        let cores = digest::cores(cpu, health.over);
        cores.map_or_else(String::new, |cores| format!("{cores:.3}"))
    };
    let count = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
    [
        busy(health.process_cpu),
        busy(health.machine_cpu),
        count(sockets.in_use),
        count(sockets.established),
        count(sockets.time_wait),
        count(sockets.retransmitted),
        Millis(second.stood_still).cell(),
        second.in_flight.to_string(),
    ]
}
