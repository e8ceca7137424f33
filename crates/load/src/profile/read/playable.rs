//! Whether a dialect can play what a scenario asks for.

use super::super::scenario::{Play, PushUse, Scenario, SelfInfoCheck, SwitchHow};
use crate::session::{DeviceRules, Operation};
use trtc_base::config::{FaultKind, Table, Value};
use trtc_wire::dialect::{Credential, Dialect, Notice, Push};

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
        // Callbacks tell of any session, and of one rival at a time.
        if self.dialect.is_webhook() {
            if self.scenario.play == Play::Refused {
                let remedy = "remove the scenario: a refused login is told to nobody";
                self.lacks("kind", "logs in with bad UserSigs", remedy);
            }
            if matches!(self.scenario.play, Play::Devices { .. }) {
                let remedy = "play kinds with one rival, such as kicked, to a webhook";
                self.lacks("kind", "has several devices of one account", remedy);
            }
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
            Play::Login | Play::Requests { .. } => {}
            Play::Reconnect { kicked, .. } if kicked <= 0.0 => {}
            Play::Absent { .. } => self.absence(),
            Play::Switch {
                how: SwitchHow::LogoutThenLogin,
            } if !self.dialect.can(Operation::Logout) => {
                let remedy =
                    "add [operations.logout] to the dialect, or write `how = \"implicit\"`";
                self.lacks("how", "logs out before it logs in", remedy);
            }
            Play::Switch { .. } if self.dialect.can(Operation::Switch) => {}
            Play::Switch { .. } => {
                let remedy = "add [operations.switch] to the dialect, or remove the scenario";
                self.lacks("kind", "switches accounts", remedy);
            }
            Play::Kicked { .. } | Play::Reconnect { .. } => self.kicks(),
            Play::Devices { .. } => self.tells_of_kicks(),
            Play::Refused if self.dialect.shows_user_sig() && !self.dialect.names_the_user() => {
                let remedy = "add `{user_id}` to [operations.login] of the dialect, or remove the scenario: by itself a UserSig of \
                              another account is a good one";
                self.lacks("kind", "shows UserSigs of other accounts", remedy);
            }
            Play::Expired { .. } | Play::Refused if self.dialect.shows_user_sig() => {}
            Play::Expired { .. } => {
                self.lacks(
                    "kind",
                    "logs in with an expired UserSig",
                    self.no_user_sig(),
                );
            }
            Play::Refused => {
                self.lacks("kind", "logs in with bad UserSigs", self.no_user_sig());
            }
        }
    }

    fn absence(&self) {
        if !self.dialect.can(Operation::SelfInfo) {
            let remedy = "add [operations.self_info] to the dialect, or remove the scenario";
            self.lacks("kind", "asks whether its session has ended", remedy);
        }
        // The kernel of a device that only ever reads goes on acknowledging: no target could tell that it is gone.
        let only_reads = matches!(self.dialect.push(), Some(Push::Events(_)));
        if only_reads && self.scenario.push == PushUse::Open {
            let remedy = "write `push = false`: on an event stream a device only reads, and is always silent";
            self.lacks("push", "tells by its silence that it is gone", remedy);
        }
    }

    /// What to do where the login shows no UserSig.
    fn no_user_sig(&self) -> &'static str {
        match self.dialect.credential() {
            Credential::Password => "remove the scenario: passwords do not expire",
            Credential::UserSig => {
                "add `{user_sig}` to [operations.login] of the dialect, or remove the scenario"
            }
        }
    }

    fn kicks(&self) {
        if !self.dialect.can(Operation::Provoke) {
            let remedy = "add [operations.provoke] to the dialect, or remove the scenario";
            self.lacks("kind", "provokes a kick", remedy);
        }
        self.tells_of_kicks();
    }

    fn tells_of_kicks(&self) {
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

    fn lacks(&self, key: &str, does: &str, remedy: &str) {
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
}

/// Tells where a rival on the person's own platform would kick nobody.
pub(super) fn check_rival(table: &Table<'_>, scenario: &Scenario, rules: DeviceRules) {
    let has_rival = match scenario.play {
        Play::Kicked { .. } => true,
        Play::Reconnect { kicked, .. } => kicked > 0.0,
        Play::Login
        | Play::Switch { .. }
        | Play::Expired { .. }
        | Play::Absent { .. }
        | Play::Devices { .. }
        | Play::Refused
        | Play::Requests { .. } => false,
    };
    if has_rival && rules.web_instances.max(rules.native_instances) > 1 {
        let place = table.get("kind").or_else(|| table.get("name"));
        table.fault_at(
            FaultKind::RivalKicksNobody,
            place.map_or(table.at(), Value::at),
            "a rival of the same platform kicks nobody where two of a platform may be online",
            "set `web_instances` and `native_instances` to 1, or play the kind `devices`",
        );
    }
}
