//! `expired`: log in with an expired UserSig, be refused, log in with a new one.

use super::agenda::Draft;
use super::check::Check;
use super::kind::{Kind, Shows};
use super::{Around, Play, Scenario};
use crate::session::Operation;
use trtc_base::config::{Named, Table, Writer};
use trtc_base::section;

section! {
    /// The kind `expired`: log in with an expired UserSig, be refused, log in with a new one, stay, go.
    pub(super) KEYS {
        /// Who notices that the UserSig has expired: the target, which refuses the login with 70001, or the client's SDK,
        /// which raises 6206 before anything is sent.
        NOTICED_BY: NoticedBy = one_of("noticed_by").or("\"target\"");
    }
}

/// Log in with an expired UserSig, be refused, log in with a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Who notices.
    pub noticed_by: NoticedBy,
}

/// Who notices an expired UserSig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticedBy {
    /// The target, which refuses the login with 70001.
    Target,
    /// The SDK, which raises 6206 before anything is sent.
    Client,
}

impl Named for NoticedBy {
    const NAMED: &'static [(&'static str, Self)] =
        &[("target", Self::Target), ("client", Self::Client)];
}

pub(super) fn read(table: &Table<'_>, _around: &Around<'_>) -> Option<Play> {
    let noticed_by = table.read(&NOTICED_BY)?;
    Some(Play::Expired(Expired { noticed_by }))
}

impl Kind for Expired {
    fn write(&self, _scenario: &Scenario, out: &mut Writer) {
        out.put_named(&NOTICED_BY, self.noticed_by);
    }

    fn check(&self, check: &Check<'_>) {
        if !check.dialect.shows_user_sig() {
            check.shows_no_user_sig("logs in with an expired UserSig");
        }
    }

    fn signs(&self) -> Option<&'static str> {
        Some("expired UserSigs")
    }

    fn shows(&self) -> Shows {
        Shows::Expired
    }

    fn adds(&self) -> Vec<Operation> {
        vec![Operation::Relogin]
    }

    fn logins(&self) -> u64 {
        2
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        // By name it is asked before as well.
        draft.ask_in_vain();
        match self.noticed_by {
            NoticedBy::Target => {
                draft.refused(Operation::Login, 1);
                if draft.can_ask_by_name() {
                    draft.ask_in_vain();
                }
            }
            NoticedBy::Client => {}
        }
        draft.log_in(Operation::Relogin);
        draft.dwell_and_end(draft.plan.dwell);
    }
}
