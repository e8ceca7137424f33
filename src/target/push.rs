//! The push channel: a WebSocket on which the target tells a device what happened to it.
//!
//! In: an upgraded stream. Out: messages, then one end. Never here: what a message means.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::SinkExt;
use futures_util::StreamExt;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::session::Transport;
use crate::target::Head;
use crate::target::MESSAGE_LIMIT;
use crate::target::Parting;
use crate::target::fault;
use crate::target::stream::Stream;

/// Bytes of read buffer an idle channel holds: a kick notice fits, and thousands of devices wait at once.
const READ_BUFFER: usize = 512;

/// How long an orderly close may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// An open push channel. Dropping it closes the connection without a close frame, as an app that goes away does.
#[derive(Debug)]
pub struct PushChannel {
    socket: WebSocketStream<Stream>,
    head: Head,
    heard: u64,
    end: Option<PushEnd>,
}

/// What the target pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushMessage {
    /// A text message, at most 64 KiB.
    Text(Utf8Bytes),
    /// A binary message. No dialect gives it a meaning, so its bytes are dropped.
    Binary,
}

/// How a push channel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushEnd {
    /// By the target's close frame, with its code where it has one.
    Closed(Option<u16>),
    /// Without one. [`Transport::Closed`] where the target closed the connection.
    Transport(Transport),
}

impl PushChannel {
    /// A channel on a stream that both ends agreed to upgrade; `early` is what came together with the agreement.
    pub(super) async fn new(stream: Stream, early: Vec<u8>, role: Role, head: Head) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE_LIMIT))
            .max_frame_size(Some(MESSAGE_LIMIT));
        let config = Some(config);
        let socket = WebSocketStream::from_partially_read(stream, early, role, config).await;
        Self {
            socket,
            head,
            heard: 0,
            end: None,
        }
    }

    /// The answer that opened it.
    #[must_use]
    pub const fn opened(&self) -> Head {
        self.head
    }

    /// The next message. Pings are answered on the way; a channel that nobody reads answers none.
    ///
    /// Cancel safe: a future dropped in a `select!` loses no byte.
    ///
    /// # Errors
    /// The channel's end; asked again, the same one.
    pub async fn next(&mut self) -> Result<PushMessage, PushEnd> {
        loop {
            if let Some(end) = self.end {
                return Err(end);
            }
            let came = self.socket.next().await;
            self.heard += u64::from(matches!(came, Some(Ok(_))));
            match came {
                Some(Ok(Message::Text(text))) => return Ok(PushMessage::Text(text)),
                Some(Ok(Message::Binary(_))) => return Ok(PushMessage::Binary),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(frame))) => {
                    // Our half of the close handshake, as far as it leaves without waiting.
                    let _ = self.socket.flush().now_or_never();
                    self.end = Some(PushEnd::Closed(frame.map(|frame| frame.code.into())));
                }
                Some(Err(error)) => self.end = Some(PushEnd::Transport(end_of(&error))),
                None => self.end = Some(PushEnd::Transport(Transport::Closed)),
            }
        }
    }

    /// Whether nothing more can come.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// How many frames of any kind came so far: a target that answers pings is there.
    #[must_use]
    pub const fn heard(&self) -> u64 {
        self.heard
    }

    /// Sends a ping, as far as it leaves without waiting. Whether the target is still there shows in what comes.
    pub fn ping(&mut self) {
        let _ = self.socket.send(Message::Ping(Bytes::new())).now_or_never();
    }

    /// Ends it without a close frame, as a lost network does.
    pub fn cut(self, parting: Parting) {
        self.socket.get_ref().part(parting);
    }

    /// Says goodbye with a close frame, then closes the connection. Takes at most a second, and does not wait for the
    /// target's own close frame.
    ///
    /// Cancel safe: dropping the future closes the connection.
    pub async fn close(mut self) {
        // Whether the frame left or not, the connection is closed now.
        let _ = timeout(CLOSE_LIMIT, self.socket.close(None)).await;
    }
}

/// The fault behind tungstenite's error.
fn end_of(error: &Error) -> Transport {
    match error {
        Error::Io(error) => fault::of_stream(error),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Transport::Closed,
        Error::Capacity(_) => Transport::TooLarge,
        Error::Protocol(_)
        | Error::Utf8(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Tls(_)
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => Transport::PushProtocol,
    }
}
