//! The walk over the accounts: every account once, in a seeded order, then again in the same order.
//!
//! The order is a keyed permutation, so that the account at any position is found without a table.

use super::chance::{Purpose, bits};

/// Rounds of the Feistel network. Four are enough for a permutation without visible order (Luby and Rackoff 1988).
const ROUNDS: u64 = 4;

/// A seeded permutation of `0..accounts`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    accounts: u64,
    /// Half the width, in bits, of the smallest even-width block that holds every account.
    half_bits: u32,
    seed: u64,
}

impl Walk {
    /// The walk over `accounts` (at least 1) in the order that `seed` gives.
    pub(super) const fn new(accounts: u64, seed: u64) -> Self {
        let bits_needed = u64::BITS - accounts.saturating_sub(1).leading_zeros();
        let half_bits = bits_needed.div_ceil(2);
        Self {
            accounts,
            half_bits: if half_bits == 0 { 1 } else { half_bits },
            seed,
        }
    }

    /// The account at `position`, which may be any number of times round.
    pub(super) const fn account(&self, position: u64) -> u64 {
        let mut value = position % self.accounts;
        // Cycle walking: the block is less than four times the population, so few steps leave it.
        loop {
            value = self.permute(value);
            if value < self.accounts {
                return value;
            }
        }
    }

    const fn permute(&self, value: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        let mut round = 0;
        while round < ROUNDS {
            let mixed = bits(self.seed, Purpose::Walk, (round << 40) ^ right) & mask;
            (left, right) = (right, left ^ mixed);
            round += 1;
        }
        (left << self.half_bits) | right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_round_visits_every_account_once_and_the_next_round_repeats_it() {
        for accounts in [1, 2, 3, 4, 5, 17, 1000, 4096, 4097] {
            let walk = Walk::new(accounts, 99);
            let round: Vec<_> = (0..accounts).map(|p| walk.account(p)).collect();
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..accounts), "{accounts}");
            assert!(
                (accounts..2 * accounts).map(|p| walk.account(p)).eq(round),
                "{accounts}"
            );
        }
    }

    #[test]
    fn seeds_give_different_orders_and_the_order_is_not_the_number_line() {
        let one: Vec<_> = (0..100).map(|p| Walk::new(100_000, 1).account(p)).collect();
        let other: Vec<_> = (0..100).map(|p| Walk::new(100_000, 2).account(p)).collect();
        assert_ne!(one, other);
        let ascending = one.windows(2).filter(|pair| pair[0] < pair[1]).count();
        // Half of 99 pairs ascend in a random order; five standard deviations.
        assert!(ascending.abs_diff(50) < 25, "{ascending}");
    }
}
