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

mod implied;
mod read;
mod sentence;

pub(super) use read::{Issuing, Run, read, read_alone};

use serde::{Deserialize, Serialize};

use super::StageIx;
use crate::session::Operation;
use crate::session::Phase;
use trtc_base::units::Micros;

/// A limit that the run must keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// The sentence, as a person wrote it, or as the program implies it.
    pub sentence: String,
    /// What is limited, and how far.
    pub of: BudgetOf,
    /// The one stage it covers; none: all but warm-up and cool-down.
    pub stage: Option<StageIx>,
    /// Who asks for it.
    pub origin: Origin,
}

/// Who asks for a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Origin {
    /// The profile writes it.
    Written,
    /// The program: `errors < 1%` on an operation whose errors the profile does not limit, for errors never pass in silence.
    /// It can break a run, and never makes it unknown.
    Implied {
        /// The point of a latency budget that it stands beside, which then needs no fewer samples than this one.
        beside: Option<Quantile>,
    },
}

impl Origin {
    /// Whether the program adds it.
    #[must_use]
    pub const fn is_implied(self) -> bool {
        match self {
            Self::Written => false,
            Self::Implied { .. } => true,
        }
    }
}

/// The share of errors that an operation may have where the profile says nothing.
const IMPLIED_ERRORS: f64 = 0.01;

impl Budget {
    /// The budget on the errors of `operation` that the profile need not write, in the measured stages.
    #[must_use]
    pub fn implied(operation: Operation) -> Self {
        Self {
            sentence: format!("{operation} errors < 1%"),
            of: BudgetOf::Errors(operation, IMPLIED_ERRORS),
            stage: None,
            origin: Origin::Implied { beside: None },
        }
    }

    /// Whether it limits the errors of `operation`, wherever that is.
    #[must_use]
    pub fn is_on_errors_of(&self, operation: Operation) -> bool {
        match self.of {
            BudgetOf::Errors(of, _) => of == operation,
            BudgetOf::Latency(..) | BudgetOf::Phase(..) | BudgetOf::ArrivalsStarted(_) => false,
        }
    }
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
