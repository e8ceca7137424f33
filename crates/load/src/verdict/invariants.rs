//! What a run says of one session rule: kept in every check, broken, or never checked.

use crate::recorder::{Invariant, Recording};

/// What a run says of one session rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvariantFinding {
    /// The rule.
    pub invariant: Invariant,
    /// How often it was checked; none in a recording from before checks were counted.
    pub checks: Option<u64>,
    /// How often the target broke it.
    pub breaches: u64,
}

/// A rule in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// It was checked, and kept each time.
    Kept,
    /// It was broken.
    Broken,
    /// Nothing checked it, so the run says nothing of it. This decides nothing.
    NotChecked,
    /// The recording does not say whether it was checked.
    NotCounted,
}

impl RuleState {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::NotChecked => "not checked",
            Self::NotCounted => "not counted",
        }
    }
}

impl InvariantFinding {
    pub(super) fn of(recording: &Recording, invariant: Invariant) -> Self {
        let counts = recording.counts();
        Self {
            invariant,
            checks: counts.checks_of(invariant),
            breaches: counts.breaches.get(&invariant).copied().unwrap_or(0),
        }
    }

    /// In one word.
    #[must_use]
    pub const fn state(&self) -> RuleState {
        match (self.breaches, self.checks) {
            (1.., _) => RuleState::Broken,
            (0, Some(0)) => RuleState::NotChecked,
            (0, Some(_)) => RuleState::Kept,
            (0, None) => RuleState::NotCounted,
        }
    }

    /// What was seen, where it is broken.
    pub(super) fn reason(&self) -> Option<String> {
        let Self {
            invariant,
            checks,
            breaches,
        } = self;
        let of = match checks {
            Some(1) => " of 1 check".to_owned(),
            Some(checks) => format!(" of {checks} checks"),
            None if *breaches == 1 => " time".to_owned(),
            None => " times".to_owned(),
        };
        (*breaches > 0).then(|| format!("{}: {breaches}{of}", invariant.broken()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(checks: Option<u64>, breaches: u64) -> InvariantFinding {
        InvariantFinding {
            invariant: Invariant::EndedTokenIsRefused,
            checks,
            breaches,
        }
    }

    #[test]
    fn a_rule_that_nothing_checked_is_neither_kept_nor_broken() {
        for (checks, breaches, state, reason) in [
            (Some(0), 0, "not checked", None),
            (None, 0, "not counted", None),
            (Some(7), 0, "kept", None),
            (Some(7), 3, "broken", Some("3 of 7 checks")),
            (Some(1), 1, "broken", Some("1 of 1 check")),
            (None, 1, "broken", Some("1 time")),
            (None, 3, "broken", Some("3 times")),
        ] {
            let one = found(checks, breaches);
            assert_eq!(one.state().name(), state);
            let said = one.reason();
            let want =
                reason.map(|often| format!("the token of an ended session was accepted: {often}"));
            assert_eq!(said, want);
        }
    }
}
