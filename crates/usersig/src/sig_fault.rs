//! Which part of a UserSig is wrong, in words, with the way out.
//!
//! In: what the check found. Out: one line and a remedy, both of bounded length. Never here: keys, the check itself.

use std::fmt;

use trtc_base::error::{Exit, Explain};
use trtc_base::units::UnixSeconds;

use super::SdkAppId;
use super::codec::Malformed;

/// The most characters of a foreign text that a message repeats.
const MAX_SHOWN: usize = 64;

/// Which part of a UserSig is wrong, in the order they are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigFault {
    /// The text is no UserSig at all.
    NotAUserSig(Malformed),
    /// It was signed for another app.
    OtherApp {
        /// The app it is for.
        found: SdkAppId,
    },
    /// It was signed for another account.
    OtherUser {
        /// The account it is for.
        found: String,
    },
    /// Its time is over.
    Expired {
        /// The last second in which it was valid.
        at: UnixSeconds,
        /// The second it was looked at.
        now: UnixSeconds,
    },
    /// All it claims fits, and another key signed it (or its claims were changed afterwards).
    BadSignature,
}

impl fmt::Display for SigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAUserSig(Malformed::FirstVersion) => f.write_str(
                "this is a UserSig of version 1 (`TLS.version`, `TLS.sdk_appid`), signed with a private key (ECDSA)",
            ),
            Self::NotAUserSig(reason) => write!(f, "this is not a UserSig: {reason}"),
            Self::OtherApp { found } => write!(f, "it was signed for the app {found}"),
            Self::OtherUser { found } => {
                write!(f, "it was signed for the UserID {:?}", shortened(found))
            }
            Self::Expired { at, now } => {
                if now <= at {
                    return f.write_str("it has expired: its validity is less than nothing");
                }
                let ago = now.0.saturating_sub(at.0);
                write!(
                    f,
                    "it expired {ago} s ago (valid up to Unix second {}, now {})",
                    at.0, now.0
                )
            }
            Self::BadSignature => f.write_str("its signature does not fit this key"),
        }
    }
}

impl Explain for SigFault {
    fn place(&self) -> String {
        "usersig".into()
    }

    fn remedy(&self) -> String {
        match self {
            Self::NotAUserSig(Malformed::FirstVersion | Malformed::Version { .. }) => {
                "change the app over from the ECDSA public and private key to HMAC-SHA256 in the console, then sign with TLSSigAPIv2"
            }
            Self::NotAUserSig(Malformed::Character { .. }) => {
                "pass the text as it was signed, without spaces and without URL encoding"
            }
            Self::NotAUserSig(_) => "copy the whole UserSig, or sign a new one",
            Self::OtherApp { .. } => "use the SDKAppID it was signed for, or sign it with this one",
            Self::OtherUser { .. } => {
                "log in with the UserID it was signed for, or sign one for this UserID"
            }
            Self::Expired { .. } => "sign a new one; a validity of at least 24 h is advised",
            Self::BadSignature => {
                "check that the key is this app's current key, and that nothing changed the text"
            }
        }
        .into()
    }

    fn exit(&self) -> Exit {
        Exit::Broken
    }
}

/// The first characters of a text that came from outside: a message is one line of bounded length.
pub(super) fn shortened(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut shown: String = text.chars().take(MAX_SHOWN).map(clean).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push_str("..");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_fault() -> Vec<SigFault> {
        let malformed = [
            Malformed::Empty,
            Malformed::TooLong { bytes: 9_000 },
            Malformed::Character { found: '+', at: 3 },
            Malformed::Base64,
            Malformed::NotZlib,
            Malformed::Truncated,
            Malformed::Trailing { bytes: 2 },
            Malformed::Bomb,
            Malformed::Content {
                reason: "missing field `TLS.sig`".into(),
            },
            Malformed::FirstVersion,
            Malformed::Version {
                found: "1.0".into(),
            },
        ];
        let mut all: Vec<_> = malformed.into_iter().map(SigFault::NotAUserSig).collect();
        all.extend([
            SigFault::OtherApp { found: SdkAppId(7) },
            SigFault::OtherUser {
                found: "bob\nmallory".into(),
            },
            SigFault::Expired {
                at: UnixSeconds(10),
                now: UnixSeconds(15),
            },
            SigFault::BadSignature,
        ]);
        all
    }

    #[test]
    fn every_fault_is_one_line_with_a_remedy_and_breaks_the_check() {
        for fault in every_fault() {
            let said = fault.to_string();
            assert!(!said.contains('\n') && said.len() < 200, "{said}");
            assert!(!fault.remedy().is_empty(), "{said}");
            assert_eq!(fault.place(), "usersig");
            assert_eq!(fault.exit(), Exit::Broken, "{said}");
        }
    }

    #[test]
    fn an_expired_ticket_says_how_long_ago() {
        let fault = SigFault::Expired {
            at: UnixSeconds(10),
            now: UnixSeconds(15),
        };
        assert_eq!(
            fault.to_string(),
            "it expired 5 s ago (valid up to Unix second 10, now 15)"
        );
    }

    #[test]
    fn a_foreign_text_is_shown_up_to_a_bound_and_without_control_characters() {
        assert_eq!(shortened("a\u{1b}[31mb"), "a [31mb");
        assert_eq!(shortened(&"x".repeat(64)), "x".repeat(64));
        assert_eq!(shortened(&"x".repeat(65)), format!("{}..", "x".repeat(64)));
    }
}
