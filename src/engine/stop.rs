//! How a run ends: in three steps, each of which every wait of every slot hears of.

use std::sync::Arc;
use std::sync::OnceLock;

use tokio_util::sync::CancellationToken;

use crate::recorder::Ended;

/// The run's stop, shared by all slots. Steps are taken in order and never taken back.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    arrivals: CancellationToken,
    sessions: CancellationToken,
    everything: CancellationToken,
    why: Arc<OnceLock<Ended>>,
}

impl Stop {
    /// No further arrival starts, and planned waits inside sessions end now; requests in flight go on. The first
    /// reason stays.
    pub fn wind_down(&self, why: Ended) {
        let _ = self.why.set(why);
        self.arrivals.cancel();
        self.sessions.cancel();
    }

    /// Sessions that are still in a planned wait end it now. No reason is given: the schedule is over.
    pub fn end_sessions(&self) {
        self.arrivals.cancel();
        self.sessions.cancel();
    }

    /// Requests in flight are dropped too.
    pub fn halt(&self) {
        self.arrivals.cancel();
        self.sessions.cancel();
        self.everything.cancel();
    }

    /// Whether the run ends before its plan does.
    #[must_use]
    pub fn is_winding_down(&self) -> bool {
        self.arrivals.is_cancelled()
    }

    /// Whether requests in flight were dropped.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.everything.is_cancelled()
    }

    /// Resolves when no further arrival may start.
    pub async fn arrivals_over(&self) {
        self.arrivals.cancelled().await;
    }

    /// Resolves when planned waits inside sessions end.
    pub async fn sessions_over(&self) {
        self.sessions.cancelled().await;
    }

    /// Resolves when everything is dropped.
    pub async fn halted(&self) {
        self.everything.cancelled().await;
    }

    /// How the run ended: as planned, unless something stopped it.
    #[must_use]
    pub fn ended(&self) -> Ended {
        self.why.get().cloned().unwrap_or(Ended::Completed)
    }
}
