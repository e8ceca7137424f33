//! A slot's life: take the next arrival of its scenario, wait until it is due, play it, take the next.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use super::accounts::Accounts;
use super::accounts::Refused;
use super::feed::Feed;
use super::ledger::Cost;
use super::leftovers::Leftovers;
use super::pacer::Alarm;
use super::pacer::Pacer;
use super::pacer::Woken;
use super::progress::Progress;
use super::progress::book_unsent;
use super::stop::Stop;
use super::stop::StopStep;
use super::turn::End;
use super::turn::Turn;
use super::turn::When;
use crate::plan::Arrival;
use crate::plan::Plan;
use crate::profile::ScenarioIx;
use crate::recorder::Answered;
use crate::recorder::Ended;
use crate::recorder::Event;
use crate::recorder::NotStarted;
use crate::recorder::Reason;
use crate::recorder::Recorder;
use crate::recorder::Started;
use crate::recorder::Unsent;
use crate::scenario::Agenda;
use crate::session::Cause;
use crate::session::Class;
use crate::session::Departed;
use crate::session::Operation;
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// What plays arrivals. Its seat is what a slot keeps from one arrival to the next.
pub trait Player: Send + Sync + 'static {
    /// What a slot keeps: a kept connection, buffers.
    type Seat: Send;

    /// Takes a seat, before the run starts.
    fn sit(&self, scenario: ScenarioIx) -> BoxFuture<'_, Self::Seat>;

    /// Gets ready for `arrival` while nothing is measured.
    fn prepare(&self, seat: &mut Self::Seat, arrival: &Arrival);

    /// Plays the turn's arrival to its end.
    fn play<'a>(
        &'a self,
        seat: &'a mut Self::Seat,
        turn: Turn<'a>,
    ) -> impl Future<Output = ()> + Send + 'a;

    /// The steps of `arrival` when all goes well.
    fn agenda(&self, arrival: &Arrival) -> Agenda;

    /// The operation that an arrival of `scenario` starts with.
    fn first_operation(&self, scenario: ScenarioIx) -> Operation;
}

/// What all slots of a run share.
pub(super) struct Floor<P> {
    pub(super) plan: Arc<Plan>,
    pub(super) clock: Clock,
    pub(super) pacer: Pacer,
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

impl<P: Player> Floor<P> {
    /// Plays arrivals of `scenario` until the plan has no more or the run stops.
    pub(super) async fn live(&self, scenario: ScenarioIx, mut seat: P::Seat) {
        while let Some(arrival) = self.feed.take(scenario) {
            self.player.prepare(&mut seat, &arrival);
            let free = self.clock.now();
            if self.wait(arrival.due).await == Woken::Stopped {
                self.untaken.lock().push(arrival);
                return;
            }
            self.start(&arrival, &mut seat, free).await;
        }
    }

    async fn start(&self, arrival: &Arrival, seat: &mut P::Seat, free: Micros) {
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
        let progress = Progress::of(self.player.agenda(arrival));
        let turn = Turn {
            arrival,
            ready,
            plan: &self.plan,
            clock: &self.clock,
            pacer: &self.pacer,
            stop: &self.stop,
            recorder: &self.recorder,
            accounts: &self.accounts,
            leftovers: &leftovers,
            progress: &progress,
        };
        let played = async {
            self.player.play(seat, turn).await;
            turn.book_unsent();
            turn.read_leftovers().await;
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
            turn.book(self.player.first_operation(arrival.scenario), when, end);
            turn.progress.meets(Unsent::FailedBefore);
            turn.book_unsent();
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
