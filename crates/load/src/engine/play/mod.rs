//! The scenarios: what an arrival does, step by step.

mod absent;
mod devices;
mod expired;
mod kick;
mod kicked;
mod login;
mod reconnect;
mod refused;
mod requests;
mod room;
mod switch;

use super::account_pool::Batch;
use super::device::{Device, LoginEnd};
use super::dwell::DwellEnd;
use super::iteration::When;
use crate::scenario::{Ending, Play, SignUp};
use crate::session::Operation;
use trtc_base::units::Micros;

/// Plays an arrival with its first device, whose ticket is ready, and the accounts that its requests name.
///
/// A device that stays online holds the future that plays it. So whatever asks the target something is a future of its
/// own, which is gone when the device only listens; otherwise each device would hold room for all that it might ask.
pub(super) async fn play(device: &mut Device<'_>, batch: &Batch) {
    match &device.iteration.scenario().play {
        Play::Requests(kind) => Box::pin(requests::play(device, &kind.steps, batch)).await,
        Play::Devices(kind) => Box::pin(devices::play(device, &kind.platforms, kind.rules)).await,
        Play::Refused(_) => Box::pin(refused::play(device)).await,
        Play::Room(_) => room::play(device),
        Play::Login(_) => login::play(device).await,
        Play::Switch(kind) => Box::pin(switch::play(device, kind.how)).await,
        Play::Kicked(kind) => Box::pin(kicked::play(device, kind.fights)).await,
        Play::Expired(kind) => Box::pin(expired::play(device, kind.noticed_by)).await,
        Play::Reconnect(kind) => Box::pin(reconnect::play(device, kind.cut, kind.told)).await,
        Play::Absent(kind) => Box::pin(absent::play(device, kind.silence())).await,
    }
}

/// The first login of an arrival, with what belongs to it. Gives the time at which the device is settled online; none
/// where it is not.
async fn arrive(device: &mut Device<'_>) -> Option<Micros> {
    let arriving = async {
        let first = When {
            due: device.iteration.arrival.due,
            ready: device.iteration.ready,
        };
        let when = device.register(first).await;
        let end = device.log_in(Operation::Login, when).await;
        device.book_sign_in(first, end, Micros::ZERO);
        match end {
            LoginEnd::Online(at) => {
                let settled = device.settle(at).await;
                if device.iteration.arrival.itinerary.sign_up == SignUp::LookedUp {
                    device.check_sign_up(settled).await;
                }
                Some(settled)
            }
            LoginEnd::Refused | LoginEnd::Unknown => None,
        }
    };
    Box::pin(arriving).await
}

/// Stays for `length` from `since`, then ends the session as the arrival means to.
async fn dwell_and_end(device: &mut Device<'_>, since: Micros, length: Micros) {
    if let DwellEnd::Over(when) = device.dwell(since, length).await
        && device.iteration.arrival.itinerary.ending == Ending::Logout
        && device.is_online()
    {
        Box::pin(device.log_out(when)).await;
    }
    device.leave();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of<F>(_play: impl Fn(&'static mut Device<'static>, &'static Batch) -> F) -> usize {
        std::mem::size_of::<F>()
    }

    #[test]
    fn what_plays_a_device_that_only_listens_takes_a_kibibyte() {
        let size = size_of(play);
        // Any scenario could be behind it; each request's room, some 2 KiB, is there only while it is under way.
        assert!(size <= 1_024, "{size} bytes");
    }
}
