//! The walk over the accounts: every account once, in a seeded order, then again in the same order.
//!
//! The order is a keyed permutation, so that the account at any position is found without a table. The walk goes by pairs
//! of neighbouring positions: an arrival that takes two accounts takes a whole pair. So accounts meet in one arrival only
//! within their pair, and a pair's place in the lap can say which shard has it.

use super::Shard;
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

/// How far a walk has gone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gone {
    /// The next whole pair of this lap.
    pair: u64,
    /// The half of a pair that an arrival of one account has left.
    left_over: Option<u64>,
}

/// The positions of an arrival's accounts, within a lap. The two are the same where it takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Steps {
    /// The pair that they are of.
    pub(super) const fn pair(self) -> u64 {
        self.first / 2
    }
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

    /// The next step of one account: the half that is left over, or half of the next pair.
    pub(super) fn one(&self, gone: &mut Gone) -> Steps {
        let first = gone.left_over.take().unwrap_or_else(|| {
            if gone.pair * 2 >= self.accounts {
                *gone = Gone::default();
            }
            let first = gone.pair * 2;
            gone.pair += 1;
            // The last account of an odd population is a pair of one.
            gone.left_over = (first + 1 < self.accounts).then_some(first + 1);
            first
        });
        Steps { first, last: first }
    }

    /// The next step of two accounts: the next whole pair. What is left over stays for an arrival of one account, but not
    /// into the next lap, where its pair comes again.
    pub(super) const fn two(&self, gone: &mut Gone) -> Steps {
        if gone.pair * 2 + 1 >= self.accounts {
            gone.pair = 0;
            gone.left_over = None;
        }
        let first = gone.pair * 2;
        gone.pair += 1;
        let last = if self.accounts > 1 { first + 1 } else { first };
        Steps { first, last }
    }

    /// The account at `position` of a lap.
    pub(super) const fn account(&self, position: u64) -> u64 {
        let mut value = position;
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

/// How many of so many accounts stand in pairs of that shard.
pub(super) const fn accounts_of(shard: Shard, accounts: u64) -> u64 {
    let pairs = accounts.div_ceil(2);
    let last_is_own = accounts % 2 == 1 && shard.has(pairs - 1);
    shard.part(pairs) * 2 - if last_is_own { 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_round_visits_every_account_once_and_the_next_round_repeats_it() {
        for accounts in [1, 2, 3, 4, 5, 17, 1000, 4096, 4097] {
            let walk = Walk::new(accounts, 99);
            let mut gone = Gone::default();
            let mut round = || -> Vec<u64> {
                let steps = (0..accounts).map(|_| walk.one(&mut gone));
                steps.map(|steps| walk.account(steps.first)).collect()
            };
            let (first, second) = (round(), round());
            let mut sorted = first.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..accounts), "{accounts}");
            assert_eq!(first, second, "{accounts}");
        }
    }

    /// What a walk over so many accounts gives to arrivals that take so many.
    fn positions(accounts: u64, takes: &[u64]) -> Vec<(u64, u64)> {
        let walk = Walk::new(accounts, 1);
        let mut gone = Gone::default();
        let mut step = |take: &u64| match take {
            1 => walk.one(&mut gone),
            _ => walk.two(&mut gone),
        };
        let steps = takes.iter().map(&mut step);
        steps.map(|steps| (steps.first, steps.last)).collect()
    }

    #[test]
    fn two_accounts_are_a_whole_pair_and_the_half_that_was_left_is_the_next_ones() {
        assert_eq!(
            positions(100, &[1, 2, 2, 1, 1, 1, 2]),
            [(0, 0), (2, 3), (4, 5), (1, 1), (6, 6), (7, 7), (8, 9)]
        );
    }

    #[test]
    fn at_a_laps_end_a_left_over_half_is_dropped_and_an_odd_last_account_is_passed_by() {
        assert_eq!(
            positions(5, &[1, 2, 2, 1, 1]),
            [(0, 0), (2, 3), (0, 1), (2, 2), (3, 3)]
        );
        assert_eq!(
            positions(5, &[2, 2, 1, 2]),
            [(0, 1), (2, 3), (4, 4), (0, 1)]
        );
        assert_eq!(positions(1, &[2, 1, 2]), [(0, 0), (0, 0), (0, 0)]);
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

    #[test]
    fn the_accounts_of_a_shard_are_those_whose_pair_it_has() {
        for accounts in 1..40_u64 {
            for of in 1..5 {
                for number in 1..=of {
                    let shard = Shard::new(number, of).unwrap();
                    let own = (0..accounts).filter(|position| shard.has(position / 2));
                    let want = own.count() as u64;
                    assert_eq!(accounts_of(shard, accounts), want, "{accounts} {shard}");
                }
            }
        }
    }
}
