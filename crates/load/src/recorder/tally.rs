//! What a run only counts, beside steps and rules, and its words. In recordings each has the key that serde gives it.

use serde::{Deserialize, Serialize};

/// What is only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tally {
    /// A kick notice came after its limit. Its step is a timeout all the same.
    #[serde(alias = "kick notices late")]
    NoticeLate,
    /// A kick notice came a second time.
    #[serde(alias = "kick notices twice")]
    NoticeTwice,
    /// A kick notice never came, as far as the device listened. Its step is a timeout.
    #[serde(alias = "kick notices lost")]
    NoticeLost,
    /// A UserSig that the team's server issued has expired already.
    #[serde(alias = "UserSigs issued expired")]
    UsersigExpired,
    /// A UserSig that the team's server issued is for another account.
    #[serde(alias = "UserSigs issued for another account")]
    UsersigWrongUser,
    /// A UserSig that the team's server issued is for another app.
    #[serde(alias = "UserSigs issued for another app")]
    UsersigWrongApp,
    /// A UserSig that the team's server issued is signed with another key, or broken.
    #[serde(alias = "UserSigs issued with a bad signature")]
    UsersigBadSignature,
    /// What the team's server issued is no UserSig at all.
    #[serde(alias = "UserSigs issued that are none")]
    UsersigNotOne,
    /// The team's server issued a UserSig of version 1.
    UsersigFirstVersion,
    /// A UserSig that the team's server issued is right.
    #[serde(alias = "UserSigs issued right")]
    UsersigRight,
    /// A callback was sent once more because its acknowledgement did not come: a duplicate for a receiver that had it.
    #[serde(alias = "callbacks sent again")]
    CallbackAgain,
    /// A callback was acknowledged neither at first nor by any of its retries.
    CallbackLost,
    /// A callback that was not acknowledged was to be sent again, and the run ended before, or too many were waiting.
    CallbackCut,
    /// A poll that the target holds got no answer, or none that the dialect knows. Only in recordings of before such polls
    /// were steps of their own.
    #[serde(alias = "long polls failed")]
    PollFailed,
    /// A session went on without its push channel: the target had turned the device away too often.
    #[serde(alias = "push channels given up")]
    ChannelGivenUp,
    /// A device was told what everybody is told.
    #[serde(alias = "broadcasts received")]
    Broadcast,
    /// A session rule looked broken, and a request of ours that was never answered could explain what was seen.
    RuleNotJudged,
    /// A person pressed login while one ran, and nothing was sent for it.
    LoginSuppressed,
    /// An answer writes its code as a text, and the dialect's success is a number.
    CodeAsText,
}

impl Tally {
    /// Every tally, in the order tables show them.
    pub const ALL: [Self; 19] = [
        Self::NoticeLate,
        Self::NoticeTwice,
        Self::NoticeLost,
        Self::UsersigExpired,
        Self::UsersigWrongUser,
        Self::UsersigWrongApp,
        Self::UsersigBadSignature,
        Self::UsersigNotOne,
        Self::UsersigFirstVersion,
        Self::UsersigRight,
        Self::CallbackAgain,
        Self::CallbackLost,
        Self::CallbackCut,
        Self::PollFailed,
        Self::ChannelGivenUp,
        Self::Broadcast,
        Self::RuleNotJudged,
        Self::LoginSuppressed,
        Self::CodeAsText,
    ];

    /// Its words in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoticeLate => "kick notices late",
            Self::NoticeTwice => "kick notices twice",
            Self::NoticeLost => "kick notices lost",
            Self::UsersigExpired => "UserSigs issued expired",
            Self::UsersigWrongUser => "UserSigs issued for another account",
            Self::UsersigWrongApp => "UserSigs issued for another app",
            Self::UsersigBadSignature => "UserSigs issued with a bad signature",
            Self::UsersigNotOne => "UserSigs issued that are none",
            Self::UsersigFirstVersion => "UserSigs issued of version 1",
            Self::UsersigRight => "UserSigs issued right",
            Self::CallbackAgain => "callbacks sent again",
            Self::CallbackLost => "callbacks never acknowledged, by no retry",
            Self::CallbackCut => "callbacks with retries that the run's end cut off",
            Self::PollFailed => "long polls failed",
            Self::ChannelGivenUp => "push channels given up",
            Self::Broadcast => "broadcasts received",
            Self::CodeAsText => "codes written as text where a number is documented",
            Self::RuleNotJudged => {
                "rules not judged, for a request without an answer could explain it"
            }
            Self::LoginSuppressed => "logins pressed while one ran, and not sent",
        }
    }
}
