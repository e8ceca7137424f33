//! The scenarios: what an arrival does, step by step.

mod absent;
mod devices;
mod expired;
mod kick;
mod kicked;
mod login;
mod reconnect;
mod requests;
mod switch;

use super::device::Device;
use super::device::LoginEnd;
use super::persona::Batch;
use super::stay::Stay;
use super::turn::When;
use crate::plan::Ending;
use crate::profile::Play;
use crate::session::Operation;
use crate::units::Micros;

/// Plays an arrival with its first device, whose ticket is ready, and the accounts that its requests name.
pub(super) async fn play(device: &mut Device<'_>, batch: &Batch) {
    match &device.turn.scenario().play {
        Play::Requests { steps, .. } => requests::play(device, steps, batch).await,
        Play::Devices {
            platforms, rules, ..
        } => devices::play(device, platforms, *rules).await,
        Play::Login => login::play(device).await,
        Play::Switch { how } => switch::play(device, *how).await,
        Play::Kicked { fights, .. } => kicked::play(device, *fights).await,
        Play::Expired { noticed_by } => expired::play(device, *noticed_by).await,
        Play::Reconnect { cut, told, .. } => reconnect::play(device, *cut, *told).await,
        Play::Absent { heartbeat, grace } => absent::play(device, heartbeat.plus(*grace)).await,
    }
}

/// The first login of an arrival, with what belongs to it. Gives the time at which the device is settled online; none
/// where it is not.
async fn arrive(device: &mut Device<'_>) -> Option<Micros> {
    let first = When {
        due: device.turn.arrival.due,
        ready: device.turn.ready,
    };
    let when = device.register(first).await;
    let end = device.log_in(Operation::Login, when).await;
    device.book_sign_in(first, end);
    match end {
        LoginEnd::Online(at) => Some(device.settle(at).await),
        LoginEnd::Refused | LoginEnd::Unknown => None,
    }
}

/// Stays for `length` from `since`, then ends the session as the arrival means to.
async fn stay_and_end(device: &mut Device<'_>, since: Micros, length: Micros) {
    if let Stay::Over(when) = device.stay(since, length).await
        && device.turn.arrival.itinerary.ending == Ending::Logout
        && device.is_online()
    {
        device.log_out(when).await;
    }
    device.leave();
}
