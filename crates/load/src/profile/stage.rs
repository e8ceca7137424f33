//! Stages: the named ranges of the schedule.

use trtc_base::units::Micros;

/// A named range of the schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, unique in the profile.
    pub name: String,
    /// Whether budgets without `in STAGE` cover it.
    pub kind: StageKind,
    /// How long it lasts.
    pub length: Micros,
    /// Arrivals a second at its start and at its end; equal when it is constant.
    pub rate: (f64, f64),
    /// How arrivals are spaced.
    pub spacing: Spacing,
}

/// What a stage is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// Caches fill; no budget covers it unless it names it.
    WarmUp,
    /// What the run is about.
    Measured,
    /// The load goes down; no budget covers it unless it names it.
    CoolDown,
}

/// How arrivals are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// At equal distances of the rate's integral.
    Even,
    /// As independent people come: exponential distances.
    Poisson,
}
