//! Events out of an answer that does not end.
//!
//! In: the answer's bytes in pieces of any size, and what stops them. Out: events, then one end. Never here: a socket, a
//! meaning.

use std::collections::VecDeque;

use crate::client::PushEnd;
use crate::client::chunks::Step;
use crate::client::framing::ResponseParser;
use crate::client::sse::{EventParser, ServerEvent};
use crate::session::Transport;

/// A reader of one answer.
#[derive(Debug)]
pub(super) struct EventReader {
    framing: ResponseParser,
    raw: Vec<u8>,
    parser: EventParser,
    ready: VecDeque<ServerEvent>,
    end: Option<PushEnd>,
}

impl EventReader {
    /// Of an answer of which `framing` has read the head. `raw` and `body` are what came with it, and `fed` says how that
    /// went: the answer may have come whole, or be broken behind its first events.
    pub(super) fn begun(
        framing: ResponseParser,
        (raw, body): (Vec<u8>, &[u8]),
        fed: Result<Step, Transport>,
    ) -> Self {
        let mut reader = Self {
            framing,
            raw,
            parser: EventParser::default(),
            ready: VecDeque::new(),
            end: None,
        };
        reader.read(body, fed);
        reader
    }

    /// Where the next bytes are put; then they are to be taken.
    pub(super) const fn raw(&mut self) -> &mut Vec<u8> {
        &mut self.raw
    }

    /// Takes as many bytes as were put behind [`EventReader::raw`], none at the end of the stream, or the fault that came
    /// instead of them.
    pub(super) fn take(&mut self, came: Result<usize, Transport>) {
        let mut body = Vec::new();
        let fed = match came {
            Ok(0) => Err(Transport::Closed),
            Ok(_) => self.framing.feed(&mut self.raw, &mut body),
            Err(fault) => Err(fault),
        };
        self.read(&body, fed);
        if self.raw.is_empty() {
            self.raw = Vec::new();
        }
    }

    /// What is to be told next: an event, or the end once every event before it was told. None where more must come.
    pub(super) fn told(&mut self) -> Option<Result<ServerEvent, PushEnd>> {
        let event = self.ready.pop_front();
        event.map(Ok).or_else(|| self.end.map(Err))
    }

    /// What the events so far said beside themselves.
    pub(super) const fn parser(&self) -> &EventParser {
        &self.parser
    }

    /// Events that came before a fault are told before it. An answer that is complete is the channel's end, also where its
    /// connection is kept.
    fn read(&mut self, body: &[u8], fed: Result<Step, Transport>) {
        let parsed = self.parser.feed(body, &mut self.ready);
        let step = parsed.and(fed);
        let ended = match step {
            Ok(Step::More) => return,
            Ok(Step::Done) => Transport::Closed,
            Err(fault) => fault,
        };
        self.end = Some(PushEnd::Transport(ended));
    }
}
