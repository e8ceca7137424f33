//! A part of a plan: what one process plays while others play the rest.

use std::fmt;
use std::str::FromStr;

/// The n-th of so many parts. A plan's accounts are divided among them, and an arrival belongs to the shard of its
/// accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    /// From 0.
    index: u32,
    of: u32,
}

impl Shard {
    /// The whole plan.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The most shards that a plan can have.
    pub const MOST: u32 = 1_000;

    /// The `number`-th (from 1) of `of`; none where there is no such shard.
    #[must_use]
    pub const fn new(number: u32, of: u32) -> Option<Self> {
        if number == 0 || number > of || of > Self::MOST {
            return None;
        }
        Some(Self {
            index: number - 1,
            of,
        })
    }

    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.index + 1
    }

    /// How many shards the plan has.
    #[must_use]
    pub const fn of(self) -> u32 {
        self.of
    }

    /// Its part of a limit on the whole plan. The parts differ by one at most, and their sum is the limit.
    #[must_use]
    pub const fn part(self, limit: u64) -> u64 {
        let (index, of) = (self.index as u64, self.of as u64);
        limit / of + if index < limit % of { 1 } else { 0 }
    }

    /// Its part of the whole.
    pub(super) fn share(self) -> f64 {
        1.0 / f64::from(self.of)
    }

    /// The same for a number of slots.
    pub(super) fn slots(self, limit: u32) -> u32 {
        // No more than the limit.
        u32::try_from(self.part(u64::from(limit))).unwrap_or(limit)
    }

    /// Whether the accounts of a pair of the population are its own.
    pub(super) const fn has(self, pair: u64) -> bool {
        pair % self.of as u64 == self.index as u64
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        numbers
            .and_then(|(number, of)| Self::new(number, of))
            .ok_or_else(|| {
                format!(
                    "write the shard's number and how many there are, at most {}: for example 3/8",
                    Self::MOST
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_written_as_its_number_of_so_many_and_read_back() {
        for text in ["1/1", "3/8", "8/8", "1000/1000"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for text in [
            "", "3", "0/8", "9/8", "1/0", "1/1001", "-1/2", "1/2/3", "a/b",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_parts_of_a_limit_differ_by_one_at_most_and_add_up_to_it() {
        for of in [1, 2, 3, 8, 1_000] {
            for limit in [0, 1, 2, 7, 8, 20_000, 1_000_003] {
                let parts = (1..=of).map(|number| Shard::new(number, of).unwrap().part(limit));
                let parts: Vec<u64> = parts.collect();
                assert_eq!(parts.iter().sum::<u64>(), limit);
                let (least, most) = (parts.iter().min(), parts.iter().max());
                assert!(most.unwrap() - least.unwrap() <= 1, "{limit} of {of}");
            }
        }
    }
}
