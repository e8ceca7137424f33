//! Why a code of the SDK's header has no row: whole ranges, each with its reason.
//!
//! Source: `TIMErrorCode.h` and `V2TIMErrorCode.h` of the SDK. What has a row has no need of a reason, also inside a range.

use std::ops::RangeInclusive;

/// Codes without a row, and why.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The codes, from the first to the last.
    pub codes: RangeInclusive<i64>,
    /// Why they have none.
    pub reason: &'static str,
}

const INNER: &str = "the SDK's own trouble inside: the header asks to send its log to support, and no server answers so";
const ACCESS: &str = "the access layer's own talk with the SDK (captchas, cookies, packets): no handling is documented";
const LOCAL: &str = "the device's disk, memory or threads";
const MESSAGES: &str = "messages and files: not on the way of a login";
const GROUPS: &str = "groups: not on the way of a login";
const FRIENDS: &str = "friends and profiles: not on the way of a login";
const LEGACY: &str = "the core of SDKs before 4.0, inside: no server answers so";

/// Every range, ascending.
pub const ABSENT: &[Absent] = &[
    why(-10114, -10100, ACCESS),
    why(-10009, -10000, ACCESS),
    why(0, 0, "no error"),
    why(6001, 6002, INNER),
    why(6003, 6011, MESSAGES),
    why(6016, 6016, MESSAGES),
    why(6018, 6018, LEGACY),
    why(6019, 6019, LOCAL),
    why(6021, 6021, MESSAGES),
    why(6022, 6022, LOCAL),
    why(6024, 6025, LEGACY),
    why(6027, 6027, "JSON that the app handed to the SDK"),
    why(6028, 6028, LOCAL),
    why(6031, 6031, MESSAGES),
    why(6100, 6131, LEGACY),
    why(6150, 6153, FRIENDS),
    why(6160, 6162, GROUPS),
    why(6205, 6222, LEGACY),
    why(6223, 6224, MESSAGES),
    why(6252, 6258, LEGACY),
    why(6300, 6300, LEGACY),
    why(7001, 7002, INNER),
    why(7004, 7007, MESSAGES),
    why(7010, 7011, LOCAL),
    why(7012, 7012, INNER),
    why(
        7014,
        7014,
        "a call that the SDK does not know in this state, whatever the service says",
    ),
    why(7503, 7507, INNER),
    why(8001, 8021, MESSAGES),
    why(8501, 8514, GROUPS),
    why(9001, 9006, FRIENDS),
    why(9501, 9522, INNER),
    why(10_002, 10_056, GROUPS),
    why(20_001, 20_018, MESSAGES),
    why(30_001, 31_804, FRIENDS),
    why(40_001, 40_610, FRIENDS),
    why(50_001, 50_005, "recent contacts: not on the way of a login"),
    why(80_001, 80_101, MESSAGES),
    why(90_001, 93_000, MESSAGES),
    why(114_000, 115_068, MESSAGES),
];

const fn why(first: i64, last: i64, reason: &'static str) -> Absent {
    Absent {
        codes: first..=last,
        reason,
    }
}
