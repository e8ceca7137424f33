//! What the target's app is set to, where its settings change what sessions do.

use crate::session::DeviceRules;
use trtc_base::units::Micros;

/// How far honest clocks may be apart. Kerberos allows as much (RFC 4120, section 1.6).
pub(super) const DEFAULT_SKEW: Micros = Micros::from_secs(300);

/// What the target's app is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// Which devices of an account may be online together.
    pub devices: DeviceRules,
    /// Where a device that was kicked while it was away meets 6208.
    pub offline_kick: OfflineKick,
    /// How far its clock may be from ours: a UserSig that expired no longer ago may still be taken.
    pub clock_skew: Micros,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self {
            devices: DeviceRules::default(),
            offline_kick: OfflineKick::default(),
            clock_skew: DEFAULT_SKEW,
        }
    }
}

/// Where a native device that was kicked while it was away meets 6208, once. Source: Chat docs, "Login": two switches of the
/// console, both off by default; web devices never meet it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfflineKick {
    /// Nowhere: its next login succeeds.
    #[default]
    Silent,
    /// At its next login.
    OnLogin,
    /// When it comes back by its token.
    OnReconnect,
    /// At whichever comes first.
    Both,
}

impl OfflineKick {
    /// Every setting with its name in profiles.
    pub const NAMED: [(&'static str, Self); 4] = [
        ("silent", Self::Silent),
        ("on_login", Self::OnLogin),
        ("on_reconnect", Self::OnReconnect),
        ("both", Self::Both),
    ];

    /// Its name in profiles.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::OnLogin => "on_login",
            Self::OnReconnect => "on_reconnect",
            Self::Both => "both",
        }
    }

    /// Whether coming back by the token meets it.
    #[must_use]
    pub const fn at_reconnect(self) -> bool {
        matches!(self, Self::OnReconnect | Self::Both)
    }

    /// Whether a login meets it, of a device that was not told when it came back.
    #[must_use]
    pub const fn at_login(self) -> bool {
        matches!(self, Self::OnLogin | Self::Both)
    }
}
