//! A push channel of server-sent events: an answer whose body does not end.

use std::collections::VecDeque;

use crate::session::Transport;
use crate::target::Head;
use crate::target::Parting;
use crate::target::PushEnd;
use crate::target::chunks::Step;
use crate::target::fault;
use crate::target::framing::ResponseParser;
use crate::target::sse::EventParser;
use crate::target::sse::ServerEvent;
use crate::target::stream::Stream;
use crate::units::Micros;

/// Bytes taken from the kernel at once: an event is short.
const READ: usize = 512;

/// An open stream of events. Dropping it closes the connection.
#[derive(Debug)]
pub struct EventChannel {
    stream: Stream,
    framing: ResponseParser,
    raw: Vec<u8>,
    parser: EventParser,
    ready: VecDeque<ServerEvent>,
    head: Head,
    end: Option<PushEnd>,
}

impl EventChannel {
    /// A channel whose answer has begun: `framing` has read its head, `raw` and `body` are what came with it.
    pub(super) fn new(
        stream: Stream,
        framing: ResponseParser,
        (raw, body): (Vec<u8>, &[u8]),
        head: Head,
    ) -> Self {
        let mut channel = Self {
            stream,
            framing,
            raw,
            parser: EventParser::default(),
            ready: VecDeque::new(),
            head,
            end: None,
        };
        let fed = channel.parser.feed(body, &mut channel.ready);
        channel.end = fed
            .and_then(|()| going_on(channel.framing.step()))
            .err()
            .map(PushEnd::Transport);
        channel
    }

    /// The answer that opened it.
    #[must_use]
    pub const fn opened(&self) -> Head {
        self.head
    }

    /// The ID that the target is told when the device comes back; empty where no event had one.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.parser.last_id()
    }

    /// How long the target asks to wait before the device comes back.
    #[must_use]
    pub const fn retry(&self) -> Option<Micros> {
        self.parser.retry()
    }

    /// Waits for the next bytes, and gives the event that they complete, if they complete one: a comment is a sign of
    /// life too.
    ///
    /// Cancel safe: a future dropped in a `select!` loses no byte.
    ///
    /// # Errors
    /// The channel's end, once every event before it was given; asked again, the same one.
    pub async fn next(&mut self) -> Result<Option<ServerEvent>, PushEnd> {
        if let Some(event) = self.ready.pop_front() {
            return Ok(Some(event));
        }
        if let Some(end) = self.end {
            return Err(end);
        }
        let read = self.stream.read_more(&mut self.raw, READ).await;
        if let Err(fault) = self.take(read.map_err(|error| fault::of_stream(&error))) {
            self.end = Some(PushEnd::Transport(fault));
        }
        match (self.ready.pop_front(), self.end) {
            (Some(event), _) => Ok(Some(event)),
            (None, Some(end)) => Err(end),
            (None, None) => Ok(None),
        }
    }

    fn take(&mut self, read: Result<usize, Transport>) -> Result<(), Transport> {
        if read? == 0 {
            return Err(Transport::Closed);
        }
        let mut body = Vec::new();
        let step = self.framing.feed(&mut self.raw, &mut body)?;
        self.parser.feed(&body, &mut self.ready)?;
        if self.raw.is_empty() {
            self.raw = Vec::new();
        }
        going_on(step)
    }

    /// Ends it as a lost network does.
    pub fn cut(self, parting: Parting) {
        self.stream.part(parting);
    }
}

/// An answer that is complete is a channel's end, also where its connection is kept.
const fn going_on(step: Step) -> Result<(), Transport> {
    match step {
        Step::More => Ok(()),
        Step::Done => Err(Transport::Closed),
    }
}
