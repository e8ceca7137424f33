//! A device's push channel: how it hears that its session ended.

use super::line::Bounds;
use super::line::Line;
use super::line::Reply;
use super::line::Sent;
use super::line::Wire;
use crate::dialect::LongPollPush;
use crate::dialect::Notice;
use crate::dialect::Polled;
use crate::dialect::Push;
use crate::dialect::Taken;
use crate::dialect::Values;
use crate::dialect::WebSocketPush;
use crate::profile::Http;
use crate::session::Phase;
use crate::session::Phases;
use crate::target::Answer;
use crate::target::Connection;
use crate::target::Parting;
use crate::target::PushChannel;
use crate::target::PushMessage;
use crate::target::UpgradeRefused;
use crate::target::Wallet;
use crate::target::WebSocketKey;
use crate::units::Micros;

/// A device's push channel.
#[derive(Debug, Default)]
pub(super) enum Channel {
    /// Not opened, or over.
    #[default]
    None,
    /// A WebSocket.
    WebSocket(Box<PushChannel>),
    /// One pending request after the other.
    LongPoll(Box<Poll>),
}

/// A long poll between two waits.
#[derive(Debug, Default)]
pub(super) struct Poll {
    connection: Option<Connection>,
    cursor: Box<str>,
    token: Box<str>,
    slot: usize,
    wallet: Wallet,
}

/// What a channel said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A rival ended the session.
    Kicked,
    /// The UserSig expired.
    Expired,
    /// The channel ended without a word.
    Lost,
}

impl Channel {
    /// Opens the dialect's push channel, over `line`'s connection where it has one. Gives what was sent for it: nothing
    /// for a long poll, whose first request is the channel, and where the dialect has none.
    pub(super) async fn open(
        wire: &Wire,
        line: &mut Line,
        values: &Values<'_>,
        run: Bounds<'_>,
    ) -> (Self, Option<Sent>) {
        match wire.dialect.push() {
            None => (Self::None, None),
            Some(Push::LongPoll(_)) => {
                let poll = Poll {
                    slot: line.slot(),
                    wallet: line.wallet().clone(),
                    connection: line.give(),
                    cursor: Box::default(),
                    token: values.token.into(),
                };
                (Self::LongPoll(Box::new(poll)), None)
            }
            Some(Push::WebSocket(push)) => {
                let sent = run.clock.now();
                let mut phases = Phases::default();
                let opening = open_websocket(wire, push, line, values, (run, &mut phases));
                let limited = tokio::time::timeout(wire.timeout.as_duration(), opening);
                let (channel, reply) = tokio::select! {
                    opened = limited => match opened {
                        Ok(Ok(channel)) => (channel, Reply::Success(Taken::default())),
                        Ok(Err(reply)) => (Self::None, reply),
                        Err(_elapsed) => (Self::None, Reply::NoAnswer),
                    },
                    () = run.stop.halted() => (Self::None, Reply::Halted),
                };
                let done = run.clock.now();
                (
                    channel,
                    Some(Sent {
                        sent,
                        done,
                        phases,
                        reply,
                    }),
                )
            }
        }
    }

    /// Ends it as a lost network does.
    pub(super) fn cut(self, parting: Parting) {
        match self {
            Self::None => {}
            Self::WebSocket(channel) => channel.cut(parting),
            Self::LongPoll(poll) => {
                if let Some(connection) = poll.connection {
                    connection.close(parting);
                }
            }
        }
    }

    /// Whether it is open.
    pub(super) const fn is_open(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Waits for word that concerns the session. A device without a channel hears nothing, for ever.
    ///
    /// Cancel safe: a poll that is dropped is asked again from its cursor.
    pub(super) async fn hear(&mut self, wire: &Wire, run: Bounds<'_>) -> Heard {
        let heard = match (&mut *self, wire.dialect.push()) {
            (Self::WebSocket(channel), Some(Push::WebSocket(push))) => {
                hear_websocket(channel, push).await
            }
            (Self::LongPoll(poll), Some(Push::LongPoll(push))) => {
                hear_poll(poll, push, wire, run).await
            }
            (Self::None | Self::WebSocket(_) | Self::LongPoll(_), _) => {
                std::future::pending().await
            }
        };
        *self = Self::None;
        heard
    }
}

async fn open_websocket(
    wire: &Wire,
    push: &WebSocketPush,
    line: &mut Line,
    values: &Values<'_>,
    (run, phases): (Bounds<'_>, &mut Phases),
) -> Result<Channel, Reply> {
    let key = WebSocketKey::from_seed(run.clock.now().0);
    let mut request = Vec::new();
    let host = wire.endpoint.host_header();
    push.render(values, host, &wire.headers, key.as_str(), &mut request);
    // What speaks HTTP/2 can become no WebSocket: the line keeps it.
    let kept = match wire.endpoint.http() {
        Http::One => usable(line.give()),
        Http::Two => None,
    };
    let connection = match kept {
        Some(connection) => connection,
        None => {
            let dial = wire.dial(line.slot(), line.wallet(), run.clock);
            dial.open_for_push(phases).await.map_err(Reply::Transport)?
        }
    };
    let mut answer = Answer::default();
    phases.begin(Phase::FirstByte);
    match connection.upgrade(&request, &key, &mut answer).await {
        Ok(channel) => {
            phases.note(Phase::FirstByte, channel.opened().waited);
            Ok(Channel::WebSocket(Box::new(channel)))
        }
        Err(UpgradeRefused::Answered(head)) => Err(Reply::Refused {
            status: head.status,
            code: push.refusal(answer.body()),
            retry_after: head.retry_after,
        }),
        Err(UpgradeRefused::Transport(fault)) => Err(Reply::Transport(fault)),
    }
}

/// A kept connection, where it may still be used.
fn usable(kept: Option<Connection>) -> Option<Connection> {
    kept.and_then(|mut connection| connection.is_usable().then_some(connection))
}

async fn hear_websocket(channel: &mut PushChannel, push: &WebSocketPush) -> Heard {
    loop {
        match channel.next().await {
            Ok(PushMessage::Text(text)) => match push.read(&text) {
                Notice::Kicked => return Heard::Kicked,
                Notice::Expired => return Heard::Expired,
                Notice::Other => {}
            },
            Ok(PushMessage::Binary) => {}
            Err(_) => return Heard::Lost,
        }
    }
}

async fn hear_poll(poll: &mut Poll, push: &LongPollPush, wire: &Wire, run: Bounds<'_>) -> Heard {
    let (mut request, mut answer) = (Vec::new(), Answer::default());
    loop {
        request.clear();
        let values = Values {
            token: &poll.token,
            cursor: &poll.cursor,
            ..Values::default()
        };
        push.render(
            &values,
            wire.endpoint.host_header(),
            &wire.headers,
            &mut request,
        );
        // Taken out while it is in use: a poll dropped half-way leaves no connection behind.
        let connection = match usable(poll.connection.take()) {
            Some(kept) => Ok(kept),
            None => {
                // A poll has no step of its own to book its phases with.
                let mut unmeasured = Phases::default();
                let dial = wire.dial(poll.slot, &poll.wallet, run.clock);
                dial.open(&mut unmeasured).await
            }
        };
        let Ok(mut connection) = connection else {
            return Heard::Lost;
        };
        let asked = run.clock.now();
        let exchange = connection.exchange(&request, &mut answer);
        let Ok(Ok(head)) = tokio::time::timeout(push.limit().as_duration(), exchange).await else {
            return Heard::Lost;
        };
        if head.keep_alive {
            poll.connection = Some(connection);
        }
        match push.read(head.status, answer.body()) {
            Polled::Again(cursor) => {
                poll.cursor = cursor.unwrap_or_else(|| std::mem::take(&mut poll.cursor));
                pause_since(asked, run).await;
            }
            Polled::Notice(Notice::Kicked) => return Heard::Kicked,
            Polled::Notice(Notice::Expired) => return Heard::Expired,
            Polled::Notice(Notice::Other) => pause_since(asked, run).await,
            Polled::Refused { .. } | Polled::Malformed(_) => return Heard::Lost,
        }
    }
}

/// Polls are no closer together than this: a target that answers each at once is not hammered for it. Two answers in
/// quick succession are an ordinary thing, so the pause is short.
const POLL_PACE: Micros = Micros::from_millis(50);

async fn pause_since(asked: Micros, run: Bounds<'_>) {
    let next = run.clock.instant(asked.plus(POLL_PACE));
    tokio::time::sleep_until(next.into()).await;
}
