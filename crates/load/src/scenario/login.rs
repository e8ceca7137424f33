//! `login`: log in, stay, go.

use super::agenda::Draft;
use super::check::Check;
use super::kind::Kind;
use super::{Around, Play};
use trtc_base::config::Table;
use trtc_base::section;

section! {
    /// The kind `login`: log in, stay, go. It has no keys of its own.
    pub(super) KEYS {}
}

/// Log in, stay, go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login;

pub(super) fn read(_table: &Table<'_>, _around: &Around<'_>) -> Option<Play> {
    Some(Play::Login(Login))
}

impl Kind for Login {
    fn check(&self, _check: &Check<'_>) {}

    fn agenda(&self, draft: &mut Draft<'_>) {
        draft.arrive();
        draft.dwell_and_end(draft.plan.dwell);
    }
}
