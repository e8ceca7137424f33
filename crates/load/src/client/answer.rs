//! What an exchange reads into.

use crate::client::Buffer;
use crate::session::Departed;

/// The most bytes a buffer keeps from one exchange to the next: a rare long answer must not stay a device's memory.
const KEPT: usize = 8 * 1024;

/// An answer's bytes. Empty ones hold no memory; one that waits for its first byte holds none either.
#[derive(Debug, Default)]
pub struct Answer {
    /// Bytes read and not yet understood.
    pub(super) raw: Buffer,
    /// The body, decoded.
    pub(super) body: Buffer,
    /// Whether the kernel took the request.
    pub(super) departed: Departed,
}

impl Answer {
    /// An empty one. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            raw: Buffer::empty(),
            body: Buffer::empty(),
            departed: Departed::No,
        }
    }

    /// Whether the kernel took the request of the last exchange, also of one that was dropped.
    #[must_use]
    pub const fn departed(&self) -> Departed {
        self.departed
    }

    /// The body of the last complete answer, without its transfer coding. At most 1 MiB. After a fault it is what
    /// had come of it.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Bytes held while idle.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.raw.capacity() + self.body.capacity()
    }

    /// Ready for the next answer.
    pub(super) fn clear(&mut self) {
        self.departed = Departed::No;
        for buffer in [&mut self.raw, &mut self.body] {
            buffer.clear();
            buffer.shrink_to(KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_answer_does_not_stay_in_memory_and_an_empty_one_holds_nothing() {
        let mut answer = Answer::new();
        assert_eq!(answer.held(), 0);
        answer.body.extend_from_slice(&[b'x'; 1_000_000]);
        answer.clear();
        assert!(answer.held() <= 2 * KEPT, "{} bytes", answer.held());
    }
}
