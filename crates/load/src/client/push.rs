//! The push channel: a WebSocket on which the target tells a device what happened to it.
//!
//! In: an upgraded stream. Out: messages, then one end. Never here: what a message means.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use crate::client::stream::Stream;
use crate::client::watched::Watched;
use crate::client::websocket_frames::Frames;
use crate::client::{Head, MESSAGE_LIMIT, Parting, fault};
use crate::session::{Bound, ChannelEnd, PushFault, Transport};

/// Bytes of read buffer an idle channel holds: a kick notice fits, and thousands of devices wait at once.
const READ_BUFFER: usize = 512;

/// The most that waits to be written, in bytes: pongs for a target that pings and does not read. What has no room is not sent;
/// a pong for the last ping answers those before it too (RFC 6455 section 5.5.3).
const WRITE_LIMIT: usize = 4 * 1024;

/// How long an orderly close may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// An open push channel. Dropping it closes the connection without a close frame, as an app that goes away does.
#[derive(Debug)]
pub struct PushChannel {
    socket: WebSocketStream<Watched<Frames>>,
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

impl From<PushEnd> for ChannelEnd {
    fn from(end: PushEnd) -> Self {
        match end {
            PushEnd::Closed(code) => Self::Close(code),
            PushEnd::Transport(fault) => fault.into(),
        }
    }
}

impl PushChannel {
    /// A channel on a stream that both ends agreed to upgrade; `early` is what came together with the agreement.
    pub(super) async fn new(stream: Stream, early: Vec<u8>, role: Role, head: Head) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_LIMIT)
            .max_message_size(Some(MESSAGE_LIMIT))
            .max_frame_size(Some(MESSAGE_LIMIT));
        let config = Some(config);
        let mut frames = Frames::default();
        frames.follow(&early);
        let stream = Watched::new(stream, frames);
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
                    let code = self.socket.get_ref().watch().code();
                    self.end = Some(match code.filter(|_| frame.is_some()) {
                        Some(code) if !may_be_sent(code) => {
                            let fault = Transport::PushProtocol(PushFault::CloseCode);
                            PushEnd::Transport(fault)
                        }
                        code => PushEnd::Closed(code),
                    });
                }
                Some(Err(error)) => {
                    let fault = end_of(&error);
                    self.object(fault);
                    self.end = Some(PushEnd::Transport(fault));
                }
                None => self.end = Some(PushEnd::Transport(Transport::Closed)),
            }
        }
    }

    /// Tells the target what it did wrong, as far as that leaves without waiting (RFC 6455 section 7.1.7).
    fn object(&mut self, fault: Transport) {
        let code = match fault {
            Transport::PushProtocol(PushFault::Utf8) => CloseCode::Invalid,
            Transport::PushProtocol(_) => CloseCode::Protocol,
            Transport::TooLarge(_) => CloseCode::Size,
            Transport::ConnectRefused
            | Transport::ConnectFailed
            | Transport::Lookup
            | Transport::Proxy
            | Transport::Certificate(_)
            | Transport::Handshake
            | Transport::Reset
            | Transport::Closed
            | Transport::NotHttp
            | Transport::Coding
            | Transport::Exhausted => return,
        };
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(""),
        };
        let _ = self.socket.close(Some(frame)).now_or_never();
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
        self.socket.get_ref().stream().part(parting);
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

/// Whether an endpoint may send that close code. Source: RFC 6455 section 7.4 and IANA's registry: 1004 to 1006 and 1015 are
/// never sent, what lies between is nobody's, and from 3000 on it is the libraries' and the services' own.
const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The fault behind tungstenite's error.
fn end_of(error: &Error) -> Transport {
    match error {
        Error::Io(error) => fault::of_stream(error),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Transport::Closed,
        Error::Capacity(_) => Transport::TooLarge(Bound::Message),
        Error::Utf8(_) => Transport::PushProtocol(PushFault::Utf8),
        Error::Protocol(fault) => Transport::PushProtocol(of_protocol(fault)),
        Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Tls(_)
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => Transport::PushProtocol(PushFault::Unsaid),
    }
}

const fn of_protocol(fault: &ProtocolError) -> PushFault {
    match fault {
        ProtocolError::MaskedFrameFromServer => PushFault::Masked,
        ProtocolError::NonZeroReservedBits => PushFault::ReservedBits,
        ProtocolError::InvalidOpcode(_)
        | ProtocolError::UnknownControlFrameType(_)
        | ProtocolError::UnknownDataFrameType(_) => PushFault::Opcode,
        ProtocolError::UnexpectedContinueFrame | ProtocolError::ExpectedFragment(_) => {
            PushFault::Fragments
        }
        ProtocolError::FragmentedControlFrame | ProtocolError::ControlFrameTooBig => {
            PushFault::ControlFrame
        }
        ProtocolError::InvalidCloseSequence => PushFault::CloseCode,
        // Faults of a handshake, of a server, and of ourselves.
        ProtocolError::WrongHttpMethod
        | ProtocolError::WrongHttpVersion
        | ProtocolError::MissingConnectionUpgradeHeader
        | ProtocolError::MissingUpgradeWebSocketHeader
        | ProtocolError::MissingSecWebSocketVersionHeader
        | ProtocolError::MissingSecWebSocketKey
        | ProtocolError::SecWebSocketAcceptKeyMismatch
        | ProtocolError::SecWebSocketSubProtocolError(_)
        | ProtocolError::JunkAfterRequest
        | ProtocolError::CustomResponseSuccessful
        | ProtocolError::InvalidHeader(_)
        | ProtocolError::HandshakeIncomplete
        | ProtocolError::HttparseError(_)
        | ProtocolError::SendAfterClosing
        | ProtocolError::ReceivedAfterClosing
        | ProtocolError::UnmaskedFrameFromClient
        | ProtocolError::ResetWithoutClosingHandshake => PushFault::Unsaid,
    }
}
