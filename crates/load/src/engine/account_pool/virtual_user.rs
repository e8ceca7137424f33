//! An account on a device, and which of its devices.

use std::sync::Arc;

use trtc_base::units::UnixSeconds;
use trtc_usersig::{Platform, SdkAppId, UserId};
use trtc_wire::dialect::Values;

/// An account on a device.
#[derive(Clone, Debug)]
pub(in crate::engine) struct VirtualUser {
    pub(in crate::engine) app: SdkAppId,
    /// The account's number in its app.
    pub(in crate::engine) account: u64,
    pub(in crate::engine) user_id: UserId,
    pub(in crate::engine) user_sig: Arc<str>,
    /// When the UserSig expires; the end of time where the dialect shows none.
    pub(in crate::engine) valid_until: UnixSeconds,
    pub(in crate::engine) password: String,
    pub(in crate::engine) platform: Platform,
    pub(in crate::engine) device_id: String,
}

impl VirtualUser {
    /// What fills the placeholders of its requests.
    pub(in crate::engine) fn values<'p>(&'p self, token: &'p str) -> Values<'p> {
        Values {
            sdk_app_id: self.app.0,
            user_id: self.user_id.as_str(),
            user_sig: &self.user_sig,
            password: &self.password,
            platform: self.platform.name(),
            device_id: &self.device_id,
            token,
            ..Values::default()
        }
    }
}

/// Which of an account's devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Which {
    /// The person's own.
    Own,
    /// The rival's.
    Rival,
    /// One of several: the first is 0, as the person's own.
    Nth(u8),
}

impl Which {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Own => 0,
            Self::Rival => 1,
            Self::Nth(number) => number,
        }
    }
}
