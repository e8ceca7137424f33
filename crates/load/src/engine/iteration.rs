//! What an arrival plays with: its plan, the run's clock and stop, and the recorder that it writes into.

use std::sync::Arc;

use super::accounts::Accounts;
use super::checklist::{Checklist, book_unsent, obstacle};
use super::http_client::{Bounds, Sent};
use super::judgement::{Expect, answered, classify, is_unresolved, wait_after};
use super::leftovers::Leftovers;
use super::pacer::{Alarm, Pacer, Woken};
use super::stop::{Stop, StopStep};
use crate::plan::{Arrival, Plan};
use crate::profile::ScenarioIx;
use crate::recorder::{
    Answered, Event, Invariant, Planned, Recorder, Step, Tally, Unsent, Violation,
};
use crate::scenario::Scenario;
use crate::session::{Cause, ChannelEnd, Class, Departed, Operation, Phases};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;

/// What an arrival plays with, shared by its devices.
#[derive(Clone, Copy)]
pub struct Iteration<'a> {
    pub(super) arrival: &'a Arrival,
    /// When its first step could be sent: the later of due and slot free.
    pub(super) ready: Micros,
    pub(super) plan: &'a Plan,
    pub(super) clock: &'a Clock,
    pub(super) pacer: &'a Arc<Pacer>,
    pub(super) stop: &'a Stop,
    pub(super) recorder: &'a Arc<Recorder>,
    pub(super) accounts: &'a Accounts,
    /// Polls that its devices left under way.
    pub(super) leftovers: &'a Leftovers,
    /// How far the arrival is.
    pub(super) checklist: &'a Checklist,
}

impl<'a> Iteration<'a> {
    pub(super) fn bounds(&self) -> Bounds<'a> {
        Bounds {
            clock: self.clock,
            pacer: self.pacer,
            recorder: self.recorder,
        }
    }

    /// The arrival to play.
    #[must_use]
    pub const fn arrival(&self) -> &'a Arrival {
        self.arrival
    }

    /// The run's clock.
    #[must_use]
    pub const fn clock(&self) -> &'a Clock {
        self.clock
    }

    /// The run's stop, which every long wait must hear.
    #[must_use]
    pub const fn stop(&self) -> &'a Stop {
        self.stop
    }

    pub(super) fn scenario(&self) -> &'a Scenario {
        &self.plan.scenarios()[usize::from(self.arrival.scenario.0)]
    }

    /// Waits until `at`. None where the sessions' time is over first.
    pub async fn until(&self, at: Micros) -> Option<()> {
        let mut alarm = Alarm::default();
        match self.pacer.until(at, StopStep::WindDown, &mut alarm).await {
            Woken::Due => Some(()),
            Woken::Stopped => {
                self.checklist.meets(Unsent::RunEnded);
                None
            }
        }
    }

    /// Books a step. It belongs to the stage of its due time.
    pub(super) fn book(&self, operation: Operation, when: When, end: End) {
        if let Some(obstacle) = obstacle(self.scenario(), operation, &end) {
            self.checklist.meets(obstacle);
        }
        let planned = match end.sent {
            Some(_) => self.checklist.sends(operation),
            None => Planned::No,
        };
        self.record(operation, planned, when, end);
    }

    /// Books a step that repeats one of the plan's, and is on no plan itself.
    pub(super) fn book_again(&self, dialect: &Dialect, asked: Asked, sent: &Sent) -> End {
        let end = End::of(dialect, asked, sent);
        self.record(asked.operation, Planned::No, asked.when, end.clone());
        end
    }

    fn record(&self, operation: Operation, planned: Planned, when: When, end: End) {
        let of = (self.arrival.scenario, operation, planned);
        let step = end.into_step(self.plan, of, when);
        self.recorder.record(Event::Step(step));
    }

    /// Books one of each of `operations` as not sent, as far as they were planned: whatever follows, they will not be.
    pub(super) fn skip(&self, operations: &[Operation], why: Unsent) {
        book_unsent(self.recorder, &self.checklist.skips(operations), why);
    }

    /// The arrival is over: books what it planned and did not send.
    pub(super) fn book_unsent(&self) {
        let (rest, why) = self.checklist.rest();
        book_unsent(self.recorder, &rest, why);
    }

    /// Books the end of a channel whose session goes on. It is no request.
    pub(super) fn book_channel_end(&self, end: ChannelEnd, at: Micros) {
        let end = End {
            class: Class::Failed,
            cause: Some(Cause::ChannelEnded(end)),
            sent: None,
            departed: Departed::No,
            answered: Answered::No,
            done: at,
            phases: Phases::default(),
        };
        self.book(Operation::Push, When::at(at), end);
    }

    /// Books a step that was sent, as what it was meant to meet judges it.
    pub(super) fn book_sent(&self, dialect: &Dialect, asked: Asked, sent: &Sent) -> End {
        let end = End::of(dialect, asked, sent);
        if self.could_explain(asked.operation) && is_unresolved(&sent.reply, dialect) {
            self.leave_unresolved();
        }
        self.book(asked.operation, asked.when, end.clone());
        end
    }

    /// Books the polls of `account`, and heeds what the target asks for.
    pub(super) fn books_polls<'t>(
        &'t self,
        dialect: &'t Dialect,
        account: u64,
    ) -> impl Fn(Asked, &Sent) + Sync + 't {
        move |asked, sent| {
            self.book_sent(dialect, asked, sent);
            self.heed(dialect, account, sent);
        }
    }

    /// Where the target asks to slow down the account's next arrival waits for it, whatever was asked. Gives until when.
    pub(super) fn heed(&self, dialect: &Dialect, account: u64, sent: &Sent) -> Option<Micros> {
        let until = sent.done.plus(wait_after(&sent.reply, dialect)?);
        self.accounts.wait_until(self.arrival.app, account, until);
        Some(until)
    }

    /// Counts a check of a session rule that the target kept. Where the answer says neither (no answer, a target too busy
    /// to judge) nothing was checked; a check that found the rule broken is counted by its [`Iteration::breach`].
    pub(super) fn checked(&self, invariant: Invariant) {
        self.recorder.record(Event::Checked(invariant));
    }

    /// Whether such a request, carried out unsaid, could explain what becomes of the arrival's sessions. Where an absence is
    /// measured each is a sign of life.
    fn could_explain(&self, operation: Operation) -> bool {
        operation.changes_sessions() || self.scenario().silence().is_some()
    }

    /// A request of this arrival may have been carried out, or may still be.
    fn leave_unresolved(&self) {
        let accounts = self.arrival.accounts(self.plan);
        self.accounts.leave_unresolved(self.arrival.app, accounts);
    }

    /// Whether a request for one of the arrival's accounts, of this arrival or one before it, may have been carried out
    /// without an answer that says so.
    pub(super) fn has_unresolved(&self) -> bool {
        let accounts = self.arrival.accounts(self.plan);
        self.accounts.has_unresolved(self.arrival.app, accounts)
    }

    /// Books a rule of the session that the target broke. Where a request of ours that was never answered could explain
    /// what was seen, nobody is accused: that is only counted.
    pub(super) fn violation(&self, invariant: Invariant, at: Micros, story: String) {
        if invariant.has_other_explanations() && self.has_unresolved() {
            return self.recorder.record(Event::Tally(Tally::RuleNotJudged));
        }
        self.recorder.record(Event::Violation(Violation {
            invariant,
            at,
            story,
        }));
    }
}

/// A step that is sent, and what it is meant to meet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) operation: Operation,
    pub(super) when: When,
    pub(super) expect: Expect,
}

/// How a step ended.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) class: Class,
    pub(super) cause: Option<Cause>,
    /// None where nothing was sent.
    pub(super) sent: Option<Micros>,
    /// Whether the kernel took its request.
    pub(super) departed: Departed,
    pub(super) answered: Answered,
    pub(super) done: Micros,
    pub(super) phases: Phases,
}

impl End {
    /// The step that ended so: of that scenario, that operation, planned or not. It belongs to the stage of its due time.
    pub(super) fn into_step(
        self,
        plan: &Plan,
        (scenario, operation, planned): (ScenarioIx, Operation, Planned),
        when: When,
    ) -> Step {
        Step {
            operation,
            planned,
            scenario,
            stage: plan.stage_at(when.due),
            class: self.class,
            cause: self.cause,
            due: when.due,
            ready: when.ready,
            sent: self.sent,
            departed: self.departed,
            answered: self.answered,
            done: self.done,
            phases: self.phases,
        }
    }

    /// That of a step that was sent, as what it was meant to meet judges it.
    pub(super) fn of(dialect: &Dialect, asked: Asked, sent: &Sent) -> Self {
        let (class, cause) = classify(&sent.reply, asked.expect, dialect);
        Self {
            class,
            cause,
            sent: Some(sent.sent),
            departed: sent.departed,
            answered: answered(&sent.reply),
            done: sent.done,
            phases: sent.phases,
        }
    }
}

/// When a step was due, and when it could have been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    pub(super) due: Micros,
    pub(super) ready: Micros,
}

impl When {
    /// A step that could be sent when it was due.
    pub(super) const fn at(due: Micros) -> Self {
        Self { due, ready: due }
    }

    /// A step that waited for the target after it was due, until `free` at the latest: no lag of ours.
    pub(super) fn freed(due: Micros, free: Micros) -> Self {
        Self {
            due,
            ready: due.max(free),
        }
    }
}
