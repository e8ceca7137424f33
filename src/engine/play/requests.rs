//! `requests`: an administrator's requests one after the other, about the arrival's account. Nobody logs in.

use crate::dialect::Values;
use crate::engine::accounts::Kind;
use crate::engine::device::Device;
use crate::engine::device::values;
use crate::engine::judgement::Expect;
use crate::engine::judgement::cost_of;
use crate::engine::ledger::registered_at_once;
use crate::engine::line::Reply;
use crate::engine::turn::Asked;
use crate::engine::turn::When;
use crate::session::Class;
use crate::session::Operation;

pub(super) async fn play(device: &mut Device<'_>, steps: &[Operation], batch: u32) {
    let turn = device.turn;
    let user_ids = device.cast.user_ids(device.persona.account, batch);
    let mut when = When {
        due: turn.arrival.due,
        ready: turn.ready,
    };
    for (nth, operation) in (0_u64..).zip(steps) {
        let Some(sent) = ask(device, (*operation, when), (nth, &user_ids)).await else {
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
        let alarm = tokio::time::sleep_until(turn.clock.instant(due).into());
        tokio::select! {
            () = alarm => when = When::at(due),
            () = turn.stop.sessions_over() => break,
        }
    }
    device.leave();
}

async fn ask(
    device: &mut Device<'_>,
    (operation, when): (Operation, When),
    (nth, user_ids): (u64, &str),
) -> Option<crate::engine::line::Sent> {
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
        user_ids,
        ..values(&device.persona, "")
    };
    let named = named(device, operation);
    let app = turn.arrival.app;
    for account in named.clone() {
        turn.accounts.sends(Kind::Registration, app, account);
    }
    let sent = device.line.ask(wire, request, &values, turn.bounds()).await;
    for account in named {
        let came = cost_of(&sent.reply);
        turn.accounts.came(Kind::Registration, app, account, came);
    }
    let asked = Asked {
        operation,
        when,
        expect: Expect::Success,
    };
    device.last = Some(turn.book_sent(&wire.dialect, asked, &sent));
    device.heed(&sent, &wire.dialect);
    Some(sent)
}

/// The accounts that a request can register: none where it is another.
fn named(device: &Device<'_>, operation: Operation) -> std::ops::Range<u64> {
    let own = device.persona.account;
    let count = if operation == Operation::Register {
        registered_at_once(device.turn.scenario(), &device.wire.dialect)
    } else {
        0
    };
    own..own.saturating_add(count)
}
