//! Which accounts may start now: not the busy ones, not those told to wait, and not beyond the caps.

use std::collections::HashMap;
use std::collections::HashSet;

use parking_lot::Mutex;

use super::ledger::Account;
use super::ledger::Came;
use super::ledger::Cost;
use super::ledger::Full;
use super::ledger::Ledger;
use crate::plan::Arrival;
use crate::profile::AppIx;
use crate::profile::Caps;
use crate::recorder::Reason;
use crate::units::Micros;

/// The state of every account that a run has touched.
#[derive(Debug)]
pub(super) struct Accounts {
    books: Mutex<Books>,
}

#[derive(Debug)]
struct Books {
    online: HashSet<Account>,
    waiting: HashMap<Account, Micros>,
    registered: HashSet<Account>,
    /// Accounts that may log in: monthly active users.
    logins: Ledger,
    /// Accounts that the run may register.
    registrations: Ledger,
}

/// Why an arrival may not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It alone may not.
    NotNow(Reason),
    /// It would cost more than this cap allows: the run stops.
    Cap(&'static str),
}

/// What a request can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An active user, and on targets that register at the first login a registration.
    Login,
    /// A registration.
    Registration,
}

impl Accounts {
    pub(super) fn new(caps: Caps) -> Self {
        Self {
            books: Mutex::new(Books {
                online: HashSet::new(),
                waiting: HashMap::new(),
                registered: HashSet::new(),
                logins: Ledger::new(caps.max_mau),
                registrations: Ledger::new(caps.max_registered_accounts),
            }),
        }
    }

    /// Takes the accounts of `arrival`, all or none, and reserves what it can cost; they are given back when the hold is
    /// dropped.
    pub(super) fn hold(
        &self,
        arrival: &Arrival,
        accounts: &[u64],
        cost: Cost,
        now: Micros,
    ) -> Result<Hold<'_>, Refused> {
        let app = arrival.app;
        let wanted: Vec<Account> = accounts.iter().map(|&account| (app, account)).collect();
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
        let logins = first(&wanted, cost.logins);
        let registrations = first(&wanted, cost.registrations);
        for (ledger, accounts, cap) in [
            (&books.logins, &logins, "caps.max_mau"),
            (
                &books.registrations,
                &registrations,
                "caps.max_registered_accounts",
            ),
        ] {
            match ledger.has_room(accounts) {
                Ok(()) => {}
                Err(Full::ForNow) => return Err(Refused::NotNow(Reason::CapReserved)),
                Err(Full::ForGood) => return Err(Refused::Cap(cap)),
            }
        }
        // Reserved before anything is sent, so the caps hold however many slots start at once.
        books.logins.reserve(&logins);
        books.registrations.reserve(&registrations);
        books.online.extend(&wanted);
        Ok(Hold {
            accounts: self,
            held: wanted,
            logins,
            registrations,
        })
    }

    /// A request that can cost something is about to be sent for `account`.
    pub(super) fn sends(&self, kind: Kind, app: AppIx, account: u64) {
        let mut books = self.books.lock();
        if kind == Kind::Login {
            books.logins.sent((app, account));
        }
        books.registrations.sent((app, account));
    }

    /// What came of it.
    pub(super) fn came(&self, kind: Kind, app: AppIx, account: u64, came: Came) {
        let mut books = self.books.lock();
        if kind == Kind::Login {
            books.logins.came((app, account), came);
        }
        books.registrations.came((app, account), came);
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
    logins: Vec<Account>,
    registrations: Vec<Account>,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut books = self.accounts.books.lock();
        books.logins.release(&self.logins);
        books.registrations.release(&self.registrations);
        for account in &self.held {
            books.online.remove(account);
        }
    }
}

/// The first `count` accounts from those of an arrival on: a request can name more than it holds.
fn first(held: &[Account], count: u64) -> Vec<Account> {
    let Some(&(app, own)) = held.first() else {
        return Vec::new();
    };
    let held = held.iter().copied();
    let more = (1..).map(|further| (app, own.saturating_add(further)));
    let held_count = held.len();
    held.chain(more.skip(held_count.saturating_sub(1)))
        .take(usize::try_from(count).unwrap_or(usize::MAX))
        .collect()
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
        let logins = held.len() as u64;
        let cost = Cost {
            logins,
            registrations: logins,
        };
        accounts.hold(&arrival(app, [0, 0]), held, cost, Micros::from_secs(10))
    }

    #[test]
    fn an_account_is_held_by_one_arrival_at_a_time_and_only_in_its_own_app() {
        let accounts = Accounts::new(Caps::default());
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
        let accounts = Accounts::new(Caps::default());
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

    fn capped(cap: u64) -> Accounts {
        Accounts::new(Caps {
            max_mau: Some(cap),
            max_registered_accounts: None,
        })
    }

    /// Holds `account`, logs in, and lets it go.
    fn log_in(accounts: &Accounts, account: u64, came: Came) -> Result<(), Refused> {
        let _hold = try_hold(accounts, 0, &[account])?;
        accounts.sends(Kind::Login, AppIx(0), account);
        accounts.came(Kind::Login, AppIx(0), account, came);
        Ok(())
    }

    #[test]
    fn the_cap_counts_accounts_once_however_often_they_come() {
        let accounts = capped(2);
        for _ in 0..3 {
            assert!(log_in(&accounts, 1, Came::Perhaps).is_ok());
            assert!(log_in(&accounts, 2, Came::Perhaps).is_ok());
        }
        let full = Refused::Cap("caps.max_mau");
        assert_eq!(try_hold(&accounts, 0, &[3]).unwrap_err(), full);
        assert_eq!(try_hold(&accounts, 0, &[1, 3]).unwrap_err(), full);
    }

    #[test]
    fn what_is_reserved_is_in_use_what_is_refused_comes_back_and_what_is_unknown_does_not() {
        let accounts = capped(1);
        let hold = try_hold(&accounts, 0, &[1]).unwrap();
        let in_use = Refused::NotNow(Reason::CapReserved);
        assert_eq!(try_hold(&accounts, 0, &[2]).unwrap_err(), in_use);
        drop(hold);
        assert!(log_in(&accounts, 2, Came::Refused).is_ok());
        assert!(log_in(&accounts, 3, Came::Refused).is_ok());
        // A login that nobody heard of again may have been carried out.
        let hold = try_hold(&accounts, 0, &[4]).unwrap();
        accounts.sends(Kind::Login, AppIx(0), 4);
        drop(hold);
        let full = Refused::Cap("caps.max_mau");
        assert_eq!(try_hold(&accounts, 0, &[5]).unwrap_err(), full);
        assert!(
            log_in(&accounts, 4, Came::Perhaps).is_ok(),
            "it is paid for"
        );
    }

    #[test]
    fn registrations_have_a_cap_of_their_own_and_name_more_accounts_than_an_arrival_holds() {
        let accounts = Accounts::new(Caps {
            max_mau: None,
            max_registered_accounts: Some(5),
        });
        let cost = Cost {
            logins: 0,
            registrations: 3,
        };
        let arrival = arrival(0, [0, 0]);
        let hold = |own: u64| accounts.hold(&arrival, &[own], cost, Micros::ZERO);
        let first = hold(10).unwrap();
        for account in 10..13 {
            accounts.came(Kind::Registration, AppIx(0), account, Came::Perhaps);
        }
        drop(first);
        // 12, 13 and 14: one of them is registered already.
        let second = hold(12).unwrap();
        let one = Cost {
            registrations: 1,
            ..cost
        };
        let single = accounts.hold(&arrival, &[20], one, Micros::ZERO);
        let in_use = Refused::NotNow(Reason::CapReserved);
        assert_eq!(single.unwrap_err(), in_use);
        for account in 12..15 {
            accounts.came(Kind::Registration, AppIx(0), account, Came::Perhaps);
        }
        drop(second);
        let full = Refused::Cap("caps.max_registered_accounts");
        assert_eq!(hold(20).unwrap_err(), full);
    }

    /// Threads log in at once, and the target refuses some: never more accounts than the cap, and in the end all of it.
    #[test]
    fn a_cap_holds_under_concurrency_and_is_used_up_whole() {
        const CAP: u64 = 50;
        for seed in 0..20_u64 {
            let accounts = capped(CAP);
            let inside = std::sync::Mutex::new(HashSet::new());
            std::thread::scope(|scope| {
                for thread in 0..8_u64 {
                    let (accounts, inside) = (&accounts, &inside);
                    scope.spawn(move || {
                        for nth in 0..400_u64 {
                            let mixed = (seed + 1) * 7_919 + thread * 104_729 + nth * 1_299_709;
                            let account = mixed % 200;
                            let Ok(_hold) = try_hold(accounts, 0, &[account]) else {
                                continue;
                            };
                            accounts.sends(Kind::Login, AppIx(0), account);
                            // The target: it refuses a third of the accounts, always the same.
                            let came = if account.is_multiple_of(3) {
                                Came::Refused
                            } else {
                                inside.lock().unwrap().insert(account);
                                Came::Perhaps
                            };
                            assert!(inside.lock().unwrap().len() as u64 <= CAP);
                            accounts.came(Kind::Login, AppIx(0), account, came);
                        }
                    });
                }
            });
            assert_eq!(
                inside.into_inner().unwrap().len() as u64,
                CAP,
                "seed {seed}"
            );
            assert_eq!(accounts.books.lock().logins.counted(), CAP);
        }
    }
}
