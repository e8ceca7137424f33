//! A device's push channel: how it hears that its session ended.

use super::line::Bounds;
use super::line::Line;
use super::line::Wire;
use crate::dialect::LongPollPush;
use crate::dialect::Notice;
use crate::dialect::Polled;
use crate::dialect::Push;
use crate::dialect::Values;
use crate::dialect::WebSocketPush;
use crate::session::Transport;
use crate::target::Answer;
use crate::target::Connection;
use crate::target::PushChannel;
use crate::target::PushMessage;
use crate::target::UpgradeRefused;
use crate::target::WebSocketKey;

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
    /// Opens the dialect's push channel, over `line`'s connection where it has one. A dialect without a push channel
    /// opens none.
    pub(super) async fn open(
        wire: &Wire,
        line: &mut Line,
        values: &Values<'_>,
        run: Bounds<'_>,
    ) -> Result<Self, Transport> {
        match wire.dialect.push() {
            None => Ok(Self::None),
            Some(Push::LongPoll(_)) => Ok(Self::LongPoll(Box::new(Poll {
                connection: line.give(),
                cursor: Box::default(),
                token: values.token.into(),
                slot: line.slot(),
            }))),
            Some(Push::WebSocket(push)) => {
                let opening = open_websocket(wire, push, line, values, run);
                let limited = tokio::time::timeout(wire.timeout.as_duration(), opening);
                tokio::select! {
                    opened = limited => opened.unwrap_or(Err(Transport::ConnectFailed)),
                    () = run.stop.halted() => Err(Transport::Closed),
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
    run: Bounds<'_>,
) -> Result<Channel, Transport> {
    let key = WebSocketKey::from_seed(run.clock.now().0);
    let mut request = Vec::new();
    push.render(
        values,
        wire.endpoint.host_header(),
        &wire.headers,
        key.as_str(),
        &mut request,
    );
    let connection = match usable(line.give()) {
        Some(connection) => connection,
        None => Connection::open(&wire.endpoint, line.slot(), run.clock).await?,
    };
    let mut answer = Answer::default();
    match connection.upgrade(&request, &key, &mut answer).await {
        Ok(channel) => Ok(Channel::WebSocket(Box::new(channel))),
        Err(UpgradeRefused::Answered(_)) => Err(Transport::PushProtocol),
        Err(UpgradeRefused::Transport(fault)) => Err(fault),
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
            None => Connection::open(&wire.endpoint, poll.slot, run.clock).await,
        };
        let Ok(mut connection) = connection else {
            return Heard::Lost;
        };
        let exchange = connection.exchange(&request, &mut answer);
        let Ok(Ok(head)) = tokio::time::timeout(push.limit().as_duration(), exchange).await else {
            return Heard::Lost;
        };
        if head.keep_alive {
            poll.connection = Some(connection);
        }
        match push.read(head.status, answer.body()) {
            Polled::Again(cursor) => {
                poll.cursor = cursor.unwrap_or_else(|| std::mem::take(&mut poll.cursor))
            }
            Polled::Notice(Notice::Kicked) => return Heard::Kicked,
            Polled::Notice(Notice::Expired) => return Heard::Expired,
            Polled::Notice(Notice::Other) => {}
            Polled::Refused { .. } | Polled::Malformed(_) => return Heard::Lost,
        }
    }
}
