//! A door for fuzzing: the reader of answers, without a socket.

use std::collections::VecDeque;

use crate::session::Transport;
use crate::target::ServerEvent;
use crate::target::chunks::Step;
use crate::target::framing::ResponseParser;
use crate::target::retry_after;
use crate::target::sse::EventParser;
use crate::units::Micros;
use crate::units::UnixSeconds;

/// The longest body of an answer, in bytes.
pub const BODY_LIMIT: usize = crate::target::BODY_LIMIT;
/// The longest header block of an answer, in bytes.
pub const HEAD_LIMIT: usize = crate::target::HEAD_LIMIT;
/// The most header fields of an answer.
pub const HEADER_COUNT: usize = crate::target::HEADER_COUNT;

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
        accept: head.accept,
        retry_after: asked.and_then(|value| retry_after::wait(value, NOW)),
    })
}

/// Reads the server-sent events of a stream that brings `bytes` in pieces of `sizes`.
///
/// # Errors
/// [`Transport::TooLarge`] for an event of more than 64 KiB.
pub fn read_events(bytes: &[u8], sizes: &[usize]) -> Result<Vec<ServerEvent>, Transport> {
    let (mut parser, mut events) = (EventParser::default(), VecDeque::new());
    for piece in pieces(bytes, sizes) {
        parser.feed(piece, &mut events)?;
    }
    Ok(events.into())
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
