//! Which accounts may start now: not the busy ones, not those told to wait, and not beyond the caps.

use std::collections::HashMap;
use std::collections::HashSet;

use parking_lot::Mutex;

use super::ledger::Account;
use super::ledger::Came;
use super::ledger::Cost;
use super::ledger::Full;
use super::ledger::Ledger;
use super::ledger::batch;
use crate::plan::Arrival;
use crate::profile::AppIx;
use crate::profile::Caps;
use crate::recorder::Reason;
use crate::units::Micros;

/// The state of every account that a run has touched.
#[derive(Debug)]
pub(super) struct Accounts {
    books: Mutex<Books>,
    caps: Caps,
    /// Accounts of each app.
    population: u64,
}

#[derive(Debug)]
struct Books {
    online: HashSet<Account>,
    waiting: HashMap<Account, Micros>,
    registered: HashSet<Account>,
    /// Accounts that may log in, monthly active users; none: they are not capped.
    logins: Option<Ledger>,
    /// Accounts that the run may register; none: they are not capped.
    registrations: Option<Ledger>,
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
    pub(super) fn new(caps: Caps, population: u64) -> Self {
        Self {
            books: Mutex::new(Books {
                online: HashSet::new(),
                waiting: HashMap::new(),
                registered: HashSet::new(),
                logins: caps.max_mau.map(Ledger::new),
                registrations: caps.max_registered_accounts.map(Ledger::new),
            }),
            caps,
            population,
        }
    }

    /// Takes the accounts of `arrival`, all or none, and reserves what it can cost; they are given back when the hold is
    /// dropped.
    pub(super) fn hold<'a>(
        &'a self,
        arrival: &Arrival,
        held: &'a [u64],
        cost: Cost,
        now: Micros,
    ) -> Result<Hold<'a>, Refused> {
        let app = arrival.app;
        let mut books = self.books.lock();
        let mut all = held.iter().map(|&account| (app, account));
        if all.clone().any(|account| books.online.contains(&account)) {
            return Err(Refused::NotNow(Reason::AccountBusy));
        }
        let waits = |account| {
            books
                .waiting
                .get(&account)
                .is_some_and(|&until| now < until)
        };
        if all.any(waits) {
            return Err(Refused::NotNow(Reason::ToldToWait));
        }
        let (logins, registrations) = self.reserve(&mut books, app, held, cost)?;
        books
            .online
            .extend(held.iter().map(|&account| (app, account)));
        Ok(Hold {
            accounts: self,
            app,
            held,
            logins,
            registrations,
        })
    }

    /// Reserves what an arrival can cost, before anything is sent, so the caps hold however many slots start at once.
    /// Gives the accounts that were reserved: logins and registrations, none where they are not capped.
    fn reserve(
        &self,
        books: &mut Books,
        app: AppIx,
        held: &[u64],
        cost: Cost,
    ) -> Result<(Vec<Account>, Vec<Account>), Refused> {
        let mut all = [Vec::new(), Vec::new()];
        let wanted = [
            (&books.logins, cost.logins, "caps.max_mau"),
            (
                &books.registrations,
                cost.registrations,
                "caps.max_registered_accounts",
            ),
        ];
        for ((ledger, count, cap), reserved) in wanted.into_iter().zip(&mut all) {
            let Some(ledger) = ledger else {
                continue;
            };
            *reserved = self.first(app, held, count);
            match ledger.has_room(reserved) {
                Ok(()) => {}
                Err(Full::ForNow) => return Err(Refused::NotNow(Reason::CapReserved)),
                Err(Full::ForGood) => return Err(Refused::Cap(cap)),
            }
        }
        let [logins, registrations] = all;
        for (ledger, accounts) in [
            (&mut books.logins, &logins),
            (&mut books.registrations, &registrations),
        ] {
            if let Some(ledger) = ledger {
                ledger.reserve(accounts);
            }
        }
        Ok((logins, registrations))
    }

    /// The first `count` of the accounts that an arrival holds, or that a request of it names.
    fn first(&self, app: AppIx, held: &[u64], count: u64) -> Vec<Account> {
        let own = held.first().copied().unwrap_or(0);
        if count <= held.len() as u64 {
            let held = held.iter().zip(0..count);
            held.map(|(&account, _)| (app, account)).collect()
        } else {
            let named = batch(own, count, self.population);
            named.map(|account| (app, account)).collect()
        }
    }

    /// A request that can cost something is about to be sent for `accounts`.
    pub(super) fn sends(&self, kind: Kind, app: AppIx, accounts: &[u64]) {
        self.each(kind, app, accounts, |ledger, account| ledger.sent(account));
    }

    /// What came of it.
    pub(super) fn came(&self, kind: Kind, app: AppIx, accounts: &[u64], came: Came) {
        self.each(kind, app, accounts, |ledger, account| {
            ledger.came(account, came);
        });
    }

    /// Does `what` with each of `accounts` in each ledger that counts that kind.
    fn each(&self, kind: Kind, app: AppIx, accounts: &[u64], what: impl Fn(&mut Ledger, Account)) {
        if self.caps == Caps::default() {
            return;
        }
        let mut books = self.books.lock();
        let books = &mut *books;
        let logins = match kind {
            Kind::Login => books.logins.as_mut(),
            Kind::Registration => None,
        };
        for ledger in logins.into_iter().chain(books.registrations.as_mut()) {
            for &account in accounts {
                what(ledger, (app, account));
            }
        }
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
    app: AppIx,
    held: &'a [u64],
    logins: Vec<Account>,
    registrations: Vec<Account>,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut books = self.accounts.books.lock();
        let books = &mut *books;
        for (ledger, accounts) in [
            (&mut books.logins, &self.logins),
            (&mut books.registrations, &self.registrations),
        ] {
            if let Some(ledger) = ledger {
                ledger.release(accounts);
            }
        }
        for &account in self.held {
            books.online.remove(&(self.app, account));
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

    fn try_hold<'a>(accounts: &'a Accounts, app: u8, held: &'a [u64]) -> Result<Hold<'a>, Refused> {
        let logins = held.len() as u64;
        let cost = Cost {
            logins,
            registrations: logins,
        };
        accounts.hold(&arrival(app, [0, 0]), held, cost, Micros::from_secs(10))
    }

    #[test]
    fn an_account_is_held_by_one_arrival_at_a_time_and_only_in_its_own_app() {
        let accounts = Accounts::new(Caps::default(), 1_000);
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
        let accounts = Accounts::new(Caps::default(), 1_000);
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
        let caps = Caps {
            max_mau: Some(cap),
            max_registered_accounts: None,
        };
        Accounts::new(caps, 1_000)
    }

    /// Holds `account`, logs in, and lets it go.
    fn log_in(accounts: &Accounts, account: u64, came: Came) -> Result<(), Refused> {
        let held = [account];
        let _hold = try_hold(accounts, 0, &held)?;
        accounts.sends(Kind::Login, AppIx(0), &held);
        accounts.came(Kind::Login, AppIx(0), &held, came);
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
        accounts.sends(Kind::Login, AppIx(0), &[4]);
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
        let caps = Caps {
            max_mau: None,
            max_registered_accounts: Some(5),
        };
        let accounts = Accounts::new(caps, 1_000);
        let cost = Cost {
            logins: 0,
            registrations: 3,
        };
        let arrival = arrival(0, [0, 0]);
        let (ten, twelve, twenty) = ([10], [12], [20]);
        let hold = |own| accounts.hold(&arrival, own, cost, Micros::ZERO);
        let first = hold(&ten).unwrap();
        accounts.came(Kind::Registration, AppIx(0), &[10, 11, 12], Came::Perhaps);
        drop(first);
        // 12, 13 and 14: one of them is registered already.
        let second = hold(&twelve).unwrap();
        let one = Cost {
            registrations: 1,
            ..cost
        };
        let single = accounts.hold(&arrival, &twenty, one, Micros::ZERO);
        let in_use = Refused::NotNow(Reason::CapReserved);
        assert_eq!(single.unwrap_err(), in_use);
        accounts.came(Kind::Registration, AppIx(0), &[12, 13, 14], Came::Perhaps);
        drop(second);
        let full = Refused::Cap("caps.max_registered_accounts");
        assert_eq!(hold(&twenty).unwrap_err(), full);
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
                            let held = [account];
                            let Ok(_hold) = try_hold(accounts, 0, &held) else {
                                continue;
                            };
                            accounts.sends(Kind::Login, AppIx(0), &[account]);
                            // The target: it refuses a third of the accounts, always the same.
                            let came = if account.is_multiple_of(3) {
                                Came::Refused
                            } else {
                                inside.lock().unwrap().insert(account);
                                Came::Perhaps
                            };
                            assert!(inside.lock().unwrap().len() as u64 <= CAP);
                            accounts.came(Kind::Login, AppIx(0), &[account], came);
                        }
                    });
                }
            });
            assert_eq!(
                inside.into_inner().unwrap().len() as u64,
                CAP,
                "seed {seed}"
            );
            assert_eq!(
                accounts.books.lock().logins.as_ref().unwrap().counted(),
                CAP
            );
        }
    }
}
