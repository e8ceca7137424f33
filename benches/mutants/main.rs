//! Whether the gate is red where a server is wrong in few places, and never where it is honest: `cargo bench --bench mutants`
//! plays every mutant of the tests at 0.5% over 5,000 sessions, then 20 clean runs and 20 on honest servers in trouble, and
//! writes its tables into docs/verdict.md. At most an hour, on a machine that does nothing else.
//!
//! `-- --only WORDS` plays the mutants whose words contain these, and writes nothing; `-- --honest` the honest runs alone.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints, and ends at the first thing that is not as it should be"
)]

#[path = "../../tests/load/mutants/play.rs"]
mod play;
#[path = "../../tests/support/program.rs"]
#[expect(dead_code, reason = "a bench asks less of a run than the tests do")]
mod program;
#[path = "../../tests/load/mutants/scenes.rs"]
#[expect(dead_code, reason = "the tests play each scene by itself too")]
mod scenes;
#[path = "../../tests/support/session_server/mod.rs"]
#[expect(dead_code, reason = "the tests read more of its books")]
#[expect(
    clippy::wildcard_enum_match_arm,
    clippy::struct_excessive_bools,
    reason = "each place asks for the one fault that it has"
)]
mod session_server;
#[path = "../../tests/load/mutants/table/mod.rs"]
mod table;
mod tables;
#[path = "../../tests/load/mutants/troubles.rs"]
mod troubles;

use std::process::ExitCode;

use scenes::Amount;
use table::{Breaks, Mutant};
use tables::{Honest, Outcome};
use tokio::runtime::Runtime;

/// In which share of its occasions a fault strikes.
const SHARE: f64 = 0.005;
const SESSIONS: u32 = 5_000;
/// What a machine of two cores plays beside its server without falling behind.
const LOGINS_PER_SECOND: u32 = 600;
/// How often a run that proves nothing is played.
const MOST_TRIES: u32 = 3;
/// Runs against honest servers without trouble, and as many in trouble.
const HONEST: usize = 20;
/// Sessions of such a run.
const FEW: u32 = 4_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let only = arguments.iter().position(|one| one == "--only");
    let only = only.map(|at| arguments.get(at + 1).expect("--only takes words"));
    let honest_alone = arguments.iter().any(|one| one == "--honest");
    let runtime = Runtime::new().expect("a runtime");
    let mutants: Vec<&Mutant> = table::all()
        .filter(|mutant| {
            !honest_alone && only.is_none_or(|words| mutant.wrong.contains(words.as_str()))
        })
        .collect();
    let outcomes: Vec<_> = mutants
        .iter()
        .map(|mutant| strike(&runtime, mutant))
        .collect();
    let honest = if only.is_none() {
        honest(&runtime)
    } else {
        Vec::new()
    };
    let written = tables::of(&outcomes, &honest);
    println!("\n{written}");
    if only.is_none() && !honest_alone {
        tables::write(&written);
    }
    let all_found = outcomes
        .iter()
        .all(|outcome| outcome.found || outcome.strikes == 0);
    let nobody_accused = honest.iter().all(|run| run.accusations.is_empty());
    if all_found && nobody_accused {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// So many sessions of a scene.
const fn amount(sessions: u32) -> Amount {
    Amount {
        sessions,
        logins_per_second: LOGINS_PER_SECOND,
    }
}

/// What is promised of the operation that a mutant spoils. Of our own lag a tenth of the tightest latency is allowed.
fn budgets(mutant: &Mutant) -> Vec<String> {
    let lag = "login p50 < 2900ms".to_owned();
    match mutant.breaks {
        Breaks::Rule(_) => Vec::new(),
        Breaks::Errors(operation) => vec![format!("{} errors < 0.1%", operation.name()), lag],
    }
}

/// Plays a mutant that strikes seldom.
fn strike<'m>(runtime: &Runtime, mutant: &'m Mutant) -> Outcome<'m> {
    let scene = &mutant.scene;
    let played = play::until_proven(MOST_TRIES, || {
        let faults = vec![(mutant.fault, SHARE)];
        let promised = budgets(mutant);
        play::play(runtime, scene, (faults, 1), &promised, amount(SESSIONS))
    });
    let found = mutant.is_found(&played);
    let outcome = Outcome {
        mutant,
        strikes: played.theirs.strikes,
        exit: played.ended.code,
        found,
    };
    let word = match (found, outcome.strikes) {
        (true, _) => "found",
        (false, 0) => "never struck",
        (false, _) => "NOT FOUND",
    };
    println!(
        "{word}: {} ({}), {} strikes, exit {:?}",
        mutant.wrong, scene.name, outcome.strikes, outcome.exit
    );
    if !found && outcome.strikes > 0 {
        eprintln!(
            "rules {:?}, budgets {:?}\n{}",
            played.rules,
            played.budgets,
            played.ended.said()
        );
    }
    outcome
}

/// Plays whatever a rule is about against servers that keep every rule: by turns in every way of telling, without trouble and
/// in each trouble.
fn honest(runtime: &Runtime) -> Vec<Honest> {
    let clean = (0..HONEST).map(|_| ("without trouble", Vec::new()));
    let troubled = troubles::ALL
        .iter()
        .cycle()
        .take(HONEST.max(troubles::ALL.len()));
    let troubled = troubled.map(|trouble| (trouble.what, vec![(trouble.fault, trouble.share)]));
    let mut runs = Vec::new();
    for ((what, faults), seed) in clean.chain(troubled).zip(1..) {
        let scene = scenes::EVERYTHING;
        let played = play::play(runtime, &scene, (faults, seed), &[], amount(FEW));
        println!(
            "{what} (run {seed}): exit {:?}, rules broken {:?}",
            played.ended.code, played.rules
        );
        if !played.rules.is_empty() {
            eprintln!("{}", played.ended.said());
        }
        runs.push(Honest {
            what,
            accusations: played.rules,
            checks: played.ours.counts().checks.clone(),
        });
    }
    runs
}
