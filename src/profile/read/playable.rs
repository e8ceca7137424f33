//! Whether a dialect can play what a scenario asks for.

use super::super::scenario::{Play, PushUse, Scenario, SelfInfoCheck};
use crate::dialect::document::{Table, Value};
use crate::dialect::{Credential, Dialect, Notice};
use crate::session::Operation;

/// A scenario on its way through the checks.
struct Check<'c> {
    table: &'c Table<'c>,
    scenario: &'c Scenario,
    dialect: &'c Dialect,
}

/// Tells what the scenario asks for and the dialect cannot do.
pub(super) fn check(table: &Table<'_>, scenario: &Scenario, dialect: &Dialect) {
    let check = Check {
        table,
        scenario,
        dialect,
    };
    check.play();
    check.push();
    if scenario.self_info == SelfInfoCheck::Ask && !dialect.can(Operation::SelfInfo) {
        check.lacks(
            "self_info",
            "asks who is logged in",
            "write `self_info = false`",
        );
    }
    let ends = dialect.can(Operation::Logout) || dialect.is_webhook();
    if scenario.logout_share > 0.0 && !ends {
        check.lacks("logout", "logs out", "write `logout = 0`");
    }
}

impl Check<'_> {
    fn play(&self) {
        // Callbacks tell of any session.
        if self.dialect.is_webhook() {
            return;
        }
        // Each step was looked at where it stands.
        if matches!(self.scenario.play, Play::Requests { .. }) {
            return;
        }
        if !self.dialect.can(Operation::Login) {
            let remedy = "add [operations.login] to the dialect, or name another";
            return self.lacks("kind", "logs in", remedy);
        }
        match self.scenario.play {
            Play::Login | Play::Reconnect { .. } | Play::Requests { .. } => {}
            Play::Absent { .. } if self.dialect.can(Operation::SelfInfo) => {}
            Play::Absent { .. } => {
                let remedy = "add [operations.self_info] to the dialect, or remove the scenario";
                self.lacks("kind", "asks whether its session has ended", remedy);
            }
            Play::Switch if self.dialect.can(Operation::Switch) => {}
            Play::Switch => {
                let remedy = "add [operations.switch] to the dialect, or remove the scenario";
                self.lacks("kind", "switches accounts", remedy);
            }
            Play::Kicked { .. } => self.kicks(),
            Play::Expired { .. } if self.dialect.credential() == Credential::UserSig => {}
            Play::Expired { .. } => {
                let remedy = "remove the scenario: passwords do not expire";
                self.lacks("kind", "logs in with an expired UserSig", remedy);
            }
        }
    }

    fn kicks(&self) {
        if !self.dialect.can(Operation::Provoke) {
            let remedy = "add [operations.provoke] to the dialect, or remove the scenario";
            self.lacks("kind", "provokes a kick", remedy);
        }
        let tells = self
            .dialect
            .push()
            .is_some_and(|push| push.can_mean(Notice::Kicked));
        if !tells {
            let remedy = "add a [push] to the dialect in which something means \"kicked\"";
            self.lacks("kind", "waits for a kick notice", remedy);
        }
    }

    fn push(&self) {
        let has_push = self.dialect.push().is_some();
        let is_kicked = matches!(self.scenario.play, Play::Kicked { .. });
        match self.scenario.push {
            PushUse::Open if !has_push => {
                self.lacks("push", "opens a push channel", "write `push = false`")
            }
            PushUse::None if has_push && is_kicked => {
                let place = self.table.get("push").map_or(self.table.at(), Value::at);
                let what = "a kicked session learns of it on the push channel only";
                self.table.fault_at(place, what, "write `push = true`");
            }
            PushUse::Open | PushUse::None => {}
        }
    }

    fn lacks(&self, key: &str, does: &str, remedy: &str) {
        let place = self.table.get(key).or_else(|| self.table.get("name"));
        let (scenario, dialect) = (&self.scenario.name, self.dialect.name());
        let what =
            format!("the scenario \"{scenario}\" {does}, which the dialect {dialect} cannot");
        self.table
            .fault_at(place.map_or(self.table.at(), Value::at), what, remedy);
    }
}
