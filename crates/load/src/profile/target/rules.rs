//! What the target's app is set to, where its settings change what sessions do.

use crate::session::{DeviceRules, OfflineKick, Policy};
use trtc_base::config::{Table, Writer};
use trtc_base::section;
use trtc_base::units::Micros;

/// Beyond it the probes that are expired by an hour would be no later than the clocks allow.
const MOST_SKEW: Micros = Micros::from_secs(3_000);

section! {
    /// What the target's app is set to, where its settings change what sessions do.
    pub(super) RULES {
        /// Which platforms of an account may be online together.
        POLICY: Policy = one_of("policy").or("\"dual\"");
        /// Web instances of an account online together.
        WEB_INSTANCES: u32 = whole("web_instances", 1, 10).or("1");
        /// Instances of an account online together on each native platform.
        NATIVE_INSTANCES: u32 = whole("native_instances", 1, 3).or("1");
        /// Where a native device that was kicked while it was away meets 6208, once.
        KICKED_WHILE_AWAY: OfflineKick = one_of("kicked_while_away").or("\"silent\"");
        /// How far the target's clock may be from ours: a UserSig that expired no longer ago may still be taken. Kerberos
        /// allows as much as is usual (RFC 4120, section 1.6).
        CLOCK_SKEW: Micros = span("clock_skew", Micros::ZERO, MOST_SKEW).or("\"300s\"");
    }
}

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

impl SessionRules {
    pub(super) fn read(target: &Table<'_>) -> Option<Self> {
        let policy = target.read(&POLICY);
        let web = target.read(&WEB_INSTANCES);
        let native = target.read(&NATIVE_INSTANCES);
        let away = target.read(&KICKED_WHILE_AWAY);
        let skew = target.read(&CLOCK_SKEW);
        Some(Self {
            devices: DeviceRules {
                policy: policy?,
                web_instances: web?,
                native_instances: native?,
            },
            offline_kick: away?,
            clock_skew: skew?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.put_named(&POLICY, self.devices.policy);
        out.put(&WEB_INSTANCES, &self.devices.web_instances);
        out.put(&NATIVE_INSTANCES, &self.devices.native_instances);
        out.put_named(&KICKED_WHILE_AWAY, self.offline_kick);
        out.put(&CLOCK_SKEW, &self.clock_skew);
    }
}
