//! The tables `[limits]`, `[caps]` and `[activity]`, each of which may be missing.

use super::super::{Activity, Caps, Limits, Play, Scenario};
use trtc_base::config::{FaultKind, Table, Value};
use trtc_base::units::Micros;

/// As many as one process of the reference machine has descriptors.
const DEFAULT_SLOTS: u32 = 20_000;

const DEFAULT_ACTIVITY: Activity = Activity {
    daily_share: 0.2,
    concentration: 3.0,
    days: 30,
};

pub(super) fn limits(root: &Table<'_>) -> Option<Limits> {
    let default = Limits {
        slots: DEFAULT_SLOTS,
        drain: None,
        least_coverage: 1.0,
    };
    root.get_or("limits", default, |value| {
        let table = value.table(&["slots", "drain", "least_coverage"])?;
        let slots = table.get_or("slots", default.slots, |value| value.whole(1..=1_000_000));
        let range = Micros::ZERO..=Micros::from_secs(86_400);
        let drain = table.get_or("drain", None, |value| value.span(range).map(Some));
        let least_coverage = table.get_or("least_coverage", default.least_coverage, Value::share);
        Some(Limits {
            slots: slots?,
            drain: drain?,
            least_coverage: least_coverage?,
        })
    })
}

/// A drain that ends before an absence does leaves the one thing that its scenario asks unasked.
pub(super) fn check_drain(root: &Table<'_>, limits: &Limits, scenarios: &[Scenario]) {
    let absences = scenarios.iter().filter_map(|scenario| match scenario.play {
        Play::Absent { heartbeat, grace } => Some(heartbeat.plus(grace)),
        Play::Login
        | Play::Switch { .. }
        | Play::Kicked { .. }
        | Play::Expired { .. }
        | Play::Reconnect { .. }
        | Play::Devices { .. }
        | Play::Refused
        | Play::Requests { .. } => None,
    });
    let drain = root
        .get("limits")
        .and_then(|limits| limits.as_entry("drain"));
    if let (Some(longest), Some(drain), Some(value)) = (absences.max(), limits.drain, drain)
        && drain < longest
    {
        value.fault(
            FaultKind::DrainTooShort,
            format!(
                "the run's drain of {drain} ends before an absent device's session does, after {longest}"
            ),
            format!("write \"{}s\" or more, remove it, or lower `target.heartbeat_limit`", longest.whole_secs() + 1),
        );
    }
}

pub(super) fn caps(root: &Table<'_>) -> Option<Caps> {
    let default = Caps {
        max_mau: None,
        max_registered_accounts: None,
    };
    root.get_or("caps", default, |value| {
        let table = value.table(&["max_mau", "max_registered_accounts"])?;
        let cap = |value: &Value<'_>| value.whole(0..=1_000_000_000_000_u64).map(Some);
        let max_mau = table.get_or("max_mau", None, cap);
        let max_registered_accounts = table.get_or("max_registered_accounts", None, cap);
        Some(Caps {
            max_mau: max_mau?,
            max_registered_accounts: max_registered_accounts?,
        })
    })
}

pub(super) fn activity(root: &Table<'_>) -> Option<Activity> {
    root.get_or("activity", DEFAULT_ACTIVITY, |value| {
        let table = value.table(&["daily_share", "concentration", "days"])?;
        let default = DEFAULT_ACTIVITY;
        // The ends are no shares that a Beta distribution can have.
        let daily_share = table.get_or("daily_share", default.daily_share, |value| {
            value.number(0.0001..=0.9999)
        });
        let concentration = table.get_or("concentration", default.concentration, |value| {
            value.number(0.01..=10_000.0)
        });
        let days = table.get_or("days", default.days, |value| value.whole(28..=31));
        Some(Activity {
            daily_share: daily_share?,
            concentration: concentration?,
            days: days?,
        })
    })
}
