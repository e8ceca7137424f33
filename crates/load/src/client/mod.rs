//! The measured connection: request bytes out, one complete answer in, and the push channel it can turn into.
//!
//! In: an address, and requests already rendered. Out: [`Head`] and [`Answer`], push messages, or the
//! [`Transport`](crate::session::Transport) fault that came instead. Never here: a retry, a timeout of a step (the
//! caller bounds each future), a dialect's meaning, a recorder.
//!
//! One device holds one descriptor. A future of this room that is dropped half-way leaves a connection that is never
//! used again: its answer may still come, and must not be taken for the answer to another request.

mod agreement;
mod answer;
mod buffer;
mod chunks;
mod connection;
pub mod descriptors;
mod dial;
mod endpoint;
mod event_reader;
mod events;
mod fault;
mod framing;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod head;
mod http2;
mod lines;
mod metered;
mod named;
mod push;
pub mod reachable;
mod rehearsal;
mod retry_after;
mod sse;
mod stream;
#[cfg(test)]
mod tests;
mod tls;
mod unchecked;
mod watched;
mod websocket_frames;
mod websocket_key;

pub use answer::Answer;
pub use buffer::{Buffer, touch as touch_buffers};
pub use connection::{Connection, Parting, UpgradeRefused};
pub use dial::Dial;
pub use endpoint::{Endpoint, Way};
pub use events::EventChannel;
pub use push::{PushChannel, PushEnd, PushMessage};
pub use rehearsal::{Rehearsal, Rehearsed};
pub use sse::ServerEvent;
pub use tls::{Tls, TlsSessions};
pub use websocket_key::WebSocketKey;

use trtc_base::units::Micros;

/// The longest header block of an answer, interim answers and trailers included, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// The most header fields of one answer.
const HEADER_COUNT: usize = 64;

/// The longest body of an answer, decoded, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// The longest message or event of a push channel, in bytes.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// What is known of an answer beside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status, 101 to 999; an interim answer (1xx other than 101) is never the answer.
    pub status: u16,
    /// Whether the connection may carry another exchange.
    pub keep_alive: bool,
    /// From the request handed to the kernel to the first byte.
    pub waited: Micros,
    /// How long an answer with status 429 or 503 asks to wait, at most an hour.
    pub retry_after: Option<Micros>,
    /// When the first byte came, of an interim answer where there was one.
    pub first_byte: Micros,
}
