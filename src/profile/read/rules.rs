//! What the target's app is set to: `policy`, `web_instances`, `native_instances` and `kicked_while_away` of `[target]`.

use super::super::{OfflineKick, SessionRules};
use crate::dialect::document::Table;
use crate::session::{DeviceRules, Policy};

/// The keys of `[target]` that are read here.
pub(super) const KEYS: [&str; 4] = [
    "policy",
    "web_instances",
    "native_instances",
    "kicked_while_away",
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
    Some(SessionRules {
        devices: DeviceRules {
            policy: policy?,
            web_instances: web?,
            native_instances: native?,
        },
        offline_kick: away?,
    })
}
