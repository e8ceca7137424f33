//! Requests as a push channel: one that the target holds after the other, or one every so often.

use super::Heard;
use super::usable;
use crate::dialect::Notice;
use crate::dialect::PollPush;
use crate::dialect::Polled;
use crate::dialect::Values;
use crate::engine::line::Bounds;
use crate::engine::line::Line;
use crate::engine::line::Wire;
use crate::session::Phases;
use crate::target::Answer;
use crate::target::Connection;
use crate::target::Parting;
use crate::target::Wallet;
use crate::units::Micros;

/// Polls that the target holds are no closer together than this: one that answers each at once is not hammered for it.
/// Two answers in quick succession are an ordinary thing, so the pause is short.
const PACE: Micros = Micros::from_millis(50);

/// A poll between two waits.
#[derive(Debug)]
pub(in crate::engine) struct Poll {
    connection: Option<Connection>,
    cursor: Box<str>,
    token: Box<str>,
    slot: usize,
    wallet: Wallet,
}

impl Poll {
    /// A poll that goes on from `cursor`, over `line`'s connection.
    pub(super) fn new(line: &mut Line, token: &str, cursor: Box<str>) -> Self {
        Self {
            slot: line.slot(),
            wallet: line.wallet().clone(),
            connection: line.give(),
            cursor,
            token: token.into(),
        }
    }

    pub(super) const fn cursor(&self) -> &str {
        &self.cursor
    }

    pub(super) fn cut(self, parting: Parting) {
        if let Some(connection) = self.connection {
            connection.close(parting);
        }
    }

    pub(super) async fn hear(&mut self, push: &PollPush, wire: &Wire, run: Bounds<'_>) -> Heard {
        let mut answer = Answer::default();
        loop {
            let asked = run.clock.now();
            let Some(polled) = self.ask(push, wire, run, &mut answer).await else {
                return Heard::Lost;
            };
            match polled {
                Polled::Again(cursor) => {
                    self.cursor = cursor.unwrap_or_else(|| std::mem::take(&mut self.cursor));
                }
                Polled::Notice(Notice::Kicked) => return Heard::Kicked,
                Polled::Notice(Notice::Expired) => return Heard::Expired,
                Polled::Notice(Notice::Other) => {}
                Polled::Refused { .. } | Polled::Malformed(_) => return Heard::Lost,
            }
            let next = asked.plus(push.every().unwrap_or(PACE));
            tokio::time::sleep_until(run.clock.instant(next).into()).await;
        }
    }

    /// One poll. None where there is no answer.
    async fn ask(
        &mut self,
        push: &PollPush,
        wire: &Wire,
        run: Bounds<'_>,
        answer: &mut Answer,
    ) -> Option<Polled> {
        let mut request = Vec::new();
        let values = Values {
            token: &self.token,
            cursor: &self.cursor,
            ..Values::default()
        };
        push.render(
            &values,
            wire.endpoint.host_header(),
            &wire.headers,
            &mut request,
        );
        // Taken out while it is in use: a poll dropped half-way leaves no connection behind.
        let mut connection = match usable(self.connection.take()) {
            Some(kept) => kept,
            None => {
                // A poll has no step of its own to book its phases with.
                let mut unmeasured = Phases::default();
                let dial = wire.dial(self.slot, &self.wallet, run.clock);
                let limit = wire.timeout.as_duration();
                let opened = tokio::time::timeout(limit, dial.open(&mut unmeasured)).await;
                opened.ok()?.ok()?
            }
        };
        let exchange = connection.exchange(&request, answer);
        let head = tokio::time::timeout(push.limit().as_duration(), exchange).await;
        let head = head.ok()?.ok()?;
        if head.keep_alive {
            self.connection = Some(connection);
        }
        Some(push.read(head.status, answer.body()))
    }
}
