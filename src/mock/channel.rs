//! A push channel: tells its device of a kick or an expired UserSig, and notices when the device has gone.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};

use crate::clock::unix_millis;
use crate::dialect::wire::KICKED_OFFLINE;
use crate::dialect::wire::PushEvent;
use crate::dialect::wire::USER_SIG_EXPIRED;
use crate::units::Micros;

use super::service::Service;
use super::session::{End, Session, State, Told};

/// How long a closed channel may take to say goodbye. Closing at once could reset the connection under the notice.
const GOODBYE: Duration = Duration::from_secs(1);

/// What woke a channel.
enum Woken {
    /// The session changed, or a time came.
    Look,
    /// The device was heard.
    Heard,
    /// The device closed the channel.
    Left,
}

/// Serves one push channel until it ends.
pub(super) struct Channel {
    pub(super) service: Arc<Service>,
    pub(super) session: Arc<Session>,
    /// Its number; None where it opened only to tell.
    pub(super) number: Option<u32>,
}

impl Channel {
    /// Serves the channel over `socket`.
    pub(super) async fn serve(self, mut socket: WebSocket) {
        let clock = self.service.clock;
        let patience = self.service.table.patience;
        let mut next_ping = clock.now().plus(Micros(patience.0 / 3));
        loop {
            let mut rung = pin!(self.session.bell.notified());
            rung.as_mut().enable();
            let (now, silent) = (clock.now(), self.session.silent_for(clock.now()));
            if self.is_over() {
                break;
            }
            if unix_millis() >= expiry_millis(&self.session) {
                self.service.table.end(&self.session, End::Expired);
                continue;
            }
            if silent >= patience {
                self.service.table.end(&self.session, End::Vanished);
                continue;
            }
            if now >= next_ping {
                next_ping = now.plus(Micros(patience.0 / 3));
                if self
                    .send(&mut socket, Message::Ping(axum::body::Bytes::new()))
                    .await
                    .is_err()
                {
                    return self.left();
                }
            }
            let wait = self.wait(
                next_ping.since(now),
                Micros(patience.0.saturating_sub(silent.0)),
            );
            let woken = tokio::select! {
                () = rung => Woken::Look,
                message = socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => Woken::Left,
                    Some(Ok(_)) => Woken::Heard,
                },
                () = tokio::time::sleep(wait) => Woken::Look,
            };
            match woken {
                Woken::Look => {}
                Woken::Heard => self.session.hear(clock.now()),
                Woken::Left => return self.left(),
            }
        }
        self.tell_and_close(socket).await;
    }

    /// Notes that the channel ended from the other side, or never began.
    pub(super) fn left(&self) {
        if let Some(number) = self.number {
            self.service.table.channel_ended(&self.session, number);
        }
    }

    fn is_over(&self) -> bool {
        match self.session.state() {
            State::Live(newest) => self.number.is_none() || newest != self.number,
            State::Away | State::Ended(..) => true,
        }
    }

    fn wait(&self, ping: Micros, silence: Micros) -> Duration {
        let expiry =
            Duration::from_millis(expiry_millis(&self.session).saturating_sub(unix_millis()));
        // One more, because the timer may fire up to a millisecond short of a boundary in whole milliseconds.
        ping.min(silence).as_duration().min(expiry) + Duration::from_millis(1)
    }

    async fn tell_and_close(&self, mut socket: WebSocket) {
        let (event, reason) = match self.session.state() {
            State::Ended(End::Kicked, Told::No) => (KICKED_OFFLINE, "multiple_device"),
            State::Ended(End::Expired, Told::No) => (USER_SIG_EXPIRED, ""),
            State::Live(_) | State::Away | State::Ended(..) => ("", ""),
        };
        if !event.is_empty() {
            let event = PushEvent {
                event: event.into(),
                reason: reason.into(),
            };
            let text = serde_json::to_string(&event).unwrap_or_default();
            if self
                .send(&mut socket, Message::Text(text.into()))
                .await
                .is_err()
            {
                return;
            }
            self.service.table.told(&self.session);
        }
        if self.send(&mut socket, Message::Close(None)).await.is_err() {
            return;
        }
        let goodbye = async { while let Some(Ok(_)) = socket.recv().await {} };
        // A device that does not answer the close is cut off.
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }

    /// Writes `message`, unless the device stops reading for as long as it may be silent.
    async fn send(&self, socket: &mut WebSocket, message: Message) -> Result<(), ()> {
        match tokio::time::timeout(
            self.service.table.patience.as_duration(),
            socket.send(message),
        )
        .await
        {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(()),
        }
    }
}

/// The first millisecond of Unix time in which the session's UserSig is no longer valid.
fn expiry_millis(session: &Session) -> u64 {
    session.expires.0.saturating_add(1).saturating_mul(1_000)
}
