//! A set of accounts: one bit for each account of each app that was ever in it.

use super::ledger::Account;

/// A set of accounts of one population. An app's bits are taken with its first account: 1 million accounts are 122 KiB.
#[derive(Debug)]
pub(super) struct AccountSet {
    apps: Vec<Box<[u64]>>,
    words: usize,
}

impl AccountSet {
    /// An empty set for apps of `population` accounts each.
    pub(super) fn of(population: u64) -> Self {
        Self {
            apps: Vec::new(),
            words: usize::try_from(population.div_ceil(64)).unwrap_or(usize::MAX),
        }
    }

    pub(super) fn has(&self, account: Account) -> bool {
        let (word, bit) = place(account);
        let found = self.apps.get(usize::from(account.0.0));
        found
            .and_then(|bits| bits.get(word))
            .is_some_and(|bits| bits & bit != 0)
    }

    /// Puts it in. One that the population does not have is never in.
    pub(super) fn insert(&mut self, account: Account) {
        let app = usize::from(account.0.0);
        while self.apps.len() <= app {
            self.apps.push(Box::default());
        }
        if self.apps[app].is_empty() {
            self.apps[app] = vec![0; self.words].into();
        }
        self.change(account, |bits, bit| bits | bit);
    }

    pub(super) fn remove(&mut self, account: Account) {
        self.change(account, |bits, bit| bits & !bit);
    }

    fn change(&mut self, account: Account, change: impl Fn(u64, u64) -> u64) {
        let (word, bit) = place(account);
        let app = self.apps.get_mut(usize::from(account.0.0));
        if let Some(bits) = app.and_then(|bits| bits.get_mut(word)) {
            *bits = change(*bits, bit);
        }
    }
}

/// An account's word and its bit there.
fn place((_, number): Account) -> (usize, u64) {
    let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
    (word, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::profile::AppIx;

    proptest! {
        #[test]
        fn it_has_what_a_hash_set_has(changes in prop::collection::vec((0..3_u8, 0..130_u64, any::<bool>()), 0..200)) {
            let (mut set, mut oracle) = (AccountSet::of(130), HashSet::new());
            for (app, number, is_in) in changes {
                let account = (AppIx(app), number);
                if is_in {
                    set.insert(account);
                    oracle.insert(account);
                } else {
                    set.remove(account);
                    oracle.remove(&account);
                }
                for number in 0..130 {
                    let account = (AppIx(app), number);
                    prop_assert_eq!(set.has(account), oracle.contains(&account));
                }
            }
        }
    }

    #[test]
    fn an_account_beyond_the_population_is_never_in() {
        let mut set = AccountSet::of(64);
        set.insert((AppIx(0), 64));
        set.remove((AppIx(7), u64::MAX));
        assert!(!set.has((AppIx(0), 64)));
    }
}
