//! Server-sent events out of a stream of bytes. Source: WHATWG HTML section 9.2.6.
//!
//! In: bytes in pieces of any size. Out: events, the last event ID, the wait that the target asks for. Never here: a
//! socket, a meaning.

use std::collections::VecDeque;

use crate::client::MESSAGE_LIMIT;
use crate::session::{Bound, Transport};
use trtc_base::units::Micros;

/// What stands before the first line of some streams.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// An event that has a data field, be it an empty one. One without is never told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEvent {
    /// Its name; empty where the target gives it none.
    pub name: Box<str>,
    /// Its data, its lines joined by LF. At most 64 KiB.
    pub data: Box<str>,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In the first line, before which a byte order mark may stand.
    #[default]
    FirstLine,
    /// Right behind a CR: an LF ends no second line.
    AfterCr,
    /// Anywhere else.
    Line,
}

/// A parser of one stream.
#[derive(Debug, Default)]
pub(super) struct EventParser {
    line: Vec<u8>,
    place: Place,
    name: String,
    data: Option<String>,
    id: String,
    last_id: Box<str>,
    retry: Option<Micros>,
}

impl EventParser {
    /// Takes `bytes`, and appends the events that they complete to `out`.
    ///
    /// # Errors
    /// [`Transport::TooLarge`] for an event of more than 64 KiB.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        out: &mut VecDeque<ServerEvent>,
    ) -> Result<(), Transport> {
        for &byte in bytes {
            match (byte, self.place) {
                (b'\n', Place::AfterCr) => self.place = Place::Line,
                (b'\r', _) => {
                    self.end_line(out);
                    self.place = Place::AfterCr;
                }
                (b'\n', _) => {
                    self.end_line(out);
                    self.place = Place::Line;
                }
                (_, Place::AfterCr) => {
                    self.place = Place::Line;
                    self.line.push(byte);
                }
                (_, Place::FirstLine | Place::Line) => self.line.push(byte),
            }
            let data = self.data.as_ref().map_or(0, String::len);
            if self.line.len() + data + self.name.len() + self.id.len() > MESSAGE_LIMIT {
                return Err(Transport::TooLarge(Bound::Message));
            }
        }
        if self.line.is_empty() {
            // Thousands of devices wait between two events: none of them holds a buffer.
            self.line = Vec::new();
        }
        Ok(())
    }

    /// The ID of the last event that had one.
    pub(super) fn last_id(&self) -> &str {
        &self.last_id
    }

    /// How long the target asks to wait before the stream is opened again.
    pub(super) const fn retry(&self) -> Option<Micros> {
        self.retry
    }

    fn end_line(&mut self, out: &mut VecDeque<ServerEvent>) {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let line = match (text.strip_prefix(BYTE_ORDER_MARK), self.place) {
            (Some(rest), Place::FirstLine) => rest,
            (Some(_) | None, _) => &text,
        };
        if line.is_empty() {
            return self.end_event(out);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                let data = match self.data.as_mut() {
                    None => self.data.insert(String::new()),
                    Some(data) => {
                        data.push('\n');
                        data
                    }
                };
                data.push_str(value);
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Micros::from_millis).or(self.retry);
            }
            // A comment has an empty field's name; what is not known is skipped.
            _ => {}
        }
    }

    fn end_event(&mut self, out: &mut VecDeque<ServerEvent>) {
        if *self.id != *self.last_id {
            self.last_id = self.id.as_str().into();
        }
        let name = std::mem::take(&mut self.name);
        // The standard's data buffer ends with a line break for each field, so an empty field makes an event too.
        if let Some(data) = self.data.take() {
            out.push_back(ServerEvent {
                name: name.into(),
                data: data.into(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], size: usize) -> (Vec<(String, String)>, EventParser) {
        let (mut parser, mut out) = (EventParser::default(), VecDeque::new());
        for piece in bytes.chunks(size) {
            parser.feed(piece, &mut out).unwrap();
        }
        let events = out.into_iter();
        let events = events.map(|event| (event.name.into(), event.data.into()));
        (events.collect(), parser)
    }

    /// The standard's own examples, and what they mean there.
    #[test]
    fn the_standards_examples_mean_what_it_says() {
        for (text, events, id) in [
            (
                "data: YHOO\ndata: +2\ndata: 10\n\n",
                vec![("", "YHOO\n+2\n10")],
                "",
            ),
            (
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                vec![
                    ("", "first event"),
                    ("", "second event"),
                    ("", " third event"),
                ],
                "",
            ),
            (
                "data\n\ndata\ndata\n\ndata:",
                vec![("", ""), ("", "\n")],
                "",
            ),
            (
                "data:test\n\ndata: test\n\n",
                vec![("", "test"), ("", "test")],
                "",
            ),
            (
                "event: add\r\ndata: 73857293\r\nid: 7\r\n\r\nevent: remove\rdata: 2153\r\r",
                vec![("add", "73857293"), ("remove", "2153")],
                "7",
            ),
            ("\u{feff}data: a\n\ndata: cut off", vec![("", "a")], ""),
            ("id: a\0b\nid: c\n\n", vec![], "c"),
            // What the standard says of other blocks without data.
            (
                "event: kicked\ndata:\n\nevent: x\n\n: comment\n\nretry: 1\n\ndata: a\n\n",
                vec![("kicked", ""), ("", "a")],
                "",
            ),
        ] {
            for size in 1..=text.len() {
                let (found, parser) = read(text.as_bytes(), size);
                let found: Vec<_> = found
                    .iter()
                    .map(|(name, data)| (&**name, &**data))
                    .collect();
                assert_eq!(found, events, "{text:?} in pieces of {size}");
                assert_eq!(parser.last_id(), id, "{text:?}");
            }
        }
    }

    #[test]
    fn a_wait_is_a_number_of_milliseconds_and_an_endless_event_is_too_large() {
        let (_, parser) = read(b"retry: 1500\nretry: soon\nretry: -1\n\n", 3);
        assert_eq!(parser.retry(), Some(Micros::from_millis(1_500)));
        // Of 17 digits, in microseconds more than 64 bits hold; and of more digits than a number has.
        let (_, parser) = read(b"retry: 99999999999999999\n\n", 5);
        assert_eq!(parser.retry(), Some(Micros(u64::MAX)));
        let (_, parser) = read(b"retry: 7\nretry: 999999999999999999999\n\n", 5);
        assert_eq!(parser.retry(), Some(Micros::from_millis(7)));
        let (mut parser, mut out) = (EventParser::default(), VecDeque::new());
        let line = [b"data: ", &[b'x'; 1_000][..], b"\n"].concat();
        let fed = (0..100).try_for_each(|_| parser.feed(&line, &mut out));
        assert_eq!(fed, Err(Transport::TooLarge(Bound::Message)));
        assert_eq!(
            parser.feed(&[b'x'; MESSAGE_LIMIT + 1], &mut out),
            Err(Transport::TooLarge(Bound::Message))
        );
    }
}
