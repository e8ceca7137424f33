//! Whether a dialect, and the target's app, can play what a scenario asks for.

use super::{Around, PushUse, Scenario, SelfInfoCheck};
use crate::session::{DeviceRules, Operation};
use trtc_base::config::{FaultKind, Table, Value};
use trtc_wire::dialect::{Credential, Dialect, Notice};

/// A scenario on its way through the checks.
pub(super) struct Check<'c> {
    table: &'c Table<'c>,
    pub(super) scenario: &'c Scenario,
    pub(super) dialect: &'c Dialect,
}

/// Tells what the scenario asks for and the target cannot do.
pub(super) fn check(table: &Table<'_>, scenario: &Scenario, around: &Around<'_>) {
    let Some(dialect) = around.dialect else {
        return;
    };
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
    if scenario.impatient > 0.0 && !dialect.can(Operation::Login) {
        check.lacks("impatient", "presses login", "remove `impatient`");
    }
    let looks_up = scenario.signed_up.is_some_and(|share| share > 0.0);
    if looks_up && !dialect.can(Operation::AccountCheck) {
        let remedy = "add [operations.account_check] to the dialect, or remove `signed_up`";
        check.lacks("signed_up", "looks accounts up", remedy);
    }
    if let Some(rules) = around.devices {
        check.rival(rules);
    }
}

impl Check<'_> {
    fn play(&self) {
        let kind = self.scenario.play.kind();
        // Callbacks tell of any session.
        if self.dialect.tells_of_rooms() {
            if !kind.is_room() {
                let remedy = "write `kind = \"room\"`, or name a dialect that tells of sessions, such as \"tencent-webhook\"";
                self.lacks("kind", "has sessions and no room", remedy);
            }
        } else if self.dialect.is_webhook() && kind.is_room() {
            kind.check(self);
        } else if self.dialect.is_webhook() {
            if let Some((does, remedy)) = kind.untold() {
                self.lacks("kind", does, remedy);
            }
        } else if self.scenario.logs_in() && !self.dialect.can(Operation::Login) {
            let remedy = "add [operations.login] to the dialect, or name another";
            self.lacks("kind", "logs in", remedy);
        } else {
            kind.check(self);
        }
    }

    /// Tells that the login shows no UserSig, and what to do.
    pub(super) fn shows_no_user_sig(&self, does: &str) {
        let remedy = match self.dialect.credential() {
            Credential::Password => "remove the scenario: passwords do not expire",
            Credential::UserSig => {
                "add `{user_sig}` to [operations.login] of the dialect, or remove the scenario"
            }
        };
        self.lacks("kind", does, remedy);
    }

    /// Tells where no rival could kick a device, or a device would not hear of it.
    pub(super) fn kicks(&self) {
        if !self.dialect.can(Operation::Provoke) {
            let remedy = "add [operations.provoke] to the dialect, or remove the scenario";
            self.lacks("kind", "provokes a kick", remedy);
        }
        self.tells_of_kicks();
    }

    /// Tells where a device would not hear that it was kicked.
    pub(super) fn tells_of_kicks(&self) {
        let tells = self
            .dialect
            .push()
            .is_some_and(|push| push.can_mean(Notice::Kicked));
        if !tells {
            let remedy = "add a [push] to the dialect in which something means \"kicked\"";
            self.lacks("kind", "waits for a kick notice", remedy);
        }
        let asks = self.scenario.self_info == SelfInfoCheck::Ask;
        if asks && self.dialect.can(Operation::SelfInfo) && !self.dialect.tells_devices_apart() {
            let remedy = "add `{token}` or `{device_id}` to [operations.self_info] of the dialect, or write `self_info = false`";
            self.lacks("self_info", "asks for one of an account's devices", remedy);
        }
    }

    fn push(&self) {
        let has_push = self.dialect.push().is_some();
        let is_kicked = self.scenario.performs(Operation::KickNotice);
        match self.scenario.push {
            PushUse::Open if !has_push => {
                self.lacks("push", "opens a push channel", "write `push = false`")
            }
            PushUse::None if has_push && is_kicked => {
                let place = self.table.get("push").map_or(self.table.at(), Value::at);
                let what = "a kicked session learns of it on the push channel only";
                self.table
                    .fault_at(FaultKind::KickUnseen, place, what, "write `push = true`");
            }
            PushUse::Open | PushUse::None => {}
        }
    }

    /// Tells that the scenario does something by `key` which the dialect cannot.
    pub(super) fn lacks(&self, key: &str, does: &str, remedy: &str) {
        let place = self.table.get(key).or_else(|| self.table.get("name"));
        let (scenario, dialect) = (&self.scenario.name, self.dialect.name());
        let what =
            format!("the scenario \"{scenario}\" {does}, which the dialect {dialect} cannot");
        self.table.fault_at(
            FaultKind::DialectCannot,
            place.map_or(self.table.at(), Value::at),
            what,
            remedy,
        );
    }

    /// Tells where a rival on the person's own platform would kick nobody.
    fn rival(&self, rules: DeviceRules) {
        let several_stay = rules.web_instances.max(rules.native_instances) > 1;
        if several_stay && self.scenario.play.kind().has_rival() {
            let place = self.table.get("kind").or_else(|| self.table.get("name"));
            self.table.fault_at(
                FaultKind::RivalKicksNobody,
                place.map_or(self.table.at(), Value::at),
                "a rival of the same platform kicks nobody where two of a platform may be online",
                "set `web_instances` and `native_instances` to 1, or play the kind `devices`",
            );
        }
    }
}
