//! The session rules that a target must keep, and their words. In recordings each has the key that serde gives it.

use serde::{Deserialize, Serialize};

/// The session rules that a target must keep. Written from the documented rules, not from the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invariant {
    /// `self_info` is the account that logged in.
    #[serde(alias = "self_info is the account that logged in")]
    SelfInfoIsTheAccount,
    /// `self_info` is empty after a failed login.
    #[serde(alias = "self_info is empty after a failed login")]
    NoAccountAfterFailure,
    /// The token of a kicked or logged-out session is refused.
    #[serde(alias = "the token of an ended session is refused")]
    EndedTokenIsRefused,
    /// No kick notice comes without a rival's act, and no word of an expired UserSig while it is valid.
    #[serde(alias = "no notice without a cause")]
    NoNoticeWithoutCause,
    /// An account has no more sessions than its app's policy allows.
    #[serde(alias = "no more sessions than the policy allows")]
    NoMoreSessionsThanThePolicy,
    /// A device that was kicked while it was away is told so once, where that is switched on, and nowhere else.
    #[serde(alias = "kicked while away is told once, where that is on")]
    KickedWhileAwayIsToldOnce,
    /// A UserSig that is expired, another's, or not signed with the app's key logs nobody in.
    BadTicketIsRefused,
    /// A refused login leaves no session behind.
    RefusedLoginMakesNoSession,
    /// Who logged in has a token, where the dialect needs one.
    LoginGivesAToken,
    /// A session is known right after its login was acknowledged.
    LoginIsKnownAtOnce,
    /// A session that nobody ended is there until its device is told otherwise.
    NoSessionEndsUnsaid,
    /// A logout leaves the account's other devices online.
    LogoutEndsOneSession,
    /// The token of an ended session opens no push channel.
    EndedTokenOpensNoChannel,
    /// A session outlives a network loss: its device comes back by the token.
    NetworkLossEndsNoSession,
    /// Who logged in is an account of the app, without an import before.
    LoginSignsUp,
}

impl Invariant {
    /// Every invariant, in the order tables show them.
    pub const ALL: [Self; 15] = [
        Self::SelfInfoIsTheAccount,
        Self::NoAccountAfterFailure,
        Self::EndedTokenIsRefused,
        Self::NoNoticeWithoutCause,
        Self::NoMoreSessionsThanThePolicy,
        Self::KickedWhileAwayIsToldOnce,
        Self::BadTicketIsRefused,
        Self::RefusedLoginMakesNoSession,
        Self::LoginGivesAToken,
        Self::LoginIsKnownAtOnce,
        Self::NoSessionEndsUnsaid,
        Self::LogoutEndsOneSession,
        Self::EndedTokenOpensNoChannel,
        Self::NetworkLossEndsNoSession,
        Self::LoginSignsUp,
    ];

    /// Its words in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfInfoIsTheAccount => "self_info is the account that logged in",
            Self::NoAccountAfterFailure => "self_info is empty after a failed login",
            Self::EndedTokenIsRefused => "the token of an ended session is refused",
            Self::NoNoticeWithoutCause => "no notice without a cause",
            Self::NoMoreSessionsThanThePolicy => "no more sessions than the policy allows",
            Self::KickedWhileAwayIsToldOnce => "kicked while away is told once, where that is on",
            Self::BadTicketIsRefused => "a bad ticket is refused",
            Self::RefusedLoginMakesNoSession => "a refused login makes no session",
            Self::LoginGivesAToken => "a login gives a token",
            Self::LoginIsKnownAtOnce => "an acknowledged login is known at once",
            Self::NoSessionEndsUnsaid => "no session ends without a notice",
            Self::LogoutEndsOneSession => "a logout ends its own session only",
            Self::EndedTokenOpensNoChannel => "the token of an ended session opens no push channel",
            Self::NetworkLossEndsNoSession => "a network loss ends no session",
            Self::LoginSignsUp => "a login signs its account up",
        }
    }

    /// What was seen where it is broken.
    #[must_use]
    pub const fn broken(self) -> &'static str {
        match self {
            Self::SelfInfoIsTheAccount => "self_info named another account than the one logged in",
            Self::NoAccountAfterFailure => "self_info named an account after a failed login",
            Self::EndedTokenIsRefused => "the token of an ended session was accepted",
            Self::NoNoticeWithoutCause => "a notice came without a cause",
            Self::NoMoreSessionsThanThePolicy => {
                "an account had more sessions than its policy allows"
            }
            Self::KickedWhileAwayIsToldOnce => {
                "a kick while away was not told once, or was told where that is off"
            }
            Self::BadTicketIsRefused => "a bad UserSig was accepted",
            Self::RefusedLoginMakesNoSession => {
                "a login was refused and made a session all the same"
            }
            Self::LoginGivesAToken => "a login was acknowledged with an empty token",
            Self::LoginIsKnownAtOnce => {
                "a login was acknowledged, and its session unknown right after"
            }
            Self::NoSessionEndsUnsaid => "a session ended, and nothing told its device",
            Self::LogoutEndsOneSession => "a logout ended the session of another device",
            Self::EndedTokenOpensNoChannel => {
                "the token of an ended session opened a push channel that stayed open"
            }
            Self::NetworkLossEndsNoSession => {
                "a session was over after a network loss, and nobody had ended it"
            }
            Self::LoginSignsUp => "an account had logged in, and the service did not know it",
        }
    }

    /// Whether a request of ours that was never answered, and may have been carried out, could explain what is seen where it
    /// is broken.
    #[must_use]
    pub const fn has_other_explanations(self) -> bool {
        match self {
            Self::SelfInfoIsTheAccount
            | Self::NoAccountAfterFailure
            | Self::EndedTokenIsRefused
            | Self::NoNoticeWithoutCause
            | Self::NoMoreSessionsThanThePolicy
            | Self::KickedWhileAwayIsToldOnce
            | Self::RefusedLoginMakesNoSession
            | Self::LoginIsKnownAtOnce
            | Self::NoSessionEndsUnsaid
            | Self::LogoutEndsOneSession
            | Self::EndedTokenOpensNoChannel
            | Self::NetworkLossEndsNoSession => true,
            // The answer itself says so.
            Self::BadTicketIsRefused | Self::LoginGivesAToken | Self::LoginSignsUp => false,
        }
    }
}
