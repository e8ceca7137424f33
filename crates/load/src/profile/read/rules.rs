//! What the target's app is set to: `policy`, `web_instances`, `native_instances`,
//! `kicked_while_away` and `clock_skew` of `[target]`.

use super::super::rules::DEFAULT_SKEW;
use super::super::{OfflineKick, SessionRules};
use crate::session::{DeviceRules, Policy};
use trtc_base::config::Table;
use trtc_base::units::Micros;

/// Beyond it the probes that are expired by an hour would be no later than the clocks allow.
const MOST_SKEW: Micros = Micros::from_secs(3_000);

/// The keys of `[target]` that are read here.
pub(super) const KEYS: [&str; 5] = [
    "policy",
    "web_instances",
    "native_instances",
    "kicked_while_away",
    "clock_skew",
];

pub(super) fn read(target: &Table<'_>) -> Option<SessionRules> {
    let usual = DeviceRules::default();
    let policy = target.get_or("policy", usual.policy, |value| value.one_of(&Policy::NAMED));
    let web = target.get_or("web_instances", usual.web_instances, |value| {
        value.whole(1..=10_u32)
    });
    let native = target.get_or("native_instances", usual.native_instances, |value| {
        value.whole(1..=3_u32)
    });
    let away = target.get_or("kicked_while_away", OfflineKick::Silent, |value| {
        value.one_of(&OfflineKick::NAMED)
    });
    let skew = target.get_or("clock_skew", DEFAULT_SKEW, |value| {
        value.span(Micros::ZERO..=MOST_SKEW)
    });
    Some(SessionRules {
        devices: DeviceRules {
            policy: policy?,
            web_instances: web?,
            native_instances: native?,
        },
        offline_kick: away?,
        clock_skew: skew?,
    })
}
