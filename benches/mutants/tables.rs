//! The tables of docs/verdict.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use trtc_load::recorder::Invariant;

use crate::table::{Breaks, Mutant};

/// Between these lines of docs/verdict.md.
const BEGIN: &str = "<!-- mutants: written by `cargo bench --bench mutants` -->\n";
const END: &str = "<!-- end of mutants -->\n";

/// What came of a mutant that strikes seldom.
pub(crate) struct Outcome<'m> {
    pub(crate) mutant: &'m Mutant,
    pub(crate) strikes: u64,
    pub(crate) exit: Option<i32>,
    /// Exit 1, by what it breaks and by no other rule.
    pub(crate) found: bool,
}

/// What came of a run on an honest server.
pub(crate) struct Honest {
    pub(crate) what: &'static str,
    /// Rules that were found broken, though they were kept.
    pub(crate) accusations: BTreeSet<Invariant>,
    pub(crate) checks: BTreeMap<Invariant, u64>,
}

/// Both tables.
pub(crate) fn of(outcomes: &[Outcome<'_>], honest: &[Honest]) -> String {
    let mut text = String::new();
    let _ = rules(outcomes, honest, &mut text);
    let _ = budgets(outcomes, &mut text);
    let _ = false_alarms(honest, &mut text);
    text
}

fn rules(outcomes: &[Outcome<'_>], honest: &[Honest], out: &mut String) -> std::fmt::Result {
    out.write_str(
        "| rule | broken where | checks a run | mutants that prove it: strikes of each | false alarms |\n|---|---|---|---|---|\n",
    )?;
    for rule in Invariant::ALL {
        let checks = honest
            .iter()
            .map(|run| run.checks.get(&rule).copied().unwrap_or(0));
        let runs = honest.len().max(1) as u64;
        let each = checks.sum::<u64>() / runs;
        let accused = honest
            .iter()
            .filter(|run| run.accusations.contains(&rule))
            .count();
        let proofs = outcomes
            .iter()
            .filter(|one| one.mutant.breaks == Breaks::Rule(rule));
        writeln!(
            out,
            "| {} | {} | {each} | {} | {accused} of {} runs |",
            rule.name(),
            rule.broken(),
            listed(proofs),
            honest.len()
        )?;
    }
    out.write_str("\n")
}

fn budgets(outcomes: &[Outcome<'_>], out: &mut String) -> std::fmt::Result {
    out.write_str("| budget | mutants that break it: strikes of each |\n|---|---|\n")?;
    let mut by_budget: BTreeMap<String, Vec<&Outcome<'_>>> = BTreeMap::new();
    for outcome in outcomes {
        if let Breaks::Errors(operation) = outcome.mutant.breaks {
            let budget = format!("`{} errors < 0.1%`", operation.name());
            by_budget.entry(budget).or_default().push(outcome);
        }
    }
    for (budget, proofs) in by_budget {
        writeln!(out, "| {budget} | {} |", listed(proofs.into_iter()))?;
    }
    out.write_str("\n")
}

/// Mutants with what came of them.
fn listed<'o>(outcomes: impl Iterator<Item = &'o Outcome<'o>>) -> String {
    let each = outcomes.map(|one| {
        let Outcome {
            mutant,
            strikes,
            found,
            ..
        } = one;
        match (found, strikes) {
            (true, _) => format!("{}: {strikes}", mutant.wrong),
            (false, 0) => format!("{}: never struck", mutant.wrong),
            (false, _) => format!("**{}: {strikes}, not found**", mutant.wrong),
        }
    });
    each.collect::<Vec<_>>().join("; ")
}

/// Honest runs that were accused, and the share that may be with 95% confidence where none was.
fn false_alarms(honest: &[Honest], out: &mut String) -> std::fmt::Result {
    let accused: Vec<_> = honest
        .iter()
        .filter(|run| !run.accusations.is_empty())
        .collect();
    for run in &accused {
        writeln!(
            out,
            "An honest server was accused, {}: {:?}.\n",
            run.what, run.accusations
        )?;
    }
    if accused.is_empty() && !honest.is_empty() {
        // Were more than this share of all runs accused, so many would show one with 95% confidence.
        let runs = u32::try_from(honest.len()).map_or(f64::INFINITY, f64::from);
        let bound = 1.0 - 0.05_f64.powf(1.0 / runs);
        writeln!(
            out,
            "None of {} runs on honest servers was accused, so with 95% confidence fewer than {:.1}% of such runs are.\n",
            honest.len(),
            100.0 * bound
        )?;
    }
    Ok(())
}

/// Puts the tables into the document.
pub(crate) fn write(tables: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verdict.md");
    let text = fs::read_to_string(&path).expect("docs/verdict.md is there");
    let (before, rest) = text
        .split_once(BEGIN)
        .expect("docs/verdict.md has a place for the tables");
    let (_, after) = rest.split_once(END).expect("the place has an end");
    let text = format!("{before}{BEGIN}\n{tables}{END}{after}");
    fs::write(&path, text).expect("docs/verdict.md can be written");
}
