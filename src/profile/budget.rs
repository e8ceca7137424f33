//! Budgets as sentences.
//!
//! ```text
//! budget   = latency | phase | errors | arrivals
//! latency  = OPERATION QUANTILE ["felt" | "served"] "<" DURATION ["in" STAGE]
//! phase    = OPERATION PHASE QUANTILE "<" DURATION ["in" STAGE]
//! errors   = OPERATION "errors" "<" PERCENT ["in" STAGE]
//! arrivals = "arrivals" "started" ">" PERCENT ["in" STAGE]
//! QUANTILE = "p50" | "p90" | "p95" | "p99" | "p99.9" | any "pN" with 0 < N < 100 | "max" | "mean"
//! PHASE    = "dns" | "connect" | "tls" | "first_byte" | "body"
//! DURATION = NUMBER ("us" | "ms" | "s" | "m"), from 1us to 10m
//! PERCENT  = NUMBER "%"
//! ```
//!
//! White space separates words and is free around `<`, `>` and units. Without `served` a latency is felt.

use serde::{Deserialize, Serialize};

use super::StageIx;
use crate::session::Operation;
use crate::session::Phase;
use crate::units::Micros;

/// A limit that the run must keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// The sentence, as a person wrote it, or as the program implies it.
    pub sentence: String,
    /// What is limited, and how far.
    pub of: BudgetOf,
    /// The one stage it covers; none: all but warm-up and cool-down.
    pub stage: Option<StageIx>,
    /// Whether the program added it: the `errors < 1%` that a latency budget brings. Needs no more samples than that.
    pub implied_by: Option<Quantile>,
}

/// What a budget limits.
#[derive(Clone, Debug, PartialEq)]
pub enum BudgetOf {
    /// The latency of an operation.
    Latency(Operation, Quantile, Latency, Limit),
    /// How long one phase of an operation takes.
    Phase(Operation, Phase, Quantile, Limit),
    /// The share of an operation's steps that failed, timed out or were throttled: below this, in 0..=1.
    Errors(Operation, f64),
    /// The share of due arrivals that were started: above this, in 0..=1.
    ArrivalsStarted(f64),
}

/// Which latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// From due to done.
    Felt,
    /// From sent to done.
    Served,
}

/// The most that the latency may be (it must stay below).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub Micros);

/// Which point of the distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantile {
    /// The value that this share of samples does not exceed, in 0..1: 0.99 for `p99`.
    Share(f64),
    /// The largest.
    Max,
    /// The arithmetic mean.
    Mean,
}
