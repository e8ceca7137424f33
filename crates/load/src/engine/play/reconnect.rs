//! `reconnect`: log in, stay, lose the network, come back by the token without a login, stay, go. Where a rival logs in
//! meanwhile the session is over, and the person logs in again.

use super::kick::{Kick, rival_of};
use super::kicked::{finish, react};
use super::{arrive, dwell_and_end};
use crate::client::Parting;
use crate::engine::device::{Device, LoginEnd};
use crate::engine::dwell::{Back, DwellEnd};
use crate::engine::iteration::{Asked, When};
use crate::engine::judgement::Expect;
use crate::engine::reply::Reply;
use crate::recorder::{Invariant, Unsent};
use crate::scenario::{Cut, Meanwhile, SelfInfoCheck, Victim};
use crate::session::{Cause, Class, Code, Effect, Input, OfflineKick, Operation};
use trtc_base::units::Micros;
use trtc_usersig::Platform;

/// "Logged in elsewhere": what a device is told that was kicked while it was away. Source: the error table.
const KICKED_WHILE_AWAY: i64 = 6208;

pub(super) async fn play(device: &mut Device<'_>, cut: Cut, told: OfflineKick) {
    let itinerary = &device.iteration.arrival.itinerary;
    let Some(settled) = arrive(device).await else {
        return device.leave();
    };
    // Made ready before it is due, so that the cost of its ticket is not measured.
    let rival = match itinerary.meanwhile {
        Meanwhile::Nothing => None,
        Meanwhile::Rival => rival_of(device),
    };
    let DwellEnd::Over(when) = device.dwell(settled, itinerary.dwell).await else {
        return device.leave();
    };
    device.hears(Input::NetworkLost);
    device.cut(match cut {
        Cut::Fin => Parting::Fin,
        Cut::Reset => Parting::Reset,
    });
    let mut back = When::at(when.due.plus(itinerary.away));
    if let Some(mut rival) = rival {
        let came = when.due.plus(Micros(itinerary.away.0 / 2));
        match Box::pin(log_in_meanwhile(&mut rival, came, back.due)).await {
            Rival::Inside(when) => {
                return Box::pin(after_a_rival(device, &mut rival, when, told)).await;
            }
            Rival::Outside => rival.leave(),
        }
        // Where its login hung, the device could not come back sooner: the two are played one after the other.
        back.ready = back.due.max(device.iteration.clock.now());
    }
    let Some(mut back) = Box::pin(come_back(device, back)).await else {
        return device.leave();
    };
    if device.iteration.scenario().self_info == SelfInfoCheck::Ask {
        // The session is the one from before.
        back = Box::pin(device.self_info(When::at(back), Expect::Success)).await;
    }
    dwell_and_end(device, back, itinerary.dwell_after).await;
}

/// Waits until the network is there, and comes back; a target that turns it away is asked again, as long as the session
/// would have lasted. Gives the time since which the session goes on.
async fn come_back(device: &mut Device<'_>, when: When) -> Option<Micros> {
    device.iteration.until(when.due).await?;
    let back = match device.come_back(when).await {
        Back::NotYet => {
            let given_up = when
                .due
                .plus(device.iteration.arrival.itinerary.dwell_after);
            device.keep_trying(given_up).await
        }
        back @ (Back::Online(_) | Back::SessionOver) => back,
    };
    match back {
        Back::Online(at) => {
            device.hears(Input::NetworkBack);
            Some(at)
        }
        Back::SessionOver => None,
        Back::NotYet => {
            device.iteration.checklist.meets(Unsent::FailedBefore);
            None
        }
    }
}

/// Where the rival is when the network is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rival {
    /// Online. The device is due then, and could act once the rival was done with what it did.
    Inside(When),
    /// Not online.
    Outside,
}

/// The rival logs in at `due`, and stays until `until`.
async fn log_in_meanwhile(rival: &mut Device<'_>, due: Micros, until: Micros) -> Rival {
    if rival.iteration.until(due).await.is_none() {
        return Rival::Outside;
    }
    let LoginEnd::Online(at) = rival.log_in(Operation::Login, When::at(due)).await else {
        return Rival::Outside;
    };
    let settled = rival.settle(at).await;
    match rival.dwell(due, until.since(due)).await {
        DwellEnd::Over(when) if rival.is_online() => {
            Rival::Inside(When::freed(until, when.ready.max(settled)))
        }
        DwellEnd::Over(_) | DwellEnd::CutShort => Rival::Outside,
    }
}

/// The network is back, and the session is over. The person logs in again, and kicks the rival.
async fn after_a_rival<'a>(
    device: &mut Device<'a>,
    rival: &mut Device<'a>,
    back: When,
    told: OfflineKick,
) {
    // A web device is never told.
    let told = if device.virtual_user.platform == Platform::Web {
        OfflineKick::Silent
    } else {
        told
    };
    let mut answered = back.due;
    let mut owed = told.at_login();
    if let Some(at) = ask_with_the_old_token(device, back).await {
        answered = at;
        // One that was too busy to judge has told nothing, and owes it still.
        owed = owed && !(told.at_reconnect() && tells(device).is_some());
        let must = if told.at_reconnect() {
            Tells::Kick
        } else {
            Tells::Nothing
        };
        check_told(device, must);
    }
    // It is kicked, whoever said so.
    device.hears(Input::KickNotice);
    let Some(mut at) = react(device, rival, answered).await else {
        return finish(device, rival).await;
    };
    if owed {
        let Some(refused) = log_in_to_be_told(device, at).await else {
            // A login that was taken kicked the rival already; one that was turned away is not tried again.
            if device.is_online() {
                rival.leave();
            }
            return finish(device, rival).await;
        };
        let Some(again) = react(device, rival, refused).await else {
            return finish(device, rival).await;
        };
        at = again;
    }
    let kick = Kick {
        victim: rival,
        rival: device,
        act: Operation::Relogin,
        at,
        in_flight: Victim::Idle,
    };
    Box::pin(kick.play()).await;
    if !device.is_online() {
        // Told once more, or where it is switched off.
        check_told(device, Tells::Nothing);
    }
    finish(rival, device).await;
}

/// Comes back by the token of the session that is over. Gives the time of the answer; none where the dialect has no
/// such request.
async fn ask_with_the_old_token(device: &mut Device<'_>, when: When) -> Option<Micros> {
    let asked = Asked {
        operation: Operation::Reconnect,
        when,
        expect: Expect::Refusal,
    };
    let sent = device.ask(asked).await?;
    let rule = Invariant::EndedTokenIsRefused;
    if matches!(sent.reply, Reply::Success(_)) {
        let story = format!(
            "{} came back by its token after a rival had ended its session",
            device.virtual_user.user_id
        );
        device.iteration.violation(rule, sent.done, story);
    } else if device.was_refused() {
        device.iteration.checked(rule);
    }
    Some(sent.done)
}

/// The login that is told of the kick. Gives the time at which it was; none where it was not.
async fn log_in_to_be_told(device: &mut Device<'_>, at: When) -> Option<Micros> {
    let at = device.get_ticket(at).await?;
    if !device.hears(Input::LogIn).contains(&Effect::SendLogin) {
        return None;
    }
    let (end, _) = device
        .send_login(Operation::Relogin, at, Expect::Refusal)
        .await;
    check_told(device, Tells::Kick);
    end.err().filter(|_| tells(device) == Some(Tells::Kick))
}

/// Whether an answer tells of the kick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    /// It does, or must.
    Kick,
    /// It does not, or must not.
    Nothing,
}

/// What the last answer tells; nothing where it is none, or one of a target that was too busy to judge.
fn tells(device: &Device<'_>) -> Option<Tells> {
    let end = device.last_answer()?;
    match (&end.cause, end.class) {
        (Some(Cause::Code(Code::Number(KICKED_WHILE_AWAY))), _) => Some(Tells::Kick),
        (Some(Cause::Accepted), _) | (_, Class::Success | Class::Expected) => Some(Tells::Nothing),
        (_, Class::Timeout | Class::Throttled | Class::Failed | Class::Cut) => None,
    }
}

/// Whether the last answer told of the kick where it had to, and only there.
fn check_told(device: &Device<'_>, must: Tells) {
    let Some(told) = tells(device) else {
        return;
    };
    let rule = Invariant::KickedWhileAwayIsToldOnce;
    let what = match (must, told) {
        (Tells::Kick, Tells::Nothing) => "was not told that it was kicked while it was away",
        (Tells::Nothing, Tells::Kick) => {
            "was told of a kick while it was away, where that is off or was told before"
        }
        (Tells::Kick, Tells::Kick) | (Tells::Nothing, Tells::Nothing) => {
            return device.iteration.checked(rule);
        }
    };
    let at = device.iteration.clock.now();
    let story = format!("{} {what}", device.virtual_user.user_id);
    device.iteration.violation(rule, at, story);
}
