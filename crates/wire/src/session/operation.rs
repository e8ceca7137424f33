//! The measured steps of a session.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One measured step. Adding one is a variant here and a row in [`Operation::ALL`]. In recordings its key is serde's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Set-up: an account is made where the first login does not make it.
    Register,
    /// Many accounts are made in one request.
    RegisterMany,
    /// A UserSig is asked for at the team's own server.
    Usersig,
    /// An account comes online.
    Login,
    /// What a person feels: from the arrival's due time to the login answered. A sum, no request of its own.
    SignIn,
    /// The target says who is logged in.
    SelfInfo,
    /// The target says, in the middle of a stay, who is logged in: the request of `self_info`, in a row of its own.
    Watch,
    /// The target says who is logged in, asked so that a request is under way when a kick strikes: the request of
    /// `self_info`, in a row of its own, as a slow kick brings many.
    InFlight,
    /// The push channel opens. Polls have none: their first request is the channel.
    Push,
    /// A device that is online logs in with another account, without a logout before it.
    Switch,
    /// Set-up: the rival's act that ends the session of its victim.
    Provoke,
    /// From the rival's act sent to the victim's notice read.
    KickNotice,
    /// A login that follows a kick, after the person's reaction time, or an expired ticket, at once.
    Relogin,
    /// A device that lost its network comes back by its token, without a login.
    Reconnect,
    /// An account leaves by its own request.
    Logout,
    /// The target says which accounts are online.
    Status,
    /// A device asks for news, and the target holds the request until there are some: it has outcomes and no latency.
    LongPoll,
    /// The target says which accounts it knows.
    AccountCheck,
    /// The service's own count of its days: active accounts, logins, the most online at once.
    AppInfo,
    /// A webhook receiver is told what happened to a session.
    Callback,
}

impl Operation {
    /// Every operation, in the order tables show them.
    pub const ALL: [Self; 20] = [
        Self::Register,
        Self::RegisterMany,
        Self::Usersig,
        Self::Login,
        Self::SignIn,
        Self::SelfInfo,
        Self::Watch,
        Self::InFlight,
        Self::Push,
        Self::Switch,
        Self::Provoke,
        Self::KickNotice,
        Self::Relogin,
        Self::Reconnect,
        Self::Logout,
        Self::Status,
        Self::LongPoll,
        Self::AccountCheck,
        Self::AppInfo,
        Self::Callback,
    ];

    /// Its name in profiles, dialects and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::RegisterMany => "register_many",
            Self::Usersig => "usersig",
            Self::Login => "login",
            Self::SignIn => "sign_in",
            Self::SelfInfo => "self_info",
            Self::Watch => "watch",
            Self::InFlight => "in_flight",
            Self::Push => "push",
            Self::Switch => "switch",
            Self::Provoke => "provoke",
            Self::KickNotice => "kick_notice",
            Self::Relogin => "relogin",
            Self::Reconnect => "reconnect",
            Self::Logout => "logout",
            Self::Status => "status",
            Self::LongPoll => "long_poll",
            Self::AccountCheck => "account_check",
            Self::AppInfo => "app_info",
            Self::Callback => "callback",
        }
    }

    /// The operation of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name() == name)
    }

    /// Its place in [`Operation::ALL`], for tables.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether it is a request, which is sent and answered. A kick notice is only heard, and a `sign_in` is the sum of
    /// others: they count as no attempt and no answer, and nothing of them can be sent late.
    #[must_use]
    pub const fn is_request(self) -> bool {
        match self {
            Self::KickNotice | Self::SignIn => false,
            Self::Register
            | Self::RegisterMany
            | Self::AppInfo
            | Self::Usersig
            | Self::Login
            | Self::SelfInfo
            | Self::Watch
            | Self::InFlight
            | Self::Push
            | Self::Switch
            | Self::Provoke
            | Self::Relogin
            | Self::Reconnect
            | Self::Logout
            | Self::Status
            | Self::LongPoll
            | Self::AccountCheck
            | Self::Callback => true,
        }
    }

    /// Whether an administrator asks for it, about accounts and without a session of its own.
    #[must_use]
    pub const fn is_administrators(self) -> bool {
        match self {
            Self::Register
            | Self::RegisterMany
            | Self::Provoke
            | Self::Status
            | Self::AccountCheck
            | Self::AppInfo => true,
            Self::Usersig
            | Self::Login
            | Self::SignIn
            | Self::SelfInfo
            | Self::Watch
            | Self::InFlight
            | Self::Push
            | Self::Switch
            | Self::KickNotice
            | Self::Relogin
            | Self::Reconnect
            | Self::Logout
            | Self::LongPoll
            | Self::Callback => false,
        }
    }

    /// Whether it can change which sessions an account has: one that was never answered can explain what happens to them.
    #[must_use]
    pub const fn changes_sessions(self) -> bool {
        match self {
            Self::Login
            | Self::Switch
            | Self::Provoke
            | Self::Relogin
            | Self::Reconnect
            | Self::Logout => true,
            Self::Register
            | Self::RegisterMany
            | Self::AppInfo
            | Self::Usersig
            | Self::SignIn
            | Self::SelfInfo
            | Self::Watch
            | Self::InFlight
            | Self::Push
            | Self::KickNotice
            | Self::Status
            | Self::LongPoll
            | Self::AccountCheck
            | Self::Callback => false,
        }
    }

    /// Whether its time says something about the target. How long a poll is held is the target's choice.
    #[must_use]
    pub const fn has_latency(self) -> bool {
        !matches!(self, Self::LongPoll)
    }

    /// Whether reports keep the scenario as a second key for it.
    #[must_use]
    pub const fn is_kept_by_scenario(self) -> bool {
        matches!(self, Self::Login | Self::Relogin)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_index_and_is_found_by_its_name() {
        for (index, op) in Operation::ALL.into_iter().enumerate() {
            assert_eq!(op.index(), index, "{op}");
            assert_eq!(Operation::named(op.name()), Some(op), "{op}");
        }
    }

    #[test]
    fn every_operation_but_the_notice_and_the_sum_is_a_request() {
        let heard: Vec<_> = Operation::ALL
            .into_iter()
            .filter(|op| !op.is_request())
            .collect();
        assert_eq!(heard, [Operation::SignIn, Operation::KickNotice]);
    }
}
