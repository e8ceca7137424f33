//! What was used in a billing window: plain counts.

use std::collections::BTreeMap;
use trtc_base::config::Named;

use super::Billable;

/// What was used in one billing window of one app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Who was active, by what makes an account billable. A policy asks for its own kind only.
    pub active: BTreeMap<Billable, Active>,
    /// The most sessions online at once.
    pub peak_online: Option<u64>,
}

impl Usage {
    /// The same numbers whatever makes an account billable: who gives one number means the policy's own.
    #[must_use]
    pub fn of_any_kind(active: &Active, peak_online: Option<u64>) -> Self {
        let kinds = Billable::all().map(|kind| (kind, active.clone()));
        Self {
            active: kinds.collect(),
            peak_online,
        }
    }
}

/// How many were active, by one kind of activity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    /// Distinct in the window. By day: from the window's first day up to and with each day, so it never falls.
    pub in_month: Counted,
    /// Distinct on a day. In all: on the highest day.
    pub on_day: Counted,
}

/// A count that is known for the window, day by day, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Not known, which is not zero.
    #[default]
    Unknown,
    /// The window's highest.
    Highest(u64),
    /// For each day of the window, from its first.
    ByDay(Vec<u64>),
}

impl Counted {
    /// The window's highest.
    #[must_use]
    pub fn highest(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Highest(count) => Some(*count),
            Self::ByDay(days) => days.iter().copied().max(),
        }
    }

    /// The first day of the window, from 1, whose count is over `most`. None where it never is, or the days are not known.
    #[must_use]
    pub fn first_day_over(&self, most: u64) -> Option<u32> {
        match self {
            Self::Unknown | Self::Highest(_) => None,
            Self::ByDay(days) => (1..)
                .zip(days)
                .find_map(|(day, n)| (*n > most).then_some(day)),
        }
    }

    /// The first day, from 1, whose count is lower than the day's before.
    pub(super) fn first_fall(&self) -> Option<u32> {
        match self {
            Self::Unknown | Self::Highest(_) => None,
            Self::ByDay(days) => (2..)
                .zip(days.windows(2))
                .find_map(|(day, pair)| (pair.last() < pair.first()).then_some(day)),
        }
    }
}
