//! Every error code the documents name, with its class and remedy: one table.

use super::Code;
use crate::units::Micros;

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

/// The documented codes that a login path can meet, ascending by code.
pub const TENCENT_CODES: &[CodeEntry] = &[CodeEntry {
    code: 70001,
    meaning: "UserSig expired",
    remedy: "sign a new UserSig; a validity of at least 24 h is advised",
    class: CodeClass::RenewUserSig,
}];

/// The table's entry for `code`, where it has one.
#[must_use]
pub fn tencent_code(code: &Code) -> Option<&'static CodeEntry> {
    match code {
        Code::Number(number) => TENCENT_CODES.iter().find(|entry| entry.code == *number),
        Code::Name(_) => None,
    }
}
