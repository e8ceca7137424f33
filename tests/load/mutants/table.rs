//! The mutants: every way in which the server is wrong, with the rule or the budget that must say so.

use std::time::Duration;

use trtc_load::recorder::Invariant;
use trtc_load::session::Operation;

use super::play::Played;
use super::scenes;
use super::scenes::Scene;
use super::scenes::TOO_LATE;
use super::scenes::TOO_SLOW;
use crate::session_server::ChannelEnd;
use crate::session_server::Check;
use crate::session_server::Fault;
use crate::session_server::KickFault;
use crate::session_server::Mishap;
use crate::session_server::Over;
use crate::session_server::Parting;
use crate::session_server::Route;
use crate::session_server::Seats;
use crate::session_server::ToldFault;

/// A server that is wrong in one way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mutant {
    /// What is wrong, in words.
    pub(crate) wrong: &'static str,
    pub(crate) fault: Fault,
    /// The scenario that it touches.
    pub(crate) scene: Scene,
    /// What must be found broken: nothing else may be.
    pub(crate) breaks: Breaks,
}

/// What a mutant breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breaks {
    /// A session rule.
    Rule(Invariant),
    /// The budget on the errors of an operation, and no rule.
    Errors(Operation),
}

impl Mutant {
    /// The budgets that it is played with.
    pub(crate) fn budgets(&self) -> Vec<String> {
        match self.breaks {
            Breaks::Rule(_) => Vec::new(),
            // What is allowed of our own lag follows from the tightest latency, and none is meant here.
            Breaks::Errors(operation) => vec![
                format!("{} errors < 0.1%", operation.name()),
                "login p50 < 2900ms".to_owned(),
            ],
        }
    }

    /// Whether a run found what it breaks, nothing else of the rules, and ended accordingly.
    pub(crate) fn is_found(&self, played: &Played) -> bool {
        let is_expected = match self.breaks {
            Breaks::Rule(rule) => played.rules.iter().eq([&rule]),
            Breaks::Errors(_) => {
                let errors = &self.budgets()[0];
                played.rules.is_empty() && played.budgets.contains(errors)
            }
        };
        is_expected && played.ended.code == Some(1)
    }
}

/// Every mutant.
pub(crate) fn all() -> impl Iterator<Item = &'static Mutant> {
    let groups = [
        ACCOUNTS, ENDS, NOTICES, POLICIES, ANSWERS, WAYS, CHANNELS, TELLING,
    ];
    groups.into_iter().flatten()
}

const fn rule(wrong: &'static str, fault: Fault, scene: Scene, rule: Invariant) -> Mutant {
    Mutant {
        wrong,
        fault,
        scene,
        breaks: Breaks::Rule(rule),
    }
}

const fn errors(wrong: &'static str, fault: Fault, scene: Scene, operation: Operation) -> Mutant {
    Mutant {
        wrong,
        fault,
        scene,
        breaks: Breaks::Errors(operation),
    }
}

use Invariant as I;
use Operation as O;

/// Whose session it is.
pub(crate) const ACCOUNTS: &[Mutant] = &[
    rule(
        "the login's answer names another account",
        Fault::NamesAnother(Route::Login),
        scenes::LOGIN,
        I::SelfInfoIsTheAccount,
    ),
    rule(
        "who is logged in is another account",
        Fault::NamesAnother(Route::SelfInfo),
        scenes::LOGIN,
        I::SelfInfoIsTheAccount,
    ),
    rule(
        "a session that comes back is another account's",
        Fault::NamesAnother(Route::Reconnect),
        scenes::RECONNECT,
        I::SelfInfoIsTheAccount,
    ),
    rule(
        "a login is given the token of the account before",
        Fault::TokenOfAnother,
        scenes::EXPIRED,
        I::SelfInfoIsTheAccount,
    ),
    rule(
        "a refused login is logged in all the same",
        Fault::RefusedIsIn,
        scenes::EXPIRED,
        I::NoAccountAfterFailure,
    ),
];

/// Sessions that should have ended.
pub(crate) const ENDS: &[Mutant] = &[
    rule(
        "a kicked token lives",
        Fault::Lives(Over::Kicked),
        scenes::KICKED,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a kicked token lives, in a fight",
        Fault::Lives(Over::Kicked),
        scenes::FIGHT,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a kicked token lives, told by an event stream",
        Fault::Lives(Over::Kicked),
        scenes::BY_EVENTS,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a kicked token lives, told by long polls",
        Fault::Lives(Over::Kicked),
        scenes::BY_LONG_POLLS,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a kicked token lives, told by polls",
        Fault::Lives(Over::Kicked),
        scenes::BY_STATUS,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a token that was kicked while away lives",
        Fault::Lives(Over::Kicked),
        scenes::AWAY_SILENT,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a token that was kicked while away comes back",
        Fault::KickedComesBack,
        scenes::AWAY_SILENT,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a logged-out token lives",
        Fault::Lives(Over::LoggedOut),
        scenes::LOGIN,
        I::EndedTokenIsRefused,
    ),
    rule(
        "the token before a switch lives",
        Fault::Lives(Over::Switched),
        scenes::SWITCH,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a switch leaves the session before",
        Fault::SwitchLeavesOld,
        scenes::SWITCH,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a session outlives the heartbeat limit",
        Fault::Lives(Over::Absent),
        scenes::ABSENT,
        I::EndedTokenIsRefused,
    ),
    rule(
        "a kick is told and not carried out",
        Fault::Kick(KickFault::OnlyTold),
        scenes::KICKED,
        I::EndedTokenIsRefused,
    ),
];

/// Notices.
pub(crate) const NOTICES: &[Mutant] = &[
    rule(
        "a kick is told to the newcomer",
        Fault::Kick(KickFault::NewcomerTold),
        scenes::KICKED_FOR_GOOD,
        I::NoNoticeWithoutCause,
    ),
    rule(
        "a kick is told and nobody came",
        Fault::ToldWithoutCause("kicked_offline"),
        scenes::LOGIN,
        I::NoNoticeWithoutCause,
    ),
    rule(
        "a valid UserSig is said to have expired",
        Fault::ToldWithoutCause("user_sig_expired"),
        scenes::LOGIN,
        I::NoNoticeWithoutCause,
    ),
    rule(
        "6208 where it is off",
        Fault::Told(ToldFault::WhereOff),
        scenes::AWAY_SILENT,
        I::KickedWhileAwayIsToldOnce,
    ),
    rule(
        "6208 is missing at login",
        Fault::Told(ToldFault::Never),
        scenes::AWAY_ON_LOGIN,
        I::KickedWhileAwayIsToldOnce,
    ),
    rule(
        "6208 is missing at reconnect",
        Fault::Told(ToldFault::Never),
        scenes::AWAY_ON_RECONNECT,
        I::KickedWhileAwayIsToldOnce,
    ),
    rule(
        "6208 is missing at both",
        Fault::Told(ToldFault::Never),
        scenes::AWAY_BOTH,
        I::KickedWhileAwayIsToldOnce,
    ),
    rule(
        "6208 twice at login",
        Fault::Told(ToldFault::Twice),
        scenes::AWAY_ON_LOGIN,
        I::KickedWhileAwayIsToldOnce,
    ),
    rule(
        "6208 at reconnect and again at login",
        Fault::Told(ToldFault::Twice),
        scenes::AWAY_BOTH,
        I::KickedWhileAwayIsToldOnce,
    ),
];

const fn policy(
    wrong: &'static str,
    policy: &'static str,
    scene: Scene,
    breaks: Invariant,
) -> Mutant {
    rule(wrong, Fault::Policy(Seats::of(policy)), scene, breaks)
}

const fn instances(wrong: &'static str, web: usize, native: usize, breaks: Invariant) -> Mutant {
    let seats = Seats {
        policy: "dual",
        web,
        native,
    };
    rule(wrong, Fault::Policy(seats), scenes::INSTANCES, breaks)
}

/// Device policies that are not the app's.
pub(crate) const POLICIES: &[Mutant] = &[
    policy(
        "dual in place of single",
        "dual",
        scenes::SINGLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "triple in place of single",
        "triple",
        scenes::SINGLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "multi in place of single",
        "multi",
        scenes::SINGLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "single in place of dual",
        "single",
        scenes::DUAL,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "triple in place of dual",
        "triple",
        scenes::DUAL,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "multi in place of dual",
        "multi",
        scenes::DUAL,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "single in place of triple",
        "single",
        scenes::TRIPLE,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "dual in place of triple",
        "dual",
        scenes::TRIPLE,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "multi in place of triple",
        "multi",
        scenes::TRIPLE,
        I::NoMoreSessionsThanThePolicy,
    ),
    policy(
        "single in place of multi",
        "single",
        scenes::MULTI,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "dual in place of multi",
        "dual",
        scenes::MULTI,
        I::NoNoticeWithoutCause,
    ),
    policy(
        "triple in place of multi",
        "triple",
        scenes::MULTI,
        I::NoNoticeWithoutCause,
    ),
    instances(
        "one browser where three may be",
        1,
        2,
        I::NoNoticeWithoutCause,
    ),
    instances(
        "ten browsers where three may be",
        10,
        2,
        I::NoMoreSessionsThanThePolicy,
    ),
    instances("one phone where two may be", 3, 1, I::NoNoticeWithoutCause),
    instances(
        "three phones where two may be",
        3,
        3,
        I::NoMoreSessionsThanThePolicy,
    ),
    rule(
        "a kick is not carried out",
        Fault::Kick(KickFault::NotCarriedOut),
        scenes::DUAL,
        I::NoMoreSessionsThanThePolicy,
    ),
];

const fn refused(
    wrong: &'static str,
    with: (u16, i64),
    on: (&'static [Route], Operation),
    scene: Scene,
) -> Mutant {
    let (status, code) = with;
    errors(
        wrong,
        Fault::OnTheWay(on.0, Mishap::Refused(status, code)),
        scene,
        on.1,
    )
}

const fn on_the_way(
    wrong: &'static str,
    mishap: Mishap,
    on: (&'static [Route], Operation),
    scene: Scene,
) -> Mutant {
    errors(wrong, Fault::OnTheWay(on.0, mishap), scene, on.1)
}

const LOGINS: (&[Route], Operation) = (&[Route::Login], O::Login);
const SELF_INFOS: (&[Route], Operation) = (&[Route::SelfInfo], O::SelfInfo);
const RECONNECTS: (&[Route], Operation) = (&[Route::Reconnect], O::Reconnect);
const LOGOUTS: (&[Route], Operation) = (&[Route::Logout], O::Logout);
const PUSHES: (&[Route], Operation) = (&[Route::Events], O::Push);
const STATUSES: (&[Route], Operation) = (&[Route::Status], O::Status);

/// Answers that are none, or no good.
pub(crate) const ANSWERS: &[Mutant] = &[
    refused("logins fail with 500", (500, 70500), LOGINS, scenes::LOGIN),
    refused("logins fail with 502", (502, 0), LOGINS, scenes::LOGIN),
    refused("logins fail with 503", (503, 70169), LOGINS, scenes::LOGIN),
    refused(
        "logins are told to wait",
        (429, 72010),
        LOGINS,
        scenes::LOGIN,
    ),
    refused(
        "logins fail behind a status of 200",
        (200, 70500),
        LOGINS,
        scenes::LOGIN,
    ),
    refused(
        "valid UserSigs are called broken",
        (401, 70003),
        LOGINS,
        scenes::LOGIN,
    ),
    on_the_way(
        "logins are carried out and fail",
        Mishap::ErrsAfter(500),
        LOGINS,
        scenes::LOGIN,
    ),
    refused(
        "who is logged in fails with 500",
        (500, 70500),
        SELF_INFOS,
        scenes::LOGIN,
    ),
    refused(
        "coming back fails with 500",
        (500, 70500),
        RECONNECTS,
        scenes::RECONNECT,
    ),
    refused(
        "coming back is refused to a living session",
        (401, 6014),
        RECONNECTS,
        scenes::RECONNECT,
    ),
    refused(
        "logouts fail with 500",
        (500, 70500),
        LOGOUTS,
        scenes::LOGIN,
    ),
    refused(
        "push channels fail with 500",
        (500, 70500),
        PUSHES,
        scenes::LOGIN,
    ),
    refused(
        "push channels are refused to living sessions",
        (403, 6014),
        PUSHES,
        scenes::LOGIN,
    ),
    refused(
        "event streams are refused to living sessions",
        (403, 6014),
        PUSHES,
        scenes::BY_EVENTS,
    ),
    refused(
        "polls fail with 500",
        (500, 70500),
        STATUSES,
        scenes::BY_STATUS,
    ),
];

/// Answers that come too late, half or not at all.
pub(crate) const WAYS: &[Mutant] = &[
    on_the_way(
        "logins are too slow",
        Mishap::AnswersLate(TOO_SLOW),
        LOGINS,
        scenes::LOGIN,
    ),
    on_the_way(
        "who is logged in is too slow",
        Mishap::AnswersLate(TOO_SLOW),
        SELF_INFOS,
        scenes::LOGIN,
    ),
    on_the_way(
        "coming back is too slow",
        Mishap::AnswersLate(TOO_SLOW),
        RECONNECTS,
        scenes::RECONNECT,
    ),
    on_the_way(
        "logouts are too slow",
        Mishap::AnswersLate(TOO_SLOW),
        LOGOUTS,
        scenes::LOGIN,
    ),
    on_the_way(
        "push channels open too slowly",
        Mishap::AnswersLate(TOO_SLOW),
        PUSHES,
        scenes::LOGIN,
    ),
    on_the_way(
        "polls are too slow",
        Mishap::AnswersLate(TOO_SLOW),
        STATUSES,
        scenes::BY_STATUS,
    ),
    on_the_way(
        "logins are never answered",
        Mishap::NeverAnswers,
        LOGINS,
        scenes::LOGIN,
    ),
    on_the_way(
        "connections close in place of a login's answer",
        Mishap::CutAfter(Parting::Fin),
        LOGINS,
        scenes::LOGIN,
    ),
    on_the_way(
        "connections are reset in place of a login's answer",
        Mishap::CutAfter(Parting::Rst),
        LOGINS,
        scenes::LOGIN,
    ),
    on_the_way(
        "connections close in place of a login",
        Mishap::CutBefore(Parting::Fin),
        LOGINS,
        scenes::LOGIN,
    ),
    on_the_way(
        "connections are reset in place of a poll's answer",
        Mishap::CutAfter(Parting::Rst),
        STATUSES,
        scenes::BY_STATUS,
    ),
    on_the_way(
        "connections are reset in place of a channel",
        Mishap::CutAfter(Parting::Rst),
        PUSHES,
        scenes::LOGIN,
    ),
    on_the_way(
        "answers to logins are cut short",
        Mishap::Truncated,
        LOGINS,
        scenes::LOGIN,
    ),
    on_the_way(
        "answers of who is logged in are cut short",
        Mishap::Truncated,
        SELF_INFOS,
        scenes::LOGIN,
    ),
];

const fn channel(wrong: &'static str, end: ChannelEnd) -> Mutant {
    errors(wrong, Fault::Channel(end), scenes::LOGIN, O::Push)
}

/// Push channels that end while their sessions go on.
pub(crate) const CHANNELS: &[Mutant] = &[
    channel("channels close with 1011", ChannelEnd::Code(1011)),
    channel("channels close with 4401", ChannelEnd::Code(4401)),
    channel(
        "channels close with a code that may not be sent",
        ChannelEnd::ForbiddenCode,
    ),
    channel("channels end by FIN", ChannelEnd::Fin),
    channel("channels end by RST", ChannelEnd::Rst),
    channel("channels send invalid UTF-8", ChannelEnd::InvalidUtf8),
    channel(
        "channels send an impossible length",
        ChannelEnd::ImpossibleLength,
    ),
    channel("channels send masked frames", ChannelEnd::MaskedFrame),
    channel(
        "channels send a reserved opcode",
        ChannelEnd::ReservedOpcode,
    ),
];

const fn kick(wrong: &'static str, fault: KickFault, scene: Scene) -> Mutant {
    errors(wrong, Fault::Kick(fault), scene, O::KickNotice)
}

/// Kicks that are told badly.
pub(crate) const TELLING: &[Mutant] = &[
    kick("kicks are not told", KickFault::NotTold, scenes::KICKED),
    kick(
        "kicks are not told, by an event stream",
        KickFault::NotTold,
        scenes::BY_EVENTS,
    ),
    kick(
        "kicks are not told, by long polls",
        KickFault::NotTold,
        scenes::BY_LONG_POLLS,
    ),
    kick(
        "kicks are not told, by polls",
        KickFault::NotTold,
        scenes::BY_STATUS,
    ),
    kick(
        "kicks are told too late",
        KickFault::Late(TOO_LATE),
        scenes::KICKED_FOR_GOOD,
    ),
    kick(
        "kicks are told twice",
        KickFault::Twice,
        scenes::KICKED_FOR_GOOD,
    ),
];

const HOUR: Duration = Duration::from_secs(3_600);

/// What waits for its rule.
pub(crate) const WAITING: &[(&str, Fault, Scene)] = &[
    (
        "an expired UserSig is taken for an hour",
        Fault::Grace(HOUR),
        scenes::EXPIRED,
    ),
    (
        "an expired UserSig is taken for ever",
        Fault::Grace(Duration::MAX),
        scenes::EXPIRED,
    ),
    (
        "the signature is not looked at",
        Fault::Unchecked(Check::Signature),
        scenes::EXPIRED,
    ),
    (
        "the account is not looked at",
        Fault::Unchecked(Check::User),
        scenes::EXPIRED,
    ),
    (
        "the app is not looked at",
        Fault::Unchecked(Check::App),
        scenes::EXPIRED,
    ),
    (
        "an unknown app is taken",
        Fault::Unchecked(Check::KnownApp),
        scenes::EXPIRED,
    ),
    (
        "a login is acknowledged and unknown at once",
        Fault::Forgotten,
        scenes::LOGIN,
    ),
    (
        "a login is answered with an empty token",
        Fault::EmptyToken,
        scenes::LOGIN,
    ),
    (
        "the newcomer's session ends in place of the older one",
        Fault::Kick(KickFault::NewcomerEnds),
        scenes::KICKED,
    ),
    (
        "a kick is not carried out, and nobody told",
        Fault::Kick(KickFault::NotCarriedOut),
        scenes::KICKED,
    ),
    (
        "a session ends by itself",
        Fault::EndsSilently,
        scenes::LOGIN,
    ),
    (
        "a logout ends the account's other sessions",
        Fault::LogoutEndsAll,
        scenes::MULTI,
    ),
    (
        "a channel is opened with a dead token",
        Fault::DeadTokenOpens,
        scenes::KICKED,
    ),
];
