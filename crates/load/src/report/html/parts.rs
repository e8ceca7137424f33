//! Tables that only some runs have: the shards of a merged run, the parts of requests, and what was only counted.

use super::tables::values;
use crate::report::digest::Digest;
use trtc_base::figure;
use trtc_base::page::Html;
use trtc_base::table::Kind::{Long, Number, Text};
use trtc_base::table::{Cell, Column};

/// The shards of a merged run.
pub(super) fn shards(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("shard", Text),
        ("run", Long),
        ("ended", Text),
        ("planned", Number),
        ("observed", Number),
        ("cores", Number),
    ];
    let Some(coverage) = &digest.coverage else {
        return;
    };
    page.raw("<section><h2>Shards</h2>\n<p>Coverage ")
        .text(&coverage.text())
        .raw(". Observed are the planned arrivals that were started or given up. The most online at once is the ")
        .raw("sum of the shards' peaks: an upper bound.</p>\n");
    let rows = coverage.shards.iter().map(|row| {
        let run = row
            .run
            .clone()
            .unwrap_or_else(|| figure::MISSING.to_owned());
        vec![
            row.shard.clone().into(),
            if row.faults.is_empty() {
                Cell::Plain(run)
            } else {
                Cell::Remarked(run, row.faults.join("; "))
            },
            row.ended_by.as_ref().map_or_else(
                || row.ended.into(),
                |why| Cell::Remarked(row.ended.to_owned(), why.clone()),
            ),
            figure::count_or_dash(row.planned).into(),
            figure::count_or_dash(row.observed).into(),
            figure::count_or_dash(row.cores.map(u64::from)).into(),
        ]
    });
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}

/// The parts of requests, where there were any.
pub(super) fn phases(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("operation", Text),
        ("phase", Text),
        ("times", Number),
        ("p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("max", Number),
    ];
    if digest.phases.iter().all(|row| row.measured.is_none()) {
        return;
    }
    page.raw("<section><h2>Phases</h2>\n<p>What the parts of a request took in the measured stages. A kept ");
    page.raw("connection has no connect and no handshake; a step without an answer counts where it hung.</p>\n");
    let measured = digest.phases.iter().filter(|row| row.measured.is_some());
    let rows = measured.map(|row| {
        let at = |point: fn(&crate::report::digest::Quantiles) -> figure::Millis| {
            figure::time(row.measured.as_ref().map(point)).into()
        };
        vec![
            row.operation.into(),
            row.phase.into(),
            figure::count(row.measured.as_ref().map_or(0, |all| all.samples)).into(),
            at(|all| all.p50),
            at(|all| all.p95),
            at(|all| all.p99),
            at(|all| all.max),
        ]
    });
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}

/// What was planned and sent, where that is known.
pub(super) fn planned(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("operation", Text),
        ("planned", Number),
        ("sent", Number),
        ("not sent", Number),
        ("why not", Long),
        ("beyond the plan", Number),
    ];
    if digest.planned.is_empty() {
        return;
    }
    page.raw("<section><h2>Planned and sent</h2>\n<p>Planned are the steps of all arrivals that came due, had all gone well; ");
    page.raw("a step that was tried is sent, also where nobody took the connection. Beyond the plan are set-up, polls, ");
    page.raw("the questions that a victim keeps in flight, and what ");
    page.raw("the target made a device do.</p>\n");
    let rows = digest.planned.iter().map(|row| {
        vec![
            row.operation.into(),
            figure::count(row.planned).into(),
            figure::count(row.sent).into(),
            figure::count(row.not_sent).into(),
            row.why().into(),
            figure::count(row.beyond).into(),
        ]
    });
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}

pub(super) fn channel_ends(page: &mut Html, digest: &Digest) {
    if digest.channel_ends.is_empty() {
        return;
    }
    page.raw("<section><h2>Push channels that the target ended</h2>\n");
    let rows = digest.channel_ends.iter();
    let rows = rows.map(|row| {
        vec![
            figure::count(row.count).into(),
            row.end.clone().into(),
            row.meaning.into(),
        ]
    });
    page.table(&[("count", Number), ("end", Text), ("when", Long)], rows);
    page.raw("</section>\n");
}

/// What was only counted, where anything was.
pub(super) fn tallies(page: &mut Html, digest: &Digest) {
    if digest.tallies.is_empty() {
        return;
    }
    page.raw("<section><h2>Counted</h2>\n");
    let rows = digest.tallies.iter();
    values(
        page,
        rows.map(|row| (row.what, figure::count(row.count)))
            .collect(),
    );
    page.raw("</section>\n");
}
