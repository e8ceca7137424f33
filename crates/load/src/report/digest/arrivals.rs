//! What became of the arrivals: due, started, not started and why, and what was online.

use serde::Serialize;

use super::operations::Quantiles;
use crate::profile::StageIx;
use crate::recorder::{Reason, Recording, Second, StageSet};
use trtc_base::figure;
use trtc_base::figure::Millis;

/// What became of the arrivals.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Arrivals {
    /// Arrivals that came due by the plan.
    pub(in crate::report) due: u64,
    /// Arrivals that a slot began.
    pub(in crate::report) started: u64,
    /// Arrivals that were given up.
    pub(in crate::report) not_started: u64,
    /// The started ones as a share of the due ones, in 0..=1.
    pub(in crate::report) started_share: Option<f64>,
    /// The given up ones by reason, every reason, in all stages.
    pub(in crate::report) not_started_by_reason: Vec<ReasonCount>,
    /// Each stage.
    pub(in crate::report) stages: Vec<StageArrivals>,
    /// How long arrivals waited for a free slot, in the measured stages.
    pub(in crate::report) blocked: Option<Quantiles>,
}

/// Arrivals given up for one reason.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct ReasonCount {
    pub(in crate::report) reason: &'static str,
    pub(in crate::report) count: u64,
}

/// The arrivals of one stage.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct StageArrivals {
    pub(in crate::report) stage: String,
    pub(in crate::report) started: u64,
    pub(in crate::report) not_started: u64,
    pub(in crate::report) not_started_by_reason: Vec<ReasonCount>,
}

/// What was online, and what the busiest seconds were.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Peaks {
    /// The most devices online at once.
    pub(in crate::report) online: u64,
    /// The most successful logins in one second; none in a run without a second.
    pub(in crate::report) logins_per_second: Option<u64>,
    /// Kick notices that came.
    pub(in crate::report) kicks: u64,
    /// Steps in all stages that failed, timed out or were throttled.
    pub(in crate::report) errors: u64,
    /// Steps in all stages that ended.
    pub(in crate::report) steps: u64,
    /// The 99th percentile of the generator's lag in the measured stages.
    #[serde(rename = "lag_p99_ms")]
    pub(in crate::report) lag_p99: Option<Millis>,
}

impl Arrivals {
    pub(super) fn of(recording: &Recording) -> Self {
        let meta = recording.meta();
        let due = recording.counts().due;
        let started = recording.started(StageSet::All);
        let stages = meta.stages_in(StageSet::All).map(|stage| StageArrivals {
            stage: meta.stage_name(stage).to_owned(),
            started: recording.started(StageSet::One(stage)),
            not_started: recording.not_started(StageSet::One(stage)),
            not_started_by_reason: by_reason(recording, |of| of == stage),
        });
        Self {
            due,
            started,
            not_started: recording.not_started(StageSet::All),
            started_share: figure::part(started, due),
            not_started_by_reason: by_reason(recording, |_| true),
            stages: stages.collect(),
            blocked: Quantiles::of(&recording.blocked(StageSet::Measured)),
        }
    }
}

fn by_reason(recording: &Recording, is_of: impl Fn(StageIx) -> bool) -> Vec<ReasonCount> {
    let all = recording.not_started_by_reason();
    let count = |reason: Reason| ReasonCount {
        reason: reason.name(),
        count: all
            .iter()
            .filter(|((stage, why), _)| *why == reason && is_of(*stage))
            .map(|(_, count)| count)
            .sum(),
    };
    Reason::ALL.into_iter().map(count).collect()
}

impl Peaks {
    pub(super) fn of(recording: &Recording) -> Self {
        use crate::session::{Class, Operation};
        let seconds = recording.seconds();
        let notices = recording.by_class(Operation::KickNotice, StageSet::All);
        Self {
            online: recording.online_peak(),
            logins_per_second: seconds.iter().map(logins_per_second).max(),
            kicks: notices[Class::Success.index()],
            errors: seconds.iter().map(|second| second.errors()).sum(),
            steps: seconds.iter().map(|second| second.done()).sum(),
            lag_p99: recording
                .lag(None, StageSet::Measured)
                .quantile(0.99)
                .map(Millis),
        }
    }
}

/// Of one that covers several, the mean: which of them had the most is not known.
const fn logins_per_second(second: &Second) -> u64 {
    second.logins / if second.covers > 1 { second.covers } else { 1 }
}
