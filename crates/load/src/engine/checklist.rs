//! What an arrival has done of its agenda, and what keeps it from the rest.
//!
//! In: steps that were sent, and what went wrong. Out: the steps that were not sent, and why. Never here: sending.

use parking_lot::Mutex;

use super::iteration::End;
use crate::recorder::{Event, Planned, Recorder, Unsent};
use crate::scenario::{Agenda, Scenario};
use crate::session::{Cause, Class, Operation};

/// How far an arrival is.
#[derive(Debug)]
pub(super) struct Checklist(Mutex<State>);

#[derive(Debug)]
struct State {
    left: Agenda,
    /// What went wrong last.
    obstacle: Option<Unsent>,
}

impl Checklist {
    pub(super) const fn of(agenda: Agenda) -> Self {
        let state = State {
            left: agenda,
            obstacle: None,
        };
        Self(Mutex::new(state))
    }

    /// A step of `operation` was sent.
    pub(super) fn sends(&self, operation: Operation) -> Planned {
        if self.0.lock().left.take(operation) {
            Planned::Yes
        } else {
            Planned::No
        }
    }

    /// Something is in the way of what was to follow.
    pub(super) fn meets(&self, obstacle: Unsent) {
        self.0.lock().obstacle = Some(obstacle);
    }

    /// Takes one of each of `operations` off the agenda, as far as they are on it, that will not be sent whatever follows.
    pub(super) fn skips(&self, operations: &[Operation]) -> Agenda {
        let mut state = self.0.lock();
        let mut skipped = Agenda::default();
        for operation in operations {
            if state.left.take(*operation) {
                skipped.add(*operation, 1);
            }
        }
        skipped
    }

    /// Takes what was not sent, and why: all of it for the last thing that was in the way.
    pub(super) fn rest(&self) -> (Agenda, Unsent) {
        let mut state = self.0.lock();
        let why = state.obstacle.unwrap_or(Unsent::FailedBefore);
        (std::mem::take(&mut state.left), why)
    }
}

/// Books steps that were not sent.
pub(super) fn book_unsent(recorder: &Recorder, rest: &Agenda, why: Unsent) {
    for (operation, times) in rest.iter() {
        recorder.record(Event::Unsent(operation, why, times));
    }
}

/// What a step's end is in the way of: nothing, where the scenario goes on in any case.
pub(super) fn obstacle(scenario: &Scenario, operation: Operation, end: &End) -> Option<Unsent> {
    let is_decisive = operation.changes_sessions()
        || matches!(operation, Operation::Usersig | Operation::KickNotice)
        || !scenario.logs_in();
    if !is_decisive {
        return None;
    }
    match (end.class, &end.cause) {
        // Whoever was told late, or twice, goes on.
        (Class::Success | Class::Expected, _) | (_, Some(Cause::ToldTwice)) => None,
        (Class::Throttled, _) => Some(Unsent::ToldToWait),
        (Class::Failed, Some(Cause::Code(_) | Cause::Status(_))) => Some(Unsent::RefusedBefore),
        (Class::Cut, _) => Some(Unsent::RunEnded),
        (Class::Failed | Class::Timeout, _) => Some(Unsent::FailedBefore),
    }
}
