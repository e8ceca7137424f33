//! Which accounts may start now: not the busy ones, not those told to wait, and not beyond the caps.

use std::collections::HashMap;
use std::collections::HashSet;

use parking_lot::Mutex;

use crate::plan::Arrival;
use crate::profile::AppIx;
use crate::recorder::Reason;
use crate::units::Micros;

/// An account among all apps.
type Account = (AppIx, u64);

/// The state of every account that a run has touched.
#[derive(Debug)]
pub(super) struct Accounts {
    books: Mutex<Books>,
    /// The most accounts that the run may touch.
    cap: u64,
}

#[derive(Debug, Default)]
struct Books {
    online: HashSet<Account>,
    waiting: HashMap<Account, Micros>,
    touched: HashSet<Account>,
    registered: HashSet<Account>,
}

/// Why an arrival may not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It alone may not.
    NotNow(Reason),
    /// It would touch more accounts than the cap allows: the run stops.
    Cap,
}

impl Accounts {
    pub(super) fn new(cap: Option<u64>) -> Self {
        Self {
            books: Mutex::default(),
            cap: cap.unwrap_or(u64::MAX),
        }
    }

    /// Takes the accounts of `arrival`, all or none; they are given back when the hold is dropped.
    pub(super) fn hold(
        &self,
        arrival: &Arrival,
        accounts: &[u64],
        now: Micros,
    ) -> Result<Hold<'_>, Refused> {
        let wanted: Vec<Account> = accounts
            .iter()
            .map(|&account| (arrival.app, account))
            .collect();
        let mut books = self.books.lock();
        if wanted.iter().any(|account| books.online.contains(account)) {
            return Err(Refused::NotNow(Reason::AccountBusy));
        }
        if wanted
            .iter()
            .any(|account| books.waiting.get(account).is_some_and(|&until| now < until))
        {
            return Err(Refused::NotNow(Reason::ToldToWait));
        }
        let fresh = wanted
            .iter()
            .filter(|account| !books.touched.contains(account))
            .count();
        // Reserved before anything is sent, so the cap holds however many slots start at once.
        let after = u64::try_from(books.touched.len() + fresh).unwrap_or(u64::MAX);
        if after > self.cap {
            return Err(Refused::Cap);
        }
        for &account in &wanted {
            books.online.insert(account);
            books.touched.insert(account);
        }
        Ok(Hold {
            accounts: self,
            held: wanted,
        })
    }

    /// The target told `account` to wait until then.
    pub(super) fn wait_until(&self, app: AppIx, account: u64, until: Micros) {
        let mut books = self.books.lock();
        let known = books.waiting.entry((app, account)).or_insert(until);
        // The longest wait counts: a shorter one that is told later does not end it.
        *known = until.max(*known);
    }

    /// Whether this run has registered `account`.
    pub(super) fn is_registered(&self, app: AppIx, account: u64) -> bool {
        self.books.lock().registered.contains(&(app, account))
    }

    /// The target has registered `account`, or knew it already.
    pub(super) fn registered(&self, app: AppIx, account: u64) {
        self.books.lock().registered.insert((app, account));
    }
}

/// Accounts that an arrival holds. No other arrival gets them meanwhile.
#[derive(Debug)]
pub(super) struct Hold<'a> {
    accounts: &'a Accounts,
    held: Vec<Account>,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut books = self.accounts.books.lock();
        for account in &self.held {
            books.online.remove(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Ending;
    use crate::plan::Itinerary;
    use crate::plan::KickedPerson;
    use crate::plan::Victim;
    use crate::profile::ScenarioIx;
    use crate::profile::StageIx;

    fn arrival(app: u8, accounts: [u64; 2]) -> Arrival {
        Arrival {
            n: 0,
            due: Micros::ZERO,
            stage: StageIx(0),
            scenario: ScenarioIx(0),
            app: AppIx(app),
            accounts,
            itinerary: Itinerary {
                dwell: Micros::ZERO,
                dwell_after: Micros::ZERO,
                reaction: Micros::ZERO,
                ending: Ending::Leave,
                victim: Victim::Idle,
                kicked_person: KickedPerson::ComesBack,
                away: Micros::ZERO,
                meanwhile: crate::plan::Meanwhile::Nothing,
            },
        }
    }

    fn try_hold<'a>(accounts: &'a Accounts, app: u8, held: &[u64]) -> Result<Hold<'a>, Refused> {
        accounts.hold(&arrival(app, [0, 0]), held, Micros::from_secs(10))
    }

    #[test]
    fn an_account_is_held_by_one_arrival_at_a_time_and_only_in_its_own_app() {
        let accounts = Accounts::new(None);
        let first = try_hold(&accounts, 0, &[1, 2]).unwrap();
        assert_eq!(
            try_hold(&accounts, 0, &[2]).unwrap_err(),
            Refused::NotNow(Reason::AccountBusy)
        );
        assert!(
            try_hold(&accounts, 1, &[2]).is_ok(),
            "another app's account of the same number"
        );
        // All or none: the refused arrival has taken nothing.
        assert_eq!(
            try_hold(&accounts, 0, &[3, 1]).unwrap_err(),
            Refused::NotNow(Reason::AccountBusy)
        );
        assert!(try_hold(&accounts, 0, &[3]).is_ok());
        drop(first);
        assert!(try_hold(&accounts, 0, &[2]).is_ok());
    }

    #[test]
    fn an_account_that_was_told_to_wait_waits_until_then() {
        let accounts = Accounts::new(None);
        accounts.wait_until(AppIx(0), 7, Micros::from_secs(11));
        assert_eq!(
            try_hold(&accounts, 0, &[7]).unwrap_err(),
            Refused::NotNow(Reason::ToldToWait)
        );
        accounts.wait_until(AppIx(0), 7, Micros::from_secs(10));
        assert!(
            try_hold(&accounts, 0, &[7]).is_err(),
            "the longer wait counts"
        );
        accounts.wait_until(AppIx(0), 8, Micros::from_secs(10));
        assert!(try_hold(&accounts, 0, &[8]).is_ok());
    }

    #[test]
    fn the_cap_counts_accounts_once_however_often_they_come() {
        let accounts = Accounts::new(Some(2));
        for _ in 0..3 {
            assert!(try_hold(&accounts, 0, &[1]).is_ok());
            assert!(try_hold(&accounts, 0, &[2]).is_ok());
        }
        assert_eq!(try_hold(&accounts, 0, &[3]).unwrap_err(), Refused::Cap);
        assert_eq!(try_hold(&accounts, 0, &[1, 3]).unwrap_err(), Refused::Cap);
    }
}
