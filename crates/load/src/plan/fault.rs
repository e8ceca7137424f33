//! Why a profile cannot be planned.

use std::fmt;

use super::Shard;
use trtc_base::error::Explain;

/// A profile that asks for what its own limits forbid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The planned sessions alone need more slots than allowed.
    TooFewSlots {
        /// What they need.
        needed: u64,
        /// What `limits.slots` allows.
        allowed: u32,
        /// Whose slots these are.
        shard: Shard,
    },
    /// One scenario's planned sessions alone need more slots than it was given.
    ScenarioSlots {
        /// The scenario.
        scenario: String,
        /// What it needs.
        needed: u32,
        /// What it has.
        has: u32,
        /// Whose slots these are.
        shard: Shard,
    },
    /// Accounts would come due while their last session is still online.
    TooFewAccounts {
        /// What the rate and the longest session need.
        needed: u64,
        /// What the population has.
        has: u64,
    },
    /// The population cannot be divided among so many shards.
    AccountsForShards {
        /// What that many need.
        needed: u64,
        /// What the population has.
        has: u64,
    },
    /// A scenario's slots cannot be divided among so many shards.
    SlotsForShards {
        /// The scenario.
        scenario: String,
        /// How many shards there are.
        shards: u32,
        /// What it has.
        has: u32,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewSlots {
                needed,
                allowed,
                shard,
            } => {
                write!(
                    f,
                    "the planned sessions{} need {needed} slots at once or more, {allowed} are allowed",
                    Of(*shard)
                )
            }
            Self::ScenarioSlots {
                scenario,
                needed,
                has,
                shard,
            } => write!(
                f,
                "the planned sessions of `{scenario}`{} need {needed} slots at once, it has {has}",
                Of(*shard)
            ),
            Self::TooFewAccounts { needed, has } => write!(
                f,
                "accounts would come due again while online: {needed} are needed in each app, there are {has}"
            ),
            Self::AccountsForShards { needed, has } => write!(
                f,
                "every shard needs two accounts in each app: {needed} in all, there are {has}"
            ),
            Self::SlotsForShards {
                scenario,
                shards,
                has,
            } => write!(
                f,
                "every shard needs a slot of `{scenario}`: {shards} in all, it has {has}"
            ),
        }
    }
}

/// Whose part of the plan it is, where it is not the whole.
struct Of(Shard);

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == Shard::WHOLE {
            return Ok(());
        }
        write!(f, " of shard {}", self.0)
    }
}

impl Explain for Fault {
    fn place(&self) -> String {
        match self {
            Self::TooFewSlots { .. } => "limits.slots".into(),
            Self::ScenarioSlots { scenario, .. } | Self::SlotsForShards { scenario, .. } => {
                format!("scenarios.{scenario}.slots")
            }
            Self::TooFewAccounts { .. } | Self::AccountsForShards { .. } => {
                "population.accounts".into()
            }
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::TooFewSlots { needed, shard, .. } => {
                // Limits are divided evenly.
                let needed = needed * u64::from(shard.of());
                format!(
                    "raise limits.slots to {needed} or more, or shorten `dwell`, or lower the stages' rates"
                )
            }
            Self::ScenarioSlots { needed, shard, .. } => {
                let needed = u64::from(*needed) * u64::from(shard.of());
                format!(
                    "raise its slots to {needed} or more, take the line out, or shorten its `dwell`"
                )
            }
            Self::TooFewAccounts { needed, .. } => {
                format!("raise it to {needed}, or lower the rate or the longest dwell")
            }
            Self::AccountsForShards { needed, .. } => {
                format!("raise it to {needed}, or use fewer shards")
            }
            Self::SlotsForShards { shards, .. } => {
                format!(
                    "raise its slots to {shards} or more, take the line out, or use fewer shards"
                )
            }
        }
    }
}
