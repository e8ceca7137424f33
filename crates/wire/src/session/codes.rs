//! Every error code the documents name that a login path can meet, with its class and remedy: one table.
//!
//! In: a code. Out: what it means, what it asks of the device, what a person can do. Never here: which step met it.

use super::Code;
use trtc_base::units::Micros;

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

/// A class with the remedy that its codes share.
type Advice = (CodeClass, &'static str);

const RENEW: Advice = (
    CodeClass::RenewUserSig,
    "sign a new UserSig and log in again; a validity of at least 24 h is advised",
);
const TICKET: Advice = (
    CodeClass::TicketFault,
    "sign a new UserSig, then log in again by hand",
);
const SIGNING: Advice = (
    CodeClass::Fix,
    "sign with the official algorithm; check the key with `usersig verify`",
);
const MISMATCH: Advice = (
    CodeClass::Fix,
    "sign for the same SDKAppID and UserID that log in",
);
const APP: Advice = (
    CodeClass::Fix,
    "check the SDKAppID, its key and its data centre",
);
const REQUEST: Advice = (CodeClass::Fix, "correct the request");
const ORDER: Advice = (CodeClass::Fix, "correct the order of the calls");
const ADMIN: Advice = (CodeClass::Fix, "use an administrator account of this app");
const CONSOLE: Advice = (
    CodeClass::Fix,
    "change the app's settings in the console, or ask support",
);
const SUPPORT: Advice = (CodeClass::Fix, "ask support");
const IMPORT: Advice = (CodeClass::Fix, "import the account first");
const UPDATE: Advice = (CodeClass::Fix, "update the SDK");
const LATER: Advice = (CodeClass::Wait(DEFAULT_WAIT), "try again later");
const SLOWER: Advice = (
    CodeClass::Wait(DEFAULT_WAIT),
    "call less often, or have the limit raised",
);
const MINUTE: Advice = (
    CodeClass::Wait(LOCKED_OUT_WAIT),
    "check the UserSig, then try again after one minute",
);
const PERSON: Advice = (CodeClass::Person, "log in again if the person wants to");
const BLOCKED: Advice = (
    CodeClass::Quota,
    "ask support to take the app off the block list",
);
const UPGRADE: Advice = (CodeClass::Quota, "upgrade or renew the plan");
const NETWORK: Advice = (
    CodeClass::SdkRecovers,
    "none: the SDK goes online by itself when the network is back",
);

/// The documented codes that a login path can meet, ascending by code.
///
/// Sources: the error code page trtc.io/document/34348 and the SDK's header `TIMErrorCode.h` (what only the header
/// names says so); for the access layer's 60xxx also cloud.tencent.com/document/product/679/131708. The classes are
/// read off the remedies given there. Codes that those pages give no handling, and that no login returns, ask to fix.
pub const TENCENT_CODES: &[CodeEntry] = &[
    row(-20009, "the terminal calls too often", SLOWER),
    row(
        -10114,
        "the server is overloaded and dropped the packet",
        LATER,
    ),
    row(-10113, "the user sends this request too often", SLOWER),
    row(-10110, "the SDKAppID is on a block list", BLOCKED),
    row(-10108, "the prepaid app is in arrears", UPGRADE),
    row(-10004, "the SDK's internal ticket failed", TICKET),
    row(-10003, "the SDK's internal key failed or expired", TICKET),
    row(-10001, "the SDK's internal key expired", TICKET),
    row(
        -302,
        "the server has too many connections and refused this one",
        LATER,
    ),
    row(6012, "request timed out (legacy)", LATER),
    row(6013, "the SDK is not initialised", ORDER),
    row(6014, "not logged in, or kicked", PERSON),
    row(6015, "the same call is still running", LATER),
    row(6017, "invalid parameter", REQUEST),
    row(6020, "no session node (legacy, not a login's)", REQUEST),
    row(
        6023,
        "logout came before login had finished (legacy)",
        ORDER,
    ),
    row(6026, "automatic login without an earlier login", PERSON),
    row(6200, "no network for the request (legacy)", NETWORK),
    row(6201, "no network for the answer (legacy)", NETWORK),
    row(6206, "UserSig expired (found by the SDK)", RENEW),
    row(6207, "account authentication failed (header only)", SIGNING),
    row(
        6208,
        "the account logged in elsewhere and this device was kicked",
        PERSON,
    ),
    row(6226, "ticket expired at automatic login (legacy)", TICKET),
    row(
        7003,
        "bad UserID: empty, too long, or a character not allowed",
        REQUEST,
    ),
    row(7008, "SDK calls are too frequent", SLOWER),
    row(7009, "the SDK was shut down while the operation ran", ORDER),
    row(9503, "login is not complete", LATER),
    row(9506, "more than 5 requests in a second", SLOWER),
    row(9507, "more than 1,000 requests are queued", LATER),
    row(9508, "no network", NETWORK),
    row(9510, "connect timed out", NETWORK),
    row(9511, "connections are requested too often: refused", LATER),
    row(9514, "connection reset by the peer", NETWORK),
    row(9517, "connection reset", NETWORK),
    row(9518, "timed out in the queue", NETWORK),
    row(9519, "timed out while sending", NETWORK),
    row(9520, "timed out while waiting for the answer", NETWORK),
    row(9521, "timed out while sending the rest", NETWORK),
    row(9523, "timed out while sending, without a network", NETWORK),
    row(
        9524,
        "timed out while waiting for the answer, without a network",
        NETWORK,
    ),
    row(
        9525,
        "timed out while sending the rest, without a network",
        NETWORK,
    ),
    row(
        50002,
        "recent contacts: bad parameter (not a login's)",
        REQUEST,
    ),
    row(60002, "the request's URL could not be parsed", REQUEST),
    row(60003, "the request's JSON could not be parsed", REQUEST),
    row(60004, "the account check failed", LATER),
    row(60005, "the account check failed", LATER),
    row(60006, "invalid SDKAppID", APP),
    row(60007, "REST calls are too frequent", SLOWER),
    row(
        60008,
        "the service timed out, or the request has a wrong format",
        LATER,
    ),
    row(60009, "the request names a wrong resource", REQUEST),
    row(60010, "the identifier is no administrator", ADMIN),
    row(60011, "calls for this SDKAppID are too frequent", SLOWER),
    row(60012, "the request has no SDKAppID", REQUEST),
    row(60013, "the service's answer could not be parsed", LATER),
    row(60014, "the account check timed out", LATER),
    row(60015, "the UserID is not a string", REQUEST),
    row(60016, "the app is disabled", CONSOLE),
    row(60017, "the request is disabled", CONSOLE),
    row(60018, "requests are too frequent", SLOWER),
    row(60019, "requests are too frequent (older lists)", SLOWER),
    row(
        60020,
        "the plan is missing or expired, or the app is in arrears",
        UPGRADE,
    ),
    row(60021, "the source address is not allowed", CONSOLE),
    row(60025, "a parameter in the URL is wrong", REQUEST),
    row(
        60026,
        "the domain is not that of the app's data centre",
        APP,
    ),
    row(
        60028,
        "the trial's REST calls for 24 h are used up",
        UPGRADE,
    ),
    row(70001, "UserSig expired", RENEW),
    row(70002, "UserSig is empty", SIGNING),
    row(70003, "UserSig is illegal or cut", SIGNING),
    row(70005, "UserSig verification failed (header only)", SIGNING),
    row(
        70009,
        "UserSig was signed with the key of another app",
        SIGNING,
    ),
    row(70013, "UserSig was signed for another UserID", MISMATCH),
    row(70014, "UserSig was signed for another SDKAppID", MISMATCH),
    row(70016, "the key does not exist", APP),
    row(70020, "the SDKAppID does not exist", APP),
    row(70050, "UserSig failed, and too often", MINUTE),
    row(70051, "the account is on a block list", SUPPORT),
    row(70052, "UserSig was made invalid (header only)", TICKET),
    row(70101, "ticket expired at login (legacy)", TICKET),
    row(70107, "the account is not imported", IMPORT),
    row(70114, "restricted for security (header only)", SUPPORT),
    row(70169, "the server timed out", LATER),
    row(70202, "the server timed out (deleting accounts)", LATER),
    row(70206, "the batch has a wrong count", REQUEST),
    row(70398, "more accounts than the trial allows (100)", UPGRADE),
    row(
        70399,
        "a deleted account cannot be imported for 3 months",
        SUPPORT,
    ),
    row(70402, "bad parameters", REQUEST),
    row(70403, "only an administrator may do this", ADMIN),
    row(70404, "the SDK is too old", UPDATE),
    row(70500, "internal error of the server", LATER),
    row(71000, "the app does not allow to delete accounts", CONSOLE),
    row(72000, "the trial's daily active users are used up", UPGRADE),
    row(72001, "the user status feature is off", CONSOLE),
    row(
        72002,
        "the trial's monthly active users are used up",
        UPGRADE,
    ),
    row(
        72010,
        "one user logs in, logs out or changes state too often",
        SLOWER,
    ),
    row(
        91101,
        "too many web instances: the earlier one was kicked (legacy)",
        PERSON,
    ),
];

const fn row(code: i64, meaning: &'static str, (class, remedy): Advice) -> CodeEntry {
    CodeEntry {
        code,
        meaning,
        remedy,
        class,
    }
}

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(code: i64) -> &'static CodeEntry {
        tencent_code(&Code::Number(code)).unwrap()
    }

    #[test]
    fn codes_ascend_and_none_comes_twice() {
        let sorted: BTreeSet<i64> = TENCENT_CODES.iter().map(|entry| entry.code).collect();
        let listed: Vec<i64> = TENCENT_CODES.iter().map(|entry| entry.code).collect();
        assert_eq!(listed, Vec::from_iter(sorted));
        assert!(THROTTLES.is_sorted());
    }

    #[test]
    fn every_code_is_found_and_has_words() {
        for entry in TENCENT_CODES {
            let found = of(entry.code);
            assert_eq!(found.code, entry.code);
            assert!(
                !found.meaning.is_empty() && !found.remedy.is_empty(),
                "{}",
                entry.code
            );
        }
    }

    #[test]
    fn only_the_two_documented_codes_renew_the_user_sig_by_themselves() {
        let renewing: Vec<i64> = TENCENT_CODES
            .iter()
            .filter(|entry| entry.class == CodeClass::RenewUserSig)
            .map(|entry| entry.code)
            .collect();
        assert_eq!(renewing, [6206, 70001]);
    }

    #[test]
    fn other_ticket_faults_do_not_log_in_again() {
        for code in [-10004, -10003, -10001, 6226, 70052, 70101] {
            assert_eq!(of(code).class, CodeClass::TicketFault, "{code}");
        }
    }

    #[test]
    fn seventy_thousand_and_fifty_waits_a_minute_and_the_others_the_default() {
        assert_eq!(of(70050).class, CodeClass::Wait(LOCKED_OUT_WAIT));
        for code in [72010, 7008, 9506, 70169, 70500, 60014, -302] {
            assert_eq!(of(code).class, CodeClass::Wait(DEFAULT_WAIT), "{code}");
        }
    }

    #[test]
    fn every_throttle_asks_to_wait() {
        for code in THROTTLES {
            assert!(matches!(of(*code).class, CodeClass::Wait(_)), "{code}");
            assert!(is_throttle(&Code::Number(*code)), "{code}");
        }
        assert!(!is_throttle(&Code::Number(70001)));
        // A number as text is the number.
        assert!(is_throttle(&Code::from("70050")));
        assert!(!is_throttle(&Code::from("M_LIMIT_EXCEEDED")));
    }

    #[test]
    fn a_name_or_an_unknown_number_has_no_entry() {
        assert!(tencent_code(&Code::Name("M_FORBIDDEN".into())).is_none());
        for code in [i64::MIN, -20_010, 0, 70_000, i64::MAX] {
            assert!(tencent_code(&Code::Number(code)).is_none(), "{code}");
        }
    }
}
