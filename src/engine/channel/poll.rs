//! Requests as a push channel: one that the target holds after the other, or one every so often.

use super::Booking;
use super::Heard;
use super::usable;
use crate::dialect::Notice;
use crate::dialect::PollPush;
use crate::dialect::Polled;
use crate::dialect::Taken;
use crate::dialect::Values;
use crate::engine::judgement::Expect;
use crate::engine::judgement::wait_after;
use crate::engine::line::Bounds;
use crate::engine::line::Line;
use crate::engine::line::Sent;
use crate::engine::line::Wire;
use crate::engine::redact::redacted;
use crate::engine::reply::Reply;
use crate::engine::turn::Asked;
use crate::engine::turn::When;
use crate::session::Operation;
use crate::session::Phase;
use crate::session::Phases;
use crate::session::Transport;
use crate::target::Answer;
use crate::target::Connection;
use crate::target::Dial;
use crate::target::Head;
use crate::target::Parting;
use crate::target::Wallet;
use crate::units::Micros;

/// Polls that the target holds are no closer together than this: one that answers each at once is not hammered for it.
/// Two answers in quick succession are an ordinary thing, so the pause is short.
const PACE: Micros = Micros::from_millis(50);

/// What its requests say of the device, as far as the dialect asks for it.
#[derive(Debug)]
struct Who {
    sdk_app_id: u32,
    user_id: Box<str>,
    user_sig: Box<str>,
    password: Box<str>,
    platform: Box<str>,
    device_id: Box<str>,
    token: Box<str>,
}

impl Who {
    fn of(values: &Values<'_>) -> Self {
        Self {
            sdk_app_id: values.sdk_app_id,
            user_id: values.user_id.into(),
            user_sig: values.user_sig.into(),
            password: values.password.into(),
            platform: values.platform.into(),
            device_id: values.device_id.into(),
            token: values.token.into(),
        }
    }

    fn values<'v>(&'v self, cursor: &'v str) -> Values<'v> {
        Values {
            sdk_app_id: self.sdk_app_id,
            user_id: &self.user_id,
            user_sig: &self.user_sig,
            password: &self.password,
            platform: &self.platform,
            device_id: &self.device_id,
            token: &self.token,
            cursor,
            ..Values::default()
        }
    }
}

/// A poll between two waits.
#[derive(Debug)]
pub(in crate::engine) struct Poll {
    connection: Option<Connection>,
    cursor: Box<str>,
    who: Who,
    slot: usize,
    wallet: Wallet,
    /// How long the target asked to wait before the next one.
    retry: Option<Micros>,
}

impl Poll {
    /// A poll that goes on from `cursor`, over `line`'s connection.
    pub(super) fn new(line: &mut Line, values: &Values<'_>, cursor: Box<str>) -> Self {
        Self {
            slot: line.slot(),
            wallet: line.wallet().clone(),
            connection: line.give(),
            cursor,
            who: Who::of(values),
            retry: None,
        }
    }

    pub(super) const fn cursor(&self) -> &str {
        &self.cursor
    }

    pub(super) const fn retry(&self) -> Option<Micros> {
        self.retry
    }

    pub(super) fn cut(self, parting: Parting) {
        if let Some(connection) = self.connection {
            connection.close(parting);
        }
    }

    /// Asks until there is word. Polls every so often are steps, and booked; of those that the target holds only what went
    /// wrong is counted, as their time is the target's choice.
    pub(super) async fn hear(
        &mut self,
        push: &PollPush,
        wire: &Wire,
        run: Bounds<'_>,
        booking: Booking<'_>,
    ) -> Heard {
        let mut answer = Answer::default();
        let mut due = run.clock.now();
        loop {
            let when = When::freed(due, run.clock.now());
            let (sent, polled) = self.ask(push, wire, run, &mut answer).await;
            // A target that is too busy to judge may say when to come back.
            self.retry = wait_after(&sent.reply, &wire.dialect);
            let asked = Asked {
                operation: Operation::Status,
                when,
                expect: match polled {
                    Some(Polled::Notice(Notice::Kicked | Notice::Expired)) => Expect::Either,
                    Some(_) | None => Expect::Success,
                },
            };
            let went_wrong = matches!(
                polled,
                None | Some(Polled::Refused { .. } | Polled::Malformed(_))
            );
            match push.every() {
                Some(_) => booking(Some(asked), &sent),
                None if went_wrong => booking(None, &sent),
                None => {}
            }
            match polled {
                Some(Polled::Again(cursor)) => {
                    self.cursor = cursor.unwrap_or_else(|| std::mem::take(&mut self.cursor));
                }
                Some(Polled::Notice(Notice::Kicked)) => return Heard::Kicked,
                Some(Polled::Notice(Notice::Expired)) => return Heard::Expired,
                Some(Polled::Notice(Notice::Broadcast | Notice::Other)) => {}
                Some(Polled::Refused { .. } | Polled::Malformed(_)) | None => return Heard::Lost,
            }
            due = due.plus(push.every().unwrap_or(PACE));
            tokio::time::sleep_until(run.clock.instant(due).into()).await;
            if push.every().is_none() {
                // The target's hold is no pace of ours.
                due = run.clock.now();
            }
        }
    }

    /// One poll, and what its answer means; nothing where there is none.
    async fn ask(
        &mut self,
        push: &PollPush,
        wire: &Wire,
        run: Bounds<'_>,
        answer: &mut Answer,
    ) -> (Sent, Option<Polled>) {
        let mut request = Vec::new();
        let values = self.who.values(&self.cursor);
        push.render(
            &values,
            wire.endpoint.host_header(),
            &wire.headers,
            &mut request,
        );
        let sent = run.clock.now();
        let mut phases = Phases::default();
        let dial = wire.dial(self.slot, &self.wallet, run.clock);
        let limits = (wire.timeout, push.limit());
        let parts = (&*request, &mut *answer, &mut phases);
        let head = exchange(&mut self.connection, dial, limits, parts).await;
        let polled = head
            .as_ref()
            .ok()
            .map(|head| push.read(head.status, answer.body()));
        let reply = match (head, &polled) {
            (Err(None), _) => Reply::NoAnswer,
            (Err(Some(fault)), _) => Reply::Transport(fault),
            (Ok(_), Some(Polled::Malformed(fault))) => Reply::Malformed(fault.clone()),
            (Ok(head), Some(Polled::Refused { .. } | Polled::Notice(_))) => {
                match push.refused(head.status, answer.body()) {
                    None => Reply::Success(Taken::default()),
                    Some(code) => Reply::Refused {
                        status: head.status,
                        code,
                        retry_after: head.retry_after,
                    },
                }
            }
            (Ok(_), Some(Polled::Again(_)) | None) => Reply::Success(Taken::default()),
        };
        let done = run.clock.now();
        let sent = Sent {
            sent,
            done,
            phases,
            reply: redacted(reply, &values),
        };
        (sent, polled)
    }
}

/// The exchange itself, over the connection that is kept or a new one. An error without a fault is a limit that passed: for
/// the connection or for the answer.
async fn exchange(
    kept: &mut Option<Connection>,
    dial: Dial<'_>,
    (to_open, to_answer): (Micros, Micros),
    (request, answer, phases): (&[u8], &mut Answer, &mut Phases),
) -> Result<Head, Option<Transport>> {
    // Taken out while it is in use: a poll dropped half-way leaves no connection behind.
    let mut connection = match usable(kept.take()) {
        Some(kept) => kept,
        None => {
            let opened = tokio::time::timeout(to_open.as_duration(), dial.open(phases)).await;
            opened.map_err(|_elapsed| None)?.map_err(Some)?
        }
    };
    phases.begin(Phase::FirstByte);
    let exchange = connection.exchange(request, answer);
    let head = tokio::time::timeout(to_answer.as_duration(), exchange).await;
    let head = head.map_err(|_elapsed| None)?.map_err(Some)?;
    phases.note(Phase::FirstByte, head.waited);
    phases.note(Phase::Body, dial.clock.now().since(head.first_byte));
    if head.keep_alive {
        *kept = Some(connection);
    }
    Ok(head)
}
