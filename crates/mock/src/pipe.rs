//! What carries a push channel: a WebSocket, or an answer that does not end.

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::sync::mpsc;

use trtc_wire::dialect::wire::PushEvent;

/// What came from the device.
pub(super) enum Came {
    /// A sign of life.
    Heard,
    /// The answer to a ping.
    Pong,
    /// It closed the channel.
    Left,
}

/// An open push channel.
pub(super) enum Pipe {
    /// A WebSocket.
    WebSocket(Box<WebSocket>),
    /// A stream of events: where they are written, and the next one's ID.
    Events(mpsc::Sender<Bytes>, u64),
}

/// Whether a device has shown that it is there.
pub(super) enum Life {
    /// It has.
    Shown,
    /// It was asked to.
    Asked,
}

/// The device is gone.
pub(super) struct Gone;

impl Pipe {
    /// Asks for a sign of life. On an event stream, which has no answer, being able to write is one.
    pub(super) async fn ping(&mut self) -> Result<Life, Gone> {
        match self {
            Self::WebSocket(socket) => {
                let ping = Message::Ping(Bytes::new());
                socket.send(ping).await.map_err(|_| Gone)?;
                Ok(Life::Asked)
            }
            Self::Events(sender, _) => {
                let comment = Bytes::from_static(b": still here\n\n");
                sender.send(comment).await.map_err(|_| Gone)?;
                Ok(Life::Shown)
            }
        }
    }

    /// Tells the device of an event.
    pub(super) async fn tell(&mut self, event: &PushEvent) -> Result<(), Gone> {
        let data = serde_json::to_string(event).unwrap_or_default();
        match self {
            Self::WebSocket(socket) => {
                let sent = socket.send(Message::Text(data.into())).await;
                sent.map_err(|_| Gone)
            }
            Self::Events(sender, id) => {
                let text = format!("id: {id}\nevent: {}\ndata: {data}\n\n", event.event);
                *id += 1;
                sender.send(text.into()).await.map_err(|_| Gone)
            }
        }
    }

    /// Waits for the device.
    pub(super) async fn recv(&mut self) -> Came {
        match self {
            Self::WebSocket(socket) => match socket.recv().await {
                Some(Ok(Message::Close(_)) | Err(_)) | None => Came::Left,
                Some(Ok(Message::Pong(_))) => Came::Pong,
                Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_))) => Came::Heard,
            },
            Self::Events(sender, _) => {
                sender.closed().await;
                Came::Left
            }
        }
    }

    /// Says goodbye, with this code where there is one. An event stream has nothing to say it with.
    pub(super) async fn part(&mut self, code: Option<u16>) -> Result<(), Gone> {
        let Self::WebSocket(socket) = self else {
            return Ok(());
        };
        let frame = code.map(|code| CloseFrame {
            code,
            reason: "".into(),
        });
        socket.send(Message::Close(frame)).await.map_err(|_| Gone)
    }

    /// Waits until the device has left a channel that said goodbye.
    pub(super) async fn gone(self) {
        if let Self::WebSocket(mut socket) = self {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    }
}
