//! The contract between the engine and the recorder: everything that can happen in a run.
//!
//! In recordings each value has the key that serde gives it. Keys are frozen: words for people may change, and a variant
//! that gets another name keeps its key by `rename`. What stands as `alias` is how recordings of version 3 spell it.

use serde::{Deserialize, Serialize};

use crate::profile::{AppIx, ScenarioIx, StageIx};
use crate::session::{Cause, ChannelEnd, Class, Departed, Operation, Phases};
use crate::units::Micros;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A slot began an arrival.
    Started(Started),
    /// An arrival that no slot played.
    NotStarted(NotStarted),
    /// A step ended.
    Step(Step),
    /// A device came online (a login succeeded on a device that was not online).
    Online,
    /// A device that was online is not any more.
    Offline,
    /// An account logged in with success. Distinct accounts are counted from these.
    LoggedIn {
        /// Its app.
        app: AppIx,
        /// Its number in the app's population.
        account: u64,
    },
    /// The documented rules would not have made this login; it went out all the same (a fight that the profile asks for).
    LoginBeyondRules,
    /// A session rule was checked, and the target kept it. A breach is a check too, and is not told a second time here.
    Checked(Invariant),
    /// The target broke a session rule: proof, with its story.
    Breach(Breach),
    /// Something that is counted and has no time of its own.
    Tally(Tally),
    /// A push channel ended, by the target's doing.
    ChannelEnded(ChannelEnd, Standing),
    /// The kernel took a request of this operation: the client's own count, which every outcome is held against.
    Departed(Operation),
}

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
    /// A UserSig that the team's server issued is right.
    #[serde(alias = "UserSigs issued right")]
    UsersigRight,
    /// A callback was sent once more because its acknowledgement did not come: a duplicate for a receiver that had it.
    #[serde(alias = "callbacks sent again")]
    CallbackAgain,
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
}

impl Tally {
    /// Every tally, in the order tables show them.
    pub const ALL: [Self; 14] = [
        Self::NoticeLate,
        Self::NoticeTwice,
        Self::NoticeLost,
        Self::UsersigExpired,
        Self::UsersigWrongUser,
        Self::UsersigWrongApp,
        Self::UsersigBadSignature,
        Self::UsersigNotOne,
        Self::UsersigRight,
        Self::CallbackAgain,
        Self::PollFailed,
        Self::ChannelGivenUp,
        Self::Broadcast,
        Self::RuleNotJudged,
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
            Self::UsersigRight => "UserSigs issued right",
            Self::CallbackAgain => "callbacks sent again",
            Self::PollFailed => "long polls failed",
            Self::ChannelGivenUp => "push channels given up",
            Self::Broadcast => "broadcasts received",
            Self::RuleNotJudged => {
                "rules not judged, for a request without an answer could explain it"
            }
        }
    }
}

/// What a push channel's end says of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its session went on: a failed step of `push`.
    InSession,
    /// The dialect names such an end.
    Named,
    /// Its session was over: after a kick, an expired UserSig, a logout, or while a rival's act was under way.
    Afterwards,
}

impl Standing {
    /// Every standing, in the order tables show them.
    pub const ALL: [Self; 3] = [Self::InSession, Self::Named, Self::Afterwards];

    /// Its key in `summary.json`, and on disk.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::InSession => "in_session",
            Self::Named => "named",
            Self::Afterwards => "afterwards",
        }
    }

    /// Its words in reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::InSession => "while its session went on: failed steps of push",
            Self::Named => "as the dialect names it",
            Self::Afterwards => "after its session",
        }
    }
}

/// A slot began an arrival.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    /// What it plays.
    pub scenario: ScenarioIx,
    /// The stage of its due time.
    pub stage: StageIx,
    /// When the plan wanted it.
    pub due: Micros,
    /// When the slot was free for it.
    pub free: Micros,
}

/// An arrival that no slot played.
#[derive(Clone, Copy, Debug)]
pub struct NotStarted {
    /// What it would have played.
    pub scenario: ScenarioIx,
    /// The stage of its due time.
    pub stage: StageIx,
    /// When the plan wanted it.
    pub due: Micros,
    /// When it was given up.
    pub at: Micros,
    /// Why.
    pub reason: Reason,
}

/// Why an arrival was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its account was still online from an earlier arrival.
    #[serde(alias = "account busy")]
    AccountBusy,
    /// The target had told its account to wait.
    #[serde(alias = "told to wait")]
    ToldToWait,
    /// What the run may still cost was reserved by arrivals under way.
    #[serde(alias = "cap reserved")]
    CapReserved,
    /// No slot was free until the run's end. It enters latency as run end - due.
    #[serde(alias = "no slot")]
    NoSlot,
    /// The run was interrupted or stopped at a cap before it was due or taken.
    #[serde(alias = "run stopped")]
    RunStopped,
}

impl Reason {
    /// Every reason, in the order tables show them.
    pub const ALL: [Self; 5] = [
        Self::AccountBusy,
        Self::ToldToWait,
        Self::CapReserved,
        Self::NoSlot,
        Self::RunStopped,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountBusy => "account busy",
            Self::ToldToWait => "told to wait",
            Self::CapReserved => "cap reserved",
            Self::NoSlot => "no slot",
            Self::RunStopped => "run stopped",
        }
    }
}

/// A step that ended.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was done.
    pub operation: Operation,
    /// The scenario it belongs to.
    pub scenario: ScenarioIx,
    /// The stage of its due time.
    pub stage: StageIx,
    /// How it ended.
    pub class: Class,
    /// Why it did not succeed; none for a success.
    pub cause: Option<Cause>,
    /// When it was due.
    pub due: Micros,
    /// When it could have been sent: the later of due and slot free.
    pub ready: Micros,
    /// When its first byte was handed to the kernel, or its connect began; none when nothing was sent. Of a kick notice:
    /// when the rival's act was.
    pub sent: Option<Micros>,
    /// Whether its request left.
    pub departed: Departed,
    /// Whether an answer came, of any kind: attempts minus answers are the cut ones. A kick notice counts as neither.
    pub answered: Answered,
    /// When it was complete and judged.
    pub done: Micros,
    /// How long the parts of its way took.
    pub phases: Phases,
}

/// Whether a step's request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// A complete answer came.
    Yes,
    /// None came, or nothing was asked.
    No,
}

impl Step {
    /// What the person felt.
    #[must_use]
    pub const fn felt(&self) -> Micros {
        self.done.since(self.due)
    }

    /// What the target took; none when nothing was sent.
    #[must_use]
    pub fn served(&self) -> Option<Micros> {
        self.sent.map(|sent| self.done.since(sent))
    }

    /// What the generator lost.
    #[must_use]
    pub fn lag(&self) -> Option<Micros> {
        self.sent.map(|sent| sent.since(self.ready))
    }
}

/// A session rule that the target broke.
#[derive(Clone, Debug)]
pub struct Breach {
    /// Which rule.
    pub invariant: Invariant,
    /// When it was seen.
    pub at: Micros,
    /// The account, and what was seen, in one line.
    pub story: String,
}

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
}

impl Invariant {
    /// Every invariant, in the order tables show them.
    pub const ALL: [Self; 13] = [
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
            | Self::EndedTokenOpensNoChannel => true,
            // The answer itself says so.
            Self::BadTicketIsRefused | Self::LoginGivesAToken => false,
        }
    }
}
