//! A hash map in pieces, each behind its own lock, so that two cores seldom wait for each other.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use parking_lot::{Mutex, MutexGuard};

/// More pieces than threads will ever want at once.
const PIECES: usize = 64;

/// The map.
pub(super) struct Shards<K, V> {
    hasher: RandomState,
    pieces: Box<[Mutex<HashMap<K, V>>]>,
}

impl<K: Hash + Eq, V> Shards<K, V> {
    /// An empty map.
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            pieces: (0..PIECES).map(|_| Mutex::new(HashMap::new())).collect(),
        }
    }

    /// The piece that holds `key`, locked.
    pub(super) fn lock(&self, key: &K) -> MutexGuard<'_, HashMap<K, V>> {
        let hash = self.hasher.hash_one(key);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the remainder is below the number of pieces"
        )]
        let piece = (hash % PIECES as u64) as usize;
        self.pieces[piece].lock()
    }

    /// Every piece, to be locked one at a time.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Mutex<HashMap<K, V>>> {
        self.pieces.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_under_a_key_is_found_under_it_and_nowhere_twice() {
        let shards = Shards::new();
        for number in 0_u64..1_000 {
            shards.lock(&number).insert(number, number * 2);
        }
        assert!((0..1_000).all(|number| shards.lock(&number).get(&number) == Some(&(number * 2))));
        assert_eq!(
            shards
                .pieces()
                .map(|piece| piece.lock().len())
                .sum::<usize>(),
            1_000
        );
    }
}
