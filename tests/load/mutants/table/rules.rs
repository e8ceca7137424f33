//! Servers that break a session rule.

use std::time::Duration;

use trtc_load::recorder::Invariant as I;

use super::super::scenes;
use super::{Mutant, rule};
use crate::session_server::{Check, Fault, KickFault, Mishap, Over, Route, ToldFault};

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
    rule(
        "a refused login makes a session",
        Fault::RefusedMakesSession,
        scenes::REFUSED_BY_NAME,
        I::RefusedLoginMakesNoSession,
    ),
    rule(
        "a login that is refused as expired makes a session",
        Fault::RefusedMakesSession,
        scenes::EXPIRED_BY_NAME,
        I::RefusedLoginMakesNoSession,
    ),
];

/// Sessions that should have gone on, and accounts that should be there.
pub(crate) const GOES_ON: &[Mutant] = &[
    rule(
        "a network loss ends a session",
        Fault::LossEndsSession,
        scenes::RECONNECT,
        I::NetworkLossEndsNoSession,
    ),
    rule(
        "coming back is refused to a living session",
        Fault::OnTheWay(&[Route::Reconnect], Mishap::Refused(401, 6014)),
        scenes::RECONNECT,
        I::NetworkLossEndsNoSession,
    ),
    rule(
        "a login signs nobody up",
        Fault::SignsNobodyUp,
        scenes::LOOKED_UP,
        I::LoginSignsUp,
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
    )
    .also(&[I::NoMoreSessionsThanThePolicy]),
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
    )
    .also(&[I::EndedTokenOpensNoChannel]),
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
    )
    .also(&[I::EndedTokenOpensNoChannel]),
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

/// UserSigs that log somebody in and must not.
pub(crate) const TICKETS: &[Mutant] = &[
    rule(
        "an expired UserSig is taken for ten minutes",
        Fault::Grace(Duration::from_secs(600)),
        scenes::EXPIRED,
        I::BadTicketIsRefused,
    ),
    rule(
        "an expired UserSig is taken for somewhat over an hour",
        Fault::Grace(Duration::from_secs(3_660)),
        scenes::REFUSED,
        I::BadTicketIsRefused,
    ),
    rule(
        "an expired UserSig is taken for ever, after a refusal or not",
        Fault::Grace(Duration::MAX),
        scenes::EXPIRED,
        I::BadTicketIsRefused,
    ),
    rule(
        "an expired UserSig is taken for ever",
        Fault::Grace(Duration::MAX),
        scenes::REFUSED,
        I::BadTicketIsRefused,
    ),
    rule(
        "the signature is not looked at",
        Fault::Unchecked(Check::Signature),
        scenes::REFUSED,
        I::BadTicketIsRefused,
    ),
    rule(
        "the account is not looked at",
        Fault::Unchecked(Check::User),
        scenes::REFUSED,
        I::BadTicketIsRefused,
    ),
    rule(
        "the app is not looked at",
        Fault::Unchecked(Check::App),
        scenes::REFUSED,
        I::BadTicketIsRefused,
    ),
    rule(
        "an unknown app is taken",
        Fault::Unchecked(Check::KnownApp),
        scenes::REFUSED,
        I::BadTicketIsRefused,
    ),
];

/// Sessions that are not what their login said, or end unsaid.
pub(crate) const LIVES: &[Mutant] = &[
    rule(
        "a login is acknowledged and unknown at once",
        Fault::Forgotten,
        scenes::LOGIN,
        I::LoginIsKnownAtOnce,
    ),
    rule(
        "a login is answered with an empty token",
        Fault::EmptyToken,
        scenes::LOGIN,
        I::LoginGivesAToken,
    )
    .also(&[I::LoginIsKnownAtOnce]),
    rule(
        "the newcomer's session ends in place of the older one",
        Fault::Kick(KickFault::NewcomerEnds),
        scenes::KICKED,
        I::LoginIsKnownAtOnce,
    )
    .also(&[I::NoMoreSessionsThanThePolicy]),
    rule(
        "a kick is not carried out, and nobody told",
        Fault::Kick(KickFault::NotCarriedOut),
        scenes::KICKED,
        I::NoMoreSessionsThanThePolicy,
    ),
    rule(
        "a kick is not carried out in a fight, and nobody told",
        Fault::Kick(KickFault::NotCarriedOut),
        scenes::FIGHT,
        I::NoMoreSessionsThanThePolicy,
    ),
    rule(
        "a session ends by itself",
        Fault::EndsSilently,
        scenes::WATCHED,
        I::NoSessionEndsUnsaid,
    ),
    rule(
        "a logout ends the account's other sessions",
        Fault::LogoutEndsAll,
        scenes::MULTI,
        I::LogoutEndsOneSession,
    )
    .also(&[I::NoSessionEndsUnsaid]),
    rule(
        "a kicked token opens a channel",
        Fault::DeadTokenOpens,
        scenes::KICKED,
        I::EndedTokenOpensNoChannel,
    ),
    rule(
        "a logged-out token opens a channel",
        Fault::DeadTokenOpens,
        scenes::WATCHED,
        I::EndedTokenOpensNoChannel,
    ),
];
