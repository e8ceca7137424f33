//! `reconnect`: log in, stay, lose the network, come back by the token without a login, stay, go.

use super::arrive;
use super::stay_and_end;
use crate::engine::device::Device;
use crate::engine::judgement::Expect;
use crate::engine::stay::Back;
use crate::engine::stay::Stay;
use crate::engine::turn::When;
use crate::profile::Cut;
use crate::profile::SelfInfoCheck;
use crate::session::Input;
use crate::target::Parting;

pub(super) async fn play(device: &mut Device<'_>, cut: Cut) {
    let itinerary = &device.turn.arrival.itinerary;
    let Some(settled) = arrive(device).await else {
        return device.leave();
    };
    let Stay::Over(when) = device.stay(settled, itinerary.dwell).await else {
        return device.leave();
    };
    device.hears(Input::NetworkLost);
    device.cut(match cut {
        Cut::Fin => Parting::Fin,
        Cut::Reset => Parting::Reset,
    });
    let due = when.due.plus(itinerary.away);
    let Some(mut back) = come_back(device, due).await else {
        return device.leave();
    };
    if device.turn.scenario().self_info == SelfInfoCheck::Ask {
        // The session is the one from before.
        back = device.self_info(When::at(back), Expect::Success).await;
    }
    stay_and_end(device, back, itinerary.dwell_after).await;
}

/// Waits until the network is there, and comes back. Gives the time since which the session goes on.
async fn come_back(
    device: &mut Device<'_>,
    due: crate::units::Micros,
) -> Option<crate::units::Micros> {
    let alarm = tokio::time::sleep_until(device.turn.clock.instant(due).into());
    tokio::select! {
        () = alarm => {}
        () = device.turn.stop.sessions_over() => return None,
    }
    match device.come_back(due).await {
        Back::Online(at) => {
            device.hears(Input::NetworkBack);
            Some(at)
        }
        Back::SessionOver | Back::NotYet => None,
    }
}
