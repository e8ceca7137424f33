//! The mutants: every way in which the server is wrong, with the rule or the budget that must say so.

mod errors;
mod policies;
mod rules;

use trtc_load::recorder::Invariant;
use trtc_load::session::Operation;

pub(crate) use errors::{ANSWERS, CHANNELS, TELLING, WAYS};
pub(crate) use policies::POLICIES;
pub(crate) use rules::{ACCOUNTS, ENDS, GOES_ON, LIVES, NOTICES, TICKETS};

use super::play::Played;
use super::scenes::Scene;
use crate::session_server::Fault;

/// A server that is wrong in one way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mutant {
    /// What is wrong, in words.
    pub(crate) wrong: &'static str,
    pub(crate) fault: Fault,
    /// The scenario that it touches.
    pub(crate) scene: Scene,
    /// What must be found broken.
    pub(crate) breaks: Breaks,
    /// Rules that may be found broken with it: the server cannot break the one without the other.
    pub(crate) also: &'static [Invariant],
}

/// What a mutant breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaks {
    /// A session rule.
    Rule(Invariant),
    /// The budget on the errors of an operation, and no rule.
    Errors(Operation),
}

impl Mutant {
    /// The same, which cannot but break these rules too.
    const fn also(self, also: &'static [Invariant]) -> Self {
        Self { also, ..self }
    }

    /// Whether a run found what it breaks, no rule beyond, and ended accordingly.
    pub(crate) fn is_found(&self, played: &Played) -> bool {
        let (expected, rule) = match self.breaks {
            Breaks::Rule(rule) => (played.rules.contains(&rule), Some(rule)),
            Breaks::Errors(operation) => {
                let errors = format!("{} errors", operation.name());
                let mut broken = played.budgets.iter();
                (broken.any(|budget| budget.starts_with(&errors)), None)
            }
        };
        let is_known = |broken| Some(broken) == rule || self.also.contains(&broken);
        expected
            && played.rules.iter().all(|broken| is_known(*broken))
            && played.ended.code == Some(1)
    }
}

/// Every mutant.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    let rules = [ACCOUNTS, ENDS, NOTICES, POLICIES, TICKETS, LIVES, GOES_ON];
    let groups = rules.into_iter().chain([ANSWERS, WAYS, CHANNELS, TELLING]);
    groups.flatten()
}

const fn rule(wrong: &'static str, fault: Fault, scene: Scene, rule: Invariant) -> Mutant {
    Mutant {
        wrong,
        fault,
        scene,
        breaks: Breaks::Rule(rule),
        also: &[],
    }
}

const fn errors(wrong: &'static str, fault: Fault, scene: Scene, operation: Operation) -> Mutant {
    Mutant {
        wrong,
        fault,
        scene,
        breaks: Breaks::Errors(operation),
        also: &[],
    }
}
