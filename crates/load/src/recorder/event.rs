//! The contract between the engine and the recorder: everything that can happen in a run.
//!
//! In recordings each value has the key that serde gives it. Keys are frozen: words for people may change, and a variant
//! that gets another name keeps its key by `rename`. What stands as `alias` is how recordings of version 3 spell it.

use serde::{Deserialize, Serialize};

use super::invariant::Invariant;
use super::login_log::LoginResult;
use super::tally::Tally;
use crate::profile::{AppIx, ScenarioIx, StageIx};
use crate::session::{Cause, ChannelEnd, Class, Departed, Operation, Phases};
use trtc_base::units::Micros;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A slot began an arrival.
    Started(Started),
    /// An arrival that no slot played.
    NotStarted(NotStarted),
    /// A step ended.
    Step(Step),
    /// Steps that an arrival planned and did not send.
    Unsent(Operation, Unsent, u16),
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
    /// A login that left did not end in success, as far as is known. Only a log of logins wants to know.
    NotLoggedIn {
        /// Its app.
        app: AppIx,
        /// Its account's number in the app's population.
        account: u64,
        /// What it came to.
        result: LoginResult,
    },
    /// The documented rules would not have made this login; it went out all the same (a fight that the profile asks for).
    LoginBeyondRules,
    /// A session rule was checked, and the target kept it. A breach is a check too, and is not told a second time here.
    Checked(Invariant),
    /// The target broke a session rule: proof, with its story.
    Violation(Violation),
    /// Something that is counted and has no time of its own.
    Tally(Tally),
    /// A push channel ended, by the target's doing.
    ChannelEnded(ChannelEnd, Standing),
    /// The kernel took a request of this operation: the client's own count, which every outcome is held against.
    Departed(Operation),
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

/// Why a step that was planned was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsent {
    /// Its arrival was not started.
    ArrivalNotStarted,
    /// The run ended before.
    RunEnded,
    /// The target refused what had to come before it.
    RefusedBefore,
    /// What had to come before it failed, or had no answer.
    FailedBefore,
    /// The target had asked to slow down.
    ToldToWait,
    /// Nobody was online who could have been kicked.
    NoVictim,
    /// Its session had ended before it was due.
    SessionOver,
    /// The account was online already: whether a refused login makes a session could not be told.
    OnlineBefore,
}

impl Unsent {
    /// Every reason, in the order tables show them.
    pub const ALL: [Self; 8] = [
        Self::ArrivalNotStarted,
        Self::RunEnded,
        Self::RefusedBefore,
        Self::FailedBefore,
        Self::ToldToWait,
        Self::NoVictim,
        Self::SessionOver,
        Self::OnlineBefore,
    ];

    /// Its key, on disk and in files.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ArrivalNotStarted => "arrival_not_started",
            Self::RunEnded => "run_ended",
            Self::RefusedBefore => "refused_before",
            Self::FailedBefore => "failed_before",
            Self::ToldToWait => "told_to_wait",
            Self::NoVictim => "no_victim",
            Self::SessionOver => "session_over",
            Self::OnlineBefore => "online_before",
        }
    }

    /// Its words in reports, after a number of steps.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::ArrivalNotStarted => "as the arrival was not started",
            Self::RunEnded => "cut by the run's end",
            Self::RefusedBefore => "after a refusal",
            Self::FailedBefore => "after a step that failed",
            Self::ToldToWait => "told to wait",
            Self::NoVictim => "without a victim",
            Self::SessionOver => "as the session had ended",
            Self::OnlineBefore => "as the account was online before",
        }
    }
}

/// Whether a step was on its arrival's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planned {
    /// It was.
    Yes,
    /// It was sent beyond it: set-up, a poll, what the target made a device do; or nothing was sent.
    No,
}

/// A step that ended.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was done.
    pub operation: Operation,
    /// Whether it was planned.
    pub planned: Planned,
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
pub struct Violation {
    /// Which rule.
    pub invariant: Invariant,
    /// When it was seen.
    pub at: Micros,
    /// The account, and what was seen, in one line.
    pub story: String,
}
