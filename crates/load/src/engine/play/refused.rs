//! `refused`: one login with a UserSig that is bad in one way, and nothing after it.

use crate::engine::device::Device;
use crate::engine::flaw::Flaw;
use crate::engine::iteration::When;
use crate::engine::judgement::Expect;
use crate::session::{Input, Operation};

pub(super) async fn play(device: &mut Device<'_>) {
    Box::pin(log_in(device)).await;
    device.leave();
}

async fn log_in(device: &mut Device<'_>) {
    let first = When {
        due: device.iteration.arrival.due,
        ready: device.iteration.ready,
    };
    // In an app that does not exist there is no account to be made.
    let mut when = match device.flaw() {
        Some(Flaw::UnknownApp) => first,
        Some(Flaw::Expired { .. } | Flaw::OtherUser | Flaw::OtherApp | Flaw::OtherKey) | None => {
            device.register(first).await
        }
    };
    let by_name = device.can_ask_by_name();
    let mut before = None;
    if by_name {
        before = device.ask_by_name(when).await;
        when = When::freed(when.due, device.iteration.clock.now());
    }
    device.hears(Input::LogIn);
    let (end, _) = device
        .send_login(Operation::Login, when, Expect::BadTicket)
        .await;
    if let (Err(refused_at), true) = (end, by_name) {
        device.check_no_session(before, refused_at).await;
    }
}
