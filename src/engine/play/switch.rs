//! `switch`: log in, stay, log in with another account on the same device without a logout, stay, go.

use super::arrive;
use super::stay_and_end;
use crate::engine::channel::Channel;
use crate::engine::device::Device;
use crate::engine::device::LoginEnd;
use crate::engine::persona::Freshness;
use crate::engine::persona::Persona;
use crate::engine::persona::Which;
use crate::engine::stay::Stay;
use crate::session::Operation;

pub(super) async fn play(device: &mut Device<'_>) {
    let itinerary = &device.turn.arrival.itinerary;
    let Some(settled) = arrive(device).await else {
        return device.leave();
    };
    // Made ready before it is due, so that the cost of its ticket is not measured.
    let Some(other) = the_other(device) else {
        return device.leave();
    };
    let Stay::Over(when) = device.stay(settled, itinerary.dwell).await else {
        return device.leave();
    };
    device.persona = other;
    let when = device.register(when).await;
    match device.log_in(Operation::Switch, when).await {
        LoginEnd::Online(at) => {
            // The old account's channel ends with its session; the new session gets its own.
            device.channel = Channel::None;
            let settled = device.settle(at).await;
            stay_and_end(device, settled, itinerary.dwell_after).await;
        }
        LoginEnd::Refused | LoginEnd::Unknown => device.leave(),
    }
}

/// The arrival's second account, on the same device.
fn the_other(device: &Device<'_>) -> Option<Persona> {
    let turn = device.turn;
    let second = turn.arrival.accounts[1];
    let mut other = device
        .cast
        .persona(turn.plan, turn.arrival.app, second, Which::Own)?;
    other.device_id.clone_from(&device.persona.device_id);
    other.platform = device.persona.platform;
    device.cast.prepare_ticket(&mut other, Freshness::Fresh);
    Some(other)
}
