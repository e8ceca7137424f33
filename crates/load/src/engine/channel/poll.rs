//! Requests as a push channel: one that the target holds after the other, or one every so often.

use std::sync::Arc;

use super::pending::{Pending, Question};
use super::who::Who;
use super::{Booking, Received};
use crate::client::{Connection, Parting, TlsSessions};
use crate::engine::http_client::{Bounds, ClientSettings, HttpClient};
use crate::engine::iteration::When;
use crate::engine::judgement::wait_after;
use trtc_base::units::Micros;
use trtc_wire::dialect::{Notice, PollPush, Polled, Values};

/// Polls that the target holds are no closer together than this: one that answers each at once is not hammered for it.
/// Two answers in quick succession are an ordinary thing, so the pause is short.
const PACE: Micros = Micros::from_millis(50);

/// The polls of a device. The one under way goes on while nobody listens.
#[derive(Debug)]
pub(in crate::engine) struct Poll {
    /// What the next one goes over, while none is under way.
    connection: Option<Connection>,
    cursor: Box<str>,
    who: Arc<Who>,
    slot: usize,
    tls_sessions: TlsSessions,
    /// How long the target asked to wait before the next one.
    retry: Option<Micros>,
    /// When the next one is due; none before the first.
    due: Option<Micros>,
    pending: Option<Pending>,
}

impl Poll {
    /// A poll that goes on from `cursor`, over `line`'s connection.
    pub(super) fn new(http: &mut HttpClient, values: &Values<'_>, cursor: Box<str>) -> Self {
        Self {
            slot: http.slot(),
            tls_sessions: http.tls_sessions().clone(),
            connection: http.give(),
            cursor,
            who: Arc::new(Who::of(values)),
            retry: None,
            due: None,
            pending: None,
        }
    }

    pub(super) const fn cursor(&self) -> &str {
        &self.cursor
    }

    pub(super) const fn retry(&self) -> Option<Micros> {
        self.retry
    }

    /// The network is gone. Gives the poll that was under way.
    pub(super) fn cut(mut self, parting: Parting) -> Option<Pending> {
        if let Some(connection) = self.connection.take() {
            connection.close(parting);
        }
        let mut pending = self.pending.take()?;
        pending.cut(parting);
        Some(pending)
    }

    /// Nobody asks any more. Gives the poll that is under way; one that the target holds is given up.
    pub(super) fn let_go(mut self) -> Option<Pending> {
        let mut pending = self.pending.take()?;
        pending.leave();
        Some(pending)
    }

    /// Waits for the end of the poll under way, and asks no more.
    pub(super) async fn finish(&mut self, booking: Booking<'_>) {
        if let Some(pending) = &mut self.pending {
            let answered = pending.answered().await;
            self.pending = None;
            booking(answered.asked, &answered.sent);
        }
    }

    /// Asks until there is word. Each poll is a step, and booked.
    ///
    /// Cancel safe: the poll under way goes on, and what it brings is heard the next time.
    pub(super) async fn hear(
        &mut self,
        push: &PollPush,
        settings: &Arc<ClientSettings>,
        run: Bounds<'_>,
        booking: Booking<'_>,
    ) -> Received {
        let now = run.clock.now();
        // While nobody listened nobody could ask.
        let mut due = self.due.map_or(now, |due| due.max(now));
        loop {
            self.due = Some(due);
            let pending = match &mut self.pending {
                Some(pending) => pending,
                None => {
                    tokio::time::sleep_until(run.clock.instant(due).into()).await;
                    let question = self.question(push, settings, run, due);
                    self.pending.insert(Pending::sent(question))
                }
            };
            let answered = pending.answered().await;
            self.pending = None;
            self.connection = answered.connection;
            // A target that is too busy to judge may say when to come back.
            self.retry = wait_after(&answered.sent.reply, &settings.dialect);
            booking(answered.asked, &answered.sent);
            match answered.polled {
                Some(Polled::Again(cursor)) => {
                    self.cursor = cursor.unwrap_or_else(|| std::mem::take(&mut self.cursor));
                }
                Some(Polled::Notice(Notice::Kicked)) => return Received::Kicked,
                Some(Polled::Notice(Notice::Expired)) => return Received::Expired,
                Some(Polled::Notice(Notice::Broadcast | Notice::Other)) => {}
                Some(Polled::Refused { .. } | Polled::Malformed(_)) | None => {
                    return Received::Lost;
                }
            }
            let sent = answered.asked.when.due;
            let next = sent.plus(push.every().unwrap_or(PACE));
            due = match push.every() {
                Some(_) => next,
                // The target's hold is no pace of ours.
                None => next.max(run.clock.now()),
            };
        }
    }

    /// The next poll, which is due at `due`.
    fn question(
        &mut self,
        push: &PollPush,
        settings: &Arc<ClientSettings>,
        run: Bounds<'_>,
        due: Micros,
    ) -> Question {
        let mut request = Vec::new();
        let values = self.who.values(&self.cursor);
        push.render(
            &values,
            settings.endpoint.host_header(),
            &settings.headers,
            &mut request,
        );
        Question {
            settings: settings.clone(),
            recorder: run.recorder.clone(),
            clock: *run.clock,
            when: When::freed(due, run.clock.now()),
            slot: self.slot,
            tls_sessions: self.tls_sessions.clone(),
            connection: self.connection.take(),
            request,
            cursor: self.cursor.clone(),
            who: self.who.clone(),
        }
    }
}
