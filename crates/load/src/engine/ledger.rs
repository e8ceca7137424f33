//! What a run may cost, and has: an entry for each account, reserved before anything is sent for it, and given back only
//! where the target definitely refused.

use std::collections::HashMap;

use crate::profile::AppIx;
use crate::scenario::Scenario;
use crate::session::Operation;
use trtc_wire::dialect::Dialect;

/// An account among all apps.
pub(super) type Account = (AppIx, u64);

/// What the scenarios of a run can cost for each of their arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Accounts that log in: those that the arrival holds.
    pub logins: u64,
    /// Accounts that become registered: from the arrival's first on.
    pub registrations: u64,
}

impl Cost {
    /// What an arrival of `scenario` can cost at a service of that dialect. A webhook receiver is only told of sessions.
    #[must_use]
    pub fn of(scenario: &Scenario, dialect: &Dialect) -> Self {
        if dialect.is_webhook() {
            return Self::default();
        }
        if !scenario.logs_in() {
            let steps = scenario.steps().unwrap_or_default().iter();
            let registered = steps.map(|step| registered_at_once(scenario, *step, dialect));
            return Self {
                logins: 0,
                registrations: registered.max().unwrap_or(0),
            };
        }
        // A first login registers where nothing else does.
        Self {
            logins: scenario.accounts(),
            registrations: scenario.accounts(),
        }
    }
}

/// How many accounts a request of `operation` registers.
pub(super) fn registered_at_once(
    scenario: &Scenario,
    operation: Operation,
    dialect: &Dialect,
) -> u64 {
    if !matches!(operation, Operation::Register | Operation::RegisterMany) {
        return 0;
    }
    let takes_many = dialect
        .request(operation)
        .is_some_and(|request| request.batch().is_some());
    if takes_many {
        u64::from(scenario.batch())
    } else {
        1
    }
}

/// The `count` accounts from `own` on, of a population that begins anew after its last: those that a request names.
pub(super) fn batch(own: u64, count: u64, population: u64) -> impl Iterator<Item = u64> {
    let population = population.max(1);
    (0..count.min(population)).map(move |further| (own + further) % population)
}

/// What became of a request that costs something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// The target refused it, so it cost nothing.
    Refused,
    /// It was carried out, or may have been.
    Perhaps,
}

/// How far an account has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// So many arrivals may send something for it, and none has anything under way.
    Reserved(u32),
    /// Something was sent for it, and no answer has come; so many arrivals have it.
    Sent(u32),
    /// It has cost what it costs: once more is nothing.
    Counted,
}

/// Why accounts cannot be reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// Others have reserved them, and may give them back.
    ForNow,
    /// The cap is spent.
    ForGood,
}

/// One kind of cost.
#[derive(Debug)]
pub(super) struct Ledger {
    cap: u64,
    entries: HashMap<Account, Entry>,
    counted: u64,
}

impl Ledger {
    pub(super) fn new(cap: u64) -> Self {
        Self {
            cap,
            entries: HashMap::new(),
            counted: 0,
        }
    }

    /// Whether all of `accounts` could be reserved now.
    pub(super) fn has_room(&self, accounts: &[Account]) -> Result<(), Full> {
        let fresh = accounts
            .iter()
            .filter(|account| !self.entries.contains_key(account))
            .count() as u64;
        if self.entries.len() as u64 + fresh <= self.cap {
            return Ok(());
        }
        // Where what is counted alone leaves no room, waiting does not help.
        let uncounted = accounts
            .iter()
            .filter(|account| self.entries.get(account) != Some(&Entry::Counted))
            .count() as u64;
        if self.counted + uncounted > self.cap {
            Err(Full::ForGood)
        } else {
            Err(Full::ForNow)
        }
    }

    /// Reserves all of them. Ask [`Ledger::has_room`] first, under the same lock.
    pub(super) fn reserve(&mut self, accounts: &[Account]) {
        for &account in accounts {
            match self.entries.entry(account).or_insert(Entry::Reserved(0)) {
                Entry::Reserved(arrivals) | Entry::Sent(arrivals) => *arrivals += 1,
                Entry::Counted => {}
            }
        }
    }

    /// Something is on its way for `account`.
    pub(super) fn sent(&mut self, account: Account) {
        if let Some(entry) = self.entries.get_mut(&account)
            && let Entry::Reserved(arrivals) = *entry
        {
            *entry = Entry::Sent(arrivals);
        }
    }

    /// What was sent for `account` came to an end.
    pub(super) fn came(&mut self, account: Account, came: Came) {
        let Some(entry) = self.entries.get_mut(&account) else {
            return;
        };
        match (*entry, came) {
            (Entry::Sent(arrivals), Came::Refused) => *entry = Entry::Reserved(arrivals),
            (Entry::Sent(_) | Entry::Reserved(_), Came::Perhaps) => {
                *entry = Entry::Counted;
                self.counted += 1;
            }
            (Entry::Reserved(_) | Entry::Counted, Came::Refused)
            | (Entry::Counted, Came::Perhaps) => {}
        }
    }

    /// An arrival that reserved `accounts` is over. What it never heard of counts.
    pub(super) fn release(&mut self, accounts: &[Account]) {
        for account in accounts {
            match self.entries.get_mut(account) {
                Some(Entry::Reserved(1)) => {
                    self.entries.remove(account);
                }
                Some(Entry::Reserved(arrivals)) => *arrivals -= 1,
                Some(Entry::Sent(_)) => self.came(*account, Came::Perhaps),
                Some(Entry::Counted) | None => {}
            }
        }
    }

    /// Accounts that have cost something.
    #[cfg(test)]
    pub(super) const fn counted(&self) -> u64 {
        self.counted
    }
}
