//! `summary.md`: the verdict and its tables, for a comment in a code review or a pipeline's summary page.

use std::fmt::Write as _;

use super::Findings;
use super::digest::{Digest, Quantiles};
use trtc_base::figure;
use trtc_base::figure::Millis;
use trtc_base::shown::plain;

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let mut out = String::new();
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = head(&mut out, digest);
    budgets(&mut out, digest);
    rules(&mut out, digest);
    operations(&mut out, digest);
    causes(&mut out, digest);
    unsent(&mut out, digest);
    Ok(out.into_bytes())
}

fn head(out: &mut String, digest: &Digest) -> std::fmt::Result {
    let (run, verdict) = (&digest.run, &digest.verdict);
    writeln!(
        out,
        "## {}: {} (exit code {})\n",
        verdict.outcome.to_uppercase(),
        text(&run.profile),
        verdict.exit
    )?;
    let ended = run
        .ended_by
        .as_deref()
        .map(|why| format!(": {}", text(why)));
    writeln!(
        out,
        "Run {} against {}, {} s, {}{}.\n",
        text(&run.run),
        text(&run.target),
        run.seconds,
        run.ended,
        ended.unwrap_or_default()
    )?;
    for reason in &verdict.reasons {
        writeln!(out, "- {}", text(reason))?;
    }
    if !verdict.reasons.is_empty() {
        out.push('\n');
    }
    Ok(())
}

fn budgets(out: &mut String, digest: &Digest) {
    let rows = digest.budgets.iter().map(|row| {
        let preliminary = if row.is_preliminary() {
            " (preliminary)"
        } else {
            ""
        };
        vec![
            row.state.to_owned(),
            row.sentence.clone(),
            figure::amount(row.measured) + preliminary,
            figure::count(row.samples),
            figure::count(row.needed),
        ]
    });
    let columns = ["state", "budget", "measured", "samples", "needed"];
    table(out, "Budgets", &columns, rows);
}

fn rules(out: &mut String, digest: &Digest) {
    let rows = digest.invariants.iter().map(|row| {
        vec![
            row.state.to_owned(),
            row.invariant.to_owned(),
            figure::count_or_dash(row.checks),
            figure::count(row.breaches),
        ]
    });
    let columns = ["state", "session rule", "checks", "breaches"];
    table(out, "Session rules", &columns, rows);
}

fn operations(out: &mut String, digest: &Digest) {
    let rows = digest.operations.iter().map(|row| {
        let steps = &row.measured;
        let felt = |point: fn(&Quantiles) -> Millis| figure::time(steps.felt.as_ref().map(point));
        vec![
            row.operation.to_owned(),
            figure::count(steps.count),
            figure::count(steps.classes.errors()),
            felt(|all| all.p50),
            felt(|all| all.p95),
            felt(|all| all.p99),
            felt(|all| all.max),
        ]
    });
    let columns = ["operation", "count", "errors", "p50", "p95", "p99", "max"];
    table(out, "Operations, measured stages", &columns, rows);
}

fn causes(out: &mut String, digest: &Digest) {
    let rows = digest.causes.iter().map(|row| {
        vec![
            figure::count(row.count),
            row.operation.unwrap_or(figure::MISSING).to_owned(),
            row.class.unwrap_or(figure::MISSING).to_owned(),
            row.cause.clone(),
            row.remedy.unwrap_or(figure::MISSING).to_owned(),
        ]
    });
    let columns = ["count", "operation", "class", "cause", "what to do"];
    table(out, "Causes, all stages", &columns, rows);
}

fn unsent(out: &mut String, digest: &Digest) {
    let rows = digest.planned.iter().filter(|row| row.not_sent > 0);
    let rows = rows.map(|row| {
        vec![
            row.operation.to_owned(),
            figure::count(row.planned),
            figure::count(row.sent),
            row.why(),
        ]
    });
    let columns = ["operation", "planned", "sent", "why not the others"];
    table(out, "Planned and not sent", &columns, rows);
}

/// A table with its title; nothing where it has no row.
fn table(out: &mut String, title: &str, columns: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut lines = rows
        .map(|row| {
            let cells: Vec<String> = row.iter().map(|cell| text(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        })
        .peekable();
    if lines.peek().is_none() {
        return;
    }
    let rule: Vec<&str> = columns.iter().map(|_| "---").collect();
    let (names, rule) = (columns.join(" | "), rule.join(" | "));
    out.push_str(&format!("### {title}\n\n| {names} |\n| {rule} |\n"));
    lines.for_each(|line| out.push_str(&line));
    out.push('\n');
}

/// Text that stays text: no markup of Markdown or HTML, in one line.
fn text(from: &str) -> String {
    let mut out = String::with_capacity(from.len());
    for c in plain(from).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_target_says_is_no_markup() {
        assert_eq!(
            text("a|b <img> ![x](y) `c` *d*\n\u{202e}"),
            "a\\|b &lt;img&gt; \\!\\[x\\](y) \\`c\\` \\*d\\*\\\\n\\\\u{202e}"
        );
    }
}
