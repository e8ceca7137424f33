//! The page's section on the generator itself.

use super::tables::values;
use crate::report::digest::{Digest, Generator, SocketsRow};
use trtc_base::figure;
use trtc_base::page::Html;
use trtc_base::table::Column;
use trtc_base::table::Kind::Number;

pub(super) fn generator(page: &mut Html, digest: &Digest) {
    let one = &digest.generator;
    page.raw("<section><h2>The generator's own health</h2>\n");
    if digest.verdict.generator_faults.is_empty() {
        page.raw("<p>Nothing that it did puts the evidence in doubt.</p>\n");
    } else {
        page.raw("<ul>");
        for fault in &digest.verdict.generator_faults {
            page.raw("<li>").text(fault).raw("</li>");
        }
        page.raw("</ul>\n");
    }
    if let Some(words) = stood_still(one) {
        page.raw("<p>").text(&words).raw("</p>\n");
    }
    page.raw("<div class=\"pair\"><div>");
    values(page, delays(one));
    page.raw("</div><div>");
    values(page, took(one));
    page.raw("</div></div>\n");
    sockets(page, &one.sockets);
    page.raw("</section>\n");
}

/// What kept it from sending and reading in time.
fn delays(one: &Generator) -> Vec<(&'static str, String)> {
    vec![
        (
            "lag p99, measured stages",
            figure::time(one.lag.map(|all| all.p99)),
        ),
        ("lag, largest", figure::time(one.lag.map(|all| all.max))),
        (
            "wait for a core, p99",
            figure::time(one.oversleep.map(|all| all.p99)),
        ),
        (
            "threads ready and waiting, sum",
            unit(one.run_queue_wait_s, "s"),
        ),
        (
            "kept from running by a CPU quota",
            unit(one.throttled_s, "s"),
        ),
        ("stood still, times", figure::count(one.standstills)),
        ("stood still, longest", unit(one.standstill_s_max, "s")),
        ("steps in flight meanwhile", figure::count(one.in_flight)),
    ]
}

/// What it took of the machine.
fn took(one: &Generator) -> Vec<(&'static str, String)> {
    vec![
        ("cores allowed", one.cores.to_string()),
        (
            "cores that the CPU quota allows",
            figure::number(one.quota_cores),
        ),
        ("cores busy, mean", figure::number(one.cpu_cores_mean)),
        (
            "cores busy, busiest second",
            figure::number(one.cpu_cores_max),
        ),
        (
            "the whole machine's, busiest second",
            figure::number(one.machine_cpu_cores_max),
        ),
        ("resident memory, most", unit(one.resident_mib_max, "MiB")),
        (
            "resident memory, growth after 5 minutes",
            unit(one.memory.map(|memory| memory.growth_percent), "%"),
        ),
        (
            "open descriptors, most",
            figure::count_or_dash(one.descriptors_max),
        ),
    ]
}

fn unit(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(
        || figure::MISSING.to_owned(),
        |_| format!("{} {unit}", figure::number(value)),
    )
}

/// What a standstill did, by operation; none without one.
fn stood_still(one: &Generator) -> Option<String> {
    let words = one.standstill_words()?;
    let rows = one.in_flight_by_operation.iter();
    let each: Vec<String> = rows
        .map(|row| format!("{} {}", figure::count(row.count), row.operation))
        .collect();
    Some(if each.is_empty() {
        format!("{words}.")
    } else {
        format!("{words}: {}.", each.join(", "))
    })
}

/// TCP sockets of the machine, by state.
fn sockets(page: &mut Html, sockets: &SocketsRow) {
    const COLUMNS: &[Column] = &[
        ("TCP sockets in use", Number),
        ("established", Number),
        ("orphaned", Number),
        ("TIME_WAIT", Number),
        ("segments sent again", Number),
        ("connects failed", Number),
    ];
    page.raw("<p>Sockets of the whole machine, the target's too where it is here: the most at once.</p>\n");
    let row = [
        sockets.in_use_max,
        sockets.established_max,
        sockets.orphaned_max,
        sockets.time_wait_max,
        sockets.retransmitted,
        sockets.connects_failed,
    ];
    let cells = row.map(|count| figure::count_or_dash(count).into());
    page.table(COLUMNS, std::iter::once(cells.into()));
}
