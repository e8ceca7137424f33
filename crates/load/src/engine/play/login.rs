//! `login`: log in, stay, go.

use super::{arrive, dwell_and_end};
use crate::engine::device::Device;

pub(super) async fn play(device: &mut Device<'_>) {
    match arrive(device).await {
        Some(settled) => {
            dwell_and_end(device, settled, device.iteration.arrival.itinerary.dwell).await
        }
        None => device.leave(),
    }
}
