//! `junit.xml`: the verdict as test cases, for pipelines that show those.
//!
//! A broken budget or rule is a failure, an unknown one and a fault of the generator an error, and what nothing checked is
//! skipped.

use std::fmt::Write as _;

use super::Findings;
use super::digest::{BudgetRow, Digest, InvariantRow};
use trtc_base::figure;
use trtc_base::shown::plain;

/// How a case ended, and what is said of it.
enum Case {
    Passed,
    Failure(String),
    Error(String),
    Skipped(String),
}

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let budgets = digest.budgets.iter();
    let budgets = budgets.map(|row| (row.sentence.clone(), budget(row)));
    let rules = digest.invariants.iter();
    let rules = rules.map(|row| (row.invariant.to_owned(), rule(row)));
    let suites = [
        ("budgets", budgets.collect::<Vec<_>>()),
        ("session rules", rules.collect()),
        ("run", run(digest)),
    ];
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = writeln!(xml, "<testsuites name=\"{}\">", text(&digest.run.run));
    for (name, cases) in suites {
        let _ = suite(&mut xml, name, &cases);
    }
    xml.push_str("</testsuites>\n");
    Ok(xml.into_bytes())
}

fn suite(xml: &mut String, name: &str, cases: &[(String, Case)]) -> std::fmt::Result {
    let count = |is: fn(&Case) -> bool| cases.iter().filter(|(_, case)| is(case)).count();
    writeln!(
        xml,
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        cases.len(),
        count(|case| matches!(case, Case::Failure(_))),
        count(|case| matches!(case, Case::Error(_))),
        count(|case| matches!(case, Case::Skipped(_))),
    )?;
    for (title, case) in cases {
        let title = text(title);
        write!(xml, "    <testcase classname=\"{name}\" name=\"{title}\"")?;
        match case {
            Case::Passed => writeln!(xml, "/>")?,
            Case::Failure(why) => inside(xml, "failure", why)?,
            Case::Error(why) => inside(xml, "error", why)?,
            Case::Skipped(why) => inside(xml, "skipped", why)?,
        }
    }
    writeln!(xml, "  </testsuite>")
}

fn inside(xml: &mut String, element: &str, why: &str) -> std::fmt::Result {
    writeln!(xml, "><{element} message=\"{}\"/></testcase>", text(why))
}

fn budget(row: &BudgetRow) -> Case {
    let (samples, needed) = (figure::count(row.samples), figure::count(row.needed));
    match row.state {
        "kept" => Case::Passed,
        "broken" => Case::Failure(format!(
            "measured {} in {samples} samples",
            figure::amount(row.measured)
        )),
        "not checked" => Case::Skipped(format!("not checked: {samples} of {needed} samples")),
        other => Case::Error(format!("{other}: {samples} of {needed} samples")),
    }
}

fn rule(row: &InvariantRow) -> Case {
    match (row.state, row.stories.first()) {
        ("kept", _) => Case::Passed,
        ("broken", first) => {
            let first = first.map(|one| format!(", first at {:.1} s: {}", one.at_s, one.story));
            let checks = figure::count_or_dash(row.checks);
            Case::Failure(format!(
                "broken in {} of {checks} checks{}",
                figure::count(row.breaches),
                first.unwrap_or_default()
            ))
        }
        (other, _) => Case::Skipped(format!(
            "{other}: {} checks",
            figure::count_or_dash(row.checks)
        )),
    }
}

/// That the run proves something at all, and how it ended.
fn run(digest: &Digest) -> Vec<(String, Case)> {
    let faults = &digest.verdict.generator_faults;
    let generator = if faults.is_empty() {
        Case::Passed
    } else {
        Case::Error(faults.join("; "))
    };
    let verdict = match digest.verdict.outcome {
        "kept" => Case::Passed,
        "broken" => Case::Failure(digest.verdict.reasons.join("; ")),
        _ => Case::Error(digest.verdict.reasons.join("; ")),
    };
    vec![
        ("the generator did its part".to_owned(), generator),
        ("the verdict is kept".to_owned(), verdict),
    ]
}

/// Text inside a quoted attribute. What XML 1.0 cannot hold, and what would reorder what a reader sees, is replaced.
fn text(from: &str) -> String {
    let mut out = String::with_capacity(from.len());
    for c in plain(from).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_attribute_or_make_the_file_unreadable() {
        assert_eq!(
            text("a\"><b>&\u{1b}\u{202e}\u{ffff}\n"),
            "a&quot;&gt;&lt;b&gt;&amp;\\u{1b}\\u{202e}\u{fffd}\\n"
        );
    }
}
