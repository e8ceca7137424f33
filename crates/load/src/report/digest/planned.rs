//! What the plan wanted of each operation, and what became of it: planned = sent + not sent, by reason.

use serde::Serialize;

use super::arrivals::ReasonCount;
use crate::recorder::{Counts, Recording, Unsent};
use crate::session::Operation;
use trtc_base::figure;

/// An operation that the plan wanted.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct PlannedRow {
    /// Its name.
    pub(in crate::report) operation: &'static str,
    /// Steps of the arrivals that came due, had all gone well.
    pub(in crate::report) planned: u64,
    /// Those that were tried; of kick notices, those that came or were owed.
    pub(in crate::report) sent: u64,
    /// Those that were not.
    pub(in crate::report) not_sent: u64,
    /// The same by reason, every reason.
    pub(in crate::report) not_sent_by_reason: Vec<ReasonCount>,
    /// Requests beyond the plan: set-up, polls, and what the target made a device do.
    pub(in crate::report) beyond: u64,
}

/// Every operation that the plan wanted or that was tried. None in recordings of before this was counted.
pub(super) fn planned(recording: &Recording) -> Vec<PlannedRow> {
    let rows = Operation::ALL.into_iter();
    let rows = rows.map(|operation| row(recording.counts(), operation));
    let rows: Vec<_> = rows.filter(|row| row.planned + row.beyond > 0).collect();
    // Recordings of before this was counted have attempts alone.
    if rows.iter().any(|row| row.planned > 0) {
        rows
    } else {
        Vec::new()
    }
}

fn row(counts: &Counts, operation: Operation) -> PlannedRow {
    let count = |why: Unsent| counts.unsent.get(&(operation, why)).copied().unwrap_or(0);
    let sent = counts.as_planned.get(&operation).copied().unwrap_or(0);
    let not_sent = Unsent::ALL.into_iter().map(count).sum();
    let exchange = counts.exchanges.get(&operation);
    let attempts = exchange.map_or(0, |exchange| exchange.attempts);
    PlannedRow {
        operation: operation.name(),
        planned: sent + not_sent,
        sent,
        not_sent,
        not_sent_by_reason: Unsent::ALL
            .map(|why| ReasonCount {
                reason: why.words(),
                count: count(why),
            })
            .into(),
        beyond: attempts.saturating_sub(sent),
    }
}

impl PlannedRow {
    /// Why steps were not sent, in words, such as `28 after a refusal, 3 cut by the run's end`; empty where all were.
    pub(in crate::report) fn why(&self) -> String {
        let some = self.not_sent_by_reason.iter().filter(|row| row.count > 0);
        let some = some.map(|row| format!("{} {}", figure::count(row.count), row.reason));
        some.collect::<Vec<_>>().join(", ")
    }
}
