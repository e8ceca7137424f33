//! `login`: log in, stay, go.

use super::arrive;
use super::stay_and_end;
use crate::engine::device::Device;

pub(super) async fn play(device: &mut Device<'_>) {
    match arrive(device).await {
        Some(settled) => stay_and_end(device, settled, device.turn.arrival.itinerary.dwell).await,
        None => device.leave(),
    }
}
