//! The documented codes that the mock answers with. Its own list: the run's table must not vouch for itself.

use axum::http::StatusCode;

/// A refusal: a documented code and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The code.
    pub(super) code: i64,
    /// What it means, in a few words.
    pub(super) message: &'static str,
    /// The HTTP status that carries it.
    pub(super) status: StatusCode,
}

const fn refusal(code: i64, message: &'static str) -> Refusal {
    Refusal {
        code,
        message,
        status: status_of(code),
    }
}

/// The HTTP status that says whose fault a code is.
const fn status_of(code: i64) -> StatusCode {
    match code {
        6017 | 7003 | 60003 => StatusCode::BAD_REQUEST,
        6014 | 6206 | 6208 | 70001..=70020 | 70052 => StatusCode::UNAUTHORIZED,
        70050 | 72010 => StatusCode::TOO_MANY_REQUESTS,
        72000 | 72002 => StatusCode::FORBIDDEN,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The session is over, or never was.
pub(super) const NOT_LOGGED_IN: Refusal = refusal(6014, "not logged in, or was kicked");
/// A rival logged in while the device was away.
pub(super) const KICKED_WHILE_AWAY: Refusal = refusal(6208, "logged in elsewhere meanwhile");
/// A parameter makes no sense.
pub(super) const BAD_PARAMETER: Refusal = refusal(6017, "bad parameter");
/// The UserID breaks the rule.
pub(super) const BAD_USER_ID: Refusal = refusal(7003, "bad UserID");
/// The body is not the JSON it should be.
pub(super) const BAD_JSON: Refusal = refusal(60003, "the body could not be read as JSON");
/// The UserSig's time is over.
pub(super) const SIG_EXPIRED: Refusal = refusal(70001, "UserSig expired");
/// There is no UserSig.
pub(super) const SIG_EMPTY: Refusal = refusal(70002, "UserSig is empty");
/// The UserSig is of version 1.
pub(super) const SIG_FIRST_VERSION: Refusal = refusal(
    70003,
    "UserSig of version 1 (ECDSA): change the app over to HMAC-SHA256 in the console",
);
/// The UserSig cannot be decoded.
pub(super) const SIG_ILLEGAL: Refusal = refusal(70003, "illegal or truncated UserSig");
/// The UserSig was signed with another key.
pub(super) const SIG_OTHER_KEY: Refusal = refusal(70009, "UserSig verification failed");
/// The UserSig names another account.
pub(super) const SIG_OTHER_USER: Refusal = refusal(70013, "UserID differs from the one signed");
/// The UserSig names another app.
pub(super) const SIG_OTHER_APP: Refusal = refusal(70014, "SDKAppID differs from the one signed");
/// There is no such app here.
pub(super) const NO_SUCH_APP: Refusal = refusal(70020, "SDKAppID does not exist");
/// Too many logins.
pub(super) const TOO_FREQUENT: Refusal = refusal(72010, "request overfrequency");

/// The REST command does not exist.
pub(super) const NO_SUCH_COMMAND: Refusal = refusal(60009, "no such service or command");
/// A REST request's URL lacks the SDKAppID.
pub(super) const NO_APP_NAMED: Refusal = refusal(60012, "the request has no SDKAppID");
/// The identifier is no administrator.
pub(super) const NOT_ADMIN: Refusal = refusal(60010, "the identifier is not an administrator");
/// A parameter of the URL is missing or wrong.
pub(super) const URL_PARAMETER: Refusal = refusal(60025, "a parameter of the URL is wrong");
/// A parameter of the body is missing or wrong.
pub(super) const REST_PARAMETER: Refusal = refusal(70402, "a parameter is wrong");
/// A list is empty or too long.
pub(super) const REST_COUNT: Refusal = refusal(70206, "too few or too many accounts");
/// The account does not exist.
pub(super) const NO_SUCH_ACCOUNT: Refusal = refusal(70107, "the account does not exist");
/// An administrator made the UserSig invalid.
pub(super) const SIG_INVALIDATED: Refusal = refusal(70052, "the UserSig was made invalid");

/// Every refusal that the mock gives of its own accord.
const OWN: [Refusal; 13] = [
    KICKED_WHILE_AWAY,
    NOT_LOGGED_IN,
    BAD_PARAMETER,
    BAD_USER_ID,
    BAD_JSON,
    SIG_EXPIRED,
    SIG_EMPTY,
    SIG_ILLEGAL,
    SIG_OTHER_KEY,
    SIG_OTHER_USER,
    SIG_OTHER_APP,
    NO_SUCH_APP,
    TOO_FREQUENT,
];

impl Refusal {
    /// A refusal by order: the settings name only its code.
    pub(super) fn ordered(code: i64) -> Self {
        OWN.into_iter()
            .find(|known| known.code == code)
            .unwrap_or(refusal(code, "refused by the mock's settings"))
    }

    /// An error by order: the service's own fault, whatever its code says.
    pub(super) fn broken(code: i64) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::ordered(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordered_code_that_is_known_keeps_its_meaning() {
        assert_eq!(Refusal::ordered(70001), SIG_EXPIRED);
        assert_eq!(Refusal::ordered(70500).code, 70500);
    }

    #[test]
    fn the_status_says_whose_fault_it_is() {
        for (code, status) in [
            (7003, 400),
            (60003, 400),
            (70009, 401),
            (6014, 401),
            (72010, 429),
            (70500, 500),
        ] {
            assert_eq!(Refusal::ordered(code).status.as_u16(), status, "{code}");
            assert_eq!(Refusal::broken(code).status.as_u16(), 500, "{code}");
        }
    }
}
