//! Sends callbacks again that were not acknowledged, beside the arrivals that they come from: whatever happens next does not
//! wait for them, and no slot is held by them.
//!
//! In: a callback whose first try failed. Out: its further tries, each a step. Never here: a first try.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::callback::Callback;
use super::callback_sender::{Sender, asked};
use crate::engine::http_client::{Bounds, HttpClient, Sent};
use crate::engine::iteration::{End, Iteration, When};
use crate::engine::pacer::{Alarm, Pacer, Woken};
use crate::engine::stop::{Stop, StopStep};
use crate::plan::Plan;
use crate::profile::{RETRIES_AT_ONCE, ScenarioIx};
use crate::recorder::{Event, Planned, Recorder, Tally};
use crate::session::{Class, Operation};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// The most callbacks that wait to be sent again, some 2 KiB each. A receiver that fails for a minute must not fill memory.
const WAITING: usize = 50_000;

/// Everything that is to be sent again.
#[derive(Debug)]
pub(super) struct Again {
    tasks: TaskTracker,
    waiting: Arc<Semaphore>,
    under_way: Arc<Semaphore>,
}

/// When retries are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// From the second failure on: how long after each.
    pub(super) gap: Micros,
    /// The time after which none is due.
    pub(super) until: Micros,
}

/// A callback on its way to be sent again, with all that this takes.
struct Retried {
    callback: Callback,
    rhythm: Rhythm,
    sender: Arc<Sender>,
    plan: Arc<Plan>,
    scenario: ScenarioIx,
    clock: Clock,
    pacer: Arc<Pacer>,
    stop: Stop,
    recorder: Arc<Recorder>,
    under_way: Arc<Semaphore>,
    /// Spreads it over the receiver's addresses.
    slot: usize,
}

impl Again {
    pub(super) fn new() -> Self {
        Self {
            tasks: TaskTracker::new(),
            waiting: Arc::new(Semaphore::new(WAITING)),
            under_way: Arc::new(Semaphore::new(RETRIES_AT_ONCE as usize)),
        }
    }

    /// Sends `callback` again, whose first try failed at `failed`, until it is acknowledged or its time is over.
    pub(super) fn add(
        &self,
        iteration: &Iteration<'_>,
        (sender, plan): (&Arc<Sender>, &Arc<Plan>),
        (callback, slot): (Callback, usize),
        (failed, rhythm): (Micros, Rhythm),
    ) {
        let Ok(place) = self.waiting.clone().try_acquire_owned() else {
            iteration.recorder.record(Event::Tally(Tally::CallbackCut));
            return;
        };
        let retried = Retried {
            callback,
            rhythm,
            sender: sender.clone(),
            plan: plan.clone(),
            scenario: iteration.arrival.scenario,
            clock: *iteration.clock,
            pacer: iteration.pacer.clone(),
            stop: iteration.stop.clone(),
            recorder: iteration.recorder.clone(),
            under_way: self.under_way.clone(),
            slot,
        };
        self.tasks.spawn(async move {
            let end = retried.play(failed).await;
            if let Some(tally) = end {
                retried.recorder.record(Event::Tally(tally));
            }
            drop(place);
        });
    }

    /// Resolves once nothing waits and nothing is under way.
    pub(super) async fn over(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Retried {
    /// Tries until it is acknowledged. Gives what there is to count where it never was.
    async fn play(&self, failed: Micros) -> Option<Tally> {
        let mut due = failed;
        while due <= self.rhythm.until {
            let mut alarm = Alarm::default();
            let woken = self.pacer.until(due, StopStep::WindDown, &mut alarm).await;
            if woken == Woken::Stopped {
                return Some(Tally::CallbackCut);
            }
            // Never closed; a place that cannot be had would only mean one more connection. Those before it hold theirs as long
            // as the receiver takes.
            let place = self.under_way.acquire().await;
            if self.stop.has_reached(StopStep::Halt) {
                // Nothing leaves any more.
                return Some(Tally::CallbackCut);
            }
            let when = When::freed(due, self.clock.now());
            let sent = Box::pin(self.send()).await;
            drop(place);
            self.recorder.record(Event::Tally(Tally::CallbackAgain));
            let asked = asked(when);
            let end = End::of(&self.sender.settings.dialect, asked, &sent);
            let class = end.class;
            let of = (self.scenario, Operation::Callback, Planned::No);
            let step = end.into_step(&self.plan, of, asked.when);
            self.recorder.record(Event::Step(step));
            match class {
                Class::Success => return None,
                Class::Cut => return Some(Tally::CallbackCut),
                Class::Expected | Class::Failed | Class::Timeout | Class::Throttled => {}
            }
            due = sent.done.plus(self.rhythm.gap);
        }
        Some(Tally::CallbackLost)
    }

    async fn send(&self) -> Sent {
        let bounds = Bounds {
            clock: &self.clock,
            pacer: &self.pacer,
            recorder: &self.recorder,
        };
        let mut http = HttpClient::new(self.slot);
        self.sender.send(&self.callback, &mut http, bounds).await
    }
}
