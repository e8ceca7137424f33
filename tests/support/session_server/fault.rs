//! What a server does wrong, as data, and the die that says when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::seats::Seats;

/// One thing that a server does wrong: against the documented rules, or on the way of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An expired UserSig is taken for that long after its end.
    Grace(Duration),
    /// One check of the UserSig is left out.
    Unchecked(Check),
    /// A login is acknowledged and its session unknown at once.
    Forgotten,
    /// A login is acknowledged with an empty token.
    EmptyToken,
    /// A login is answered with the token of the account that logged in before.
    TokenOfAnother,
    /// An answer names another account.
    NamesAnother(Route),
    /// A refused login leaves its account logged in, for whoever asks without a token.
    RefusedIsIn,
    /// A refused login makes a session on its device, of which nobody is told.
    RefusedMakesSession,
    /// A kick goes wrong.
    Kick(KickFault),
    /// A session with an open channel is told something that has not happened.
    ToldWithoutCause(&'static str),
    /// A session that ended in this way is accepted all the same.
    Lives(Over),
    /// The login of another account on a device leaves the session before untouched.
    SwitchLeavesOld,
    /// A logout ends the account's other sessions too, and nobody is told.
    LogoutEndsAll,
    /// The devices of an account are held to another policy than the app's.
    Policy(Seats),
    /// A session ends by itself a while after its login, and nobody is told.
    EndsSilently,
    /// A token of an ended session opens a push channel.
    DeadTokenOpens,
    /// An open push channel ends a while after it was opened, while its session goes on.
    Channel(ChannelEnd),
    /// What has to do with being told 6208.
    Told(ToldFault),
    /// A session is over once its device has lost the network, and the device is told so when it comes back.
    LossEndsSession,
    /// A login makes no account: whoever looks it up finds none.
    SignsNobodyUp,
    /// A reconnect with the token of a kicked session is accepted.
    KickedComesBack,
    /// Something happens to requests of these routes, or to their answers.
    OnTheWay(&'static [Route], Mishap),
    /// The whole server stands still once, so long after its first request.
    Stall(Duration, Duration),
    /// Each notice is delayed by up to so long.
    NoticesDelayed(Duration),
}

/// A check of a UserSig at login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Signature,
    User,
    App,
    KnownApp,
}

/// What goes wrong with a kick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KickFault {
    /// The session lives on, and hears nothing.
    NotCarriedOut,
    /// The session is told, and lives on.
    OnlyTold,
    /// The session ends, and hears nothing.
    NotTold,
    /// The session ends, and the newcomer is told.
    NewcomerTold,
    /// The session ends and is told twice.
    Twice,
    /// The session ends and is told so much later.
    Late(Duration),
    /// The newcomer's session ends in place of the older one.
    NewcomerEnds,
}

/// What goes wrong with 6208.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToldFault {
    /// Once more after it was told.
    Twice,
    /// At the next login, though the app has it switched off.
    WhereOff,
    /// Never, though the app has it switched on.
    Never,
}

/// How a session came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Kicked,
    LoggedOut,
    Switched,
    /// The same device logged in again with the same account.
    Replaced,
    /// Nothing was heard of it for longer than the heartbeat limit.
    Absent,
    /// Against the rules.
    Wronged,
}

/// How a push channel ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChannelEnd {
    /// A close frame with this code.
    Code(u16),
    Fin,
    Rst,
    InvalidUtf8,
    ImpossibleLength,
    MaskedFrame,
    ReservedOpcode,
    /// A close frame whose code may not stand on a wire.
    ForbiddenCode,
}

/// What the server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Route {
    Login,
    SelfInfo,
    Reconnect,
    Logout,
    Events,
    Status,
    Poll,
    /// An administrator looks accounts up.
    AccountCheck,
}

impl Route {
    pub(crate) const ALL: [Self; 8] = [
        Self::Login,
        Self::SelfInfo,
        Self::Reconnect,
        Self::Logout,
        Self::Events,
        Self::Status,
        Self::Poll,
        Self::AccountCheck,
    ];
}

/// What happens to a request, or to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// Refused with this status and code; nothing is carried out.
    Refused(u16, i64),
    /// Carried out, and answered with this status.
    ErrsAfter(u16),
    /// The connection ends in place of carrying it out.
    CutBefore(Parting),
    /// Carried out; the connection ends in place of an answer.
    CutAfter(Parting),
    /// Carried out; the answer ends in its middle, and the connection with it.
    Truncated,
    /// Carried out at once and answered so much later.
    AnswersLate(Duration),
    /// Carried out so much later, and answered then.
    ActsLate(Duration),
    /// Carried out after up to so long, and answered after up to so long once more: requests overtake each other.
    Reordered(Duration),
    /// Carried out and never answered.
    NeverAnswers,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    Fin,
    Rst,
}

/// Faults, each with the share of its occasions in which it strikes.
#[derive(Debug)]
pub(super) struct Faults {
    faults: Vec<(Fault, f64)>,
    seed: u64,
    rolls: AtomicU64,
    strikes: AtomicU64,
}

impl Faults {
    pub(super) fn new(faults: Vec<(Fault, f64)>, seed: u64) -> Self {
        Self {
            faults,
            seed,
            rolls: AtomicU64::new(0),
            strikes: AtomicU64::new(0),
        }
    }

    /// What `pick` finds among the faults, where it strikes on this occasion.
    pub(super) fn strike<T>(&self, pick: impl Fn(Fault) -> Option<T>) -> Option<T> {
        let (found, share) = self
            .faults
            .iter()
            .find_map(|(fault, share)| pick(*fault).map(|found| (found, *share)))?;
        let struck = self.share() < share;
        if struck {
            self.strikes.fetch_add(1, Ordering::Relaxed);
        }
        struck.then_some(found)
    }

    /// Whether that very fault strikes on this occasion.
    pub(super) fn is(&self, fault: Fault) -> bool {
        self.strike(|one| (one == fault).then_some(())).is_some()
    }

    /// What the server has in itself, whether it strikes or not.
    pub(super) fn has<T>(&self, pick: impl Fn(Fault) -> Option<T>) -> Option<T> {
        self.faults.iter().find_map(|(fault, _)| pick(*fault))
    }

    /// How often any has struck.
    pub(super) fn strikes(&self) -> u64 {
        self.strikes.load(Ordering::Relaxed)
    }

    /// The next draw, in 0..1: a function of the seed and of how many came before.
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are drawn, as many as a number holds"
    )]
    pub(super) fn share(&self) -> f64 {
        let nth = self.rolls.fetch_add(1, Ordering::Relaxed);
        // The finalizer of splitmix64 spreads neighbouring numbers over all values.
        let mut mixed = self
            .seed
            .wrapping_add(nth.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
