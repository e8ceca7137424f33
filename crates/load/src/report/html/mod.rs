//! `report.html`: one file that opens anywhere, offline, and answers the question in its first line.
//!
//! Tables and charts are in the markup; the page's own script only shows what is pointed at. What comes from the target or
//! the profile is escaped, and the page's policy lets it load nothing.

mod charts;
mod curves;
mod generator;
mod parts;
mod tables;

use super::Findings;
use super::digest::Digest;
use trtc_base::page::Html;
use trtc_base::{chart, figure, page};

pub(super) fn write(findings: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let mut page = Html::default();
    page.raw(page::HEAD)
        .text(&digest.verdict.outcome.to_uppercase())
        .raw(" \u{b7} ")
        .text(&digest.run.run)
        .raw("</title>\n<style>\n")
        .raw(page::STYLE)
        .raw("</style>\n</head>\n<body>\n");
    banner(&mut page, digest);
    tiles(&mut page, digest);
    parts::shards(&mut page, digest);
    tables::budgets(&mut page, digest);
    page.raw(OVER_TIME);
    charts::over_time(&mut page, findings);
    page.raw("</div></section>\n").raw(BY_PERCENTILE);
    curves::curves(&mut page, findings);
    page.raw("</div></section>\n");
    tables::operations(&mut page, digest);
    tables::causes(&mut page, digest);
    tables::arrivals(&mut page, digest);
    parts::planned(&mut page, digest);
    tables::invariants(&mut page, digest);
    parts::phases(&mut page, digest);
    parts::channel_ends(&mut page, digest);
    parts::tallies(&mut page, digest);
    tables::mau(&mut page, digest);
    generator::generator(&mut page, digest);
    tables::run(&mut page, digest);
    page.raw("<footer>")
        .text(&format!(
            "Written by {} {}. The numbers behind this page: summary.json, operations.csv, timeline.csv, shards.csv, \
             recording.hlog.",
            digest.program.name, digest.program.version
        ))
        .raw("</footer>\n<script>\n")
        .raw(chart::SCRIPT)
        .raw("</script>\n</body>\n</html>\n");
    Ok(page.into_text().into_bytes())
}

const OVER_TIME: &str = r#"<section><h2>Over time</h2>
<p>Bands are the stages; the tinted ones are measured. In red bands the generator itself stood still. Counts stand in the second they happened; where a point is
several seconds it shows their mean rate, or their largest quantile.<span class="hint" hidden> Drag over a chart to see a part of the time in all of them;
Escape or a double click shows all of it.</span></p>
<div class="charts">
"#;

const BY_PERCENTILE: &str = r#"<section><h2>Latency by percentile</h2>
<p>Felt is what a person waits, from due to done. Served is what the target took, from sent to done. The gap between
them is waiting before the request left.</p>
<div class="charts">
"#;

fn banner(page: &mut Html, digest: &Digest) {
    let (run, verdict) = (&digest.run, &digest.verdict);
    page.raw("<header class=\"banner ")
        .raw(verdict.outcome)
        .raw("\"><p class=\"word\">")
        .text(&verdict.outcome.to_uppercase())
        .raw("<small>exit code ")
        .text(&verdict.exit.to_string())
        .raw("</small></p><div><h1>")
        .text(&run.profile)
        .raw("</h1><p class=\"reason\">")
        .text(reason(digest))
        .raw("</p><p class=\"about\">")
        .text(&format!(
            "{} \u{b7} {} \u{b7} {} s \u{b7} {}",
            run.run, run.started_at, run.seconds, run.target
        ))
        .raw("</p></div></header>\n");
    if verdict.reasons.len() > 1 {
        page.raw("<ol class=\"reasons\">");
        for reason in &verdict.reasons {
            page.raw("<li>").text(reason).raw("</li>");
        }
        page.raw("</ol>\n");
    }
}

/// The reason in one line; a run that kept everything has none of its own.
fn reason(digest: &Digest) -> &str {
    let kept = if digest.budgets.iter().all(|row| row.implied) {
        "No session rule was seen broken. The profile sets no budget."
    } else {
        "Every budget was kept, and no session rule was seen broken."
    };
    digest.verdict.reasons.first().map_or(kept, String::as_str)
}

fn tiles(page: &mut Html, digest: &Digest) {
    let peaks = &digest.peaks;
    let tiles = [
        (
            figure::count_or_dash(peaks.logins_per_second),
            "logins in the busiest second",
        ),
        (figure::count(peaks.online), "sessions online at once"),
        (
            figure::count(digest.mau.as_observed.accounts),
            "distinct accounts: the MAU of this run",
        ),
        (figure::count(peaks.kicks), "kick notices read"),
        (
            figure::count(peaks.errors),
            "errors of all steps, all stages",
        ),
        (
            figure::count(digest.arrivals.not_started),
            "arrivals not started",
        ),
        (figure::time(peaks.lag_p99), "generator lag, p99"),
    ];
    page.tiles(tiles);
}
