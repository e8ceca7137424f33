//! `switch`: log in, stay, switch to another account, stay, go.

use super::agenda::Draft;
use super::check::Check;
use super::itinerary::Itinerary;
use super::kind::Kind;
use super::{Around, Play, Scenario};
use crate::session::Operation;
use trtc_base::config::{Named, Table, Writer};
use trtc_base::section;
use trtc_base::units::Micros;

section! {
    /// The kind `switch`: log in, stay, switch to another account on the same device, stay, go.
    pub(super) KEYS {
        /// How the person changes accounts: by the other account's login, or by a logout before it.
        HOW: SwitchHow = one_of("how").or("\"implicit\"");
    }
}

/// Log in, stay, switch to another account, stay, go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Whether a logout comes before the other login.
    pub how: SwitchHow,
}

/// How a person changes accounts on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchHow {
    /// By the other account's login: the service ends the session before.
    Implicit,
    /// By a logout, and a login once that was answered.
    LogoutThenLogin,
}

impl Named for SwitchHow {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("implicit", Self::Implicit),
        ("logout_then_login", Self::LogoutThenLogin),
    ];
}

pub(super) fn read(table: &Table<'_>, _around: &Around<'_>) -> Option<Play> {
    let how = table.read(&HOW)?;
    Some(Play::Switch(Switch { how }))
}

impl Kind for Switch {
    fn write(&self, _scenario: &Scenario, out: &mut Writer) {
        out.put_named(&HOW, self.how);
    }

    fn check(&self, check: &Check<'_>) {
        let dialect = check.dialect;
        if self.how == SwitchHow::LogoutThenLogin && !dialect.can(Operation::Logout) {
            let remedy = "add [operations.logout] to the dialect, or write `how = \"implicit\"`";
            check.lacks(HOW.name(), "logs out before it logs in", remedy);
        } else if !dialect.can(Operation::Switch) {
            let remedy = "add [operations.switch] to the dialect, or remove the scenario";
            check.lacks("kind", "switches accounts", remedy);
        }
    }

    fn accounts(&self) -> u64 {
        2
    }

    fn adds(&self) -> Vec<Operation> {
        match self.how {
            SwitchHow::Implicit => vec![Operation::Switch],
            SwitchHow::LogoutThenLogin => vec![Operation::Switch, Operation::Logout],
        }
    }

    fn waits(&self, plan: &Itinerary) -> Micros {
        plan.dwell.plus(plan.dwell_after)
    }

    fn logins(&self) -> u64 {
        2
    }

    fn connects_again(&self, channel: u64) -> u64 {
        // A channel is asked for with the token of the session before.
        channel
    }

    fn dwells(&self) -> f64 {
        2.0
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        draft.arrive();
        draft.dwell_for(draft.plan.dwell);
        match self.how {
            SwitchHow::Implicit => draft.try_the_old_token(),
            SwitchHow::LogoutThenLogin => draft.log_out(),
        }
        draft.log_in(Operation::Switch);
        draft.dwell_and_end(draft.plan.dwell_after);
    }
}
