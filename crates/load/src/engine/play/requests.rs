//! `requests`: an administrator's requests one after the other, about the arrival's account. Nobody logs in.

use crate::engine::account_pool::Batch;
use crate::engine::accounts::Kind;
use crate::engine::device::Device;
use crate::engine::http_client::Sent;
use crate::engine::iteration::{Asked, When};
use crate::engine::judgement::{Expect, cost_of};
use crate::engine::ledger::{Came, registered_at_once};
use crate::engine::reply::Reply;
use crate::session::{Class, Code, Operation};

pub(super) async fn play(device: &mut Device<'_>, steps: &[Operation], batch: &Batch) {
    let iteration = device.iteration;
    let mut when = When {
        due: iteration.arrival.due,
        ready: iteration.ready,
    };
    for (nth, operation) in (0_u64..).zip(steps) {
        let Some(sent) = ask(device, (*operation, when), (nth, batch)).await else {
            return;
        };
        let is_told_to_wait = device
            .last
            .as_ref()
            .is_some_and(|last| last.class == Class::Throttled);
        if is_told_to_wait || sent.reply == Reply::Halted {
            break;
        }
        let due = sent.done.plus(iteration.arrival.itinerary.away);
        if iteration.until(due).await.is_none() {
            break;
        }
        when = When::at(due);
    }
    device.leave();
}

async fn ask(
    device: &mut Device<'_>,
    (operation, when): (Operation, When),
    (nth, batch): (u64, &Batch),
) -> Option<Sent> {
    let iteration = device.iteration;
    let settings = device.settings;
    let count = registered_at_once(iteration.scenario(), operation, &settings.dialect);
    let registers = &batch.accounts[..batch
        .accounts
        .len()
        .min(usize::try_from(count).unwrap_or(0))];
    let app = iteration.arrival.app;
    iteration.accounts.sends(Kind::Registration, app, registers);
    let sent = device.ask_as_admin(operation, &batch.user_ids, nth).await?;
    let is_refused_by_code = matches!(
        sent.reply,
        Reply::Refused {
            code: Some(Code::Said(_)),
            ..
        }
    );
    let came = if registers.len() > 1 && is_refused_by_code {
        // Some of its accounts were turned away, and the others are there.
        Came::Perhaps
    } else {
        cost_of(&sent.reply, &settings.dialect)
    };
    iteration
        .accounts
        .came(Kind::Registration, app, registers, came);
    let asked = Asked {
        operation,
        when,
        expect: Expect::Success,
    };
    device.last = Some(iteration.book_sent(&settings.dialect, asked, &sent));
    device.heed(&sent, &settings.dialect);
    Some(sent)
}
