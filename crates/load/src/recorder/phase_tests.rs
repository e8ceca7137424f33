//! The parts of requests, from the event to disk and back.

use tempfile::TempDir;

use super::example;
use super::tests::{recorder, tick};
use super::*;
use crate::session::{Class, Operation, Phase, Phases};
use trtc_base::units::Micros;

#[test]
fn phases_are_kept_apart_and_a_step_that_hung_counts_where_it_hung() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    let mut took = Phases::default();
    took.note(Phase::Connect, Micros(1_000));
    took.note(Phase::Tls, Micros(20_000));
    took.note(Phase::FirstByte, Micros(5_000));
    for _ in 0..99 {
        let mut step = example::login(Class::Success, Micros::from_millis(30), Micros::ZERO);
        step.phases = took;
        recorder.record(Event::Step(step));
    }
    // The limit of a step is 5 s; this one was given up in the handshake, a little early by our own clock.
    let mut hung = example::login(Class::Timeout, Micros(4_999_000), Micros::ZERO);
    hung.phases.note(Phase::Connect, Micros(3_000));
    hung.phases.begin(Phase::Tls);
    recorder.record(Event::Step(hung));
    recorder.finish(tick(0), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    let of = |phase| run.phase(Operation::Login, phase, StageSet::Measured);
    assert_eq!(of(Phase::Connect).count(), 100);
    assert_eq!(of(Phase::Tls).count(), 100);
    assert_eq!(of(Phase::FirstByte).count(), 99);
    assert!(of(Phase::Dns).is_empty() && of(Phase::Body).is_empty());
    assert_eq!(of(Phase::Connect).exact().sum, 99 * 1_000 + 3_000);
    assert_eq!(of(Phase::Tls).max(), Some(Micros::from_secs(5)));
    assert_eq!(of(Phase::Tls).exact().sum, 99 * 20_000 + 5_000_000);
    let elsewhere = run.phase(Operation::Logout, Phase::Tls, StageSet::All);
    assert!(elsewhere.is_empty());
}

#[test]
fn tallies_add_up_on_their_way_through_the_file() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    for (second, counts) in [(0, [3, 0]), (1, [2, 5])] {
        for (tally, count) in [Tally::UsersigRight, Tally::CallbackAgain]
            .into_iter()
            .zip(counts)
        {
            (0..count).for_each(|_| recorder.record(Event::Tally(tally)));
        }
        recorder.tick(tick(second)).unwrap();
    }
    recorder.finish(tick(2), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    let expected = [(Tally::UsersigRight, 5), (Tally::CallbackAgain, 5)];
    assert_eq!(run.counts().tallies, expected.into_iter().collect());
}

#[test]
fn a_rule_counts_each_check_once_whether_it_was_kept_or_broken() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    let (kept, mixed) = (
        Invariant::SelfInfoIsTheAccount,
        Invariant::EndedTokenIsRefused,
    );
    for second in 0..2 {
        (0..3).for_each(|_| recorder.record(Event::Checked(kept)));
        (0..4).for_each(|_| recorder.record(Event::Checked(mixed)));
        recorder.record(Event::Violation(Violation {
            invariant: mixed,
            at: Micros::from_secs(second),
            story: String::new(),
        }));
        recorder.tick(tick(second)).unwrap();
    }
    recorder.finish(tick(2), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    let counts = run.counts();
    assert_eq!(counts.checks_of(kept), Some(6));
    assert_eq!(counts.checks_of(mixed), Some(10));
    assert_eq!(counts.breaches.get(&mixed), Some(&2));
    let never = Invariant::NoNoticeWithoutCause;
    assert_eq!(counts.checks_of(never), Some(0));

    // What a recording from before checks were counted says: that it does not know.
    let older =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/recordings/v3");
    let run = Recording::read(&older).unwrap();
    assert_eq!(run.ended(), &Ended::Completed);
    assert_eq!(run.counts().checks_of(kept), None);
    assert_eq!(run.counts().checks_of(never), None);
}
