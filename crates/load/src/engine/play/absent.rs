//! `absent`: log in, stay, vanish without a word, until the target has given the session up.
//!
//! A device that is out of reach sends no FIN. On one machine no packet can be lost, so it keeps its connection and
//! neither reads nor answers: the target sees what it would see of a phone in a tunnel.

use super::arrive;
use crate::engine::device::Device;
use crate::engine::dwell::DwellEnd;
use crate::engine::iteration::When;
use crate::engine::judgement::Expect;
use trtc_base::units::Micros;

pub(super) async fn play(device: &mut Device<'_>, silence: Micros) {
    let Some(settled) = arrive(device).await else {
        return device.leave();
    };
    let dwell = device.iteration.arrival.itinerary.dwell;
    let DwellEnd::Over(when) = device.dwell(settled, dwell).await else {
        return device.leave();
    };
    // A poll under way is heard of until its end, wherever on the way it is.
    Box::pin(device.last_poll()).await;
    let given_up = when.due.max(device.iteration.clock.now()).plus(silence);
    // The target has ended the session by then, so its token is worth nothing.
    if device.iteration.until(given_up).await.is_some() {
        Box::pin(device.self_info(When::at(given_up), Expect::Refusal)).await;
    }
    device.leave();
}
