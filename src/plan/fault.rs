//! Why a profile cannot be planned.

use std::fmt;

use crate::error::Explain;

/// A profile that asks for what its own limits forbid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The planned sessions alone need more slots than allowed.
    TooFewSlots {
        /// What they need.
        needed: u64,
        /// What `limits.slots` allows.
        allowed: u32,
    },
    /// One scenario's planned sessions alone need more slots than it was given.
    ScenarioSlots {
        /// The scenario.
        scenario: String,
        /// What it needs.
        needed: u32,
        /// What it has.
        has: u32,
    },
    /// Accounts would come due while their last session is still online.
    TooFewAccounts {
        /// What the rate and the longest session need.
        needed: u64,
        /// What the population has.
        has: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewSlots { needed, allowed } => {
                write!(
                    f,
                    "the planned sessions need {needed} slots at once or more, {allowed} are allowed"
                )
            }
            Self::ScenarioSlots {
                scenario,
                needed,
                has,
            } => write!(
                f,
                "the planned sessions of `{scenario}` need {needed} slots at once, it has {has}"
            ),
            Self::TooFewAccounts { needed, has } => write!(
                f,
                "accounts would come due again while online: {needed} are needed in each app, there are {has}"
            ),
        }
    }
}

impl Explain for Fault {
    fn place(&self) -> String {
        match self {
            Self::TooFewSlots { .. } => "limits.slots".into(),
            Self::ScenarioSlots { scenario, .. } => format!("scenarios.{scenario}.slots"),
            Self::TooFewAccounts { .. } => "population.accounts".into(),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::TooFewSlots { needed, .. } => {
                format!(
                    "raise limits.slots to {needed} or more, or shorten `dwell`, or lower the stages' rates"
                )
            }
            Self::ScenarioSlots { needed, .. } => {
                format!(
                    "raise its slots to {needed} or more, take the line out, or shorten its `dwell`"
                )
            }
            Self::TooFewAccounts { needed, .. } => {
                format!("raise it to {needed}, or lower the rate or the longest dwell")
            }
        }
    }
}
