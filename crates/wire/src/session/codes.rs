//! Every error code the documents name that a login path can meet, with its class and remedy: one table.
//!
//! In: a code. Out: what it means, what it asks of the device, what a person can do. Never here: which step met it.

mod absent;
mod page;
mod table;
#[cfg(test)]
mod tests;

use super::Code;
use trtc_base::units::Micros;

pub use absent::{ABSENT, Absent};
pub use page::codes_page;
pub use table::TENCENT_CODES;

/// What a code asks of the device that received it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeClass {
    /// Fetch a new UserSig and log in once more: 6206 and 70001, and no other.
    RenewUserSig,
    /// Another fault of the ticket: reported with its remedy, ends the session.
    TicketFault,
    /// Wrong input or configuration: do not retry.
    Fix,
    /// The target asks to wait: the account's next planned arrival is delayed by this long.
    Wait(Micros),
    /// The person decides.
    Person,
    /// Buy or upgrade: do not retry.
    Quota,
    /// The SDK recovers by itself.
    SdkRecovers,
}

/// A documented code.
#[derive(Clone, Copy, Debug)]
pub struct CodeEntry {
    /// The number on the wire.
    pub code: i64,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// What it asks of the device.
    pub class: CodeClass,
}

/// How long a device waits where the documents say "later" and give no number: long against the one second over which
/// the documented client limit counts (9506: 5 requests), short against a stage, so that the delayed arrival is played.
pub const DEFAULT_WAIT: Micros = Micros::from_secs(10);

/// How long 70050 asks to wait: one minute. Source: trtc.io/document/34348, row 70050.
pub const LOCKED_OUT_WAIT: Micros = Micros::from_secs(60);

/// Codes by which a target says that it was asked too often, ascending: the outcome class `throttled`.
const THROTTLES: &[i64] = &[
    -20009, -10113, 7008, 9506, 60007, 60011, 60018, 60019, 70050, 72010,
];

/// The table's entry for `code`, where it has one.
#[must_use]
pub fn tencent_code(code: &Code) -> Option<&'static CodeEntry> {
    let number = number(code)?;
    let at = TENCENT_CODES
        .binary_search_by_key(&number, |entry| entry.code)
        .ok()?;
    TENCENT_CODES.get(at)
}

/// Whether `code` says that the target was asked too often: its outcome is `throttled`, not `failed`.
#[must_use]
pub fn is_throttle(code: &Code) -> bool {
    number(code).is_some_and(|number| THROTTLES.binary_search(&number).is_ok())
}

const fn number(code: &Code) -> Option<i64> {
    match code {
        Code::Number(number) => Some(*number),
        Code::Name(_) | Code::Said(_) => None,
    }
}
