//! One run from its first slot to its last: their states, start, schedule, drain, end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::accounts::Accounts;
use super::feed::Feed;
use super::goose::{Group, SlotLife, run_slots};
use super::ledger::Cost;
use super::pacer::Pacer;
use super::slot::{Player, RunContext};
use super::stop::{Stop, StopStep};
use crate::plan::Plan;
use crate::profile::{Caps, ScenarioIx};
use crate::recorder::Recorder;
use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_base::units::Micros;

/// From the last slot's state to the run's start, so that every slot stands at its first wait.
const LEAD: Duration = Duration::from_millis(200);

/// How long requests in flight may go on when a person stops the run.
const GRACE: Duration = Duration::from_millis(1000);

/// How long slots may take to end once everything is dropped.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// A run that is ready to be driven.
pub struct Drive<P> {
    /// What to do.
    pub plan: Arc<Plan>,
    /// Who plays it.
    pub player: Arc<P>,
    /// Where events go.
    pub recorder: Arc<Recorder>,
    /// How it is stopped from outside.
    pub stop: Stop,
    /// How long sessions may go on after the schedule's end.
    pub drain: Micros,
    /// How long a single step may take.
    pub timeout: Micros,
    /// What the run may cost.
    pub caps: Caps,
    /// What an arrival of each scenario can cost.
    pub costs: Vec<Cost>,
    /// The run's clock. It is asked for once, when every slot has its state.
    pub clock: BoxFuture<'static, Result<Clock, Problem>>,
}

/// A clock that reads zero soon after it is asked for: as soon as every slot stands at its first wait.
#[must_use]
pub fn soon() -> BoxFuture<'static, Result<Clock, Problem>> {
    async { Ok(Clock::starting_in(LEAD)) }.boxed()
}

/// How many slots stand where.
#[derive(Debug, Default)]
struct Roll {
    seated: AtomicU64,
    ended: AtomicU64,
    changed: Notify,
}

impl Roll {
    fn count(&self, counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_one();
    }

    /// Waits until `counter` has reached `all`. One waiter at a time.
    async fn reached(&self, counter: &AtomicU64, all: u64) {
        while counter.load(Ordering::Acquire) < all {
            self.changed.notified().await;
        }
    }
}

impl<P: Player> Drive<P> {
    /// Drives the run to its end. `started` is told the run's clock once, when every slot has its state. Gives the time
    /// up to which every arrival that came due is booked, as started or not.
    ///
    /// # Errors
    /// When the slots cannot be started, or there is no clock for the run.
    pub async fn run(mut self, started: impl FnOnce(Clock) + Send) -> Result<Micros, Problem> {
        let groups: Vec<Group> = self
            .plan
            .scenarios()
            .iter()
            .zip(self.plan.slots())
            .map(|(scenario, &slots)| Group {
                name: scenario.name.clone(),
                slots,
            })
            .collect();
        let all: u64 = groups.iter().map(|group| u64::from(group.slots)).sum();
        let roll = Arc::new(Roll::default());
        let (go, ready) = watch::channel(None);
        let life = slot_life(self.player.clone(), roll.clone(), ready);
        let slots = run_slots(&groups, life);
        let conduct = async {
            tokio::select! {
                () = roll.reached(&roll.seated, all) => {}
                // Stopped before it began: nothing was sent that is measured.
                () = self.stop.reached(StopStep::WindDown) => return Ok(Micros::ZERO),
            }
            let clock = tokio::select! {
                // Whoever stops the run may be who was to say when it starts.
                biased;
                () = self.stop.reached(StopStep::WindDown) => return Ok(Micros::ZERO),
                clock = &mut self.clock => clock?,
            };
            let context = Arc::new(self.context(clock)?);
            started(clock);
            let _ = go.send(Some(context.clone()));
            conduct(
                &context,
                self.drain,
                self.timeout,
                roll.reached(&roll.ended, all),
            )
            .await;
            Ok(context.settle())
        };
        // Goose looks for its users' end twice a second; our own count knows at once, so nobody waits for Goose.
        tokio::select! {
            settled = conduct => settled,
            ended = slots => Err(ended.err().unwrap_or_else(ended_early)),
        }
    }

    fn context(&self, clock: Clock) -> Result<RunContext<P>, Problem> {
        let pacer = Pacer::start(clock, self.stop.clone()).map_err(|fault| {
            Problem::could_not_run(
                "timer",
                format!("it cannot be had: {fault}"),
                "raise the limit on descriptors (ulimit -n)",
            )
        })?;
        Ok(RunContext {
            plan: self.plan.clone(),
            clock,
            pacer: Arc::new(pacer),
            stop: self.stop.clone(),
            recorder: self.recorder.clone(),
            feed: Feed::new(self.plan.clone()),
            accounts: Accounts::new(self.caps, self.plan.accounts_per_app()),
            costs: self.costs.clone(),
            untaken: Mutex::default(),
            player: self.player.clone(),
        })
    }
}

/// A slot: makes its state, waits for the start, lives.
fn slot_life<P: Player>(
    player: Arc<P>,
    roll: Arc<Roll>,
    ready: watch::Receiver<Option<Arc<RunContext<P>>>>,
) -> SlotLife {
    Arc::new(move |group| {
        let (player, roll, mut ready) = (player.clone(), roll.clone(), ready.clone());
        async move {
            let scenario = ScenarioIx(u8::try_from(group).unwrap_or(u8::MAX));
            let slot_state = player.sit(scenario).await;
            roll.count(&roll.seated);
            let context = ready
                .wait_for(Option::is_some)
                .await
                .ok()
                .and_then(|context| context.clone());
            if let Some(context) = context {
                context.live(scenario, slot_state).await;
                player.rest().await;
            }
            roll.count(&roll.ended);
        }
        .boxed()
    })
}

/// Lets the schedule play, its sessions drain, and the rest end, each within its bound.
async fn conduct<P: Player>(
    context: &RunContext<P>,
    drain: Micros,
    timeout: Micros,
    ended: impl Future<Output = ()>,
) {
    let mut ended = std::pin::pin!(ended);
    let end = context.clock.instant(context.plan.end().plus(drain));
    let grace = tokio::select! {
        () = &mut ended => return,
        // Stopped from outside: requests in flight get a moment.
        () = context.stop.reached(StopStep::WindDown) => GRACE,
        // Drained as long as planned: requests in flight get what every request gets.
        () = tokio::time::sleep_until(end.into()) => timeout.as_duration() + GRACE,
    };
    context.stop.end_sessions();
    tokio::select! {
        () = &mut ended => return,
        () = context.stop.reached(StopStep::Halt) => {}
        () = tokio::time::sleep(grace) => context.stop.halt(),
    }
    // Every wait has heard of the halt; this bound is for what nobody thought of.
    let _ = tokio::time::timeout(LAST_WAIT, ended).await;
}

fn ended_early() -> Problem {
    Problem::could_not_run(
        "slots",
        "the slots ended before the run began",
        "run it again; if it stays, report it with the profile",
    )
}
