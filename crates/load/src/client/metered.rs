//! What watches a stream under HTTP/2: it counts what an answer's headers take. The library keeps each interim answer until
//! somebody asks for it, so a target could fill this machine's memory with them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::client::HEAD_LIMIT;
use crate::client::watched::Watch;

/// Bytes of a frame's head: its length, its type, its flags, its stream.
const FRAME_HEAD: usize = 9;

/// The types of frames that carry header lines. Source: RFC 9113 section 6.
const HEADERS: u8 = 1;
const PUSH_PROMISE: u8 = 5;
const CONTINUATION: u8 = 9;

/// Bytes of frames with header lines since the exchange began; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<AtomicUsize>);

impl Meter {
    /// An exchange begins.
    pub(super) fn begin(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether they are more than one answer may have.
    pub(super) fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed) > HEAD_LIMIT
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Follows frames byte by byte.
#[derive(Debug, Default)]
struct Frames {
    /// The head of the frame at hand, and how much of it came.
    head: ([u8; FRAME_HEAD], usize),
    /// Bytes of its payload that are still to come.
    payload: usize,
}

impl Frames {
    /// Takes the next bytes; answers what the frames with header lines that begin in them take.
    fn see(&mut self, mut bytes: &[u8]) -> usize {
        let mut taken = 0;
        while let [byte, rest @ ..] = bytes {
            if self.payload > 0 {
                let passed = self.payload.min(bytes.len());
                self.payload -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            let (head, came) = &mut self.head;
            head[*came] = *byte;
            *came += 1;
            bytes = rest;
            if *came == FRAME_HEAD {
                *came = 0;
                let [high, middle, low, kind, ..] = *head;
                let length = u32::from_be_bytes([0, high, middle, low]);
                self.payload = usize::try_from(length).unwrap_or(usize::MAX);
                if matches!(kind, HEADERS | PUSH_PROMISE | CONTINUATION) {
                    taken += FRAME_HEAD + self.payload;
                }
            }
        }
        taken
    }
}

/// Counts the frames of a stream. It breaks where they are more than one answer may have.
#[derive(Debug)]
pub(super) struct Metering {
    frames: Frames,
    meter: Meter,
}

impl Metering {
    pub(super) fn by(meter: Meter) -> Self {
        Self {
            frames: Frames::default(),
            meter,
        }
    }
}

impl Watch for Metering {
    fn see(&mut self, bytes: &[u8]) -> io::Result<()> {
        let taken = self.frames.see(bytes);
        if taken > 0 {
            self.meter.add(taken);
            if self.meter.is_over() {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0, length, kind, 4, 0, 0, 0, 1];
        // Payload that looks like heads of frames.
        bytes.extend((0..length).map(|n| n % 10));
        bytes
    }

    #[test]
    fn frames_with_header_lines_are_counted_and_others_are_not_in_any_pieces() {
        let kinds = [HEADERS, 0, 4, CONTINUATION, 6, PUSH_PROMISE, 7, 8, HEADERS];
        let bytes: Vec<u8> = kinds.iter().flat_map(|kind| frame(*kind, 200)).collect();
        for size in [1, 2, 5, 208, 209, 210, bytes.len()] {
            let mut frames = Frames::default();
            let taken: usize = bytes.chunks(size).map(|piece| frames.see(piece)).sum();
            assert_eq!(taken, 4 * (FRAME_HEAD + 200), "pieces of {size}");
        }
    }
}
