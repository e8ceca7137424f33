//! The chunked transfer coding, undone byte by byte. Source: RFC 9112 section 7.1.
//!
//! In: bytes in pieces of any size. Out: the body. Never here: a socket, an unbounded buffer.

use crate::client::{BODY_LIMIT, HEAD_LIMIT, lines};
use crate::session::{Bound, Transport};

/// Where in a chunk the next byte lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The first digit of a size.
    FirstDigit,
    /// A further digit of a size, or what ends it.
    Digit,
    /// White space after a size.
    Space,
    /// An extension, which has no meaning to us.
    Extension,
    /// The LF of the size's line.
    SizeLf,
    /// The chunk's data.
    Data,
    /// The CR after the data.
    DataCr,
    /// The LF after the data.
    DataLf,
    /// The fields after the last chunk.
    Trailers,
}

/// A decoder of one body.
#[derive(Debug)]
pub(super) struct Chunks {
    place: Place,
    /// What is left of the chunk, in bytes. At most [`BODY_LIMIT`].
    left: usize,
    /// Bytes that carry nothing: extensions, white space and leading zeros. At most [`HEAD_LIMIT`] more than the data so far:
    /// a stream that goes on for hours may say something beside each chunk.
    idle: usize,
}

/// Whether a body is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes are needed.
    More,
    /// The body is complete.
    Done,
}

impl Chunks {
    /// A decoder before its first byte.
    pub(super) const fn new() -> Self {
        Self {
            place: Place::FirstDigit,
            left: 0,
            idle: 0,
        }
    }

    /// Takes what it understands off the front of `raw` and appends data to `body`.
    pub(super) fn feed(
        &mut self,
        raw: &mut Vec<u8>,
        body: &mut Vec<u8>,
    ) -> Result<Step, Transport> {
        let mut at = 0;
        while at < raw.len() && self.place != Place::Trailers {
            if self.place == Place::Data {
                at += self.data(&raw[at..], body);
            } else {
                self.framing(raw[at], body.len())?;
                at += 1;
            }
        }
        raw.drain(..at);
        if self.place == Place::Trailers {
            trailers(raw)
        } else {
            Ok(Step::More)
        }
    }

    /// Takes data of the chunk at hand; answers how much.
    fn data(&mut self, raw: &[u8], body: &mut Vec<u8>) -> usize {
        let taken = self.left.min(raw.len());
        body.extend_from_slice(&raw[..taken]);
        self.idle = self.idle.saturating_sub(taken);
        self.left -= taken;
        if self.left == 0 {
            self.place = Place::DataCr;
        }
        taken
    }

    /// Takes one byte that is not data.
    fn framing(&mut self, byte: u8, body: usize) -> Result<(), Transport> {
        self.place = match (self.place, byte) {
            (Place::FirstDigit | Place::Digit, digit) if digit.is_ascii_hexdigit() => {
                self.digit(digit, body)?;
                Place::Digit
            }
            (Place::Digit | Place::Space, b' ' | b'\t') => self.carries_nothing(Place::Space)?,
            (Place::Digit | Place::Space, b';') => Place::Extension,
            (Place::Digit | Place::Space | Place::Extension, b'\r') => Place::SizeLf,
            // A bare LF inside an extension is how a second message is smuggled past a lenient reader.
            (Place::Extension, b'\n') => return Err(Transport::NotHttp),
            (Place::Extension, _) => self.carries_nothing(Place::Extension)?,
            (Place::SizeLf, b'\n') if self.left == 0 => Place::Trailers,
            (Place::SizeLf, b'\n') => Place::Data,
            (Place::DataCr, b'\r') => Place::DataLf,
            (Place::DataLf, b'\n') => Place::FirstDigit,
            (
                Place::FirstDigit
                | Place::Digit
                | Place::Space
                | Place::SizeLf
                | Place::DataCr
                | Place::DataLf
                | Place::Data
                | Place::Trailers,
                _,
            ) => return Err(Transport::NotHttp),
        };
        Ok(())
    }

    /// Adds a digit to the size; the bound comes before any overflow.
    fn digit(&mut self, digit: u8, body: usize) -> Result<(), Transport> {
        let value = char::from(digit).to_digit(16).unwrap_or(0);
        self.left = self.left * 16 + value as usize;
        if self.left == 0 && self.place == Place::Digit {
            self.carries_nothing(Place::Digit)?;
        }
        if body + self.left > BODY_LIMIT {
            return Err(Transport::TooLarge(Bound::Body));
        }
        Ok(())
    }

    /// Counts a byte that carries nothing, so that a target cannot send such bytes for ever.
    fn carries_nothing(&mut self, next: Place) -> Result<Place, Transport> {
        self.idle += 1;
        if self.idle > HEAD_LIMIT {
            return Err(Transport::TooLarge(Bound::ChunkLines));
        }
        Ok(next)
    }
}

/// Takes the trailer section off `raw` once it is whole.
fn trailers(raw: &mut Vec<u8>) -> Result<Step, Transport> {
    if raw.starts_with(b"\r\n") {
        raw.drain(..2);
        return Ok(Step::Done);
    }
    let seen = &raw[..raw.len().min(HEAD_LIMIT)];
    match lines::trailers(seen)? {
        Some(length) if has_bare_lf(&seen[..length]) => Err(Transport::NotHttp),
        Some(length) => {
            raw.drain(..length);
            Ok(Step::Done)
        }
        None if raw.len() < HEAD_LIMIT => Ok(Step::More),
        None => Err(Transport::TooLarge(Bound::Head)),
    }
}

fn has_bare_lf(bytes: &[u8]) -> bool {
    let mut before = b'\0';
    bytes.iter().any(|&byte| {
        let bare = byte == b'\n' && before != b'\r';
        before = byte;
        bare
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body and what is left over.
    type Decoded = (Vec<u8>, Vec<u8>);

    /// What `bytes` decode to in pieces of `size` bytes. None where they end too early.
    fn decoded(bytes: &[u8], size: usize) -> Result<Option<Decoded>, Transport> {
        let (mut chunks, mut raw, mut body) = (Chunks::new(), Vec::new(), Vec::new());
        let mut pieces = bytes.chunks(size);
        while let Some(piece) = pieces.next() {
            raw.extend_from_slice(piece);
            if chunks.feed(&mut raw, &mut body)? == Step::Done {
                pieces.for_each(|rest| raw.extend_from_slice(rest));
                return Ok(Some((body, raw)));
            }
        }
        Ok(None)
    }

    #[test]
    fn a_body_is_the_same_whatever_pieces_it_comes_in() {
        let bytes = b"4\r\nWiki\r\n00B ;x=\"y\"\r\npedia in \r\n\r\n0\r\nA: b\r\n c\r\n\r\nnext";
        for size in 1..=bytes.len() {
            let (body, left) = decoded(bytes, size).unwrap().unwrap();
            assert_eq!(body, b"Wikipedia in \r\n", "pieces of {size}");
            assert_eq!(left, b"next", "pieces of {size}");
        }
    }

    #[test]
    fn a_broken_chunk_is_refused() {
        for (bytes, why) in [
            (&b"\r\n"[..], "no size"),
            (b"x\r\n", "no hexadecimal digit"),
            (b"+5\r\nhello\r\n", "a sign"),
            (b"5\nhello\r\n", "a bare LF"),
            (b"5;a\nb\r\n", "a bare LF in an extension"),
            (b"5 5\r\nhello", "two sizes"),
            (b"5\r\nhello!\r\n", "data longer than its size"),
            (b"5\r\nhelloX0\r\n\r\n", "no line end after the data"),
            (b"0\r\n\n", "a bare LF for the end"),
            (b"0\r\nno field\r\n\r\n", "a trailer that is no field"),
            (b"0\r\nA: b\n\r\n", "a bare LF in a trailer"),
        ] {
            assert_eq!(decoded(bytes, 3), Err(Transport::NotHttp), "{why}");
        }
    }

    #[test]
    fn nothing_is_read_without_a_bound() {
        let long = |start: &str, filler: &str| format!("{start}{}", filler.repeat(20_000));
        for (bytes, bound, what) in [
            (
                "100001\r\n".to_owned(),
                Bound::Body,
                "a chunk of 1 MiB and a byte",
            ),
            (
                "fffffffffffffffff".to_owned(),
                Bound::Body,
                "a size beyond 64 bits",
            ),
            (long("0", "0"), Bound::ChunkLines, "leading zeros"),
            (long("1;", "x"), Bound::ChunkLines, "an extension"),
            (long("1", " "), Bound::ChunkLines, "white space"),
            (
                long("", "1;abc\r\nx\r\n"),
                Bound::ChunkLines,
                "an extension beside each byte",
            ),
            (long("0\r\nA: ", "x"), Bound::Head, "a trailer"),
            (
                long("0\r\n", "A: b\r\n"),
                Bound::HeaderLines,
                "many trailers",
            ),
            (
                long("0\r\nA: b\r\n", " c\r\n"),
                Bound::Head,
                "a folded trailer",
            ),
        ] {
            assert_eq!(
                decoded(bytes.as_bytes(), 1000),
                Err(Transport::TooLarge(bound)),
                "{what}"
            );
        }
    }

    #[test]
    fn a_stream_may_say_something_beside_each_chunk_for_as_long_as_it_goes_on() {
        let (mut chunks, mut body) = (Chunks::new(), Vec::new());
        for _ in 0..HEAD_LIMIT {
            let mut raw = b"8   ;x=\"y\"\r\n: beat\n\n\r\n".to_vec();
            assert_eq!(chunks.feed(&mut raw, &mut body), Ok(Step::More));
            body.clear();
        }
    }
}
