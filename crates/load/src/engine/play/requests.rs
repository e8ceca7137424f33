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
use trtc_usersig::UserId;
use trtc_wire::dialect::Values;

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
    let request = settings.dialect.request(operation)?;
    let admin_sig = device.pool.admin_sig(device.virtual_user.app)?;
    // A different number in each request of the run, so that no cache on the way answers.
    let random = u32::try_from((iteration.arrival.n * 64 + nth) % u64::from(u32::MAX)).unwrap_or(0);
    let random = random.to_string();
    let (user_ids, named) = match request.batch() {
        Some(_) => {
            let user_ids = batch.user_ids.iter().map(UserId::as_str);
            (request.list_of(user_ids), batch.user_ids.len())
        }
        None => (String::new(), 0),
    };
    let values = Values {
        admin: device.pool.admin()?.identifier(),
        admin_sig: &admin_sig,
        random: &random,
        user_ids: &user_ids,
        named,
        ..device.virtual_user.values("")
    };
    let count = registered_at_once(iteration.scenario(), operation, &settings.dialect);
    let registers = &batch.accounts[..batch
        .accounts
        .len()
        .min(usize::try_from(count).unwrap_or(0))];
    let app = iteration.arrival.app;
    iteration.accounts.sends(Kind::Registration, app, registers);
    let asks = (operation, request);
    let sent = device
        .http
        .ask(settings, asks, &values, iteration.bounds())
        .await;
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
