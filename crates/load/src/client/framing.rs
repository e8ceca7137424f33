//! One answer out of a stream of bytes: skips interim answers, bounds everything, leaves what follows.
//!
//! In: bytes in pieces of any size. Out: the status and the body. Never here: a socket, a clock.

use crate::client::chunks::{Chunks, Step};
use crate::client::head::{Length, ParsedHead};
use crate::client::{BODY_LIMIT, HEAD_LIMIT, head};
use crate::session::{Bound, Transport};

/// A parser of one answer.
#[derive(Debug)]
pub(super) struct ResponseParser {
    phase: Phase,
    /// Bytes of header blocks of interim answers so far.
    interim: usize,
}

#[derive(Debug)]
enum Phase {
    Head,
    Body(ParsedHead, Body),
    Done(ParsedHead),
}

#[derive(Debug)]
enum Body {
    /// So many bytes are still to come.
    Exactly(usize),
    Chunked(Chunks),
    UntilClose,
}

impl ResponseParser {
    /// A parser before its first byte.
    pub(super) const fn new() -> Self {
        Self {
            phase: Phase::Head,
            interim: 0,
        }
    }

    /// Takes what it understands off the front of `raw`, and appends to `body`. Once done, what is left in `raw`
    /// follows the answer.
    pub(super) fn feed(
        &mut self,
        raw: &mut Vec<u8>,
        body: &mut Vec<u8>,
    ) -> Result<Step, Transport> {
        if matches!(self.phase, Phase::Head) {
            self.head(raw)?;
        }
        match &mut self.phase {
            Phase::Head => Ok(Step::More),
            Phase::Done(_) => Ok(Step::Done),
            Phase::Body(_, rest) => {
                let step = rest.feed(raw, body)?;
                if step == Step::Done {
                    self.finish();
                }
                Ok(step)
            }
        }
    }

    /// The peer will send no more: only a body without a stated end is complete by that.
    pub(super) fn end(&mut self) -> Result<(), Transport> {
        if let Phase::Body(_, Body::UntilClose) = self.phase {
            self.finish();
        }
        match self.phase {
            Phase::Done(_) => Ok(()),
            Phase::Head | Phase::Body(..) => Err(Transport::Closed),
        }
    }

    /// How many more bytes could be of use at once.
    pub(super) fn wanted(&self) -> usize {
        /// A header block and a small body in one read.
        const USUAL: usize = 2 * 1024;
        /// A long body in few reads.
        const LONG: usize = 64 * 1024;
        match &self.phase {
            Phase::Body(_, Body::Exactly(left)) => (*left).clamp(USUAL, LONG),
            Phase::Body(_, Body::Chunked(_) | Body::UntilClose) => LONG / 8,
            Phase::Head | Phase::Done(_) => USUAL,
        }
    }

    /// The header block, once it is there and is not interim.
    pub(super) const fn begun(&self) -> Option<&ParsedHead> {
        match &self.phase {
            Phase::Head => None,
            Phase::Body(head, _) | Phase::Done(head) => Some(head),
        }
    }

    /// The header block of a complete answer.
    pub(super) fn into_head(self) -> Option<ParsedHead> {
        match self.phase {
            Phase::Done(head) => Some(head),
            Phase::Head | Phase::Body(..) => None,
        }
    }

    /// Reads header blocks up to the first that is not interim.
    fn head(&mut self, raw: &mut Vec<u8>) -> Result<(), Transport> {
        loop {
            let room = HEAD_LIMIT - self.interim;
            let seen = &raw[..raw.len().min(room)];
            let Some(head) = head::parse(seen)? else {
                // Bytes beyond the bound are not looked at, so a block that needs them is too long.
                return if raw.len() >= room {
                    Err(Transport::TooLarge(Bound::Head))
                } else {
                    Ok(())
                };
            };
            raw.drain(..head.bytes);
            // 101 changes the protocol: it is the answer, and what follows is no HTTP.
            if head.status >= 200 || head.status == 101 {
                let body = match head.length {
                    Length::Exactly(left) => Body::Exactly(left),
                    Length::Chunked => Body::Chunked(Chunks::new()),
                    Length::UntilClose => Body::UntilClose,
                };
                self.phase = Phase::Body(head, body);
                return Ok(());
            }
            self.interim += head.bytes;
        }
    }

    fn finish(&mut self) {
        let phase = std::mem::replace(&mut self.phase, Phase::Head);
        self.phase = match phase {
            Phase::Body(head, _) | Phase::Done(head) => Phase::Done(head),
            Phase::Head => Phase::Head,
        };
    }
}

impl Body {
    fn feed(&mut self, raw: &mut Vec<u8>, body: &mut Vec<u8>) -> Result<Step, Transport> {
        match self {
            Self::Exactly(left) => {
                let taken = raw.len().min(*left);
                body.extend_from_slice(&raw[..taken]);
                raw.drain(..taken);
                *left -= taken;
                Ok(if *left == 0 { Step::Done } else { Step::More })
            }
            Self::Chunked(chunks) => chunks.feed(raw, body),
            Self::UntilClose if body.len() + raw.len() > BODY_LIMIT => {
                Err(Transport::TooLarge(Bound::Body))
            }
            Self::UntilClose => {
                body.append(raw);
                Ok(Step::More)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, body and what is left over; the peer closes after the last byte.
    fn read(bytes: &[u8], size: usize) -> Result<(u16, Vec<u8>, Vec<u8>), Transport> {
        let (mut parser, mut raw, mut body) = (ResponseParser::new(), Vec::new(), Vec::new());
        let mut step = Step::More;
        for piece in bytes.chunks(size) {
            raw.extend_from_slice(piece);
            if step == Step::More {
                step = parser.feed(&mut raw, &mut body)?;
            }
        }
        parser.end()?;
        let head = parser.into_head().expect("complete");
        Ok((head.status, body, raw))
    }

    #[test]
    fn an_answer_is_the_same_whatever_pieces_it_comes_in_and_leaves_what_follows() {
        for (bytes, status, body, left) in [
            (
                &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP"[..],
                200,
                &b"hi"[..],
                &b"HTTP"[..],
            ),
            (
                b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nx",
                204,
                b"",
                b"x",
            ),
            (
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\n\r\nHTTP/1.1 404 x\r\n\r\nuntil",
                404,
                b"until",
                b"",
            ),
            (
                b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n\x81\x00",
                101,
                b"",
                b"\x81\x00",
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nz",
                200,
                b"a",
                b"z",
            ),
        ] {
            for size in 1..=bytes.len() {
                let got = read(bytes, size);
                assert_eq!(
                    got,
                    Ok((status, body.to_vec(), left.to_vec())),
                    "pieces of {size}"
                );
            }
        }
    }

    #[test]
    fn an_answer_cut_anywhere_is_closed_unless_its_end_is_the_close() {
        let stated = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        for whole in [&stated[..], chunked] {
            for cut in 0..whole.len() {
                assert_eq!(
                    read(&whole[..cut], 7),
                    Err(Transport::Closed),
                    "cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn endless_header_blocks_and_bodies_are_too_large() {
        let long_field = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(HEAD_LIMIT));
        let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(HEAD_LIMIT / 10);
        let body = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(BODY_LIMIT + 1));
        let lines = format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(HEAD_LIMIT));
        for (bytes, bound) in [
            (long_field, Bound::Head),
            (interim, Bound::Head),
            (lines, Bound::HeaderLines),
            (body, Bound::Body),
        ] {
            for size in [100, 10_000, 2_000_000] {
                let fault = Err(Transport::TooLarge(bound));
                assert_eq!(read(bytes.as_bytes(), size), fault);
            }
        }
        let most = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(BODY_LIMIT));
        assert_eq!(
            read(most.as_bytes(), 9_999).map(|got| got.1.len()),
            Ok(BODY_LIMIT)
        );
    }
}
