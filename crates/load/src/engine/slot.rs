//! A slot's life: take the next arrival of its scenario, wait until it is due, play it, take the next.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use super::accounts::{Accounts, Refused};
use super::checklist::{Checklist, book_unsent};
use super::feed::Feed;
use super::iteration::{End, Iteration, When};
use super::ledger::Cost;
use super::leftovers::Leftovers;
use super::pacer::{Alarm, Pacer, Woken};
use super::stop::{Stop, StopStep};
use crate::plan::{Arrival, Plan};
use crate::profile::ScenarioIx;
use crate::recorder::{Answered, Ended, Event, NotStarted, Reason, Recorder, Started, Unsent};
use crate::scenario::Agenda;
use crate::session::{Cause, Class, Departed, Operation};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// What plays arrivals. Its state is what a slot keeps from one arrival to the next.
pub trait Player: Send + Sync + 'static {
    /// What a slot keeps: a kept connection, buffers.
    type SlotState: Send;

    /// Makes a slot's state, before the run starts.
    fn sit(&self, scenario: ScenarioIx) -> BoxFuture<'_, Self::SlotState>;

    /// Gets ready for `arrival` while nothing is measured.
    fn prepare(&self, slot_state: &mut Self::SlotState, arrival: &Arrival);

    /// Plays the iteration's arrival to its end.
    fn play<'a>(
        &'a self,
        slot_state: &'a mut Self::SlotState,
        iteration: Iteration<'a>,
    ) -> impl Future<Output = ()> + Send + 'a;

    /// The steps of `arrival` when all goes well.
    fn agenda(&self, arrival: &Arrival) -> Agenda;

    /// The operation that an arrival of `scenario` starts with.
    fn first_operation(&self, scenario: ScenarioIx) -> Operation;

    /// Resolves once nothing is under way beside the slots, as far as it came from those that have ended.
    fn rest(&self) -> BoxFuture<'_, ()> {
        async {}.boxed()
    }
}

/// What all slots of a run share.
pub(super) struct RunContext<P> {
    pub(super) plan: Arc<Plan>,
    pub(super) clock: Clock,
    pub(super) pacer: Arc<Pacer>,
    pub(super) stop: Stop,
    pub(super) recorder: Arc<Recorder>,
    pub(super) feed: Feed,
    pub(super) accounts: Accounts,
    /// What an arrival of each scenario can cost.
    pub(super) costs: Vec<Cost>,
    /// Arrivals that slots had taken and not begun when the run stopped.
    pub(super) untaken: Mutex<Vec<Arrival>>,
    pub(super) player: Arc<P>,
}

impl<P: Player> RunContext<P> {
    /// Plays arrivals of `scenario` until the plan has no more or the run stops.
    pub(super) async fn live(&self, scenario: ScenarioIx, mut slot_state: P::SlotState) {
        while let Some(arrival) = self.feed.take(scenario) {
            self.player.prepare(&mut slot_state, &arrival);
            let free = self.clock.now();
            if self.wait(arrival.due).await == Woken::Stopped {
                self.untaken.lock().push(arrival);
                return;
            }
            self.start(&arrival, &mut slot_state, free).await;
        }
    }

    async fn start(&self, arrival: &Arrival, slot_state: &mut P::SlotState, free: Micros) {
        let _hold = match self.accounts.hold(
            arrival,
            arrival.accounts(&self.plan),
            self.costs[usize::from(arrival.scenario.0)],
            self.clock.now(),
        ) {
            Ok(hold) => hold,
            Err(Refused::NotNow(reason)) => return self.not_started(arrival, reason),
            Err(Refused::Cap(cap)) => {
                self.stop.wind_down(Ended::Cap(cap.into()));
                return self.not_started(arrival, Reason::RunStopped);
            }
        };
        self.recorder.record(Event::Started(Started {
            scenario: arrival.scenario,
            stage: arrival.stage,
            due: arrival.due,
            free,
        }));
        let ready = Micros(arrival.due.0.max(free.0));
        // A device that panics is one outcome; its slot takes the next arrival.
        let leftovers = Leftovers::default();
        let checklist = Checklist::of(self.player.agenda(arrival));
        let iteration = Iteration {
            arrival,
            ready,
            plan: &self.plan,
            clock: &self.clock,
            pacer: &self.pacer,
            stop: &self.stop,
            recorder: &self.recorder,
            accounts: &self.accounts,
            leftovers: &leftovers,
            checklist: &checklist,
        };
        let played = async {
            self.player.play(slot_state, iteration).await;
            iteration.book_unsent();
            iteration.read_leftovers().await;
        };
        let played = AssertUnwindSafe(played).catch_unwind().await;
        if played.is_err() {
            let end = End {
                class: Class::Failed,
                cause: Some(Cause::Panic),
                sent: None,
                departed: Departed::No,
                answered: Answered::No,
                done: self.clock.now(),
                phases: crate::session::Phases::default(),
            };
            let when = When {
                due: arrival.due,
                ready,
            };
            iteration.book(self.player.first_operation(arrival.scenario), when, end);
            iteration.checklist.meets(Unsent::FailedBefore);
            iteration.book_unsent();
        }
    }

    /// Waits until `due`, or until the run stops. A due time in the past waits for nothing.
    async fn wait(&self, due: Micros) -> Woken {
        let mut alarm = Alarm::default();
        self.pacer.until(due, StopStep::WindDown, &mut alarm).await
    }

    fn not_started(&self, arrival: &Arrival, reason: Reason) {
        self.recorder.record(Event::NotStarted(NotStarted {
            scenario: arrival.scenario,
            stage: arrival.stage,
            due: arrival.due,
            at: self.clock.now(),
            reason,
        }));
        let agenda = self.player.agenda(arrival);
        book_unsent(&self.recorder, &agenda, Unsent::ArrivalNotStarted);
    }

    /// Books every arrival that came due and was not played. Gives the time up to which it did.
    pub(super) fn settle(&self) -> Micros {
        let now = self.clock.now();
        for arrival in self.untaken.lock().drain(..) {
            if arrival.due <= now {
                self.not_started(&arrival, self.why_not_played());
            }
        }
        for scenario in (0_u8..).map(ScenarioIx).take(self.plan.scenarios().len()) {
            while let Some(arrival) = self.feed.take(scenario).filter(|one| one.due <= now) {
                self.not_started(&arrival, self.why_not_played());
            }
        }
        now
    }

    /// Where nothing stopped the run, an arrival that was not played found no slot until the end of the drain.
    fn why_not_played(&self) -> Reason {
        if self.stop.ended() == Ended::Completed {
            Reason::NoSlot
        } else {
            Reason::RunStopped
        }
    }
}
