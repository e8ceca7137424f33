//! An honest server in trouble: it keeps every rule, and requests, answers and channels suffer on the way. No rule may be found
//! broken.

use std::time::Duration;

use super::scenes::{TOO_LATE, TOO_SLOW};
use crate::session_server::{ChannelEnd, Fault, Mishap, Parting, Route};

/// What befalls the server, and in which share of the occasions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) what: &'static str,
    pub(crate) fault: Fault,
    pub(crate) share: f64,
}

const fn trouble(what: &'static str, fault: Fault, share: f64) -> Trouble {
    Trouble { what, fault, share }
}

const fn anywhere(what: &'static str, mishap: Mishap) -> Trouble {
    trouble(what, Fault::OnTheWay(&Route::ALL, mishap), 0.15)
}

/// Longer than a notice may take, shorter than a step may.
const SLOW: Duration = Duration::from_millis(1_500);

pub(crate) const ALL: &[Trouble] = &[
    trouble(
        "it stands still once, longer than any limit",
        Fault::Stall(Duration::from_millis(800), TOO_SLOW),
        1.0,
    ),
    trouble(
        "it stands still once, longer than a notice may take",
        Fault::Stall(Duration::from_millis(800), SLOW),
        1.0,
    ),
    anywhere(
        "it resets connections before carrying out what is asked",
        Mishap::CutBefore(Parting::Rst),
    ),
    anywhere(
        "it closes connections before carrying out what is asked",
        Mishap::CutBefore(Parting::Fin),
    ),
    anywhere(
        "it resets connections after carrying out what is asked",
        Mishap::CutAfter(Parting::Rst),
    ),
    anywhere(
        "it closes connections after carrying out what is asked",
        Mishap::CutAfter(Parting::Fin),
    ),
    anywhere(
        "it fails before carrying out what is asked",
        Mishap::Refused(502, 70500),
    ),
    anywhere(
        "it fails after carrying out what is asked",
        Mishap::ErrsAfter(500),
    ),
    anywhere(
        "it times out behind, after carrying out what is asked",
        Mishap::ErrsAfter(504),
    ),
    anywhere("it is too busy", Mishap::Refused(503, 70500)),
    anywhere(
        "it asks to wait, without carrying out what is asked",
        Mishap::Refused(429, 72010),
    ),
    anywhere(
        "its answers come after the limit",
        Mishap::AnswersLate(TOO_SLOW),
    ),
    anywhere("it carries out after the limit", Mishap::ActsLate(TOO_SLOW)),
    anywhere(
        "its answers come late, within the limit",
        Mishap::AnswersLate(SLOW),
    ),
    anywhere(
        "it carries out late, within the limit",
        Mishap::ActsLate(SLOW),
    ),
    anywhere("requests overtake each other", Mishap::Reordered(SLOW)),
    anywhere("its answers are lost", Mishap::NeverAnswers),
    anywhere("its answers are cut short", Mishap::Truncated),
    trouble(
        "its clock is four minutes late",
        Fault::Grace(Duration::from_secs(240)),
        1.0,
    ),
    trouble(
        "its push channels are reset",
        Fault::Channel(ChannelEnd::Rst),
        0.3,
    ),
    trouble(
        "its push channels are closed",
        Fault::Channel(ChannelEnd::Fin),
        0.3,
    ),
    trouble(
        "its push channels end with 1011",
        Fault::Channel(ChannelEnd::Code(1_011)),
        0.3,
    ),
    trouble(
        "its push channels end with nonsense",
        Fault::Channel(ChannelEnd::InvalidUtf8),
        0.3,
    ),
    trouble(
        "its notices come by turns",
        Fault::NoticesDelayed(Duration::from_secs(2)),
        0.5,
    ),
    trouble(
        "its notices come too late",
        Fault::NoticesDelayed(TOO_LATE),
        1.0,
    ),
];
