//! `switch`: log in, stay, log in with another account on the same device, stay, go. The documents tell it in two ways: the
//! other login alone, or a logout and then the login.

use super::{arrive, dwell_and_end};
use crate::engine::account_pool::{Freshness, VirtualUser, Which};
use crate::engine::device::{Device, LoginEnd};
use crate::engine::dwell::DwellEnd;
use crate::engine::iteration::When;
use crate::engine::judgement::Expect;
use crate::scenario::{SelfInfoCheck, SwitchHow};
use crate::session::Operation;
use trtc_base::units::Micros;

pub(super) async fn play(device: &mut Device<'_>, how: SwitchHow) {
    let itinerary = &device.iteration.arrival.itinerary;
    let Some(settled) = arrive(device).await else {
        return device.leave();
    };
    // Made ready before it is due, so that the cost of its ticket is not measured.
    let Some(other) = the_other(device) else {
        return device.leave();
    };
    let DwellEnd::Over(mut when) = device.dwell(settled, itinerary.dwell).await else {
        return device.leave();
    };
    if how == SwitchHow::LogoutThenLogin && device.is_online() {
        Box::pin(device.log_out(when)).await;
        let done = device.last_answer().map_or(when.due, |end| end.done);
        when = When::freed(done, device.iteration.clock.now());
    }
    match Box::pin(log_in_as(device, other, (how, when))).await {
        Some(settled) => dwell_and_end(device, settled, itinerary.dwell_after).await,
        None => device.leave(),
    }
}

/// Logs in as the other account. Gives the time at which the device is settled online; none where it is not.
async fn log_in_as(
    device: &mut Device<'_>,
    other: VirtualUser,
    (how, when): (SwitchHow, When),
) -> Option<Micros> {
    let before = (
        std::mem::replace(&mut device.virtual_user, other),
        device.session.token.clone(),
    );
    let when = device.register(when).await;
    match device.log_in(Operation::Switch, when).await {
        LoginEnd::Online(at) => {
            let checked = match how {
                SwitchHow::Implicit => check_the_old_session(device, before, at).await,
                SwitchHow::LogoutThenLogin => at,
            };
            Some(device.settle(checked).await)
        }
        LoginEnd::Refused | LoginEnd::Unknown => None,
    }
}

/// The session before the switch has ended: its token is worth nothing. Gives the time at which that is settled.
async fn check_the_old_session(
    device: &mut Device<'_>,
    (virtual_user, token): (VirtualUser, Box<str>),
    at: Micros,
) -> Micros {
    if device.iteration.scenario().self_info != SelfInfoCheck::Ask {
        return at;
    }
    let now = (
        std::mem::replace(&mut device.virtual_user, virtual_user),
        std::mem::replace(&mut device.session.token, token),
    );
    let channel = device.try_the_dead_channel();
    let asking = device.self_info(When::at(at), Expect::Refusal);
    tokio::join!(asking, channel);
    (device.virtual_user, device.session.token) = now;
    device.iteration.clock.now()
}

/// The arrival's second account, on the same device.
fn the_other(device: &Device<'_>) -> Option<VirtualUser> {
    let iteration = device.iteration;
    let second = iteration.arrival.accounts[1];
    let mut other =
        device
            .pool
            .virtual_user(iteration.plan, iteration.arrival.app, second, Which::Own)?;
    other.device_id.clone_from(&device.virtual_user.device_id);
    other.platform = device.virtual_user.platform;
    device.pool.prepare_ticket(&mut other, Freshness::Fresh);
    Some(other)
}
