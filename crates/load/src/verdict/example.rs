//! Runs of a given shape, for tests.

use tempfile::TempDir;

use super::{Verdict, judge_by};
use crate::profile::{Budget, ScenarioIx};
use crate::recorder::example::PEAK;
use crate::recorder::{
    Ended, Event, HealthSample, Invariant, NotStarted, Reason, Recorder, Recording, Started, Tick,
    Violation, example,
};
use crate::session::{Cause, Class};
use trtc_base::units::Micros;

pub(super) const MS: fn(u64) -> Micros = Micros::from_millis;

/// A run to build: what happens in the peak, the health of its ten seconds, and how it ends.
pub(super) struct Run {
    pub(super) recorder: Recorder,
    folder: TempDir,
    pub(super) health: HealthSample,
    pub(super) ended: Ended,
    /// Arrivals that the plan knows beyond those recorded.
    pub(super) uncounted: u64,
    arrivals: u64,
}

impl Run {
    pub(super) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            recorder: Recorder::new(example::meta(), folder.path(), 1).unwrap(),
            folder,
            health: HealthSample {
                over: Micros::from_secs(1),
                process_cpu: Some(MS(200)),
                ..HealthSample::default()
            },
            ended: Ended::Completed,
            uncounted: 0,
            arrivals: 0,
        }
    }

    /// 1,000 logins of 20 ms, sent at once, and a timer that woke 0.1 ms too late.
    pub(super) fn healthy() -> Self {
        Self::new()
            .logins(1_000, MS(20), Micros(100))
            .beats(Micros(100))
    }

    pub(super) fn logins(mut self, count: u64, felt: Micros, lag: Micros) -> Self {
        for _ in 0..count {
            let step = example::login(Class::Success, felt, lag);
            self.recorder.record(Event::Step(step));
            self = self.started(Micros::ZERO);
        }
        self
    }

    pub(super) fn started(mut self, blocked: Micros) -> Self {
        let due = Micros::from_secs(10);
        self.arrivals += 1;
        self.recorder.record(Event::Started(Started {
            scenario: ScenarioIx(0),
            stage: PEAK,
            due,
            free: due.plus(blocked),
        }));
        self
    }

    pub(super) fn not_started(mut self, count: u64, reason: Reason) -> Self {
        self.arrivals += count;
        for _ in 0..count {
            self.recorder.record(Event::NotStarted(NotStarted {
                scenario: ScenarioIx(0),
                stage: PEAK,
                due: Micros::from_secs(12),
                at: Micros::from_secs(20),
                reason,
            }));
        }
        self
    }

    pub(super) fn steps(self, count: u64, class: Class, cause: Cause) -> Self {
        for _ in 0..count {
            let mut step = example::login(class, MS(5), Micros(100));
            step.cause = Some(cause.clone());
            self.recorder.record(Event::Step(step));
        }
        self
    }

    /// The first tick ends second 10, so the beats lie in the peak.
    pub(super) fn beats(self, late: Micros) -> Self {
        for _ in 0..100 {
            self.recorder.overslept(late);
        }
        self
    }

    /// The generator stands still from then, for that long.
    pub(super) fn still(self, from: Micros, length: Micros) -> Self {
        self.recorder.woke(from, from.plus(length));
        self
    }

    pub(super) fn violation(self) -> Self {
        self.recorder.record(Event::Violation(Violation {
            invariant: Invariant::EndedTokenIsRefused,
            at: Micros::from_secs(11),
            story: "account 7 asked with its old token and was answered".to_owned(),
        }));
        self
    }

    pub(super) fn judged(self, budgets: &[Budget]) -> Verdict {
        for second in 10..20 {
            let tick = Tick {
                second,
                due: self.arrivals,
                health: Some(self.health),
            };
            self.recorder.tick(tick).unwrap();
        }
        let last = Tick {
            second: 20,
            due: self.arrivals + self.uncounted,
            health: None,
        };
        self.recorder.finish(last, &self.ended).unwrap();
        judge_by(&Recording::read(self.folder.path()).unwrap(), budgets, 1.0)
    }
}
