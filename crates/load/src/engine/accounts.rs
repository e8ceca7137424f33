//! Which accounts may start now: not the busy ones, not those told to wait, and not beyond the caps.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::account_set::AccountSet;
use super::ledger::{Account, Came, Cost, Full, Ledger, batch};
use crate::plan::Arrival;
use crate::profile::{AppIx, Caps};
use crate::recorder::Reason;
use trtc_base::units::Micros;

/// The state of every account that a run has touched.
#[derive(Debug)]
pub(super) struct Accounts {
    states: Mutex<States>,
    /// Whether any account has a request that was left unresolved: while none has, nobody takes the lock to ask.
    any_unresolved: AtomicBool,
    caps: Caps,
    /// Accounts of each app.
    population: u64,
}

#[derive(Debug)]
struct States {
    online: AccountSet,
    waiting: HashMap<Account, Micros>,
    registered: AccountSet,
    /// Accounts of arrivals with a request that may have been carried out, and was never answered so.
    unresolved: AccountSet,
    /// Accounts that may log in, monthly active users; none: they are not capped.
    logins: Option<Ledger>,
    /// Accounts that the run may register; none: they are not capped.
    registrations: Option<Ledger>,
}

impl States {
    /// Whether `account` was told to wait beyond `now`. A wait that is over is forgotten.
    fn waits(&mut self, account: Account, now: Micros) -> bool {
        match self.waiting.entry(account) {
            Entry::Occupied(told) if *told.get() <= now => {
                told.remove();
                false
            }
            Entry::Occupied(_) => true,
            Entry::Vacant(_) => false,
        }
    }
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
            states: Mutex::new(States {
                online: AccountSet::of(population),
                waiting: HashMap::new(),
                registered: AccountSet::of(population),
                unresolved: AccountSet::of(population),
                logins: caps.max_mau.map(Ledger::new),
                registrations: caps.max_registered_accounts.map(Ledger::new),
            }),
            any_unresolved: AtomicBool::new(false),
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
        let mut states = self.states.lock();
        let mut all = held.iter().map(|&account| (app, account));
        if all.clone().any(|account| states.online.has(account)) {
            return Err(Refused::NotNow(Reason::AccountBusy));
        }
        if all.any(|account| states.waits(account, now)) {
            return Err(Refused::NotNow(Reason::ToldToWait));
        }
        let (logins, registrations) = self.reserve(&mut states, app, held, cost)?;
        for &account in held {
            states.online.insert((app, account));
        }
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
        states: &mut States,
        app: AppIx,
        held: &[u64],
        cost: Cost,
    ) -> Result<(Vec<Account>, Vec<Account>), Refused> {
        let mut all = [Vec::new(), Vec::new()];
        let wanted = [
            (&states.logins, cost.logins, "caps.max_mau"),
            (
                &states.registrations,
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
            (&mut states.logins, &logins),
            (&mut states.registrations, &registrations),
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
        let mut states = self.states.lock();
        let states = &mut *states;
        let logins = match kind {
            Kind::Login => states.logins.as_mut(),
            Kind::Registration => None,
        };
        for ledger in logins.into_iter().chain(states.registrations.as_mut()) {
            for &account in accounts {
                what(ledger, (app, account));
            }
        }
    }

    /// The target told `account` to wait until then.
    pub(super) fn wait_until(&self, app: AppIx, account: u64, until: Micros) {
        let mut states = self.states.lock();
        let known = states.waiting.entry((app, account)).or_insert(until);
        // The longest wait counts: a shorter one that is told later does not end it.
        *known = until.max(*known);
    }

    /// A request that changes who is online went out for one of `accounts`, and nothing says whether it was carried out. It
    /// may still be, however late: nobody knows of a bound.
    pub(super) fn leave_unresolved(&self, app: AppIx, accounts: &[u64]) {
        let mut states = self.states.lock();
        for &account in accounts {
            states.unresolved.insert((app, account));
        }
        self.any_unresolved.store(true, Ordering::Release);
    }

    /// Whether such a request has gone out for one of `accounts` in this run.
    pub(super) fn has_unresolved(&self, app: AppIx, accounts: &[u64]) -> bool {
        if !self.any_unresolved.load(Ordering::Acquire) {
            return false;
        }
        let states = self.states.lock();
        let mut accounts = accounts.iter();
        accounts.any(|&account| states.unresolved.has((app, account)))
    }

    /// Whether this run has registered `account`.
    pub(super) fn is_registered(&self, app: AppIx, account: u64) -> bool {
        self.states.lock().registered.has((app, account))
    }

    /// The target has registered `account`, or knew it already.
    pub(super) fn registered(&self, app: AppIx, account: u64) {
        self.states.lock().registered.insert((app, account));
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
        let mut states = self.accounts.states.lock();
        let states = &mut *states;
        for (ledger, accounts) in [
            (&mut states.logins, &self.logins),
            (&mut states.registrations, &self.registrations),
        ] {
            if let Some(ledger) = ledger {
                ledger.release(accounts);
            }
        }
        for &account in self.held {
            states.online.remove((self.app, account));
        }
    }
}

#[cfg(test)]
mod tests;
