//! Servers that keep every session rule and break the budget on the errors of an operation.

use trtc_load::session::Operation as O;

use super::super::scenes;
use super::super::scenes::{Scene, TOO_LATE, TOO_SLOW};
use super::{Mutant, errors};
use crate::session_server::{ChannelEnd, Fault, KickFault, Mishap, Parting, Route};

const fn refused(
    wrong: &'static str,
    with: (u16, i64),
    on: (&'static [Route], O),
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
    on: (&'static [Route], O),
    scene: Scene,
) -> Mutant {
    errors(wrong, Fault::OnTheWay(on.0, mishap), scene, on.1)
}

const LOGINS: (&[Route], O) = (&[Route::Login], O::Login);
const SELF_INFOS: (&[Route], O) = (&[Route::SelfInfo], O::SelfInfo);
const RECONNECTS: (&[Route], O) = (&[Route::Reconnect], O::Reconnect);
const LOGOUTS: (&[Route], O) = (&[Route::Logout], O::Logout);
const PUSHES: (&[Route], O) = (&[Route::Events], O::Push);
const STATUSES: (&[Route], O) = (&[Route::Status], O::Status);

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
        // A poll may take longer than other steps; the kick that it tells of may not.
        "polls are too slow to tell of kicks",
        Mishap::AnswersLate(TOO_SLOW),
        (STATUSES.0, O::KickNotice),
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
