//! Budgets: limits that the run must keep. As sentences ([`sentence`]), checked against the scenarios and stages of a run, and with
//! those that nobody writes.

mod implied;
mod read;
mod sentence;

pub(super) use read::{Issuing, Run, read, read_alone};
pub use sentence::{BudgetOf, Latency, Limit, Quantile};

use super::StageIx;
use crate::session::Operation;

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
        let of = BudgetOf::Errors(operation, IMPLIED_ERRORS);
        Self {
            sentence: of.to_string(),
            of,
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
