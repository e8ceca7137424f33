//! When the generator stood still: none of its threads ran, so nothing was sent and nothing was read.
//!
//! In: the watch's beats. Out: every [`Standstill`], and whether a step was in flight in one. Never here: a lock on the way
//! of a step.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use trtc_base::units::Micros;

/// How long the watch's beat must be missing. A CPU quota stops a process for at most its period, 100 ms by default, and a
/// busy scheduler for less: twice that is neither. What is shorter stands in the oversleep.
pub const STANDSTILL: Micros = Micros::from_millis(200);

/// No time at all.
const NEVER: u64 = u64::MAX;

/// A time in which the generator did nothing, since the run's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standstill {
    /// When a beat was due and did not come: at most a beat after the last one.
    pub from: Micros,
    /// When it came.
    pub until: Micros,
}

impl Standstill {
    /// How long it was.
    #[must_use]
    pub const fn length(self) -> Micros {
        self.until.since(self.from)
    }
}

/// What the watch's beats say. On a line of its own in the cache: every step reads it, and what lies beside it in the recorder is
/// written all the time.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Pulse {
    /// When the next beat is due.
    due: AtomicU64,
    /// When the last standstill began.
    began: AtomicU64,
    /// Standstills that no second has taken yet. Only the watch and the ticking thread take its lock.
    seen: Mutex<Vec<Standstill>>,
}

impl Pulse {
    /// Before any beat: nothing is missing.
    pub(super) const fn new() -> Self {
        Self {
            due: AtomicU64::new(NEVER),
            began: AtomicU64::new(NEVER),
            seen: Mutex::new(Vec::new()),
        }
    }

    /// The watch sleeps until `due`.
    pub(super) fn sleeps_until(&self, due: Micros) {
        self.due.store(due.0, Ordering::Release);
    }

    /// The watch woke at `woke`, and should have at `due`.
    pub(super) fn woke(&self, due: Micros, woke: Micros) {
        if woke.since(due) >= STANDSTILL {
            self.began.store(due.0, Ordering::Relaxed);
            self.seen.lock().push(Standstill {
                from: due,
                until: woke,
            });
        }
        // After the store above: who sees that the beat came sees the standstill too.
        self.due.store(NEVER, Ordering::Release);
    }

    /// Whether a step from `sent` to `done` was in flight while the generator stood still.
    ///
    /// Nothing is sent or read between the stop, at most a beat before `from`, and `until`. So a step was in flight if it
    /// was sent by `from` and was done after it. The first steps after a standstill may come before the watch's own beat:
    /// for them the beat is overdue.
    ///
    /// A step that is known to end later, such as one given up before its limit, has `done` beyond `now`: no beat is overdue
    /// for what has not come yet.
    pub(super) fn was_in_flight(
        &self,
        sent: Micros,
        done: Micros,
        now: impl FnOnce() -> Micros,
    ) -> bool {
        let due = self.due.load(Ordering::Acquire);
        let overdue = due.saturating_add(STANDSTILL.0);
        let is_overdue = sent.0 <= due && done.0 >= overdue && now().0 >= overdue;
        let began = self.began.load(Ordering::Relaxed);
        is_overdue || (sent.0 <= began && done.0 > began)
    }

    /// Whether the generator stood still at `at`, as it is known at `now`: also where the watch has not woken yet.
    pub(super) fn stood_still_at(&self, at: Micros, now: Micros) -> bool {
        let due = self.due.load(Ordering::Acquire);
        let is_overdue = due < at.0 && now.0 >= due.saturating_add(STANDSTILL.0);
        let covers = |one: &Standstill| one.from < at && one.until >= at;
        is_overdue || self.seen.lock().iter().any(covers)
    }

    /// What was seen since it was asked last and ended before `ends`: a standstill belongs to the second in which it ended.
    pub(super) fn take(&self, ends: Micros) -> Vec<Standstill> {
        let mut seen = self.seen.lock();
        // The watch tells them one after the other.
        let ended = seen.partition_point(|one| one.until < ends);
        seen.drain(..ended).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::journal_record::SecondRecord;
    use crate::recorder::tests::{recorder, tick};
    use crate::recorder::{
        Ended, Event, HealthSample, Recording, Sockets, StageSet, Step, example,
    };
    use crate::session::{Class, Operation};

    const MS: fn(u64) -> Micros = Micros::from_millis;

    #[test]
    fn a_step_is_in_flight_if_it_was_sent_before_the_missing_beat_and_done_after_it() {
        // The beat of 1,000 ms comes at 3,000 ms; the process stopped at 995 ms.
        for (sent, done, want) in [
            (900, 990, false),
            (900, 3_000, true),
            (994, 3_001, true),
            (900, 5_000, true),
            (3_000, 3_002, false),
            (4_000, 4_500, false),
        ] {
            let pulse = Pulse::new();
            let ask = || pulse.was_in_flight(MS(sent), MS(done), || MS(done));
            assert!(!ask(), "nobody beats");
            pulse.sleeps_until(MS(1_000));
            let overdue = ask();
            pulse.woke(MS(1_000), MS(3_000));
            let awake = ask();
            pulse.sleeps_until(MS(3_010));
            let later = ask();
            assert_eq!((awake, later), (want, want), "{sent} to {done}");
            // Asked before the beat came, it knows the same of everything that a process could have said by then.
            assert_eq!(overdue, want, "{sent} to {done}");
            let seen = [Standstill {
                from: MS(1_000),
                until: MS(3_000),
            }];
            let all = Micros(u64::MAX);
            assert_eq!(
                (pulse.take(all).as_slice(), pulse.take(all).len()),
                (&seen[..], 0)
            );
        }
    }

    #[test]
    fn a_beat_that_is_only_late_is_no_standstill() {
        let pulse = Pulse::new();
        pulse.sleeps_until(MS(1_000));
        assert!(!pulse.was_in_flight(MS(900), MS(1_199), || MS(1_199)));
        pulse.woke(MS(1_000), MS(1_199));
        assert!(!pulse.was_in_flight(MS(900), MS(1_199), || MS(1_199)));
        assert!(pulse.take(Micros(u64::MAX)).is_empty());
    }

    #[test]
    fn a_step_that_is_known_to_end_later_is_not_in_flight_for_that() {
        let pulse = Pulse::new();
        pulse.sleeps_until(MS(1_000));
        let at = |now| pulse.was_in_flight(MS(900), MS(2_000), || MS(now));
        assert_eq!([995, 1_199, 1_200].map(at), [false, false, true]);
    }

    #[test]
    fn a_standstill_belongs_to_the_second_in_which_it_ended() {
        let pulse = Pulse::new();
        pulse.sleeps_until(MS(6_805));
        assert!(!pulse.stood_still_at(MS(7_000), MS(6_900)), "not yet");
        // The thread that ends the seconds may wake first.
        assert!(pulse.stood_still_at(MS(7_000), MS(9_800)));
        assert!(!pulse.stood_still_at(MS(6_800), MS(9_800)));
        pulse.woke(MS(6_805), MS(9_800));
        for (second, stood) in [(6, false), (7, true), (8, true), (9, true), (10, false)] {
            let at = Micros::from_secs(second);
            assert_eq!(pulse.stood_still_at(at, MS(9_801)), stood, "{second}");
        }
        for ends in 7..=9 {
            assert!(pulse.take(Micros::from_secs(ends)).is_empty(), "{ends}");
        }
        assert_eq!(pulse.take(Micros::from_secs(10)).len(), 1);
    }

    #[test]
    fn standstills_and_the_steps_in_flight_meanwhile_are_on_disk_and_in_their_seconds() {
        let folder = tempfile::TempDir::new().unwrap();
        let recorder = recorder(folder.path());
        // Steps are due and sent at 10 s.
        let login = |felt| example::login(Class::Success, felt, Micros::ZERO);
        let ask = |operation| Step {
            operation,
            ..login(MS(3_000))
        };
        let unsent = Step {
            sent: None,
            ..login(MS(3_000))
        };
        recorder.tick(tick(10)).unwrap();
        recorder.sleeps_until(MS(11_000));
        recorder.record(Event::Step(login(MS(900))));
        // Done at 13 s, before the watch itself wakes.
        recorder.record(Event::Step(login(MS(3_000))));
        recorder.record(Event::Step(ask(Operation::SelfInfo)));
        recorder.woke(MS(11_000), MS(12_990));
        recorder.tick(tick(12)).unwrap();
        recorder.record(Event::Step(login(MS(3_500))));
        recorder.record(Event::Step(ask(Operation::SignIn)));
        recorder.record(Event::Step(unsent));
        let last = recorder.finish(tick(13), &Ended::Completed).unwrap();
        assert_eq!((last.in_flight, last.stood_still), (1, Micros::ZERO));
        let run = Recording::read(folder.path()).unwrap();
        assert_eq!(run.in_flight(Operation::Login), 2);
        assert_eq!(run.in_flight(Operation::SelfInfo), 1);
        assert_eq!(run.in_flight(Operation::SignIn), 0);
        let [one] = run.standstills() else {
            panic!("one standstill, not {:?}", run.standstills());
        };
        assert_eq!(one.length(), MS(1_990));
        let seen: Vec<_> = run
            .seconds()
            .iter()
            .map(|one| (one.in_flight, one.stood_still))
            .collect();
        assert_eq!(seen, [(0, MS(0)), (2, MS(1_990)), (1, MS(0))]);
        assert_eq!(run.oversleep(StageSet::All).max(), Some(MS(1_990)));
    }

    #[test]
    fn a_recording_of_before_these_counters_reads_as_one_without_them() {
        let line: SecondRecord =
            serde_json::from_str("{\"second\":3,\"health\":{\"over_us\":5}}").unwrap();
        assert!(line.standstills.is_empty() && line.in_flight.is_empty());
        let health: HealthSample = line.health.as_ref().map(Into::into).unwrap();
        assert_eq!((health.quota, health.sockets), (None, Sockets::default()));
    }
}
