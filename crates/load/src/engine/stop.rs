//! How a run ends: in two steps, of which every wait of every slot hears.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::recorder::Ended;

/// A step on the way to a run's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum StopStep {
    /// No further arrival starts, and planned waits inside sessions end; requests in flight go on.
    WindDown = 1,
    /// Requests in flight are dropped too.
    Halt = 2,
}

/// The run's stop, shared by all slots. Steps are taken in order and never taken back.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// The last [`StopStep`] that was taken: what slots look at, since a token takes a lock to be asked.
    taken: AtomicU8,
    winding_down: CancellationToken,
    halted: CancellationToken,
    why: OnceLock<Ended>,
}

impl Stop {
    /// No further arrival starts, and planned waits inside sessions end now; requests in flight go on. The first
    /// reason stays.
    pub fn wind_down(&self, why: Ended) {
        let _ = self.0.why.set(why);
        self.take(StopStep::WindDown);
    }

    /// Sessions that are still in a planned wait end it now. No reason is given: the schedule is over.
    pub fn end_sessions(&self) {
        self.take(StopStep::WindDown);
    }

    /// Requests in flight are dropped too.
    pub fn halt(&self) {
        self.take(StopStep::Halt);
    }

    fn take(&self, step: StopStep) {
        // Whoever is woken by a token sees the step too.
        self.0.taken.fetch_max(step as u8, Ordering::AcqRel);
        self.0.winding_down.cancel();
        if step == StopStep::Halt {
            self.0.halted.cancel();
        }
    }

    /// Whether `step` was taken, or one after it.
    #[must_use]
    pub fn has_reached(&self, step: StopStep) -> bool {
        self.0.taken.load(Ordering::Acquire) >= step as u8
    }

    /// Resolves when `step` is taken.
    pub async fn reached(&self, step: StopStep) {
        match step {
            StopStep::WindDown => self.0.winding_down.cancelled().await,
            StopStep::Halt => self.0.halted.cancelled().await,
        }
    }

    /// How the run ended: as planned, unless something stopped it.
    #[must_use]
    pub fn ended(&self) -> Ended {
        self.0.why.get().cloned().unwrap_or(Ended::Completed)
    }
}
