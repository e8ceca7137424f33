//! Bytes of an exchange, in memory that is lent while it lasts: a device that waits for its answer holds none.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// What a fresh buffer holds: a usual request, or a usual answer with its header block.
const USUAL: usize = 2 * 1024;

/// The most that a buffer holds when it is given back: a rare long answer must not stay in memory.
const MOST: usize = 8 * 1024;

/// Buffers that a thread keeps ready.
const KEPT: usize = 64;

thread_local! {
    static READY: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that grow. Dropped, their memory goes to the thread's next exchange.
#[derive(Debug, Default)]
pub struct Buffer(Vec<u8>);

impl Buffer {
    /// An empty one, with memory for a usual request or answer.
    #[must_use]
    pub fn ready() -> Self {
        let kept = READY.with_borrow_mut(Vec::pop);
        Self(kept.unwrap_or_else(|| Vec::with_capacity(USUAL)))
    }

    /// Its bytes, with memory for a usual answer where it held none.
    pub(super) fn made_ready(&mut self) -> &mut Vec<u8> {
        if self.0.capacity() == 0 {
            *self = Self::ready();
        }
        &mut self.0
    }

    /// An empty one that holds no memory.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }
}

/// Fills this thread's pool, so that memory is taken from the system before anything is timed.
pub fn touch() {
    let mut all: Vec<Buffer> = (0..KEPT).map(|_| Buffer::ready()).collect();
    for buffer in &mut all {
        buffer.resize(USUAL, 0);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if !(USUAL..=MOST).contains(&self.0.capacity()) {
            return;
        }
        let mut bytes = std::mem::take(&mut self.0);
        bytes.clear();
        // A thread that ends keeps nothing.
        let _ = READY.try_with(|ready| {
            let mut ready = ready.borrow_mut();
            if ready.len() < KEPT {
                ready.push(bytes);
            }
        });
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_lent_again_empty_and_neither_tiny_nor_huge_pieces_of_it() {
        let mut first = Buffer::ready();
        first.extend_from_slice(b"secret");
        let place = first.as_ptr();
        drop(first);
        let again = Buffer::ready();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        drop(Buffer(Vec::with_capacity(MOST + 1)));
        drop(Buffer(vec![1]));
        let other = Buffer::ready();
        assert!((USUAL..=MOST).contains(&other.capacity()));
    }
}
