//! `refused`: one login with a bad UserSig, be refused, go.

use super::agenda::Draft;
use super::check::Check;
use super::itinerary::Itinerary;
use super::kind::{Kind, Shows};
use super::{Around, Play, Scenario};
use crate::session::Operation;
use trtc_base::config::Table;
use trtc_base::section;
use trtc_base::units::Micros;

section! {
    /// The kind `refused`: one login with a bad UserSig, be refused, go. Which bad one goes by turns: expired, of another
    /// user, of another app, of another key, cut off. It has no keys of its own.
    pub(super) KEYS {}
}

/// One login with a bad UserSig, be refused, go. Which one goes by turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

pub(super) fn read(_table: &Table<'_>, _around: &Around<'_>) -> Option<Play> {
    Some(Play::Refused(Refused))
}

impl Kind for Refused {
    fn check(&self, check: &Check<'_>) {
        let dialect = check.dialect;
        if !dialect.shows_user_sig() {
            check.shows_no_user_sig("logs in with bad UserSigs");
        } else if !dialect.names_the_user() {
            let remedy = "add `{user_id}` to [operations.login] of the dialect, or remove the scenario: by itself a UserSig of \
                          another account is a good one";
            check.lacks("kind", "shows UserSigs of other accounts", remedy);
        }
    }

    fn untold(&self) -> Option<(&'static str, &'static str)> {
        Some((
            "logs in with bad UserSigs",
            "remove the scenario: a refused login is told to nobody",
        ))
    }

    fn signs(&self) -> Option<&'static str> {
        Some("bad UserSigs")
    }

    fn shows(&self) -> Shows {
        Shows::Bad
    }

    fn has_dwells(&self) -> bool {
        false
    }

    fn performs(&self, _scenario: &Scenario, operation: Operation) -> bool {
        operation == Operation::Login
    }

    fn waits(&self, _plan: &Itinerary) -> Micros {
        Micros::ZERO
    }

    fn dwells(&self) -> f64 {
        0.0
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        draft.refused(Operation::Login, 1);
        if draft.can_ask_by_name() {
            draft.refused(Operation::SelfInfo, 2);
        }
    }
}
