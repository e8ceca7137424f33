//! A push channel of server-sent events: an answer whose body does not end.

use crate::client::event_reader::EventReader;
use crate::client::sse::ServerEvent;
use crate::client::stream::Stream;
use crate::client::{Head, Parting, PushEnd, fault};
use trtc_base::units::Micros;

/// Bytes taken from the kernel at once: an event is short.
const READ: usize = 512;

/// An open stream of events. Dropping it closes the connection.
#[derive(Debug)]
pub struct EventChannel {
    stream: Stream,
    reader: EventReader,
    head: Head,
}

impl EventChannel {
    /// A channel whose answer has begun.
    pub(super) const fn new(stream: Stream, reader: EventReader, head: Head) -> Self {
        Self {
            stream,
            reader,
            head,
        }
    }

    /// The answer that opened it.
    #[must_use]
    pub const fn opened(&self) -> Head {
        self.head
    }

    /// The ID that the target is told when the device comes back; empty where no event had one.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.reader.parser().last_id()
    }

    /// How long the target asks to wait before the device comes back.
    #[must_use]
    pub const fn retry(&self) -> Option<Micros> {
        self.reader.parser().retry()
    }

    /// Waits for the next bytes, and gives the event that they complete, if they complete one: a comment is a sign of
    /// life too.
    ///
    /// Cancel safe: a future dropped in a `select!` loses no byte.
    ///
    /// # Errors
    /// The channel's end, once every event before it was given; asked again, the same one.
    pub async fn next(&mut self) -> Result<Option<ServerEvent>, PushEnd> {
        if let Some(told) = self.reader.told() {
            return told.map(Some);
        }
        let read = self.stream.read_more(self.reader.raw(), READ).await;
        self.reader
            .take(read.map_err(|error| fault::of_stream(&error)));
        self.reader.told().transpose()
    }

    /// Ends it as a lost network does.
    pub fn cut(self, parting: Parting) {
        self.stream.part(parting);
    }
}
