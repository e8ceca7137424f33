//! The table's rows, and the remedies that they share.

use super::{CodeClass, CodeEntry, DEFAULT_WAIT, LOCKED_OUT_WAIT};

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
const KEY: Advice = (
    CodeClass::TicketFault,
    "log in again by hand; the SDK's inner key ends with the UserSig at the latest",
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
const NAMED: Advice = (
    CodeClass::Fix,
    "check the UserID and the UserSig that the request carries; where both are right try again later, then ask support",
);
const IMPORT: Advice = (CodeClass::Fix, "import the account first");
const UPDATE: Advice = (CodeClass::Fix, "update the SDK");
const LATER: Advice = (CodeClass::Wait(DEFAULT_WAIT), "try again later");
const RUNNING: Advice = (
    CodeClass::Wait(DEFAULT_WAIT),
    "wait for the answer to the call that is running, and make one call at a time",
);
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
const PLAN: Advice = (
    CodeClass::Quota,
    "buy or renew the plan; after a purchase try again in five minutes",
);
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
    row(-10112, "the SDKAppID is disabled", CONSOLE),
    row(-10110, "the SDKAppID is on a block list", BLOCKED),
    row(-10108, "the prepaid app is in arrears", UPGRADE),
    row(
        -10106,
        "the SDK's internal key was refused too often and must be reset",
        KEY,
    ),
    row(-10102, "the server broke the connection", NETWORK),
    row(
        -10101,
        "the SDK's internal key expired (with a notice)",
        KEY,
    ),
    row(-10004, "the SDK's internal ticket failed", KEY),
    row(-10003, "the SDK's internal key failed or expired", KEY),
    row(-10001, "the SDK's internal key expired", KEY),
    row(
        -302,
        "the server has too many connections and refused this one",
        LATER,
    ),
    row(6012, "request timed out (legacy)", LATER),
    row(6013, "the SDK is not initialised", ORDER),
    row(6014, "not logged in, or kicked", PERSON),
    row(6015, "the same call is still running", RUNNING),
    row(6017, "invalid parameter", REQUEST),
    row(6020, "no session node (legacy, not a login's)", REQUEST),
    row(
        6023,
        "logout came before login had finished (legacy)",
        ORDER,
    ),
    row(6026, "automatic login without an earlier login", PERSON),
    row(
        6106,
        "the connection's registration timed out (legacy)",
        LATER,
    ),
    row(6107, "the connection is being registered (legacy)", RUNNING),
    row(6121, "no network for the request (legacy)", NETWORK),
    row(6122, "no network for the answer (legacy)", NETWORK),
    row(6125, "the request timed out (legacy)", LATER),
    row(6126, "the answer timed out (legacy)", LATER),
    row(6200, "no network for the request (legacy)", NETWORK),
    row(6201, "no network for the answer (legacy)", NETWORK),
    row(6206, "UserSig expired (found by the SDK)", RENEW),
    row(6207, "account authentication failed (header only)", SIGNING),
    row(
        6208,
        "the account logged in elsewhere and this device was kicked",
        PERSON,
    ),
    row(6212, "the queue of requests is full (legacy)", LATER),
    row(
        6213,
        "another terminal logged in and this one was kicked (legacy)",
        PERSON,
    ),
    row(6214, "the service is suspended (legacy)", CONSOLE),
    row(6218, "the login's status report timed out (legacy)", LATER),
    row(6226, "ticket expired at automatic login (legacy)", TICKET),
    row(6250, "no network for the request (legacy)", NETWORK),
    row(6251, "no network for the answer (legacy)", NETWORK),
    row(6254, "the queue of requests is full (legacy)", LATER),
    row(
        6255,
        "another terminal logged in and this one was kicked (legacy)",
        PERSON,
    ),
    row(6256, "the service is suspended (legacy)", CONSOLE),
    row(
        7003,
        "bad UserID: empty, too long, or a character not allowed",
        REQUEST,
    ),
    row(7008, "SDK calls are too frequent", SLOWER),
    row(7009, "the SDK was shut down while the operation ran", ORDER),
    row(7013, "the plan does not include this call", UPGRADE),
    row(7501, "a login is already running", RUNNING),
    row(7502, "a logout is already running", RUNNING),
    row(7508, "the ticket's request timed out", LATER),
    row(9503, "login is not complete", LATER),
    row(9506, "more than 5 requests in a second", SLOWER),
    row(9507, "more than 1,000 requests are queued", LATER),
    row(9508, "no network", NETWORK),
    row(9510, "connect timed out", NETWORK),
    row(9511, "connections are requested too often: refused", LATER),
    row(9512, "no route to the network", NETWORK),
    row(9514, "connection reset by the peer", NETWORK),
    row(9516, "the server's name could not be looked up", NETWORK),
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
    row(
        60004,
        "the UserID or the UserSig of the request is wrong (another list: the account check failed)",
        NAMED,
    ),
    row(
        60005,
        "the UserID or the UserSig of the request is wrong (another list: the account check failed)",
        NAMED,
    ),
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
        "the plan is missing or expired, the app is in arrears, or a plan just bought is still being set up",
        PLAN,
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
