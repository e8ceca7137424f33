//! Steps that the run's end or the scenario cut, and requests that no outcome stands for.

use super::example::{MS, Run};
use super::{Finding, GeneratorFault, Outcome};
use crate::profile::{Budget, BudgetOf, Latency, Limit, Origin, Quantile};
use crate::recorder::{Event, Step, example};
use crate::session::{Class, Departed, Operation};
use trtc_base::units::Micros;

fn budgets() -> [Budget; 2] {
    let budget = |sentence: &str, of| Budget {
        sentence: sentence.to_owned(),
        of,
        stage: None,
        origin: Origin::Written,
    };
    let p95 = Quantile::Share(0.95);
    [
        budget(
            "login errors < 1%",
            BudgetOf::Errors(Operation::Login, 0.01),
        ),
        budget(
            "login p95 < 250ms",
            BudgetOf::Latency(Operation::Login, p95, Latency::Felt, Limit(MS(250))),
        ),
    ]
}

/// 1,000 logins of 20 ms, and 100 that were cut after `waited`.
fn with_cut(waited: Micros) -> Run {
    let run = Run::healthy();
    for _ in 0..100 {
        let cut = example::login(Class::Cut, waited, Micros::ZERO);
        run.recorder.record(Event::Step(cut));
    }
    run
}

#[test]
fn a_step_that_was_cut_is_in_no_errors_budget_and_is_slow_only_where_it_had_waited_for_the_limit() {
    let verdict = with_cut(MS(200)).judged(&budgets());
    assert_eq!(verdict.outcome, Outcome::Kept, "{:?}", verdict.reasons);
    let samples: Vec<u64> = verdict.findings.iter().map(|one| one.samples).collect();
    assert_eq!(samples[..2], [1_000, 1_000]);
    // A twelfth of the logins had waited for twice the limit, so the p95 is over it.
    let verdict = with_cut(MS(500)).judged(&budgets());
    assert_eq!(verdict.outcome, Outcome::Broken, "{:?}", verdict.reasons);
    let samples: Vec<u64> = verdict.findings.iter().map(|one| one.samples).collect();
    assert_eq!(samples[..2], [1_000, 1_100]);
    assert!(matches!(verdict.findings[0].finding, Finding::Kept { .. }));
}

#[test]
fn a_request_without_an_outcome_makes_a_run_invalid_and_names_its_operation() {
    let run = Run::healthy();
    let asked = Step {
        operation: Operation::Status,
        planned: crate::recorder::Planned::Yes,
        departed: Departed::Yes,
        ..example::login(Class::Success, MS(20), Micros::ZERO)
    };
    for _ in 0..3 {
        run.recorder.record(Event::Departed(Operation::Status));
    }
    for _ in 0..2 {
        run.recorder.record(Event::Step(asked.clone()));
    }
    let verdict = run.judged(&budgets());
    assert_eq!(verdict.outcome, Outcome::Invalid);
    let fault = GeneratorFault::Unaccounted {
        operation: Operation::Status,
        requests: 3,
        outcomes: 2,
    };
    assert_eq!(verdict.generator, [fault]);
    let said = "unaccounted requests: 3 of status left and 2 have an outcome";
    assert_eq!(verdict.reasons[0], said);
}
