//! The table `[safety]`: what ends a run before it does harm.

use super::super::safety::BreakerRule;
use super::target::TargetParts;
use trtc_base::config::{Table, Value};
use trtc_base::units::Micros;

/// The circuit breaker's rule: its own where the profile has one, on off loopback, off elsewhere.
pub(super) fn read(root: &Table<'_>, target: &TargetParts) -> Option<Option<BreakerRule>> {
    let usual = target.leaves_this_machine().then(BreakerRule::default);
    let Some(table) = root.get("safety") else {
        return Some(usual);
    };
    let table = table.table(&["breaker"])?;
    table.get_or("breaker", usual, read_breaker)
}

/// `true`, `false`, or `{ errors = "50%", for = "5s" }`
fn read_breaker(value: &Value<'_>) -> Option<Option<BreakerRule>> {
    if let Some(on) = value.as_flag() {
        return Some(on.then(BreakerRule::default));
    }
    let table = value.table(&["errors", "for"])?;
    let usual = BreakerRule::default();
    let errors = table.get_or("errors", usual.errors, Value::share);
    let seconds = table.get_or("for", Micros::from_secs(usual.seconds), |value| {
        value.span(Micros::from_secs(1)..=Micros::from_secs(3_600))
    });
    Some(Some(BreakerRule {
        errors: errors?,
        seconds: seconds?.whole_secs(),
    }))
}
