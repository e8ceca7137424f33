//! Runs of known shape, and what they prove.

use super::example::{MS, Run};
use super::*;
use crate::profile::{BudgetOf, Latency, Limit, Origin, Quantile, StageIx};
use crate::recorder::example::PEAK;
use crate::recorder::{Event, Reason, example};
use crate::session::{Cause, Class, Operation, Transport};
use trtc_base::units::Micros;

fn budget(sentence: &str, of: BudgetOf) -> Budget {
    Budget {
        sentence: sentence.to_owned(),
        of,
        stage: None,
        origin: Origin::Written,
    }
}

fn latency(quantile: Quantile, kind: Latency, limit: Micros) -> Budget {
    let of = BudgetOf::Latency(Operation::Login, quantile, kind, Limit(limit));
    budget("login", of)
}

/// `login p99 < 250ms`, `login errors < 1%`, `arrivals started > 99%`.
fn usual() -> Vec<Budget> {
    let p99 = Quantile::Share(0.99);
    let errors = BudgetOf::Errors(Operation::Login, 0.01);
    vec![
        latency(p99, Latency::Felt, MS(250)),
        Budget {
            origin: Origin::Implied { beside: Some(p99) },
            ..budget("errors", errors)
        },
        budget("arrivals", BudgetOf::ArrivalsStarted(0.99)),
    ]
}

fn assert_verdict(got: &Verdict, outcome: Outcome, exit: Exit, what: &str) {
    assert_eq!(
        (got.outcome, got.exit),
        (outcome, exit),
        "{what}: {:?}",
        got.reasons
    );
}

#[test]
fn a_healthy_target_keeps_its_budgets() {
    let verdict = Run::healthy().judged(&usual());
    assert_verdict(&verdict, Outcome::Kept, Exit::Kept, "healthy");
    assert!(verdict.reasons.is_empty() && verdict.generator.is_empty());
}

/// So many logouts that succeed and that meet a 404.
fn logouts(run: Run, good: u64, bad: u64) -> Run {
    let step = |class, cause| crate::recorder::Step {
        operation: Operation::Logout,
        planned: crate::recorder::Planned::Yes,
        cause,
        ..example::login(class, MS(20), Micros(100))
    };
    for _ in 0..good {
        let good = step(Class::Success, None);
        run.recorder.record(Event::Step(good));
    }
    for _ in 0..bad {
        let bad = step(Class::Failed, Some(Cause::Status(404)));
        run.recorder.record(Event::Step(bad));
    }
    run
}

#[test]
fn errors_never_pass_in_silence_and_few_of_them_decide_nothing() {
    for (good, bad, want) in [
        (0, 148, Outcome::Broken),
        (0, 2, Outcome::Broken),
        (990, 10, Outcome::Broken),
        (991, 9, Outcome::Kept),
        (0, 1, Outcome::Kept),
        // P(X >= 6) is 0.37% and P(X >= 7) is 0.08%, of 148 at 1%.
        (142, 6, Outcome::Kept),
        (141, 7, Outcome::Broken),
    ] {
        for budgets in [usual(), Vec::new()] {
            let verdict = logouts(Run::healthy(), good, bad).judged(&budgets);
            assert_eq!(verdict.outcome, want, "{good} {bad}: {:?}", verdict.reasons);
            let one = verdict.findings.last().unwrap();
            assert_eq!(one.budget.sentence, "logout errors < 1%");
            assert!(one.budget.origin.is_implied());
            if want == Outcome::Kept {
                assert!(verdict.reasons.is_empty(), "{:?}", verdict.reasons);
            }
        }
    }
    let all = Run::new().steps(1_188, Class::Failed, Cause::Status(502));
    let verdict = all.judged(&[]);
    assert_verdict(&verdict, Outcome::Broken, Exit::Broken, "every login 502");
    let said = "login errors < 1%: measured 100.00% in 1188 samples; no budget of the profile limits these errors";
    assert_eq!(verdict.reasons, [said]);
}

#[test]
fn an_outage_is_broken_though_its_samples_are_too_few_to_keep_anything() {
    // 28 logins that timed out, as they are recorded: at no less than their limit.
    let all = || {
        Run::new()
            .steps(28, Class::Timeout, Cause::NoAnswer)
            .beats(Micros(100))
    };
    let p99 = latency(Quantile::Share(0.99), Latency::Felt, MS(250));
    let max = latency(Quantile::Max, Latency::Felt, MS(250));
    let mean = latency(Quantile::Mean, Latency::Felt, MS(250));
    let errors = budget("errors", BudgetOf::Errors(Operation::Login, 0.001));
    for one in [&p99, &max, &errors] {
        let verdict = all().judged(std::slice::from_ref(one));
        assert_verdict(&verdict, Outcome::Broken, Exit::Broken, &one.sentence);
        let said = &verdict.reasons[0];
        assert!(
            said.contains("in 28 samples, proof enough though it takes"),
            "{said}"
        );
    }
    let verdict = all().judged(&[mean]);
    let unknown = |one: &BudgetFinding| matches!(one.finding, Finding::Unknown { .. });
    assert!(unknown(&verdict.findings[0]), "a mean of few is none");
}

#[test]
fn few_slow_steps_that_our_own_delay_explains_prove_nothing() {
    // Ten of 300 ms under 250 ms: sent 0.1 ms late they are the target's, sent 60 ms late they may be ours.
    let p99 = [latency(Quantile::Share(0.99), Latency::Felt, MS(250))];
    for (lag, broken) in [(Micros(100), true), (MS(60), false)] {
        let run = Run::new().logins(10, MS(300), lag).beats(Micros(100));
        let verdict = run.judged(&p99);
        let is_broken = matches!(verdict.findings[0].finding, Finding::Broken { .. });
        assert_eq!(is_broken, broken, "{lag}: {:?}", verdict.findings[0]);
    }
}

#[test]
fn a_kept_run_has_no_operation_that_fails_more_often_than_chance_allows() {
    let mut dice = trtc_base::chance::Bits(20_261_130);
    for round in 0..16 {
        let good = dice.below(500);
        let most = dice.below(12);
        let bad = dice.below(1 + most);
        let budgets = if round % 2 == 0 { usual() } else { Vec::new() };
        let verdict = logouts(Run::healthy(), good, bad).judged(&budgets);
        let all = good + bad;
        let is_wrong = if all >= 299 {
            bad * 100 >= all
        } else {
            bad > 0 && super::early::summed(bad, all, 0.01) <= 0.001
        };
        let is_kept = verdict.outcome == Outcome::Kept;
        assert_eq!(is_kept, !is_wrong, "{bad} of {all}: {:?}", verdict.reasons);
        assert_eq!(is_kept, verdict.reasons.is_empty(), "{:?}", verdict.reasons);
    }
}

#[test]
fn a_slow_target_under_an_idle_generator_is_broken_and_not_invalid() {
    let slow = Run::healthy()
        .logins(100, Micros::from_secs(2), Micros(900))
        .started(Micros::from_secs(3));
    let verdict = slow.judged(&usual());
    assert_verdict(&verdict, Outcome::Broken, Exit::Broken, "slow");
    assert!(verdict.generator.is_empty());
    assert_eq!(verdict.findings[0].since, Some(10));
    let starving = Run::healthy().not_started(200, Reason::NoSlot);
    let verdict = starving.judged(&usual());
    assert_verdict(
        &verdict,
        Outcome::Broken,
        Exit::Broken,
        "no slot is the target's doing",
    );
    assert_eq!(
        verdict.reasons.len(),
        2,
        "latency and arrivals: {:?}",
        verdict.reasons
    );
}

#[test]
fn a_starved_generator_proves_nothing_whatever_it_measured() {
    let late = Run::new().logins(1_000, MS(60), MS(40)).beats(MS(1));
    let asleep = Run::new().logins(1_000, MS(60), MS(1)).beats(MS(80));
    let slow_too = Run::new().logins(1_000, MS(900), MS(200)).beats(MS(80));
    for (run, what) in [(late, "lag"), (asleep, "oversleep"), (slow_too, "both")] {
        let verdict = run.judged(&usual());
        assert_verdict(&verdict, Outcome::Invalid, Exit::Invalid, what);
        assert!(!verdict.generator.is_empty());
    }
}

#[test]
fn each_fault_of_the_generator_makes_the_run_invalid_and_says_so() {
    let with = |change: fn(&mut Run)| {
        let mut run = Run::healthy();
        change(&mut run);
        run
    };
    let exhausted = Cause::Transport(Transport::Exhausted);
    for (run, words) in [
        (with(|run| run.ended = Ended::Interrupted), "interrupted"),
        (with(|run| run.ended = Ended::Lost), "no end"),
        (
            with(|run| run.ended = Ended::MockEnded),
            "the built-in mock ended",
        ),
        (
            with(|run| run.ended = Ended::Damaged("recording.hlog: second 3".to_owned())),
            "is damaged: recording.hlog: second 3",
        ),
        (
            with(|run| run.ended = Ended::Unwritten("no room".to_owned())),
            "evidence could not be written (no room)",
        ),
        (
            with(|run| run.ended = Ended::Cap("max_mau".to_owned())),
            "cap: max_mau",
        ),
        (with(|run| run.uncounted = 3), "3 arrivals"),
        (with(|run| run.health.throttled = Some(MS(60))), "CPU quota"),
        (
            Run::healthy().steps(1, Class::Failed, exhausted),
            "descriptor",
        ),
        (
            Run::healthy().steps(1, Class::Failed, Cause::Panic),
            "panicked",
        ),
    ] {
        let verdict = run.judged(&usual());
        assert_verdict(&verdict, Outcome::Invalid, Exit::Invalid, words);
        assert!(
            verdict.reasons[0].contains(words),
            "{words}: {:?}",
            verdict.reasons
        );
    }
}

#[test]
fn a_generator_that_slept_through_a_second_of_a_measured_stage_proves_nothing_of_it() {
    // The peak is from 10 s to 20 s. One beat of 101 and no late step: neither p99 sees it.
    for (from, length, want) in [
        (MS(12_000), MS(2_000), Outcome::Invalid),
        (MS(12_000), MS(1_000), Outcome::Invalid),
        (MS(12_000), MS(999), Outcome::Kept),
        (MS(9_500), MS(1_000), Outcome::Invalid),
        (MS(19_900), MS(1_000), Outcome::Invalid),
        (MS(3_000), MS(2_000), Outcome::Kept),
        (MS(20_000), MS(2_000), Outcome::Kept),
    ] {
        let run = Run::healthy().still(from, length);
        let verdict = run.judged(&usual());
        assert_eq!(
            verdict.outcome, want,
            "{from} {length}: {:?}",
            verdict.reasons
        );
        let words = format!("the generator stood still for {length} in stage peak, with 0 steps");
        let is_said = verdict.reasons.iter().any(|one| one.starts_with(&words));
        assert_eq!(is_said, want == Outcome::Invalid, "{:?}", verdict.reasons);
    }
}

#[test]
fn full_cores_alone_are_no_fault_and_with_half_the_allowed_lag_they_are() {
    // Allowed: a tenth of 250 ms. Two cores, so 1.9 s of CPU a second are 95%.
    for (cpu, lag, want) in [
        (MS(1_900), MS(1), Outcome::Kept),
        (MS(200), MS(14), Outcome::Kept),
        (MS(1_900), MS(14), Outcome::Invalid),
    ] {
        let mut run = Run::new().logins(1_000, MS(60), lag).beats(MS(1));
        run.health.process_cpu = Some(cpu);
        let verdict = run.judged(&usual());
        assert_eq!(verdict.outcome, want, "{cpu} {lag}: {:?}", verdict.reasons);
    }
}

#[test]
fn lag_is_allowed_up_to_ten_milliseconds_or_a_tenth_of_the_tightest_limit() {
    for (limit, lag, want) in [
        (MS(250), MS(24), Outcome::Kept),
        (MS(250), MS(26), Outcome::Invalid),
        (MS(61), MS(9), Outcome::Kept),
        (MS(61), MS(11), Outcome::Invalid),
    ] {
        let run = Run::new().logins(1_000, MS(60), lag).beats(Micros(100));
        let budgets = [latency(Quantile::Share(0.99), Latency::Felt, limit)];
        let verdict = run.judged(&budgets);
        assert_eq!(
            verdict.outcome, want,
            "{limit} {lag}: {:?}",
            verdict.reasons
        );
    }
}

#[test]
fn a_lag_that_could_decide_a_budget_makes_the_run_invalid_and_a_smaller_one_does_not() {
    for (felt, lag, want) in [
        (MS(251), MS(2), Outcome::Invalid),
        (MS(254), MS(2), Outcome::Broken),
        (MS(249), MS(2), Outcome::Kept),
    ] {
        let run = Run::new().logins(1_000, felt, lag).beats(Micros(100));
        let verdict = run.judged(&usual());
        assert_eq!(verdict.outcome, want, "{felt} {lag}: {:?}", verdict.reasons);
    }
}

#[test]
fn a_budget_that_broke_over_a_standstill_is_told_once_and_says_how_many_steps_were_in_flight() {
    let p99 = [latency(Quantile::Share(0.99), Latency::Felt, MS(250))];
    let slow = |run: Run, count| run.logins(count, MS(300), Micros(100));
    // They are due at 10 s and done at 10.3 s.
    let stand_still = |run: Run| {
        run.recorder.woke(MS(10_100), MS(10_400));
        run
    };
    let all = slow(stand_still(Run::new().beats(Micros(100))), 1_000).judged(&p99);
    assert_verdict(&all, Outcome::Invalid, Exit::Invalid, "all in flight");
    let [told] = all.reasons.as_slice() else {
        panic!("told once, not {:?}", all.reasons);
    };
    assert!(
        told.ends_with(", 1000 steps in flight while it stood still)"),
        "{told}"
    );
    let one = slow(stand_still(slow(Run::new().beats(Micros(100)), 1_000)), 1);
    let one = one.judged(&p99);
    assert_verdict(&one, Outcome::Broken, Exit::Broken, "one in flight");
    let [told] = one.reasons.as_slice() else {
        panic!("told once, not {:?}", one.reasons);
    };
    let words = "in 1001 samples; 1 step in flight while the generator stood still";
    assert!(told.ends_with(words), "{told}");
}

#[test]
fn what_decides_first_is_the_invariant_then_the_generator_then_a_breach_then_the_unknown() {
    let few = || {
        Run::new()
            .logins(100, MS(20), Micros(100))
            .beats(Micros(100))
    };
    let slow = |run: Run| run.logins(400, MS(900), Micros(100));
    let stop = |mut run: Run, ended: Ended| {
        run.ended = ended;
        run
    };
    let aborted = || Ended::Aborted("errors over 50%".to_owned());
    for (run, outcome, exit, what) in [
        (few(), Outcome::Invalid, Exit::Invalid, "unknown alone"),
        (
            slow(few()),
            Outcome::Broken,
            Exit::Broken,
            "broken over unknown",
        ),
        (
            stop(few(), aborted()),
            Outcome::Broken,
            Exit::Broken,
            "aborted over unknown",
        ),
        (
            stop(slow(few()), Ended::Interrupted),
            Outcome::Invalid,
            Exit::Invalid,
            "interrupted over broken",
        ),
        (
            stop(slow(few()).violation(), Ended::Interrupted),
            Outcome::Broken,
            Exit::Broken,
            "invariant over all",
        ),
        (
            Run::healthy().violation(),
            Outcome::Broken,
            Exit::Broken,
            "invariant alone",
        ),
    ] {
        let mut budgets = usual();
        let logout = BudgetOf::Errors(Operation::Logout, 0.01);
        budgets.push(budget("logout", logout));
        assert_verdict(&run.judged(&budgets), outcome, exit, what);
    }
}

#[test]
fn a_run_without_an_arrival_says_so_and_keeps_nothing() {
    let verdict = Run::new().judged(&[]);
    assert_verdict(&verdict, Outcome::Invalid, Exit::Invalid, "nothing due");
    let said = "no arrival came due, so nothing was tried";
    assert_eq!(verdict.reasons, [said]);
    let busy = Run::new().not_started(7, Reason::AccountBusy);
    let verdict = busy.judged(&[]);
    assert_verdict(&verdict, Outcome::Invalid, Exit::Invalid, "nothing started");
    let said = "none of 7 arrivals was started, so nothing was tried";
    assert_eq!(verdict.reasons, [said]);
}

#[test]
fn a_generator_that_stood_still_says_so_before_what_came_of_it() {
    let run = Run::new().logins(1_000, MS(60), MS(40)).beats(MS(1));
    let verdict = run.still(MS(12_000), MS(2_990)).judged(&usual());
    let said: Vec<&str> = verdict.reasons.iter().map(String::as_str).collect();
    assert!(
        said[0].starts_with("the generator stood still for 2.99s"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("the generator sent too late"),
        "{said:?}"
    );
}

#[test]
fn an_unknown_budget_is_never_kept_and_says_what_it_lacks() {
    let few = Run::new().logins(298, MS(20), Micros(100));
    let budgets = [latency(Quantile::Share(0.99), Latency::Felt, MS(250))];
    let verdict = few.judged(&budgets);
    let unknown = |samples, measured| Finding::Unknown {
        measured,
        samples,
        needed: 299,
    };
    // What they say all the same is preliminary, on either side of the limit.
    let want = unknown(298, Some(Measured::Time(MS(20))));
    assert_eq!(verdict.findings[0].finding, want);
    assert_verdict(&verdict, Outcome::Invalid, Exit::Invalid, "298 of 299");
    // Two slow ones are over p99 and no proof.
    let slow = Run::new()
        .logins(296, MS(20), Micros(100))
        .logins(2, MS(300), Micros(100));
    let verdict = slow.judged(&budgets);
    // A quantile below the largest is at most 0.1% too high.
    let want = unknown(298, Some(Measured::Time(Micros(20_015))));
    assert_eq!(verdict.findings[0].finding, want);
    assert_verdict(&verdict, Outcome::Invalid, Exit::Invalid, "2 slow ones");
    let slow = Run::new().logins(298, MS(300), Micros(100));
    let verdict = slow.judged(&budgets);
    assert_verdict(&verdict, Outcome::Broken, Exit::Broken, "298 slow ones");
    let verdict = Run::new().judged(&budgets);
    assert_eq!(verdict.findings[0].finding, unknown(0, None));
}

#[test]
fn each_kind_of_budget_is_read_off_its_own_numbers() {
    let login = Operation::Login;
    // 1,000 of 20 ms, 8 failed, 4 throttled, 100 expected, 20 busy accounts: errors 12 of 1,012, started 1,000 of 1,020.
    for (of, kept) in [
        (
            BudgetOf::Latency(login, Quantile::Max, Latency::Felt, Limit(MS(21))),
            true,
        ),
        (
            BudgetOf::Latency(login, Quantile::Max, Latency::Felt, Limit(MS(20))),
            false,
        ),
        (
            BudgetOf::Latency(login, Quantile::Mean, Latency::Felt, Limit(MS(20))),
            false,
        ),
        (
            BudgetOf::Latency(login, Quantile::Mean, Latency::Served, Limit(MS(20))),
            true,
        ),
        (
            BudgetOf::Latency(login, Quantile::Share(0.5), Latency::Served, Limit(MS(20))),
            true,
        ),
        (
            BudgetOf::Latency(login, Quantile::Share(0.5), Latency::Felt, Limit(MS(20))),
            false,
        ),
        (BudgetOf::Errors(login, 0.012), true),
        (BudgetOf::Errors(login, 0.0118), false),
        (BudgetOf::ArrivalsStarted(0.98), true),
        (BudgetOf::ArrivalsStarted(0.981), false),
    ] {
        let run = Run::healthy()
            .steps(8, Class::Failed, Cause::Status(500))
            .steps(4, Class::Throttled, Cause::Status(429))
            .steps(100, Class::Expected, Cause::CutByKick)
            .not_started(20, Reason::AccountBusy);
        let one = budget("one", of);
        let verdict = run.judged(std::slice::from_ref(&one));
        let got = matches!(verdict.findings[0].finding, Finding::Kept { .. });
        assert_eq!(got, kept, "{:?}: {:?}", one.of, verdict.findings[0]);
    }
}

#[test]
fn a_budget_covers_its_own_stage_or_all_that_are_measured() {
    let warm_up = |stage: Option<StageIx>| {
        let run = Run::healthy();
        for _ in 0..400 {
            let mut step = example::login(Class::Success, MS(900), Micros(100));
            step.stage = StageIx(0);
            run.recorder.record(Event::Step(step));
        }
        let one = Budget {
            stage,
            ..latency(Quantile::Share(0.99), Latency::Felt, MS(250))
        };
        run.judged(&[one]).outcome
    };
    assert_eq!(warm_up(None), Outcome::Kept);
    assert_eq!(warm_up(Some(PEAK)), Outcome::Kept);
    assert_eq!(warm_up(Some(StageIx(0))), Outcome::Broken);
}
