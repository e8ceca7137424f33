//! What is wrong with a UserSig that no login may be let in by.
//!
//! In: which of a scenario's arrivals it is. Out: the flaw of its UserSig. Never here: keys, clocks.

use crate::scenario::Shows;
use trtc_base::units::Micros;

/// What is wrong with a UserSig. Everything else about it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It expired so long ago.
    Expired {
        /// In seconds.
        seconds: u64,
    },
    /// It was signed for another account.
    OtherUser,
    /// It was signed for another app.
    OtherApp,
    /// Another key signed it.
    OtherKey,
    /// It is for an app that does not exist, and so is the login.
    UnknownApp,
}

/// An hour: a grace that a service might allow.
const HOUR: u64 = 3_600;

/// A day: the validity that the documents advise, so a service that mistakes when it was signed for when it ends takes it.
const DAY: u64 = 86_400;

/// Flaws that go by turns.
const ALL: u64 = 7;

/// Those of them that are expired.
const EXPIRED: u64 = 3;

impl Flaw {
    /// What is wrong with the UserSig that a scenario's `nth` arrival shows first: nothing in most. Each in turn; clocks that
    /// are apart by no more than `skew` find all of them bad.
    pub(super) const fn of(shows: Shows, nth: u64, skew: Micros) -> Option<Self> {
        match shows {
            Shows::Good => None,
            Shows::Expired => Some(Self::by_turns(nth % EXPIRED, skew)),
            Shows::Bad => Some(Self::by_turns(nth, skew)),
        }
    }

    const fn by_turns(nth: u64, skew: Micros) -> Self {
        match nth % ALL {
            0 => Self::Expired {
                seconds: skew.whole_secs() + 1,
            },
            1 => Self::Expired { seconds: HOUR },
            2 => Self::Expired { seconds: DAY },
            3 => Self::OtherUser,
            4 => Self::OtherApp,
            5 => Self::OtherKey,
            // ALL - 1
            6.. => Self::UnknownApp,
        }
    }

    /// In words, after "logged in with a UserSig that".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Expired { seconds: DAY.. } => "had expired a day ago",
            Self::Expired { seconds: HOUR.. } => "had expired an hour ago",
            Self::Expired { .. } => "had expired longer ago than clocks may be apart",
            Self::OtherUser => "was signed for another account",
            Self::OtherApp => "was signed for another app",
            Self::OtherKey => "was signed with another key",
            Self::UnknownApp => "was signed for an app that does not exist, and named that app",
        }
    }
}
