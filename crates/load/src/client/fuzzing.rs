//! A door for fuzzing: the reader of answers, without a socket.

use std::collections::VecDeque;

use crate::client::chunks::Step;
use crate::client::event_reader::EventReader;
use crate::client::framing::ResponseParser;
use crate::client::head::Content;
use crate::client::sse::EventParser;
use crate::client::{PushEnd, ServerEvent, retry_after};
use crate::session::Transport;
use trtc_base::units::{Micros, UnixSeconds};

/// The longest body of an answer, in bytes.
pub const BODY_LIMIT: usize = crate::client::BODY_LIMIT;
/// The longest header block of an answer, in bytes.
pub const HEAD_LIMIT: usize = crate::client::HEAD_LIMIT;
/// The most header fields of an answer.
pub const HEADER_COUNT: usize = crate::client::HEADER_COUNT;

/// A day in 1994 that the documented dates of `Retry-After` are about.
const NOW: UnixSeconds = UnixSeconds(784_111_777);

/// One answer, read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// 101 to 999.
    pub status: u16,
    /// Whether the connection outlives the answer.
    pub keep_alive: bool,
    /// Without its transfer coding, at most [`BODY_LIMIT`] bytes.
    pub body: Vec<u8>,
    /// How many bytes follow the answer.
    pub left: usize,
    /// `Sec-WebSocket-Accept` of an agreed upgrade.
    pub accept: Option<Box<[u8]>>,
    /// What `Retry-After` asks for, at most an hour.
    pub retry_after: Option<Micros>,
}

/// Reads one answer from a stream that brings `bytes` in pieces of `sizes`, over and over, and then ends.
///
/// # Errors
/// The fault that came instead of an answer.
///
/// # Panics
/// Where a bound on memory does not hold.
pub fn read_answer(bytes: &[u8], sizes: &[usize]) -> Result<Read, Transport> {
    let (mut parser, mut raw, mut body) = (ResponseParser::new(), Vec::new(), Vec::new());
    let mut left = bytes.len();
    for piece in pieces(bytes, sizes) {
        raw.extend_from_slice(piece);
        left -= piece.len();
        let step = parser.feed(&mut raw, &mut body)?;
        assert!(body.len() <= BODY_LIMIT, "a body of {} bytes", body.len());
        let held = HEAD_LIMIT + piece.len();
        assert!(raw.len() <= held, "{} bytes held back", raw.len());
        if step == Step::Done {
            break;
        }
    }
    parser.end()?;
    let head = parser.into_head().ok_or(Transport::Closed)?;
    let asked = head.retry_after.as_deref();
    Ok(Read {
        status: head.status,
        keep_alive: head.keep_alive,
        left: left + raw.len(),
        body,
        accept: head
            .agreed
            .and_then(|agreed| Some(agreed.accept().ok()?.into())),
        retry_after: asked.and_then(|value| retry_after::wait(value, NOW)),
    })
}

/// What a stream of events has told so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its events.
    pub events: Vec<ServerEvent>,
    /// The ID of the last one that had one.
    pub last_id: Box<str>,
    /// How long it asks to wait before it is opened again.
    pub retry: Option<Micros>,
    /// What ended it; none: more could come.
    pub end: Option<Transport>,
}

/// Reads the server-sent events of a body that brings `bytes` in pieces of `sizes`.
#[must_use]
pub fn read_events(bytes: &[u8], sizes: &[usize]) -> Told {
    let (mut parser, mut events) = (EventParser::default(), VecDeque::new());
    let fed = pieces(bytes, sizes)
        .into_iter()
        .try_for_each(|piece| parser.feed(piece, &mut events));
    told(events.into(), &parser, fed.err())
}

/// Reads an answer whose body is a stream of events, from a connection that brings `bytes` in pieces of `sizes` and then
/// nothing. None where it is no such answer.
#[must_use]
pub fn read_channel(bytes: &[u8], sizes: &[usize]) -> Option<Told> {
    let (mut framing, mut raw, mut body) = (ResponseParser::new(), Vec::new(), Vec::new());
    let mut pieces = pieces(bytes, sizes).into_iter();
    let fed = loop {
        raw.extend_from_slice(pieces.next()?);
        let fed = framing.feed(&mut raw, &mut body);
        match framing.begun() {
            Some(head) if head.status / 100 == 2 && head.content == Content::Events => break fed,
            Some(_) => return None,
            None if fed.is_err() => return None,
            None => {}
        }
    };
    let mut reader = EventReader::begun(framing, (raw, &body), fed);
    let mut events = Vec::new();
    loop {
        match reader.told() {
            Some(Ok(event)) => events.push(event),
            Some(Err(PushEnd::Transport(fault))) => {
                return Some(told(events, reader.parser(), Some(fault)));
            }
            Some(Err(PushEnd::Closed(_))) => return None,
            None => match pieces.next() {
                Some(piece) => {
                    reader.raw().extend_from_slice(piece);
                    reader.take(Ok(piece.len()));
                }
                None => return Some(told(events, reader.parser(), None)),
            },
        }
    }
}

fn told(events: Vec<ServerEvent>, parser: &EventParser, end: Option<Transport>) -> Told {
    Told {
        events,
        last_id: parser.last_id().into(),
        retry: parser.retry(),
        end,
    }
}

/// Cuts `bytes` into pieces of `sizes`, over and over; into one where there are no sizes.
#[must_use]
pub fn pieces<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let (mut rest, mut cut) = (bytes, Vec::new());
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(rest.len());
        let (piece, after) = rest.split_at(size.clamp(1, rest.len()));
        cut.push(piece);
        rest = after;
    }
    cut
}
