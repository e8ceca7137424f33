//! `room`: it is told to a receiver, and no device logs in for it.

use crate::engine::device::Device;

pub(super) fn play(device: &mut Device<'_>) {
    // The profile was checked: only a dialect that tells of rooms has such a scenario, and it has a player of its own.
    device.leave();
}
