//! `kicked`: a rival device logs in with the same account, the victim hears of it, and comes back if the person does.

use super::kick::{Kick, beside, rival_of};
use super::{arrive, dwell_and_end};
use crate::engine::device::Device;
use crate::engine::dwell::DwellEnd;
use crate::engine::iteration::When;
use crate::recorder::Event;
use crate::session::Operation;
use trtc_base::units::Micros;

pub(super) async fn play(own: &mut Device<'_>, fights: u32) {
    let itinerary = &own.iteration.arrival.itinerary;
    let Some(settled) = arrive(own).await else {
        return own.leave();
    };
    // Made ready before it is due, so that the cost of its ticket is not measured.
    let Some(mut rival) = rival_of(own) else {
        return own.leave();
    };
    let DwellEnd::Over(at) = own.dwell(settled, itinerary.dwell).await else {
        return own.leave();
    };
    let first = Kick {
        victim: &mut *own,
        rival: &mut rival,
        act: Operation::Provoke,
        at,
        in_flight: itinerary.victim,
    };
    let heard = Box::pin(first.play()).await;
    fight(own, &mut rival, heard, itinerary.returns(fights)).await;
}

/// The kicked one comes back `returns` times, by turns, each the victim of the other's last login. The first return is
/// the person's own; only a profile that asks for a fight has more. Then the winner stays, and the session ends.
async fn fight<'d, 'a>(
    mut out: &'d mut Device<'a>,
    mut inside: &'d mut Device<'a>,
    mut heard: Option<Micros>,
    returns: u32,
) {
    let iteration = out.iteration;
    for nth in 0..returns {
        let Some(notice) = heard else {
            break;
        };
        let Some(at) = react(out, inside, notice).await else {
            break;
        };
        if nth > 0 {
            iteration.recorder.record(Event::LoginBeyondRules);
        }
        let kick = Kick {
            victim: inside,
            rival: out,
            act: Operation::Relogin,
            at,
            in_flight: iteration.arrival.itinerary.victim,
        };
        heard = Box::pin(kick.play()).await;
        (out, inside) = (inside, out);
    }
    finish(out, inside).await;
}

/// The one that is online stays as planned and ends; the other has gone.
pub(super) async fn finish(out: &mut Device<'_>, inside: &mut Device<'_>) {
    let now = inside.iteration.clock.now();
    if inside.is_online() {
        let after = inside.iteration.arrival.itinerary.dwell_after;
        beside(dwell_and_end(inside, now, after), out).await;
    } else {
        inside.leave();
    }
    out.leave();
}

/// The kicked person thinks it over from `told` on, while the other device is online. Gives when the person acts: that could
/// be later than it is due where a request of either device hung, which is the target's doing and no lag of ours. None where
/// the run or the session ends first.
pub(super) async fn react(
    out: &mut Device<'_>,
    inside: &mut Device<'_>,
    told: Micros,
) -> Option<When> {
    let iteration = out.iteration;
    let reaction = iteration.arrival.itinerary.reaction;
    if inside.is_online() {
        return match beside(inside.dwell(told, reaction), out).await {
            DwellEnd::Over(when) => Some(when),
            DwellEnd::CutShort => None,
        };
    }
    let (now, due) = (iteration.clock.now(), told.plus(reaction));
    beside(iteration.until(due), out).await?;
    Some(When::freed(due, now))
}
