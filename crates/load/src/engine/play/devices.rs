//! `devices`: an account logs in on several devices, one after the other. Those that the app's policy lets stay together
//! stay; the others hear that they were kicked. At the end each is asked whether it is still there.

use std::convert::Infallible;

use futures_util::future::join_all;

use super::arrive;
use super::kick::{
    Acted, EndedBy, check_that_it_is_over, check_the_ended_token, hear_of_it, standing_after,
};
use crate::engine::account_pool::{Freshness, Which};
use crate::engine::channel::Received;
use crate::engine::device::{Device, LoginEnd};
use crate::engine::dwell::{DwellEnd, Listened};
use crate::engine::http_client::HttpClient;
use crate::engine::iteration::When;
use crate::recorder::Invariant;
use crate::scenario::{Ending, PushUse, SelfInfoCheck};
use crate::session::{DeviceRules, Operation};
use trtc_base::units::Micros;
use trtc_usersig::Platform;

pub(super) async fn play(first: &mut Device<'_>, platforms: &[Platform], rules: DeviceRules) {
    let itinerary = &first.iteration.arrival.itinerary;
    first.virtual_user.platform = platforms[0];
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
    let iteration = first.iteration;
    let (app, account) = (iteration.arrival.app, iteration.arrival.accounts[0]);
    let which = Which::Nth(u8::try_from(nth).ok()?);
    let mut virtual_user = first
        .pool
        .virtual_user(iteration.plan, app, account, which)?;
    virtual_user.platform = platforms[nth];
    first
        .pool
        .prepare_ticket(&mut virtual_user, Freshness::Fresh);
    let http = HttpClient::new(first.http.slot());
    Some(Device::new(
        iteration,
        first.settings,
        first.pool,
        virtual_user,
        http,
    ))
}

/// Each device that is online stays so for `length`, and one that was kicked goes on listening. None where the run ends
/// first.
async fn wait(devices: &mut [&mut Device<'_>], from: Micros, length: Micros) -> Option<When> {
    let iteration = devices[0].iteration;
    let due = from.plus(length);
    let (mut stays, mut kicked) = (Vec::new(), Vec::new());
    for device in devices {
        if device.is_online() {
            stays.push(device.dwell(from, length));
        } else {
            kicked.push(device.overhear());
        }
    }
    // What the device before was told, and what it was asked then, may have outlasted the pause.
    let free = iteration.clock.now();
    let ends = tokio::select! {
        ends = join_all(stays) => ends,
        never = listen(kicked) => match never {},
    };
    // Where every session ended early the next device still comes when it is due.
    iteration.until(due).await?;
    let ready = ends.into_iter().map(|end| match end {
        DwellEnd::Over(when) => when.ready,
        DwellEnd::CutShort => due,
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

/// Which of those inside must end when a device of `platform` logs in.
fn ended_by(inside: &[&mut Device<'_>], platform: Platform, rules: DeviceRules) -> Vec<usize> {
    let places = 0..inside.len();
    let online: Vec<usize> = places.filter(|&place| inside[place].is_online()).collect();
    let of = |&place: &usize| inside[place].virtual_user.platform;
    let platforms: Vec<_> = online.iter().map(of).collect();
    let ended = rules.ended_by(platform, &platforms);
    ended.into_iter().map(|nth| online[nth]).collect()
}

/// The next device logs in beside those inside. Gives the time at which it is settled.
async fn join(
    inside: &mut [&mut Device<'_>],
    newcomer: &mut Device<'_>,
    when: When,
    rules: DeviceRules,
) -> Micros {
    let (iteration, settings) = (newcomer.iteration, newcomer.settings);
    let Some(when) = newcomer.get_ticket(when).await else {
        return when.due;
    };
    let losers = ended_by(inside, newcomer.virtual_user.platform, rules);
    // Of several on one platform a target may end one that it sees as away before the earliest one that is there.
    let is_sure = ended_is_sure(inside, newcomer.virtual_user.platform, rules);
    let sent = iteration.clock.now();
    let limit = iteration
        .clock
        .instant(sent.plus(settings.notice_limit))
        .into();
    let places = inside.iter_mut().enumerate();
    let victims = places.filter(|(place, _)| losers.contains(place));
    let mut victims: Vec<_> = victims.map(|(_, device)| device).collect();
    let mut hearing = Vec::new();
    for victim in &mut victims {
        let mut channel = std::mem::take(&mut victim.listening.channel);
        let account = victim.virtual_user.account;
        hearing.push(async move {
            let heard = iteration.hear(&mut channel, settings, account);
            let heard = tokio::time::timeout_at(limit, heard).await;
            let noticed = heard
                .ok()
                .map(|heard: Received| (iteration.clock.now(), heard));
            (channel, noticed)
        });
    }
    // The newcomer does not wait for what the others hear.
    let arriving = async {
        let end = newcomer.log_in(Operation::Login, when).await;
        let settled = match end {
            LoginEnd::Online(at) => newcomer.settle(at).await,
            LoginEnd::Refused | LoginEnd::Unknown => iteration.clock.now(),
        };
        (end, settled)
    };
    let ((end, settled), heard) = tokio::join!(arriving, join_all(hearing));
    let acted = Acted { end, sent };
    for (victim, (channel, noticed)) in victims.iter_mut().zip(heard) {
        victim.listening.channel = channel;
        victim.book_channel_end(standing_after(end));
        if noticed.is_none() && end == LoginEnd::Refused {
            // Nothing happened, so there was nothing to hear.
            continue;
        }
        if hear_of_it(victim, acted, noticed).is_some() {
            check_the_ended_token(victim).await;
            if victim.was_refused() {
                iteration.checked(Invariant::NoMoreSessionsThanThePolicy);
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
            && device.virtual_user.platform == platform
            && device.iteration.scenario().push == PushUse::Open
            && !device.listening.channel.is_open()
    };
    !many || !inside.iter().any(is_away)
}

/// Everybody who is online must still be; then they stay once more, and go.
async fn finish<'a>(first: &mut Device<'a>, others: &mut [Device<'a>], settled: Micros) {
    let iteration = first.iteration;
    let dwell = iteration.arrival.itinerary.dwell;
    let ready = iteration.clock.now();
    let mut all: Vec<_> = std::iter::once(first).chain(others.iter_mut()).collect();
    let (mut staying, kicked): (Vec<_>, Vec<_>) =
        all.iter_mut().partition(|device| device.is_online());
    let stays = join_all(staying.iter_mut().map(|device| async move {
        if iteration.scenario().self_info == SelfInfoCheck::Ask {
            let asked = device.is_still_there(Operation::SelfInfo, When::at(ready));
            if Box::pin(asked).await == Listened::SessionOver {
                return DwellEnd::CutShort;
            }
        }
        device.dwell(settled, dwell).await
    }));
    // Who was kicked goes on listening.
    let kicked = kicked.into_iter().map(|device| device.overhear());
    let stays = tokio::select! {
        stays = stays => stays,
        never = listen(kicked.collect()) => match never {},
    };
    if iteration.arrival.itinerary.ending == Ending::Logout {
        let staying = staying.into_iter().zip(stays);
        let staying = staying.filter_map(|(device, dwell)| match dwell {
            DwellEnd::Over(when) if device.is_online() => Some((&mut **device, when)),
            DwellEnd::Over(_) | DwellEnd::CutShort => None,
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
        let free = device.iteration.clock.now();
        device.log_out(When::freed(when.due, free)).await;
    }))
    .await;
}
