//! Which accounts logged in with success: one bit for each account of each app, exact.

use std::sync::atomic::{AtomicU64, Ordering};

use super::thread_buffer::Seen;
use crate::profile::AppIx;

/// The most accounts of all apps together: 1 GiB of bits.
pub(super) const MOST_ACCOUNTS: u64 = 8 << 30;

/// One bit an account. 1 million accounts take 122 KiB.
#[derive(Debug)]
pub(super) struct Accounts {
    apps: Vec<Box<[AtomicU64]>>,
    per_app: u64,
}

impl Accounts {
    /// No account has logged in yet. None when there are more than [`MOST_ACCOUNTS`].
    pub(super) fn new(apps: usize, per_app: u64) -> Option<Self> {
        if per_app.saturating_mul(apps as u64) > MOST_ACCOUNTS {
            return None;
        }
        let words = usize::try_from(per_app.div_ceil(64)).ok()?;
        let empty = || (0..words).map(|_| AtomicU64::new(0)).collect();
        Some(Self {
            apps: (0..apps).map(|_| empty()).collect(),
            per_app,
        })
    }

    /// Notes a login. Of two threads that note the same account at once, exactly one sees it first.
    pub(super) fn note(&self, app: AppIx, account: u64) -> Seen {
        let word = usize::try_from(account / 64)
            .ok()
            .filter(|_| account < self.per_app)
            .and_then(|index| self.apps.get(usize::from(app.0))?.get(index));
        let Some(word) = word else {
            return Seen::Stray;
        };
        let bit = 1 << (account % 64);
        // The bit alone is the message: nothing else is published with it.
        if word.fetch_or(bit, Ordering::Relaxed) & bit != 0 {
            return Seen::Again;
        }
        Seen::First
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::thread;

    use super::*;
    use trtc_base::chance::Bits;

    #[test]
    fn distinct_accounts_equal_those_of_a_set_however_many_threads_note_them() {
        let accounts = Accounts::new(2, 1_000).unwrap();
        let notes = |seed: u64| {
            let mut dice = Bits(seed);
            (0..2_000).map(move |_| {
                (
                    AppIx(u8::try_from(dice.below(2)).unwrap()),
                    dice.below(1_000),
                )
            })
        };
        let oracle: BTreeSet<(AppIx, u64)> = (0..4).flat_map(notes).collect();
        let firsts = |seed| {
            notes(seed)
                .filter(|(app, account)| accounts.note(*app, *account) == Seen::First)
                .count()
        };
        let distinct: usize = thread::scope(|scope| {
            let noting: Vec<_> = (0..4)
                .map(|seed| scope.spawn(move || firsts(seed)))
                .collect();
            noting.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(distinct, oracle.len());
    }

    #[test]
    fn an_account_that_the_population_does_not_have_is_a_stray() {
        let accounts = Accounts::new(1, 65).unwrap();
        assert_eq!(accounts.note(AppIx(0), 64), Seen::First);
        assert_eq!(accounts.note(AppIx(0), 64), Seen::Again);
        assert_eq!(accounts.note(AppIx(0), 65), Seen::Stray);
        assert_eq!(accounts.note(AppIx(0), u64::MAX), Seen::Stray);
        assert_eq!(accounts.note(AppIx(1), 0), Seen::Stray);
        assert!(Accounts::new(2, MOST_ACCOUNTS).is_none());
    }
}
