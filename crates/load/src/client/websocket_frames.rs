//! What watches a stream under a WebSocket: it remembers what the library hides, the code of the target's close frame. The
//! library puts another in the place of one that nobody may send.

use std::io;

use crate::client::watched::Watch;

/// The opcode of a close frame.
const CLOSE: u8 = 8;

/// Follows frames byte by byte. Source: RFC 6455 section 5.2.
#[derive(Debug, Default)]
pub(super) struct Frames {
    place: Place,
    /// The opcode of the frame at hand.
    opcode: u8,
    /// Bytes of its payload that are still to come; while its head comes, their number as far as it is known.
    payload: u64,
    /// The first two bytes of the last close frame's payload, and how many came.
    code: ([u8; 2], usize),
}

/// Where in a frame the next byte lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    First,
    Second,
    /// So many bytes of the length, then so many of the mask.
    Rest {
        length: u8,
        mask: u8,
    },
    Payload,
}

impl Frames {
    /// Takes the next bytes.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while let [byte, rest @ ..] = bytes {
            if self.place == Place::Payload {
                bytes = self.payload(bytes);
            } else {
                self.head(*byte);
                bytes = rest;
            }
        }
    }

    /// The code of the target's close frame; none where it has none.
    pub(super) const fn code(&self) -> Option<u16> {
        match self.code {
            (code, 2) => Some(u16::from_be_bytes(code)),
            _ => None,
        }
    }

    fn head(&mut self, byte: u8) {
        let (length, mask) = match self.place {
            Place::First => {
                self.opcode = byte & 0x0f;
                self.place = Place::Second;
                return;
            }
            Place::Second => {
                let mask = if byte & 0x80 == 0 { 0 } else { 4 };
                let (length, payload) = match byte & 0x7f {
                    126 => (2, 0),
                    127 => (8, 0),
                    payload => (0, u64::from(payload)),
                };
                self.payload = payload;
                (length, mask)
            }
            Place::Rest { length: 0, mask } => (0, mask.saturating_sub(1)),
            Place::Rest { length, mask } => {
                self.payload = (self.payload << 8) | u64::from(byte);
                (length - 1, mask)
            }
            Place::Payload => return,
        };
        self.place = match (length, mask, self.payload) {
            (0, 0, 0) => Place::First,
            (0, 0, _) => Place::Payload,
            _ => Place::Rest { length, mask },
        };
    }

    /// Takes what belongs to the payload; gives what follows it.
    fn payload<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let most = usize::try_from(self.payload).unwrap_or(usize::MAX);
        let (payload, rest) = bytes.split_at(most.min(bytes.len()));
        if self.opcode == CLOSE {
            for byte in payload {
                if let Some(place) = self.code.0.get_mut(self.code.1) {
                    *place = *byte;
                    self.code.1 += 1;
                }
            }
        }
        self.payload -= payload.len() as u64;
        if self.payload == 0 {
            self.place = Place::First;
        }
        rest
    }
}

impl Watch for Frames {
    fn see(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.follow(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_close_frame_is_found_behind_frames_of_every_length_and_in_any_pieces() {
        let mut bytes = b"\x81\x05hello\x89\x00\x82\xfe\x01\x00mask".to_vec();
        bytes.extend([8; 256]);
        bytes.extend(b"\x02\x7f\x00\x00\x00\x00\x00\x00\x00\x03\x88\x02\x88");
        let close = b"\x88\x05\x0f\xa1bye";
        for size in [1, 2, 3, 7, bytes.len()] {
            let mut frames = Frames::default();
            bytes.chunks(size).for_each(|piece| frames.follow(piece));
            assert_eq!(frames.code(), None, "before it came");
            close.chunks(size).for_each(|piece| frames.follow(piece));
            assert_eq!(frames.code(), Some(4001), "pieces of {size}");
        }
        let mut frames = Frames::default();
        frames.follow(b"\x88\x00");
        assert_eq!(frames.code(), None);
    }
}
