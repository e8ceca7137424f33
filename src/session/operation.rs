//! The measured steps of a session.

use std::fmt;

/// One measured step. Adding one is a variant here and a row in [`Operation::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Set-up: an account is made where the first login does not make it.
    Register,
    /// An account comes online.
    Login,
    /// The target says who is logged in.
    SelfInfo,
    /// The push channel opens. A long poll has none: its first request is the channel.
    Push,
    /// A device that is online logs in with another account, without a logout before it.
    Switch,
    /// Set-up: the rival's act that ends the session of its victim.
    Provoke,
    /// From the rival's act sent to the victim's notice read.
    KickNotice,
    /// A login that follows a kick, after the person's reaction time, or an expired ticket, at once.
    Relogin,
    /// An account leaves by its own request.
    Logout,
}

impl Operation {
    /// Every operation, in the order tables show them.
    pub const ALL: [Self; 9] = [
        Self::Register,
        Self::Login,
        Self::SelfInfo,
        Self::Push,
        Self::Switch,
        Self::Provoke,
        Self::KickNotice,
        Self::Relogin,
        Self::Logout,
    ];

    /// Its name in profiles, dialects and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::SelfInfo => "self_info",
            Self::Push => "push",
            Self::Switch => "switch",
            Self::Provoke => "provoke",
            Self::KickNotice => "kick_notice",
            Self::Relogin => "relogin",
            Self::Logout => "logout",
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

    /// Whether it is a request, which is sent and answered. A kick notice is only heard: it counts as no attempt and no
    /// answer, and nothing of it can be sent late.
    #[must_use]
    pub const fn is_request(self) -> bool {
        match self {
            Self::KickNotice => false,
            Self::Register
            | Self::Login
            | Self::SelfInfo
            | Self::Push
            | Self::Switch
            | Self::Provoke
            | Self::Relogin
            | Self::Logout => true,
        }
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
    fn every_operation_but_the_kick_notice_is_a_request() {
        let heard: Vec<_> = Operation::ALL
            .into_iter()
            .filter(|op| !op.is_request())
            .collect();
        assert_eq!(heard, [Operation::KickNotice]);
    }
}
