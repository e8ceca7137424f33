//! `requests`: an administrator's requests one after the other, about the arrival's account. Nobody logs in.

use crate::engine::accounts::Kind;
use crate::engine::device::Device;
use crate::engine::judgement::Expect;
use crate::engine::judgement::cost_of;
use crate::engine::ledger::registered_at_once;
use crate::engine::line::Sent;
use crate::engine::persona::Batch;
use crate::engine::reply::Reply;
use crate::engine::turn::Asked;
use crate::engine::turn::When;
use crate::session::Class;
use crate::session::Operation;
use trtc_wire::dialect::Values;

pub(super) async fn play(device: &mut Device<'_>, steps: &[Operation], batch: &Batch) {
    let turn = device.turn;
    let mut when = When {
        due: turn.arrival.due,
        ready: turn.ready,
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
        let due = sent.done.plus(turn.arrival.itinerary.away);
        if turn.until(due).await.is_none() {
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
    let turn = device.turn;
    let wire = device.wire;
    let request = wire.dialect.request(operation)?;
    let admin_sig = device.cast.admin_sig(device.persona.app)?;
    // A different number in each request of the run, so that no cache on the way answers.
    let random = u32::try_from((turn.arrival.n * 64 + nth) % u64::from(u32::MAX)).unwrap_or(0);
    let random = random.to_string();
    let values = Values {
        admin: device.cast.admin()?.identifier(),
        admin_sig: &admin_sig,
        random: &random,
        user_ids: &batch.user_ids,
        ..device.persona.values("")
    };
    let count = if operation == Operation::Register {
        registered_at_once(turn.scenario(), &wire.dialect)
    } else {
        0
    };
    let registers = &batch.accounts[..batch
        .accounts
        .len()
        .min(usize::try_from(count).unwrap_or(0))];
    let app = turn.arrival.app;
    turn.accounts.sends(Kind::Registration, app, registers);
    let asks = (operation, request);
    let sent = device.line.ask(wire, asks, &values, turn.bounds()).await;
    let came = cost_of(&sent.reply, &wire.dialect);
    turn.accounts.came(Kind::Registration, app, registers, came);
    let asked = Asked {
        operation,
        when,
        expect: Expect::Success,
    };
    device.last = Some(turn.book_sent(&wire.dialect, asked, &sent));
    device.heed(&sent, &wire.dialect);
    Some(sent)
}
