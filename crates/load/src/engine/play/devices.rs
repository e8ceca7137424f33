//! `devices`: an account logs in on several devices, one after the other. Those that the app's policy lets stay together
//! stay; the others hear that they were kicked. At the end each is asked whether it is still there.

use std::convert::Infallible;

use futures_util::future::join_all;

use super::arrive;
use super::kick::Acted;
use super::kick::EndedBy;
use super::kick::check_that_it_is_over;
use super::kick::check_the_ended_token;
use super::kick::hear_of_it;
use super::kick::standing_after;
use crate::engine::channel::Heard;
use crate::engine::device::Device;
use crate::engine::device::LoginEnd;
use crate::engine::line::Line;
use crate::engine::persona::Freshness;
use crate::engine::persona::Which;
use crate::engine::stay::Listened;
use crate::engine::stay::Stay;
use crate::engine::turn::When;
use crate::recorder::Invariant;
use crate::scenario::Ending;
use crate::scenario::PushUse;
use crate::scenario::SelfInfoCheck;
use crate::session::DeviceRules;
use crate::session::Operation;
use trtc_base::units::Micros;
use trtc_usersig::Platform;

pub(super) async fn play(first: &mut Device<'_>, platforms: &[Platform], rules: DeviceRules) {
    let itinerary = &first.turn.arrival.itinerary;
    first.persona.platform = platforms[0];
    // Made ready before they are due, so that the cost of their tickets is not measured.
    let others = 1..platforms.len();
    let mut others: Vec<_> = others
        .filter_map(|nth| another(first, platforms, nth))
        .collect();
    let Some(mut settled) = arrive(first).await else {
        return first.leave();
    };
    for nth in 0..others.len() {
        let (before, after) = others.split_at_mut(nth);
        let mut inside: Vec<&mut Device<'_>> = Vec::with_capacity(nth + 1);
        inside.push(&mut *first);
        inside.extend(before.iter_mut());
        let Some(when) = wait(&mut inside, settled, itinerary.away).await else {
            break;
        };
        settled = Box::pin(join(&mut inside, &mut after[0], when, rules)).await;
    }
    finish(first, &mut others, settled).await;
}

/// The account's `nth` device, offline, with a ticket of its own.
fn another<'a>(first: &Device<'a>, platforms: &[Platform], nth: usize) -> Option<Device<'a>> {
    let turn = first.turn;
    let (app, account) = (turn.arrival.app, turn.arrival.accounts[0]);
    let which = Which::Nth(u8::try_from(nth).ok()?);
    let mut persona = first.cast.persona(turn.plan, app, account, which)?;
    persona.platform = platforms[nth];
    first.cast.prepare_ticket(&mut persona, Freshness::Fresh);
    let line = Line::new(first.line.slot());
    Some(Device::new(turn, first.wire, first.cast, persona, line))
}

/// Each device that is online stays so for `length`, and one that was kicked goes on listening. None where the run ends
/// first.
async fn wait(devices: &mut [&mut Device<'_>], from: Micros, length: Micros) -> Option<When> {
    let turn = devices[0].turn;
    let due = from.plus(length);
    let (mut stays, mut kicked) = (Vec::new(), Vec::new());
    for device in devices {
        if device.is_online() {
            stays.push(device.stay(from, length));
        } else {
            kicked.push(device.overhear());
        }
    }
    // What the device before was told, and what it was asked then, may have outlasted the pause.
    let free = turn.clock.now();
    let ends = tokio::select! {
        ends = join_all(stays) => ends,
        never = listen(kicked) => match never {},
    };
    // Where every session ended early the next device still comes when it is due.
    turn.until(due).await?;
    let ready = ends.into_iter().map(|end| match end {
        Stay::Over(when) => when.ready,
        Stay::CutShort => due,
    });
    Some(When::freed(due, ready.fold(free, Micros::max)))
}

/// Listens on all of them, for ever.
async fn listen(kicked: Vec<impl Future<Output = Infallible>>) -> Infallible {
    match join_all(kicked).await.pop() {
        Some(never) => match never {},
        None => std::future::pending().await,
    }
}

/// The next device logs in beside those inside. Gives the time at which it is settled.
async fn join(
    inside: &mut [&mut Device<'_>],
    newcomer: &mut Device<'_>,
    when: When,
    rules: DeviceRules,
) -> Micros {
    let (turn, wire) = (newcomer.turn, newcomer.wire);
    let Some(when) = newcomer.get_ticket(when).await else {
        return when.due;
    };
    let online: Vec<usize> = (0..inside.len())
        .filter(|&place| inside[place].is_online())
        .collect();
    let platforms: Vec<_> = online
        .iter()
        .map(|&place| inside[place].persona.platform)
        .collect();
    let ended = rules.ended_by(newcomer.persona.platform, &platforms);
    let losers: Vec<usize> = ended.into_iter().map(|nth| online[nth]).collect();
    // Of several on one platform a target may end one that it sees as away before the earliest one that is there.
    let is_sure = ended_is_sure(inside, newcomer.persona.platform, rules);
    let sent = turn.clock.now();
    let limit = turn.clock.instant(sent.plus(wire.notice_limit)).into();
    let places = inside.iter_mut().enumerate();
    let victims = places.filter(|(place, _)| losers.contains(place));
    let mut victims: Vec<_> = victims.map(|(_, device)| device).collect();
    let mut hearing = Vec::new();
    for victim in &mut victims {
        let mut channel = std::mem::take(&mut victim.channel);
        let account = victim.persona.account;
        hearing.push(async move {
            let heard = turn.hear(&mut channel, wire, account);
            let heard = tokio::time::timeout_at(limit, heard).await;
            let noticed = heard.ok().map(|heard: Heard| (turn.clock.now(), heard));
            (channel, noticed)
        });
    }
    // The newcomer does not wait for what the others hear.
    let arriving = async {
        let end = newcomer.log_in(Operation::Login, when).await;
        let settled = match end {
            LoginEnd::Online(at) => newcomer.settle(at).await,
            LoginEnd::Refused | LoginEnd::Unknown => turn.clock.now(),
        };
        (end, settled)
    };
    let ((end, settled), heard) = tokio::join!(arriving, join_all(hearing));
    let acted = Acted { end, sent };
    for (victim, (channel, noticed)) in victims.iter_mut().zip(heard) {
        victim.channel = channel;
        victim.book_channel_end(standing_after(end));
        if noticed.is_none() && end == LoginEnd::Refused {
            // Nothing happened, so there was nothing to hear.
            continue;
        }
        if hear_of_it(victim, acted, noticed).is_some() {
            check_the_ended_token(victim).await;
            if victim.was_refused() {
                turn.checked(Invariant::NoMoreSessionsThanThePolicy);
            }
        } else if is_sure {
            check_that_it_is_over(victim, acted, EndedBy::Policy).await;
        }
    }
    settled
}

/// Whether it is beyond doubt who has to go for a newcomer: no device that competes with others of its platform is without
/// its channel.
fn ended_is_sure(inside: &[&mut Device<'_>], platform: Platform, rules: DeviceRules) -> bool {
    let many = rules.web_instances.max(rules.native_instances) > 1;
    let is_away = |device: &&mut Device<'_>| {
        device.is_online()
            && device.persona.platform == platform
            && device.turn.scenario().push == PushUse::Open
            && !device.channel.is_open()
    };
    !many || !inside.iter().any(is_away)
}

/// Everybody who is online must still be; then they stay once more, and go.
async fn finish<'a>(first: &mut Device<'a>, others: &mut [Device<'a>], settled: Micros) {
    let turn = first.turn;
    let dwell = turn.arrival.itinerary.dwell;
    let ready = turn.clock.now();
    let mut all: Vec<_> = std::iter::once(first).chain(others.iter_mut()).collect();
    let (mut staying, kicked): (Vec<_>, Vec<_>) =
        all.iter_mut().partition(|device| device.is_online());
    let stays = join_all(staying.iter_mut().map(|device| async move {
        if turn.scenario().self_info == SelfInfoCheck::Ask {
            let asked = device.is_still_there(Operation::SelfInfo, When::at(ready));
            if Box::pin(asked).await == Listened::SessionOver {
                return Stay::CutShort;
            }
        }
        device.stay(settled, dwell).await
    }));
    // Who was kicked goes on listening.
    let kicked = kicked.into_iter().map(|device| device.overhear());
    let stays = tokio::select! {
        stays = stays => stays,
        never = listen(kicked.collect()) => match never {},
    };
    if turn.arrival.itinerary.ending == Ending::Logout {
        let staying = staying.into_iter().zip(stays);
        let staying = staying.filter_map(|(device, stay)| match stay {
            Stay::Over(when) if device.is_online() => Some((&mut **device, when)),
            Stay::Over(_) | Stay::CutShort => None,
        });
        Box::pin(log_out(staying.collect())).await;
    }
    for device in all {
        device.leave();
    }
}

/// They log out, the first one before the others: whoever else is online must still be after that.
async fn log_out(mut staying: Vec<(&mut Device<'_>, When)>) {
    if staying.is_empty() {
        return;
    }
    let (first, when) = staying.remove(0);
    let acknowledged = first.log_out(when).await;
    join_all(staying.into_iter().map(|(device, when)| async move {
        if let Some(at) = acknowledged {
            device.check_it_outlives(at).await;
        }
        let free = device.turn.clock.now();
        device.log_out(When::freed(when.due, free)).await;
    }))
    .await;
}
