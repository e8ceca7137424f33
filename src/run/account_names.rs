//! The names of a run's accounts, as a range that can be compared with another run's. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use trtc_base::units::UnixSeconds;
use trtc_load_core::profile::{Freshness, Population};

/// The names that a prefix and a count make: the numbers from 0 on, zero-padded to the width of the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountNames {
    /// The text before a number.
    pub(crate) prefix: String,
    /// How many there are, at least one.
    pub(crate) accounts: u64,
}

impl AccountNames {
    /// Those of a run that begins at `now`: the same in every run, or with a tag that no earlier run had.
    pub(crate) fn of(population: &Population, now: UnixSeconds) -> Self {
        let prefix = &population.prefix;
        Self {
            prefix: match population.freshness {
                Freshness::SameEveryRun => prefix.clone(),
                Freshness::NewEveryRun => format!("{prefix}{}", tag(now.0)),
            },
            accounts: population.accounts,
        }
    }

    /// Whether any account has a name in both.
    pub(crate) fn meet(&self, other: &Self) -> bool {
        let (short, long) = if self.prefix.len() <= other.prefix.len() {
            (self, other)
        } else {
            (other, self)
        };
        if short.prefix.len() + short.digits() != long.prefix.len() + long.digits() {
            return false;
        }
        // What the longer prefix has more must be the leading digits of the other's numbers.
        let Some(leading) = long.prefix.strip_prefix(&short.prefix) else {
            return false;
        };
        if !leading.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        // The lowest name of the longer prefix is the first that both could have.
        let lowest = format!("{leading}{}", "0".repeat(long.digits()));
        lowest
            .parse::<u64>()
            .is_ok_and(|lowest| lowest < short.accounts)
    }

    fn digits(&self) -> usize {
        self.accounts.saturating_sub(1).to_string().len()
    }

    /// The name of one of them.
    pub(crate) fn name(&self, number: u64) -> String {
        format!("{}{number:0width$}", self.prefix, width = self.digits())
    }
}

impl fmt::Display for AccountNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.name(self.accounts.saturating_sub(1));
        write!(f, "{} to {last}", self.name(0))
    }
}

/// Seconds as six digits of base 36: enough until 2038, and each second has its own.
fn tag(mut seconds: u64) -> String {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit =
            b"0123456789abcdefghijklmnopqrstuvwxyz"[usize::try_from(seconds % 36).unwrap_or(0)];
        seconds /= 36;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use trtc_base::units::Micros;
    use trtc_load_core::profile::UsersigLife;

    fn names(prefix: &str, accounts: u64) -> AccountNames {
        AccountNames {
            prefix: prefix.to_owned(),
            accounts,
        }
    }

    /// The oracle writes every name out.
    #[test]
    fn two_ranges_meet_where_a_name_is_in_both_lists() {
        let prefixes = [
            "load_", "load_0", "load_1", "load_19", "load_00", "load", "l", "",
        ];
        let counts = [1, 2, 10, 11, 20, 100, 101, 200, 1_001, 2_000];
        let all: Vec<_> = prefixes
            .iter()
            .flat_map(|prefix| counts.map(|accounts| names(prefix, accounts)))
            .map(|one| {
                let list = (0..one.accounts).map(|number| one.name(number));
                let list: BTreeSet<_> = list.collect();
                (one, list)
            })
            .collect();
        let mut met = 0;
        for (one, ones) in &all {
            for (other, others) in &all {
                let want = !ones.is_disjoint(others);
                assert_eq!(one.meet(other), want, "{one} and {other}");
                met += usize::from(want && one.prefix != other.prefix);
            }
        }
        assert!(met > 20, "{met} pairs of different prefixes meet");
    }

    #[test]
    fn new_accounts_have_names_that_no_run_of_another_second_has() {
        let mut population = Population {
            accounts: 200,
            prefix: "load_".to_owned(),
            platforms: Vec::new(),
            freshness: Freshness::NewEveryRun,
            usersigs: UsersigLife {
                valid_for: Micros::from_secs(86_400),
                ends_at: None,
            },
        };
        let of = |population: &Population, second: u64| {
            AccountNames::of(population, UnixSeconds(1_800_000_000 + second))
        };
        let first = of(&population, 0);
        assert!(first.meet(&of(&population, 0)));
        assert!((1..100).all(|second| !first.meet(&of(&population, second))));
        population.freshness = Freshness::SameEveryRun;
        assert_eq!(of(&population, 0), of(&population, 1));
    }

    #[test]
    fn a_range_is_told_by_its_first_and_its_last_name() {
        assert_eq!(names("load_", 2_000).to_string(), "load_0000 to load_1999");
        assert_eq!(names("a", 1).to_string(), "a0 to a0");
    }
}
