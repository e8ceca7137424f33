//! `expired`: log in with an expired UserSig, be refused, log in once more with a new one.

use super::dwell_and_end;
use crate::engine::device::{Device, LoginEnd};
use crate::engine::http_client::Sent;
use crate::engine::iteration::{Asked, End, When};
use crate::engine::judgement::Expect;
use crate::engine::reply::Reply;
use crate::recorder::{Answered, Invariant};
use crate::scenario::{NoticedBy, SelfInfoCheck};
use crate::session::{Cause, Class, Departed, Effect, Input, Operation};
use trtc_base::units::Micros;

/// Raised by the SDK itself when the UserSig has expired.
const USER_SIG_EXPIRED: i64 = 6206;

pub(super) async fn play(device: &mut Device<'_>, noticed_by: NoticedBy) {
    match Box::pin(get_in(device, noticed_by)).await {
        Some(settled) => {
            dwell_and_end(device, settled, device.iteration.arrival.itinerary.dwell).await
        }
        None => device.leave(),
    }
}

/// The refusal and the login after it. Gives the time at which the device is settled online; none where it is not.
async fn get_in(device: &mut Device<'_>, noticed_by: NoticedBy) -> Option<Micros> {
    let first = When {
        due: device.iteration.arrival.due,
        ready: device.iteration.ready,
    };
    let when = device.register(first).await;
    // What only we ask is no part of what the person feels.
    let mut ours = Micros::ZERO;
    // Where the target can be asked by name, the second login waits for that: both would be one answer.
    let by_name = device.can_ask_by_name();
    let mut before = None;
    if by_name {
        let asked = device.iteration.clock.now();
        before = device.ask_by_name(when).await;
        ours = device.iteration.clock.now().since(asked);
    }
    let when = When::freed(when.due, device.iteration.clock.now().max(when.ready));
    device.hears(Input::LogIn);
    let refused_at = match noticed_by {
        NoticedBy::Client => noticed_by_client(device, when),
        NoticedBy::Target => noticed_by_target(device, when).await?,
    };
    let end = if by_name {
        // Where the device's own clock refused, nothing was sent that could have made a session.
        if noticed_by == NoticedBy::Target {
            device.check_no_session(before, refused_at).await;
        }
        // Nobody but we waited for that answer.
        let now = device.iteration.clock.now();
        ours = ours.plus(now.since(refused_at));
        device.log_in_again(When::at(now)).await
    } else {
        // The person does not wait for our check.
        let check = ask_who_is_logged_in(device, refused_at);
        let again = device.log_in_again(When::at(refused_at));
        let (checked, end) = tokio::join!(check, again);
        if let Some(sent) = checked {
            device.heed(&sent, &device.settings.dialect);
        }
        end
    };
    device.book_sign_in(first, end, ours);
    match end {
        LoginEnd::Online(at) => Some(device.settle(at).await),
        LoginEnd::Refused | LoginEnd::Unknown => None,
    }
}

/// Nobody may be logged in after a failed login: asks so over a connection of its own.
fn ask_who_is_logged_in<'a>(
    device: &Device<'a>,
    refused_at: Micros,
) -> impl Future<Output = Option<Sent>> + use<'a> {
    let (iteration, settings) = (device.iteration, device.settings);
    let (virtual_user, mut http) = (device.virtual_user.clone(), device.http.beside());
    async move {
        let request = settings.dialect.request(Operation::SelfInfo)?;
        if iteration.scenario().self_info == SelfInfoCheck::Skip {
            return None;
        }
        let values = virtual_user.values("");
        let request = (Operation::SelfInfo, request);
        let sent = http
            .ask(settings, request, &values, iteration.bounds())
            .await;
        let asked = Asked {
            operation: Operation::SelfInfo,
            when: When::at(refused_at),
            expect: Expect::Refusal,
        };
        let end = iteration.book_sent(&settings.dialect, asked, &sent);
        let rule = Invariant::NoAccountAfterFailure;
        if matches!(sent.reply, Reply::Success(_)) {
            let story = format!(
                "{} was told that it is logged in after its login had failed",
                virtual_user.user_id
            );
            iteration.violation(rule, sent.done, story);
        } else if end.class == Class::Expected {
            iteration.checked(rule);
        }
        Some(sent)
    }
}

/// The SDK looks at its own clock: nothing is sent.
fn noticed_by_client(device: &mut Device<'_>, when: When) -> Micros {
    let done = device.iteration.clock.now();
    let end = End {
        class: Class::Expected,
        cause: Some(Cause::Sdk(USER_SIG_EXPIRED)),
        sent: None,
        departed: Departed::No,
        answered: Answered::No,
        done,
        phases: crate::session::Phases::default(),
    };
    device.iteration.book(Operation::Login, when, end);
    device.hears(Input::RefusedExpired);
    done
}

/// The target refuses. None where it did anything else: the rules send no second login then.
async fn noticed_by_target(device: &mut Device<'_>, when: When) -> Option<Micros> {
    let (end, effects) = device
        .send_login(Operation::Login, when, Expect::RefusalAsExpired)
        .await;
    end.err()
        .filter(|_| effects.contains(&Effect::RenewAndLogin))
}
